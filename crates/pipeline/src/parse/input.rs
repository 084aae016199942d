//! How much a request gives a model to read, counted when somebody goes by it: of a client without limits, asked of the
//! only target there is, nobody does, and a walk over its text costs more than all the rest of a long request.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use wye_profile::tokens::{Prompt, Reader};
use wye_wire::scan::TopLevel;

/// Longer bodies are not held only to be counted later.
const LONGEST_HELD: usize = 16 * 1024;

/// What a request gives a model to read.
#[derive(Debug)]
pub(crate) struct Input {
    body: Bytes,
    /// Who is expected to read it.
    reader: Reader,
    /// Whether all of it is counted, however long it is: somebody asked for nothing else.
    whole: bool,
    tokens: OnceLock<u64>,
}

impl Input {
    pub(super) const fn of(body: Bytes, reader: Reader) -> Self {
        Self { body, reader, whole: false, tokens: OnceLock::new() }
    }

    /// The same, of which all is counted.
    pub(super) fn whole(body: Bytes, reader: Reader) -> Self {
        Self { whole: true, ..Self::of(body, reader) }
    }

    /// The same for somebody else.
    pub(super) fn read_by(self: &mut Arc<Self>, reader: Reader) {
        match Arc::get_mut(self) {
            Some(own) => (own.reader, own.tokens) = (reader, OnceLock::new()),
            None => *self = Arc::new(Self { whole: self.whole, ..Self::of(self.body.clone(), reader) }),
        }
    }

    /// How many tokens its reader is thought to take it for. Counted at the first call.
    pub(crate) fn tokens(&self) -> u64 {
        *self.tokens.get_or_init(|| self.count(&TopLevel::scan(&self.body).unwrap_or_default()))
    }

    /// The same, where its fields are known.
    pub(super) fn tokens_of(&self, top: &TopLevel) -> u64 {
        *self.tokens.get_or_init(|| self.count(top))
    }

    /// The same if they are counted, else about as many.
    pub(super) fn guess(&self) -> u64 {
        self.tokens.get().copied().unwrap_or_else(|| (self.body.len() as u64).div_ceil(4))
    }

    /// More than they are, whatever they are, if there are no pictures in it.
    pub(super) fn at_most(&self) -> u64 {
        self.tokens.get().copied().unwrap_or_else(|| self.reader.at_most(self.body.len()))
    }

    /// Whether it is too long to be held for as long as an answer takes.
    pub(crate) const fn is_long(&self) -> bool {
        self.body.len() > LONGEST_HELD
    }

    fn count(&self, top: &TopLevel) -> u64 {
        tracing::trace!(bytes = self.body.len(), "a prompt is counted");
        let fields = top.fields().filter_map(|(name, span)| Some((name, self.body.get(span)?)));
        if self.whole {
            return Prompt::of(fields).tokens(self.reader);
        }
        Prompt::tokens_of(fields, self.reader)
    }
}
