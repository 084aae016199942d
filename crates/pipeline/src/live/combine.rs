//! Routes that are made for one request: with another order than their own, and followed by others.

use std::sync::Arc;

use wye_routing::strategy::{Order, Weights};
use wye_routing::tree::{Group, Member, Strategy, What};

use super::{Filter, Route, Target};
use crate::ours;

impl Route {
    /// The same targets in an order that the client asks for.
    pub(crate) fn ordered_by(&self, strategy: ours::Strategy) -> Self {
        let weights = match &self.tree.strategy {
            Strategy::Ranked(Order::Balanced(weights) | Order::Adaptive(weights)) => *weights,
            _ => Weights::default(),
        };
        let order = match (strategy.order(weights), &self.tree.strategy) {
            // What the operator says of the same strategy holds.
            (Order::Learned(..), Strategy::Ranked(own @ Order::Learned(..)))
            | (Order::School(_), Strategy::Ranked(own @ Order::School(_)))
            | (Order::Cheapest(_), Strategy::Ranked(own @ Order::Cheapest(_))) => *own,
            (order, _) => order,
        };
        let tree = Group { strategy: Strategy::Ranked(order), ..self.tree.clone() };
        self.with(tree, Arc::clone(&self.targets), self.parts.clone())
    }

    /// The same, and where it comes to nothing, others.
    pub(crate) fn followed_by(&self, others: &[Arc<Self>]) -> Self {
        let mut targets: Vec<Target> = self.targets.to_vec();
        let mut members = vec![member(self.tree.clone())];
        let mut parts = vec![targets.len()];
        let mut part_filters = vec![self.filter.clone()];
        for other in others {
            let mut tree = other.tree.clone();
            shift(&mut tree, targets.len());
            targets.extend_from_slice(&other.targets);
            parts.push(targets.len());
            part_filters.push(other.filter.clone());
            members.push(member(tree));
        }
        let strategy = Strategy::Ranked(Order::Listed);
        let raters =
            others.iter().fold(self.raters.clone(), |all, other| [all, other.raters.clone()].concat());
        let tree = Group { name: Arc::clone(&self.name), strategy, members };
        let route = self.with(tree, targets.into(), parts).with_raters(raters);
        Self { part_filters, ..route }
    }

    /// What the name that a target belongs to leaves out.
    pub(crate) fn filter_of(&self, target: usize) -> &Filter {
        self.part_filters.get(self.part(target)).unwrap_or(&self.filter)
    }

    fn with(&self, tree: Group, targets: Arc<[Target]>, parts: Vec<usize>) -> Self {
        let policy = Arc::clone(&self.policy);
        let describing = self.describing.clone();
        Self { parts, stick: self.stick, ..Self::new(tree, targets, policy, describing) }
            .with_filter(self.filter.clone())
            .with_raters(self.raters.clone())
            .with_mirror(self.mirror.clone())
            .with_hints(self.hints.clone())
    }

    /// How many of its targets stand for the name that was asked for; those behind are for when it comes to nothing.
    pub(crate) fn first_named(&self) -> usize {
        self.parts.first().copied().unwrap_or(self.targets.len())
    }

    /// Which of the names that the client listed a target belongs to.
    pub(crate) fn part(&self, target: usize) -> usize {
        self.parts.iter().position(|end| target < *end).unwrap_or(usize::MAX)
    }

    /// Of an order, the first target of each of the names that the client listed.
    pub(crate) fn first_of_each<T>(&self, order: &mut Vec<T>, target: impl Fn(&T) -> usize) {
        let mut seen = Vec::new();
        order.retain(|one| {
            let place = target(one);
            let part = self.part(place);
            let first = !seen.contains(&part);
            seen.push(part);
            first
        });
    }
}

fn member(group: Group) -> Member {
    Member { what: What::Group(Box::new(group)), weight: 1.0 }
}

/// The same tree over targets that stand so much further behind.
fn shift(group: &mut Group, by: usize) {
    for member in &mut group.members {
        match &mut member.what {
            What::Target(target) => *target += by,
            What::Group(group) => shift(group, by),
        }
    }
}
