//! Folds the events of a stream into the whole answer they mean.

use wye_types::DialectId;
use wye_types::chat::ChatResponse;
use wye_types::event::StreamEvent;

/// Collects events until the answer is whole.
#[derive(Debug)]
pub struct Assembler {
    response: ChatResponse,
}

impl Assembler {
    /// An empty answer. `from` is the dialect the events were read from.
    #[must_use]
    pub fn new(from: DialectId) -> Self {
        Self {
            response: ChatResponse {
                from,
                id: String::new(),
                model: String::new(),
                created: None,
                choices: Vec::new(),
                usage: None,
                rest: wye_types::Map::new(),
            },
        }
    }

    /// Takes the next event.
    pub fn push(&mut self, _event: StreamEvent) {}

    /// The answer as far as it came.
    #[must_use]
    pub fn finish(self) -> ChatResponse {
        self.response
    }
}
