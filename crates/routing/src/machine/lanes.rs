//! The attempts of a request that run now.

use std::time::Duration;

use super::plan::MOST_CONTENDERS;

/// An attempt that runs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lane {
    /// Its number among the starts of the request.
    pub(super) contender: u32,
    /// Its target's place in the plan.
    pub(super) target: usize,
    /// From when on it is late, on the monotonic clock.
    pub(super) late_at: Duration,
}

/// The attempts that run, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    lanes: [Option<Lane>; MOST_CONTENDERS],
}

impl Lanes {
    pub(super) fn all(&self) -> impl Iterator<Item = &Lane> {
        self.lanes.iter().flatten()
    }

    pub(super) fn count(&self) -> usize {
        self.all().count()
    }

    /// Whether none runs.
    pub(super) const fn is_empty(&self) -> bool {
        self.lanes[0].is_none()
    }

    pub(super) fn has(&self, contender: u32) -> bool {
        self.all().any(|lane| lane.contender == contender)
    }

    /// The one that was started last.
    pub(super) fn newest(&mut self) -> Option<&mut Lane> {
        self.lanes.iter_mut().flatten().last()
    }

    pub(super) fn get(&mut self, contender: u32) -> Option<&mut Lane> {
        self.lanes.iter_mut().flatten().find(|lane| lane.contender == contender)
    }

    /// One begins. The machine starts no more than there is room for.
    pub(super) fn enter(&mut self, lane: Lane) {
        if let Some(free) = self.lanes.iter_mut().find(|lane| lane.is_none()) {
            *free = Some(lane);
        }
    }

    /// One is over. Gives its target's place; `None` if it does not run.
    pub(super) fn leave(&mut self, contender: u32) -> Option<usize> {
        let place = self.lanes.iter().position(|lane| lane.is_some_and(|l| l.contender == contender))?;
        let left = self.lanes[place].take();
        self.lanes[place..].rotate_left(1);
        left.map(|lane| lane.target)
    }
}
