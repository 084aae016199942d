//! The request path from outside, against a simulated fleet that refuses what vendors refuse.
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "it/accounts.rs"]
mod accounts;
#[path = "it/captured.rs"]
mod captured;
#[path = "it/counted.rs"]
mod counted;
#[path = "it/exceptions.rs"]
mod exceptions;
#[path = "it/flavour.rs"]
mod flavour;
#[path = "it/going.rs"]
mod going;
#[path = "it/hedge.rs"]
mod hedge;
#[path = "it/house.rs"]
mod house;
#[path = "it/judge.rs"]
mod judge;
#[path = "it/kinds.rs"]
mod kinds;
#[path = "it/meaning.rs"]
mod meaning;
#[path = "it/replay.rs"]
mod replay;
#[path = "it/rests.rs"]
mod rests;
#[path = "it/several.rs"]
mod several;
#[path = "it/shape.rs"]
mod shape;
#[path = "it/share.rs"]
mod share;
#[path = "it/sign.rs"]
mod sign;
#[path = "it/slow.rs"]
mod slow;
#[path = "it/turns.rs"]
mod turns;
#[path = "it/validate.rs"]
mod validate;
#[path = "it/why.rs"]
mod why;
