//! The shared counters in memory, for several gateways in one process; what the scripts do, without a server.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use wye_limits::{Answer, Ask, Asked, Tally};
use wye_types::Clock;

use super::link::{Hello, Question};
use super::script::SILENT;

/// Shared counters in memory.
pub struct Memory {
    clock: Arc<dyn Clock>,
    known: Mutex<Known>,
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Memory").finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Known {
    tally: Tally,
    nodes: HashMap<String, u64>,
    world: Option<(String, u64)>,
}

impl Memory {
    /// Counters that know nothing, by this clock.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, known: Mutex::default() }
    }

    /// Loses everything, as a server without a disk does.
    pub fn forget(&self) {
        *self.lock() = Known::default();
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn exchange(&self, node: &str, world: &str, asks: &[Question<'_>]) -> (Hello, Vec<Answer>) {
        let mut known = self.lock();
        let now_ms = self.clock.unix_ms();
        let silent = u64::try_from(SILENT.as_millis()).unwrap_or(u64::MAX);
        known.nodes.insert(node.to_owned(), now_ms);
        known.nodes.retain(|_, at| now_ms.saturating_sub(*at) <= silent);
        let nodes = u64::try_from(known.nodes.len()).unwrap_or(u64::MAX);
        let (world, since) = known.world.get_or_insert_with(|| (format!("{world} {now_ms}"), now_ms)).clone();
        let asked = Asked { now: Duration::from_millis(now_ms), nodes };
        let answers = asks.iter().map(|question| match question.ask {
            Ask::Slots(ask) => Answer::Slots(known.tally.slots(question.name, asked, ask)),
            Ask::Held(ask) => {
                known.tally.held(question.name, node, asked, ask).map_or(Answer::Over, Answer::Held)
            }
        });
        let answers = answers.collect();
        let age = Duration::from_millis(now_ms.saturating_sub(since));
        (Hello { now_ms, nodes, world, age }, answers)
    }

    pub(super) fn leave(&self, node: &str) {
        self.lock().nodes.remove(node);
    }
}
