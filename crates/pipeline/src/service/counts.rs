//! What an answer that is passed on as it comes says of its use: in its events, or not at all.

use wye_types::usage::Ledger;
use wye_wire::service::{Head, Service, UsageTap};

/// Reads an answer in passing.
pub(super) struct Counts {
    words: &'static dyn Service,
    head: Head,
    /// Where the answer is a stream of events.
    tap: Option<UsageTap>,
}

impl Counts {
    pub(super) fn new(words: &'static dyn Service, head: &Head, media_type: &str) -> Self {
        let tap = media_type.starts_with("text/event-stream").then(UsageTap::default);
        Self { words, head: head.clone(), tap }
    }

    pub(super) fn see(&mut self, piece: &[u8]) {
        if let Some(tap) = &mut self.tap {
            tap.push(piece);
        }
    }

    /// What is known when it begins.
    pub(super) fn begun(&self) -> Option<Ledger> {
        self.words.begun(&self.head)
    }

    /// What is known when it is over.
    pub(super) fn told(&self) -> Option<Ledger> {
        let told = self.tap.as_ref().and_then(UsageTap::usage);
        told.and_then(|usage| self.words.told_in_events(usage, &self.head))
            .or_else(|| Some(Ledger { units: self.head.units, ..Ledger::default() }))
    }
}
