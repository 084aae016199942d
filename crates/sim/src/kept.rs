//! What clients leave with a provider: files, batches of requests that it works on by itself, and responses that later
//! requests go on from.
//!
//! Each account sees its own only, as at the vendors. A batch is done when it is asked for the second time, so that
//! everybody sees it under way once.

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use serde_json::Value;

/// Things kept at once; older ones are forgotten.
const MOST: usize = 1000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
    File,
    Batch,
    Response,
}

/// A file, a batch or a response.
#[derive(Debug, Clone)]
pub(crate) struct Thing {
    pub(crate) of: Of,
    pub(crate) id: String,
    /// Whose it is.
    pub(crate) account: Option<usize>,
    /// What the vendor tells of it.
    pub(crate) told: Value,
    /// What is in a file; what came of a batch; the conversation up to a response, its items included.
    pub(crate) content: Bytes,
    /// How often it was asked for.
    pub(crate) asked: u32,
}

/// All of a provider's.
#[derive(Default)]
pub(crate) struct Kept(Mutex<Vec<Thing>>);

impl Kept {
    pub(crate) fn put(&self, thing: Thing) {
        self.with(|things| {
            if things.len() == MOST {
                things.remove(0);
            }
            things.push(thing);
        });
    }

    pub(crate) fn list(&self, of: Of, account: Option<usize>) -> Vec<Value> {
        let own = |thing: &&Thing| thing.of == of && thing.account == account;
        self.with(|things| things.iter().rev().filter(own).map(|thing| thing.told.clone()).collect())
    }

    /// Looks at one, and changes it.
    pub(crate) fn find<T>(
        &self,
        (of, account): (Of, Option<usize>),
        id: &str,
        look: impl FnOnce(&mut Thing) -> T,
    ) -> Option<T> {
        self.with(|things| {
            let own = |thing: &&mut Thing| thing.of == of && thing.account == account && thing.id == id;
            things.iter_mut().find(own).map(look)
        })
    }

    pub(crate) fn remove(&self, of: Of, account: Option<usize>, id: &str) -> bool {
        self.with(|things| {
            let before = things.len();
            things.retain(|thing| thing.of != of || thing.account != account || thing.id != id);
            things.len() < before
        })
    }

    fn with<T>(&self, work: impl FnOnce(&mut Vec<Thing>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
