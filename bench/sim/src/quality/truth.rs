//! A world: how likely each model really is to answer each prompt well. Drawn around what is expected, as far from it as the
//! table of priors says that it may be, so that no policy's table is the truth.

use wye_profile::Category;

use super::SEED;
use super::fleet::Fleet;
use super::prompt::Prompt;
use crate::chance::Chance;

/// How far a category may be from what a model does on the whole, and a slope from what is expected: the deviations that the
/// quality model and the table of priors are made with (`crates/routing/src/quality.rs`, `bench/many/src/priors.rs`).
const APART: f64 = 0.12;
const SLOPE: f64 = 0.1;
/// Nobody is always right, nor always wrong.
const LEAST: f64 = 0.02;

/// What streams of chance are for.
const WORLD: u64 = 11;
const GRADED: u64 = 12;
const EXAMINED: u64 = 13;

/// A world.
#[derive(Debug, Clone)]
pub struct Truth {
    number: u32,
    members: Vec<Real>,
    usual: f64,
}

/// How a model really is.
#[derive(Debug, Clone)]
struct Real {
    mean: f64,
    apart: [f64; Category::COUNT],
    slope: f64,
}

impl Truth {
    /// A world by its number. Of two that follow each other (0 and 1, 2 and 3) the second has every deviation of the first,
    /// turned round. `usual` is the mean difficulty of what is asked.
    #[must_use]
    pub fn draw(fleet: &Fleet, number: u32, usual: f64) -> Self {
        let sign = if number.is_multiple_of(2) { 1.0 } else { -1.0 };
        let members = (0_u64..).zip(&fleet.members).map(|(place, member)| {
            let mut chance = Chance::of(&[SEED, WORLD, u64::from(number / 2), place]);
            let mut off = |sd: f64| sign * sd * chance.bell();
            let prior = &member.prior;
            let mean = f64::from(prior.mean) + off(f64::from(prior.sd));
            let apart = prior.apart.map(|apart| f64::from(apart) + off(APART));
            Real { mean, apart, slope: (f64::from(prior.slope) + off(SLOPE)).min(0.0) }
        });
        Self { number, members: members.collect(), usual }
    }

    /// How likely a model answers a prompt well.
    #[must_use]
    pub fn chance(&self, member: usize, prompt: &Prompt) -> f64 {
        let Some(real) = self.members.get(member) else { return 0.0 };
        let apart = real.apart[prompt.category.index()];
        let harder = prompt.difficulty - self.usual;
        (real.mean + apart + real.slope * harder).clamp(LEAST, 1.0 - LEAST)
    }

    /// Whether it answers the prompt of a number well: the same whoever sent it there.
    #[must_use]
    pub fn right(&self, member: usize, (number, prompt): (usize, &Prompt)) -> bool {
        self.falls(GRADED, member, (number, prompt))
    }

    /// Whether it answers a question of an exam well.
    #[must_use]
    pub fn passes(&self, member: usize, (number, prompt): (usize, &Prompt)) -> bool {
        self.falls(EXAMINED, member, (number, prompt))
    }

    fn falls(&self, stream: u64, member: usize, (number, prompt): (usize, &Prompt)) -> bool {
        let pair = u64::from(self.number / 2);
        let draw = Chance::of(&[SEED, stream, pair, member as u64, number as u64]).unit();
        let turned = if self.number.is_multiple_of(2) { draw } else { 1.0 - draw };
        turned < self.chance(member, prompt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worlds_are_around_what_is_expected_and_differ_from_it() {
        let fleet = Fleet::known();
        let prompt = Prompt { category: Category::Thai, difficulty: 0.5, text: String::new() };
        for member in [0, 5, 11] {
            let chances: Vec<f64> =
                (0..64).map(|number| Truth::draw(&fleet, number, 0.5).chance(member, &prompt)).collect();
            let mean = chances.iter().sum::<f64>() / 64.0;
            let wanted = f64::from(fleet.members[member].prior.mean);
            assert!((mean - wanted).abs() < 0.02, "{mean} is not {wanted}");
            let sd = (chances.iter().map(|one| (one - mean).powi(2)).sum::<f64>() / 64.0).sqrt();
            // Of a family 0.06 to 0.09, of a category 0.12; what is cut at one makes it less.
            assert!((0.08..0.18).contains(&sd), "{sd}");
        }
        let one = Truth::draw(&fleet, 3, 0.5);
        assert!((one.chance(4, &prompt) - Truth::draw(&fleet, 3, 0.5).chance(4, &prompt)).abs() < 1e-12);
    }

    #[test]
    fn answers_are_right_as_often_as_they_should_be() {
        let fleet = Fleet::known();
        let truth = Truth::draw(&fleet, 1, 0.5);
        let prompt = Prompt { category: Category::Code, difficulty: 0.9, text: String::new() };
        let right = (0..4000).filter(|number| truth.right(2, (*number, &prompt))).count();
        let share = f64::from(u32::try_from(right).unwrap()) / 4000.0;
        assert!((share - truth.chance(2, &prompt)).abs() < 0.03, "{share}");
    }
}
