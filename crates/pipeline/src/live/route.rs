//! A name that clients send as `model`: what it may call, in which order, and what it leaves out.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use wye_profile::tokens::Reader;
use wye_routing::tree::Group;

use super::{Hints, Policy, Target};
use crate::mirror::Mirror;
use crate::rate::Rater;
use crate::shape::Describing;

/// Whether sessions stay with who served them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stick {
    /// Sessions that clients name stay.
    pub by_name: bool,
    /// Sessions that are known by how their prompts begin stay.
    pub by_prefix: bool,
    /// How long a session that says nothing is remembered.
    pub idle: Duration,
    /// How much better another target must be, as a share of the distance between the best and the worst score.
    pub switch_cost: f32,
}

impl Default for Stick {
    fn default() -> Self {
        Self { by_name: true, by_prefix: true, idle: Duration::from_secs(600), switch_cost: 0.5 }
    }
}

/// Which targets are not asked at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// How many times the tokens of a prompt must fit into a target's context, in hundredths.
    pub margin_percent: u64,
    /// Only what is proved to cost nothing.
    pub free_only: bool,
    /// Only what is not known to be slower to its first content.
    pub max_latency: Option<Duration>,
    /// Only what costs no more for a token of a prompt, in pico-dollars.
    pub max_input: Option<u64>,
    /// The same for a token of an answer.
    pub max_output: Option<u64>,
}

impl Default for Filter {
    fn default() -> Self {
        // What just fits by an estimate is refused by the provider one time in two.
        Self { margin_percent: 110, free_only: false, max_latency: None, max_input: None, max_output: None }
    }
}

/// What a tree looks at. It may have thousands of targets, so that it is asked once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reads {
    /// The text, for rules and judges.
    pub(crate) text: bool,
    /// How well targets answer.
    pub(crate) standings: bool,
    /// What a request is about, or how hard it is.
    pub(crate) leaning: bool,
    /// How well and how much used targets are.
    pub(crate) wear: bool,
}

impl Reads {
    fn of(tree: &Group) -> Self {
        Self {
            text: tree.reads_text(),
            standings: tree.reads_standings(),
            leaning: tree.reads_leaning(),
            wear: tree.reads_wear(),
        }
    }
}

/// A name that clients send as `model`, and what it stands for.
#[derive(Debug)]
pub struct Route {
    /// The name.
    pub name: Arc<str>,
    /// What it may call, each once.
    pub targets: Arc<[Target]>,
    /// Which of them are not asked at all.
    pub filter: Filter,
    /// In which order. Its targets are places in `targets`.
    pub tree: Group,
    /// Whether sessions stay with who served them.
    pub stick: Stick,
    /// Where the targets of each name end, if a client listed several.
    pub(super) parts: Vec<usize>,
    /// What each of these names leaves out.
    pub(super) part_filters: Vec<Filter>,
    /// Whether the tree only lists the targets: then the order is theirs.
    pub(super) plain: bool,
    /// What its tree looks at.
    pub(crate) reads: Reads,
    /// What the operator knows of what its requests are about.
    pub hints: Option<Arc<Hints>>,
    /// How its attempts go.
    pub policy: Arc<Policy>,
    /// Who describes images for those of its targets that see none.
    pub describing: Option<Arc<Describing>>,
    /// Who rates its requests, where its tree or a part of it goes by that.
    pub(super) raters: Vec<Arc<Rater>>,
    /// Who is sent copies of its requests.
    pub mirror: Option<Arc<Mirror>>,
    /// For each target the first that is called alike, where some are that differ in what is said of their speed alone.
    pub(super) twins: Option<Box<[usize]>>,
}

impl Route {
    /// A route that orders its targets by a tree.
    #[must_use]
    pub fn new(
        tree: Group,
        targets: Arc<[Target]>,
        policy: Arc<Policy>,
        describing: Option<Arc<Describing>>,
    ) -> Self {
        let (plain, reads) = (tree.is_plain(), Reads::of(&tree));
        let twins = twins(&targets);
        Self {
            name: Arc::clone(&tree.name),
            twins,
            targets,
            tree,
            plain,
            reads,
            hints: None,
            policy,
            describing,
            filter: Filter::default(),
            stick: Stick::default(),
            parts: Vec::new(),
            part_filters: Vec::new(),
            raters: Vec::new(),
            mirror: None,
        }
    }

    /// The same, with what the operator knows of what its requests are about.
    #[must_use]
    pub fn with_hints(self, hints: Option<Arc<Hints>>) -> Self {
        Self { hints, ..self }
    }

    /// The same, with copies of its requests sent to somebody else.
    #[must_use]
    pub fn with_mirror(self, mirror: Option<Arc<Mirror>>) -> Self {
        Self { mirror, ..self }
    }

    /// The same, some of whose targets are not asked at all.
    #[must_use]
    pub fn with_filter(self, filter: Filter) -> Self {
        Self { filter, ..self }
    }

    /// The same, where models rate the requests.
    #[must_use]
    pub fn with_raters(self, raters: Vec<Arc<Rater>>) -> Self {
        Self { raters, ..self }
    }

    /// Who rates requests for a group of the tree.
    pub(crate) fn rater(&self, group: &str) -> Option<&Arc<Rater>> {
        self.raters.iter().find(|rater| *rater.group == *group)
    }

    /// A route that tries its targets as they are listed.
    #[must_use]
    pub fn listed(
        name: Arc<str>,
        targets: Vec<Target>,
        policy: Arc<Policy>,
        describing: Option<Arc<Describing>>,
    ) -> Self {
        Self::new(Group::listed(name, targets.len()), targets.into(), policy, describing)
    }

    /// The same, whose sessions stay otherwise.
    #[must_use]
    pub fn with_stick(self, stick: Stick) -> Self {
        Self { stick, ..self }
    }

    /// Leaves what is called like one before it out of an order: it was chosen twice, once for its speed.
    pub(crate) fn once_each(&self, order: &mut Vec<usize>) {
        let Some(twins) = &self.twins else { return };
        let mut met = vec![false; twins.len()];
        order.retain(|place| !std::mem::replace(&mut met[twins[*place]], true));
    }

    /// Whether nothing but the list orders its targets.
    pub(crate) const fn is_plain(&self) -> bool {
        self.plain
    }

    /// Who is expected to read its requests: its first target.
    pub(crate) fn reader(&self) -> Reader {
        self.targets.first().map_or(Reader::UNKNOWN, |target| target.reader)
    }
}

fn twins(targets: &[Target]) -> Option<Box<[usize]>> {
    if targets.iter().all(|target| target.speed.is_empty()) {
        return None;
    }
    let mut known: HashMap<u32, Vec<usize>> = HashMap::new();
    let first = |(place, target): (usize, &Target)| {
        let alike = |other: &&usize| {
            let other = &targets[**other];
            other.deployment == target.deployment
                && other.context == target.context
                && other.shaping == target.shaping
        };
        let places = known.entry(target.member.number).or_default();
        let first = places.iter().find(alike).copied().unwrap_or(place);
        places.push(place);
        first
    };
    let twins: Box<[usize]> = targets.iter().enumerate().map(first).collect();
    twins.iter().enumerate().any(|(place, first)| place != *first).then_some(twins)
}
