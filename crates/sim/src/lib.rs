//! A fleet of simulated providers that speak real wire formats, scripted.
//!
//! A [`Script`] says which providers there are, what they speak, how good and how fast their models are, what they
//! allow and when they fail; [`Fleet::start`] serves them all on one port, each below its own name. The gateway's tests,
//! `wye sim`, `wye demo` and the load bench all talk to this.
//!
//! Answers are a function of the script's seed, the provider, the model and the request; ids also of how many requests
//! came before. What a prompt may steer, by marks in the last user message:
//!
//! | mark | effect |
//! |---|---|
//! | `[[tokens=200]]` | an answer of exactly so many tokens (a token is four bytes) |
//! | `[[reason]]` | a model that can think does |
//! | `[[refuse]]`, `[[filter]]` | the model, or the vendor's filter, says no in the vendor's way |
//! | `[[tool=read_file;path=/a]]` | a call of that tool with those arguments, if it is on offer |
//! | `[[talk]]` | no tool is called unless the choice forces it |
//! | `[[category=code;answer=42]]` | right with the chance of the model's skill in that category, else wrong |
//!
//! Tools are called if the choice forces it or the last user message says `weather`, `call` or a tool's name; each city
//! it names gets a call of its own where parallel calls are allowed.
//!
//! **Invariant:** nothing here knows the gateway. The dialects are written once more, from the vendors'
//! recordings, as strict as the vendors are, so that they check `wye-wire` instead of sharing its mistakes.

mod answer;
mod ask;
mod control;
mod credential;
mod delivery;
mod dialect;
mod fail;
mod fixed;
mod fleet;
mod kept;
mod live;
mod media;
mod quota;
mod received;
mod script;
mod serve;
mod services;
mod sign;
mod talk;
mod words;

pub use credential::service_account;
pub use fleet::{Fleet, FleetHandle};
pub use received::{Counts, KEPT, Received};
pub use script::{
    Dialect, Fault, Fixed, Model, On, Price, Provider, Quota, Rule, Script, ScriptError, Span, Vendor,
};

/// The fleet that `wye demo` runs.
pub const DEMO_FLEET: &str = include_str!("../fleets/demo.yaml");
