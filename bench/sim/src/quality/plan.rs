//! Who answers each prompt where that stands beforehand: single models, chance, tiers, and what could be had by whoever knew
//! everything.

use std::sync::Arc;

use wye_profile::{Category, found};
use wye_routing::grades::{Graded, Grades};
use wye_routing::quality::{Leaning, Merit};
use wye_types::DeploymentId;

use super::SEED;
use super::fleet::{Fleet, Member};
use super::prompt::{Prompt, Prompts};
use super::truth::Truth;
use crate::ask::Ask;
use crate::chance::Chance;
use crate::spec::Spec;

/// From this difficulty on a request is of the third tier.
const THIRD: f64 = 0.8;
/// What a dollar is worth in quality: a point for a tenth of a cent, as `wye/auto` has it.
const PER_DOLLAR: f64 = 10.0;
/// The same of a second until the whole answer: a point for two.
const PER_SECOND: f64 = 0.005;
const DRAWN: u64 = 21;

/// A way to choose beforehand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// One model for all, by its place.
    Single(usize),
    /// Any model.
    Random,
    /// SmartRoute's tiers, thirds of the fleet by price, any model in them: by its words, or by a judge who is never wrong.
    Tiers(Judge),
    /// Whoever is right, the cheapest of them; the cheapest of all where nobody is.
    Oracle,
    /// The most likely to be right, whatever it costs: an oracle of chances, not of answers.
    Likeliest,
    /// What `learned` does, had it the true chances: quality less money and waiting, at the usual worth.
    Knowing,
}

/// Who says which tier a request is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judge {
    /// Its length and words, as the original had it once and as its documentation has it.
    Words,
    /// A model's rating, as it has it now: free and never wrong here.
    Perfect,
}

/// What a world is made of.
#[derive(Debug, Clone, Copy)]
pub struct World<'a> {
    /// The models.
    pub fleet: &'a Fleet,
    /// The prompts.
    pub prompts: &'a Prompts,
    /// How often who is right.
    pub truth: &'a Truth,
    /// How much each request takes.
    pub asks: &'a [Ask],
}

impl World<'_> {
    /// Nano-dollars of a request at a model.
    #[must_use]
    pub fn cost(&self, member: usize, ask: &Ask) -> u64 {
        let price = self.fleet.members.get(member).map_or((0, 0), |member| member.spec.price);
        ask.prompt * price.0 + ask.output * price.1
    }

    /// Who answers which request.
    #[must_use]
    pub fn plan(&self, plan: Plan) -> Arc<[usize]> {
        let all = self.prompts.asked.iter().enumerate().zip(self.asks);
        all.map(|((number, prompt), ask)| self.one(plan, (number, prompt), ask)).collect()
    }

    /// Who answers which request where the gateway's own formula is told what each is about and how hard it is, instead of
    /// guessing it from its words, and goes by these grades: what better guesses could still bring.
    #[must_use]
    pub fn told(&self, grades: Vec<Graded>) -> Arc<[usize]> {
        let grades = Grades::new(grades, |_| true);
        let merit = |member: &Member| {
            let Spec { name, model, .. } = member.spec;
            let deployment = DeploymentId { provider: name.to_owned(), model: model.to_owned() };
            Merit::new(&member.prior, grades.of(&deployment).map(AsRef::as_ref))
        };
        let merits: Vec<Merit> = self.fleet.members.iter().map(merit).collect();
        let usual = self.prompts.usual();
        let one = |(prompt, ask): (&Prompt, &Ask)| {
            let worth = |place: usize, merit: &Merit| {
                let table = self.fleet.members.get(place).map_or(0.5, |member| member.prior.usual);
                #[expect(clippy::cast_possible_truncation, reason = "from 0 to 1")]
                let harder = (prompt.difficulty - usual) as f32;
                let leaning = Leaning::only(prompt.category, Some(table + harder));
                f64::from(merit.expected(&leaning).mean) - self.price(place, ask)
            };
            best(merits.iter().enumerate().map(|(place, merit)| worth(place, merit)))
        };
        self.prompts.asked.iter().zip(self.asks).map(one).collect()
    }

    /// What money and waiting for a request are worth at a model, in quality.
    #[expect(clippy::cast_precision_loss, reason = "nano-dollars of one request")]
    fn price(&self, member: usize, ask: &Ask) -> f64 {
        let first = self.fleet.members.get(member).map_or(0.0, |member| member.spec.pace.first_ms) / 1000.0;
        let dollars = self.cost(member, ask) as f64 / 1e9;
        dollars * PER_DOLLAR + (first + self.writing(member, ask)) * PER_SECOND
    }

    /// Seconds that a model writes an answer.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "tokens of one answer")]
    pub fn writing(&self, member: usize, ask: &Ask) -> f64 {
        let speed = self.fleet.members.get(member).map_or(1.0, |member| member.spec.pace.tokens_per_s);
        ask.output as f64 / speed
    }

    fn one(&self, plan: Plan, (number, prompt): (usize, &Prompt), ask: &Ask) -> usize {
        let members = 0..self.fleet.members.len();
        match plan {
            Plan::Single(member) => member,
            Plan::Random => drawn(members.len(), number),
            Plan::Tiers(judge) => {
                let tier = match judge {
                    Judge::Words => {
                        let chars = u64::try_from(prompt.text.chars().count()).unwrap_or(u64::MAX);
                        found(&prompt.text, false, false).tier(chars)
                    }
                    Judge::Perfect => tier(prompt),
                };
                let (from, to) = (members.len() * tier / 3, members.len() * (tier + 1) / 3);
                from + drawn(to - from, number)
            }
            Plan::Oracle => {
                let right = |member: &usize| self.truth.right(*member, (number, prompt));
                members.clone().find(right).unwrap_or(0)
            }
            Plan::Likeliest => best(members.map(|member| self.truth.chance(member, prompt))),
            Plan::Knowing => {
                best(members.map(|member| self.truth.chance(member, prompt) - self.price(member, ask)))
            }
        }
    }
}

/// The place of the largest; of equals the first, which is the cheapest.
fn best(all: impl Iterator<Item = f64>) -> usize {
    let mut largest = (0, f64::MIN);
    for (place, one) in all.enumerate() {
        if one > largest.1 {
            largest = (place, one);
        }
    }
    largest.0
}

/// One of so many, by the request's number.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a place among a few"
)]
fn drawn(of: usize, number: usize) -> usize {
    (Chance::of(&[SEED, DRAWN, number as u64]).unit() * of as f64) as usize
}

/// The tier that SmartRoute's judge is told to give (reference §1.4): code, logic, mathematics, tools and long creative
/// texts are of the second, what is hardest of the third.
fn tier(prompt: &Prompt) -> usize {
    let second = [
        Category::Code,
        Category::Math,
        Category::Reasoning,
        Category::Tools,
        Category::Vision,
        Category::Creative,
    ];
    if prompt.difficulty >= THIRD { 2 } else { usize::from(second.contains(&prompt.category)) }
}
