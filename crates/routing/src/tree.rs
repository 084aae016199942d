//! What a route may call, as a tree: targets, and other routes with strategies of their own. From the targets that may be
//! called it makes the order in which they are tried.
//!
//! Strategies that choose among targets (`ordered`, `weighted`, `rules`, `judge`) take a route as one target, whose own
//! strategy orders what is in it, in its place. Strategies that weigh deployments see through routes.

use std::borrow::Cow;
use std::sync::Arc;

use wye_types::record::decision::Hop;

use crate::quality::{Leaning, Standing};
use crate::rules::{Facts, Rules, bucket};
use crate::strategy::draw::key;
use crate::strategy::{Ask, Mark, Order, Ranked, Row, Terms, rank};

/// A route, or one that stands in it.
#[derive(Debug, Clone)]
pub struct Group {
    /// The route's name.
    pub name: Arc<str>,
    /// How its members are ordered.
    pub strategy: Strategy,
    /// What it may call.
    pub members: Vec<Member>,
}

/// A target of a route.
#[derive(Debug, Clone)]
pub struct Member {
    /// What it is.
    pub what: What,
    /// What the operator gave it: from 0 to 1 where scores are weighed, a share where traffic is divided.
    pub weight: f32,
}

/// What a target is.
#[derive(Debug, Clone)]
pub enum What {
    /// A deployment: its place among all that the route may call.
    Target(usize),
    /// Another route.
    Group(Box<Group>),
}

/// How the members of a group are ordered.
#[derive(Debug, Clone)]
pub enum Strategy {
    /// By what is known of the deployments.
    Ranked(Order),
    /// By rules over the request.
    Rules(Box<Rules>),
    /// By the rating that a model gives the request; by rules where there is none.
    Judge(Box<Judge>),
}

/// How a rating becomes a target.
#[derive(Debug, Clone, Default)]
pub struct Judge {
    /// How many steps the scale of ratings has; `None`: one for each member.
    pub threshold: Option<usize>,
    /// What is chosen by where the model gives no rating.
    pub rules: Rules,
}

/// A model's word on a request, for the group of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rating {
    /// The group that it is for.
    pub group: Arc<str>,
    /// The rating, from 1; `None`: there is none, because the model failed or answered something else.
    pub rating: Option<usize>,
}

/// What is known of a request besides what the deployments are weighed by.
#[derive(Debug, Clone, Copy, Default)]
pub struct Context<'a> {
    /// What scores are made of.
    pub ask: Ask<'a>,
    /// What rules read; `None`: nobody has looked.
    pub facts: Option<Facts<'a>>,
    /// What models said of it.
    pub ratings: &'a [Rating],
    /// What it is about and how hard it is; `None`: nobody has looked.
    pub leaning: Option<&'a Leaning>,
}

/// The targets that may be called.
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a> {
    /// One row for each of them.
    pub rows: &'a [Row],
    /// For each target of the route the place of its row; [`NO_ROW`] if it may not be called.
    pub places: &'a [u32],
    /// How well each of them answers, in the order of the rows; empty where nobody goes by that.
    pub standings: &'a [&'a Standing],
}

/// No row.
pub const NO_ROW: u32 = u32::MAX;

/// A target in its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placed {
    /// The target, by its place among all that the route may call.
    pub target: usize,
    /// What it was ordered by, where that was a number.
    pub score: Option<f64>,
    /// What that is made of.
    pub terms: Terms,
}

/// The order, and how it came about.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Walked {
    /// The targets in the order in which they are tried, each once.
    pub order: Vec<Placed>,
    /// The routes that were asked, outermost first.
    pub hops: Vec<Hop>,
    /// What the terms of the scores are called.
    pub terms: &'static [&'static str],
}

/// A model must be asked first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeedsRating {
    /// The group whose judge it is.
    pub group: Arc<str>,
}

impl Strategy {
    /// Its name, as configuration and explanations write it.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Ranked(order) => order.word(),
            Self::Rules(_) => "rules",
            Self::Judge(_) => "judge",
        }
    }

    /// Whether it weighs deployments, wherever they stand.
    const fn sees_through(&self) -> Option<Order> {
        match self {
            Self::Ranked(Order::Listed | Order::Weighted) | Self::Rules(_) | Self::Judge(_) => None,
            Self::Ranked(order) => Some(*order),
        }
    }
}

impl Group {
    /// A route that tries targets in their order.
    #[must_use]
    pub fn listed(name: Arc<str>, targets: usize) -> Self {
        let member = |target| Member { what: What::Target(target), weight: 1.0 };
        Self { name, strategy: Strategy::Ranked(Order::Listed), members: (0..targets).map(member).collect() }
    }

    /// Whether it only lists targets: then nothing need be known of them.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        matches!(self.strategy, Strategy::Ranked(Order::Listed))
            && self.members.iter().all(|member| matches!(member.what, What::Target(_)))
    }

    /// Whether rules look at the request, or a model does, in it or in what stands in it.
    #[must_use]
    pub fn reads_text(&self) -> bool {
        self.any(&|strategy| matches!(strategy, Strategy::Rules(_) | Strategy::Judge(_)))
    }

    /// Whether it, or what stands in it, goes by how well deployments answer.
    #[must_use]
    pub fn reads_standings(&self) -> bool {
        self.any(&|strategy| matches!(strategy, Strategy::Ranked(order) if order.reads_marks()))
    }

    /// Whether it, or what stands in it, goes by how well and how much used deployments are.
    #[must_use]
    pub fn reads_wear(&self) -> bool {
        self.any(&|strategy| matches!(strategy, Strategy::Ranked(Order::Balanced(_) | Order::Adaptive(_))))
    }

    /// Whether it, or what stands in it, goes by what the request is about or how hard it is.
    #[must_use]
    pub fn reads_leaning(&self) -> bool {
        self.any(&|strategy| match strategy {
            Strategy::Ranked(order) => order.reads_leaning(),
            Strategy::Rules(rules) => rules.reads_category(),
            Strategy::Judge(judge) => judge.rules.reads_category(),
        })
    }

    fn any(&self, of: &impl Fn(&Strategy) -> bool) -> bool {
        let within = |member: &Member| match &member.what {
            What::Group(group) => group.any(of),
            What::Target(_) => false,
        };
        of(&self.strategy) || self.members.iter().any(within)
    }

    /// Orders the targets that may be called.
    ///
    /// # Errors
    /// The group whose judge must be asked first.
    pub fn walk(&self, rows: Rows<'_>, context: &Context<'_>) -> Result<Walked, NeedsRating> {
        let mut walk =
            Walk { rows, context, taken: vec![false; rows.places.len()], walked: Walked::default() };
        walk.group(self)?;
        Ok(walk.walked)
    }

    /// All targets in it, with their weights.
    fn leaves(&self, weight: f32, leaves: &mut Vec<(usize, f32)>) {
        for member in &self.members {
            match &member.what {
                What::Target(target) => leaves.push((*target, weight * member.weight)),
                What::Group(group) => group.leaves(weight * member.weight, leaves),
            }
        }
    }

    /// A number for draws: the same for the same name.
    fn number(&self) -> u32 {
        self.name.bytes().fold(0x811C_9DC5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
    }
}

struct Walk<'a, 'b> {
    rows: Rows<'a>,
    context: &'a Context<'b>,
    taken: Vec<bool>,
    walked: Walked,
}

impl Walk<'_, '_> {
    fn group(&mut self, group: &Group) -> Result<(), NeedsRating> {
        let hop = self.walked.hops.len();
        self.walked.hops.push(Hop {
            route: Arc::clone(&group.name),
            strategy: group.strategy.word(),
            reason: None,
        });
        if let Some(order) = group.strategy.sees_through() {
            self.weigh(group, order);
            return Ok(());
        }
        let (first, reason) = match &group.strategy {
            Strategy::Ranked(Order::Weighted) => return self.drawn(group),
            Strategy::Ranked(_) => (0, None),
            Strategy::Rules(rules) => self.by_rules(rules, group),
            Strategy::Judge(judge) => self.by_rating(judge, group)?,
        };
        self.walked.hops[hop].reason = reason;
        let chosen = group.members.get(first).into_iter();
        let others = group.members.iter().enumerate().filter(|(place, _)| *place != first);
        for member in chosen.chain(others.map(|(_, member)| member)) {
            self.member(member, (None, Terms::default()))?;
        }
        Ok(())
    }

    fn member(&mut self, member: &Member, (score, terms): (Option<f64>, Terms)) -> Result<(), NeedsRating> {
        match &member.what {
            What::Group(group) => self.group(group),
            What::Target(target) => {
                self.take(*target, score, terms);
                Ok(())
            }
        }
    }

    /// Puts a target behind those that stand there, if it may be called and does not stand there yet.
    fn take(&mut self, target: usize, score: Option<f64>, terms: Terms) {
        let may = self.rows.places.get(target).is_some_and(|place| *place != NO_ROW);
        if let Some(taken) = self.taken.get_mut(target).filter(|taken| may && !**taken) {
            *taken = true;
            self.walked.order.push(Placed { target, score, terms });
        }
    }

    fn weigh(&mut self, group: &Group, order: Order) {
        let mut leaves = Vec::with_capacity(group.members.len());
        group.leaves(1.0, &mut leaves);
        let own = order.category().map(|category| {
            Leaning::only(category, self.context.leaning.and_then(|leaning| leaning.difficulty))
        });
        let unknown = Leaning::default();
        let leaning = own.as_ref().or(self.context.leaning).unwrap_or(&unknown);
        let standings = if order.reads_marks() { self.rows.standings } else { &[] };
        let mut marks = Marks::new(leaning);
        let row = |(target, weight): &(usize, f32)| {
            let place = *self.rows.places.get(*target)? as usize;
            let row = self.rows.rows.get(place)?;
            let mark = standings.get(place).map_or(row.mark, |standing| marks.of(standing));
            Some((*target, Row { weight: *weight, mark, ..*row }))
        };
        let (targets, rows): (Vec<usize>, Vec<Row>) = leaves.iter().filter_map(row).unzip();
        self.walked.terms = order.terms();
        for Ranked { row, score, terms } in rank(order, &rows, self.context.ask) {
            self.take(targets[row], Some(score), terms);
        }
    }

    /// Members by a draw in fixed shares.
    fn drawn(&mut self, group: &Group) -> Result<(), NeedsRating> {
        let number = |member: &Member| match &member.what {
            What::Group(group) => group.number(),
            What::Target(target) => {
                let row = self.rows.places.get(*target).and_then(|place| self.rows.rows.get(*place as usize));
                row.map_or(0, |row| row.number)
            }
        };
        let drawn =
            |member: &Member| key(self.context.ask.seed, number(member), f64::from(member.weight.max(0.0)));
        let mut members: Vec<(f64, u32, &Member)> =
            group.members.iter().map(|member| (drawn(member), number(member), member)).collect();
        members.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        self.walked.terms = Order::Weighted.terms();
        for (score, _, member) in members {
            let mut terms = Terms::default();
            terms[0] = member.weight;
            self.member(member, (Some(score), terms))?;
        }
        Ok(())
    }

    fn by_rules(&self, rules: &Rules, group: &Group) -> (usize, Option<Cow<'static, str>>) {
        let nothing = Facts {
            text: "",
            found: wye_profile::Found::default(),
            category: None,
            tokens: 0,
            tools: false,
            media: false,
        };
        let facts = self.context.facts.unwrap_or(nothing);
        let chosen = rules.choose(facts, group.members.len());
        chosen.map_or((0, None), |chosen| (chosen.target, Some(chosen.reason.into())))
    }

    fn by_rating(
        &self,
        judge: &Judge,
        group: &Group,
    ) -> Result<(usize, Option<Cow<'static, str>>), NeedsRating> {
        if group.members.len() < 2 {
            return Ok((0, None));
        }
        let said = self.context.ratings.iter().find(|rating| rating.group == group.name);
        match said.ok_or_else(|| NeedsRating { group: Arc::clone(&group.name) })?.rating {
            Some(rating) => {
                let target = bucket(rating, group.members.len(), judge.threshold);
                Ok((target, Some(format!("rated {rating}").into())))
            }
            None => {
                let (target, reason) = self.by_rules(&judge.rules, group);
                let reason = reason.map(|reason| format!("no rating; {reason}").into());
                Ok((target, reason))
            }
        }
    }
}

/// How many marks are remembered while targets are weighed.
const KEPT: usize = 64;

/// Marks that were worked out: all that were never graded and are of one kind hold the same standing, so that thousands of
/// targets have a few dozen.
struct Marks<'a> {
    leaning: &'a Leaning,
    known: [(*const Standing, Mark); KEPT],
}

impl<'a> Marks<'a> {
    fn new(leaning: &'a Leaning) -> Self {
        Self { leaning, known: [(std::ptr::null(), Mark::default()); KEPT] }
    }

    fn of(&mut self, standing: &Standing) -> Mark {
        let own = std::ptr::from_ref(standing);
        // Standings are some hundred bytes: the lowest bits of their places say nothing.
        let slot = &mut self.known[(own.addr() >> 6 ^ own.addr() >> 12) % KEPT];
        if slot.0 != own {
            *slot = (own, Mark::of(standing, self.leaning));
        }
        slot.1
    }
}

#[cfg(test)]
mod tests;
