//! Stage 7: relay. A provider's stream on its way to the client: polled, never read ahead of the client; kept alive by
//! heartbeats; ended by its dialect's end or by an error event, never by silence.

pub mod body;
mod broken;
mod flow;
mod going;

pub use body::LiveBody;
pub(crate) use body::Relaying;
pub(crate) use flow::{Flow, stream_error};
pub(crate) use going::{Going, Origin};
