//! One of 28 models for each question of `ZeroEval`: how much of the best model's accuracy is kept at which part of its cost,
//! by what the shipped heads say of a question, by a head for its tasks, and by less. Tables and weights of money are fitted to
//! one half of the questions; every figure is of the other half, which neither they nor the heads have seen.

use std::collections::BTreeMap;

use wye_profile::Category;
use wye_train::fit::{Features, Lesson, Linear, Plan};

use crate::data::{Asked, trained};
use crate::fit::Beliefs;
use crate::models::{Model, models};
use crate::priors::count;

/// The part of the best single model's accuracy that a policy has to keep on the training half: a little more than the goal,
/// because the other half will not be the same.
const KEEP: f64 = 0.987;
/// How many questions a table's cell takes to count as much as the model's mean.
const SHRUNK: f64 = 20.0;
/// Deviations of the quality model's numbers before anything was seen (reference routing §7; a slope may be steeper here,
/// where a set of 1,400 questions tells).
const MEAN: f64 = 0.2;
const APART: f64 = 0.12;
const SLOPE: f64 = 0.5;
const ANSWER: f64 = 0.15;
/// The tasks.
const TASKS: [&str; 3] = ["gsm", "crux", "math-l5"];
/// How the head for the tasks is fitted: as the shipped heads' categories are.
const PLAN: Plan = Plan { outputs: 3, ridge: 0.01, passes: 60 };
/// Samples of an interval.
const SAMPLES: usize = 1000;
/// The seed of chance.
pub const SEED: u64 = 7;

/// What a policy came to on the questions that were kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Came {
    /// The policy.
    pub name: &'static str,
    /// Right answers in a hundred.
    pub accuracy: f64,
    /// Dollars for a thousand questions.
    pub cost: f64,
    /// Accuracy as a part of the best single model's, with the middle 95 % of resamples.
    pub kept: (f64, f64, f64),
    /// Cost as a part of the best single model's, likewise.
    pub paid: (f64, f64, f64),
    /// Right answers in a hundred if the same models were called as often, but by chance.
    pub chance: f64,
    /// The same where money is no matter.
    pub dearest: f64,
}

/// The cell of a table that a question stands in.
type Cell<'a> = &'a dyn Fn(&Asked) -> usize;
/// The numbers that the quality model multiplies.
type Parts<'a> = &'a dyn Fn(&Asked) -> Vec<f64>;

/// All policies, the best single model first.
#[must_use]
pub fn measure(asked: &[Asked]) -> Vec<Came> {
    let (train, test): (Vec<&Asked>, Vec<&Asked>) = asked.iter().partition(|one| trained(&one.prompt));
    let pool = Pool::of(&train);
    let single = pool.single(&train);
    let best = vec![single; test.len()];
    let random: Vec<usize> = (0..test.len()).map(|at| mixed(SEED, at) % pool.names.len()).collect();
    let oracle = pool.oracle(&test);
    let tasks = Tasks::of(&train);
    let likely: BTreeMap<&str, [f64; 3]> =
        asked.iter().map(|one| (one.prompt.as_str(), tasks.of_text(&one.prompt))).collect();
    let chances = |one: &Asked| likely.get(one.prompt.as_str()).copied().unwrap_or_default();
    let task = |one: &Asked| largest(&chances(one));
    let top = |one: &Asked| place(&one.shares);
    let third = thirds(&train);
    let cell =
        |one: &Asked| 3 * place(&one.shares) + third.iter().filter(|edge| one.difficulty > **edge).count();
    let truth =
        |one: &Asked| ["gsm", "crux", "math-l5"].iter().position(|name| *name == one.task).unwrap_or(0);
    let shares = |one: &Asked| leaning(one, &one.shares.map(f64::from));
    let both = |one: &Asked| leaning(one, &chances(one));
    let tabled: [(&str, Cell<'_>); 4] = [
        ("table by category", &top),
        ("table by category and difficulty", &cell),
        ("table by predicted task", &task),
        ("table by true task", &truth),
    ];
    let weighed: [(&str, Parts<'_>); 2] =
        [("quality model, shipped heads", &shares), ("quality model, predicted task", &both)];
    let judge = |name, chosen: &[usize], dearest: &[usize]| pool.came(name, (&test, &best), chosen, dearest);
    let mut all = vec![
        judge("best single model", &best, &best),
        judge("random", &random, &random),
        judge("oracle", &oracle, &oracle),
    ];
    for (name, cell) in tabled {
        let table = pool.table(&train, cell);
        let expected = |one: &Asked| pool.looked_up(&table, cell(one));
        let costs = pool.costs(&train, cell);
        let cost = |one: &Asked| pool.priced(&costs, cell(one), one);
        all.push(pool.swept(name, (&train, &test, &best), &expected, &cost));
    }
    let costs = pool.costs(&train, &top);
    for (name, parts) in weighed {
        let model = pool.fitted(&train, parts);
        let expected = |one: &Asked| model.iter().map(|mean| dot(mean, &parts(one))).collect();
        let by_task = pool.costs(&train, &task);
        let own = name.ends_with("task");
        let cost = |one: &Asked| {
            if own { pool.priced(&by_task, task(one), one) } else { pool.priced(&costs, top(one), one) }
        };
        all.push(pool.swept(name, (&train, &test, &best), &expected, &cost));
    }
    all
}

/// The numbers that the quality model multiplies: one, the shares, how much harder than usual.
fn leaning(one: &Asked, shares: &[f64]) -> Vec<f64> {
    let mut parts = vec![1.0];
    parts.extend_from_slice(shares);
    parts.push(f64::from(one.difficulty) - 0.5);
    parts
}

fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

fn place(shares: &[f32; Category::COUNT]) -> usize {
    largest(&shares.map(f64::from))
}

fn largest(shares: &[f64]) -> usize {
    let largest = shares.iter().enumerate().max_by(|one, other| one.1.total_cmp(other.1));
    largest.map_or(0, |(place, _)| place)
}

/// Edges of the thirds of difficulty.
fn thirds(asked: &[&Asked]) -> [f32; 2] {
    let mut all: Vec<f32> = asked.iter().map(|one| one.difficulty).collect();
    all.sort_by(f32::total_cmp);
    [1, 2].map(|part| all.get(all.len() * part / 3).copied().unwrap_or(0.5))
}

fn mixed(seed: u64, at: usize) -> usize {
    let mut word = seed.wrapping_add((at as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    word = (word ^ word >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    word = (word ^ word >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    usize::try_from((word ^ word >> 31) >> 16).unwrap_or(0)
}

/// A head for the three tasks, trained as the shipped heads are, on the half that may be trained on.
struct Tasks(Linear);

impl Tasks {
    fn of(train: &[&Asked]) -> Self {
        let features: Vec<Features> = train.iter().map(|one| Features::of(&one.prompt)).collect();
        let lessons = train.iter().zip(&features).map(|(one, features)| {
            let wanted = TASKS.map(|name| if name == one.task { 1.0 } else { 0.0 }).to_vec();
            Lesson { features, wanted, weight: 1.0, fails: None }
        });
        Self(Linear::fit(PLAN, &lessons.collect::<Vec<_>>()))
    }

    /// How likely each task is.
    fn of_text(&self, text: &str) -> [f64; 3] {
        let logits = self.0.logits(&Features::of(text));
        let each: [f64; 3] =
            std::array::from_fn(|task| logits.get(task).map_or(0.0, |logit| f64::from(*logit).exp()));
        let all: f64 = each.iter().sum();
        each.map(|one| one / all)
    }
}

/// The models that are chosen from.
struct Pool {
    names: Vec<String>,
    models: Vec<Model>,
}

/// Sums and counts by cell and model.
type Table = BTreeMap<usize, Vec<(f64, f64)>>;

impl Pool {
    fn of(train: &[&Asked]) -> Self {
        let known = models();
        let asked =
            train.first().map(|one| one.right.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
        let there = asked.into_iter().filter_map(|name| Some((known.get(&name)?.clone(), name)));
        let (models, names) = there.unzip();
        Self { names, models }
    }

    fn right(&self, one: &Asked, model: usize) -> f64 {
        self.names.get(model).and_then(|name| one.right.get(name)).map_or(0.0, |right| f64::from(*right))
    }

    fn tokens(&self, one: &Asked, model: usize) -> f32 {
        self.names.get(model).and_then(|name| one.tokens.get(name)).copied().unwrap_or(0.0)
    }

    fn cost(&self, one: &Asked, model: usize) -> f64 {
        self.models.get(model).map_or(0.0, |known| known.cost(&one.prompt, self.tokens(one, model)))
    }

    fn each(&self) -> std::ops::Range<usize> {
        0..self.names.len()
    }

    fn single(&self, train: &[&Asked]) -> usize {
        let accuracy = |model: usize| train.iter().map(|one| self.right(one, model)).sum::<f64>();
        self.each().max_by(|one, other| accuracy(*one).total_cmp(&accuracy(*other))).unwrap_or(0)
    }

    /// The cheapest that is right; the cheapest where none is.
    fn oracle(&self, test: &[&Asked]) -> Vec<usize> {
        let best = |one: &&Asked| {
            self.each().max_by(|a, b| {
                let rank = |model| (self.right(one, model), -self.cost(one, model));
                let (a, b) = (rank(*a), rank(*b));
                a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
            })
        };
        test.iter().map(|one| best(one).unwrap_or(0)).collect()
    }

    fn table(&self, train: &[&Asked], cell: Cell<'_>) -> Table {
        self.gathered(train, cell, |one, model| self.right(one, model), SHRUNK)
    }

    /// Tokens of answers by cell.
    fn costs(&self, train: &[&Asked], cell: Cell<'_>) -> Table {
        self.gathered(train, cell, |one, model| f64::from(self.tokens(one, model)), 1.0)
    }

    /// Sums and counts by cell, each cell begun with so many questions of the model's mean.
    fn gathered(
        &self,
        train: &[&Asked],
        cell: Cell<'_>,
        value: impl Fn(&Asked, usize) -> f64,
        shrunk: f64,
    ) -> Table {
        let mean =
            |model| train.iter().map(|one| value(one, model)).sum::<f64>() / count(train.len()).max(1.0);
        let begun: Vec<(f64, f64)> = self.each().map(|model| (mean(model) * shrunk, shrunk)).collect();
        let mut table = Table::from([(usize::MAX, begun.clone())]);
        for one in train {
            let row = table.entry(cell(one)).or_insert_with(|| begun.clone());
            for (model, (sum, all)) in row.iter_mut().enumerate() {
                *sum += value(one, model);
                *all += 1.0;
            }
        }
        table
    }

    fn looked_up(&self, table: &Table, cell: usize) -> Vec<f64> {
        // What was never seen is as the whole is.
        let row = table.get(&cell).or_else(|| table.get(&usize::MAX));
        row.map(|row| row.iter().map(|(sum, all)| sum / all).collect()).unwrap_or_default()
    }

    fn priced(&self, tokens: &Table, cell: usize, one: &Asked) -> Vec<f64> {
        #[expect(clippy::cast_possible_truncation, reason = "tokens of an answer")]
        let cost = |(model, tokens): (&Model, f64)| model.cost(&one.prompt, tokens as f32);
        self.models.iter().zip(self.looked_up(tokens, cell)).map(cost).collect()
    }

    /// The quality model of each: means of one number for each part.
    fn fitted(&self, train: &[&Asked], parts: Parts<'_>) -> Vec<Vec<f64>> {
        let size = train.first().map_or(0, |one| parts(one).len());
        let seen: Vec<Vec<(usize, f64)>> = train
            .iter()
            .map(|one| parts(one).into_iter().enumerate().filter(|(_, part)| *part != 0.0).collect())
            .collect();
        let fit = |model: usize| {
            let mean =
                train.iter().map(|one| self.right(one, model)).sum::<f64>() / count(train.len()).max(1.0);
            let mut beliefs = Beliefs::none(size);
            for part in 0..size {
                let (before, sd) = match part {
                    0 => (mean, MEAN),
                    last if last + 1 == size => (0.0, SLOPE),
                    _ => (0.0, APART),
                };
                beliefs.see(&[(part, 1.0)], before, sd * sd);
            }
            for (one, seen) in train.iter().zip(&seen) {
                beliefs.see(seen, self.right(one, model), ANSWER);
            }
            beliefs.solve().0
        };
        self.each().map(fit).collect()
    }

    /// A policy with the weight of money that keeps enough of the best single model's accuracy at the least cost on the
    /// training half.
    fn swept(
        &self,
        name: &'static str,
        (train, test, best): (&[&Asked], &[&Asked], &[usize]),
        expected: &dyn Fn(&Asked) -> Vec<f64>,
        cost: &dyn Fn(&Asked) -> Vec<f64>,
    ) -> Came {
        let rows = |asked: &[&Asked]| -> Vec<(Vec<f64>, Vec<f64>)> {
            asked.iter().map(|one| (expected(one), cost(one))).collect()
        };
        let (known, kept) = (rows(train), rows(test));
        let choose = |rows: &[(Vec<f64>, Vec<f64>)], weight: f64| -> Vec<usize> {
            let worth =
                |row: &(Vec<f64>, Vec<f64>), model: usize| row.0[model] - weight * row.1[model] * 1000.0;
            let best =
                |row| self.each().max_by(|a, b| worth(row, *a).total_cmp(&worth(row, *b))).unwrap_or(0);
            rows.iter().map(best).collect()
        };
        let single = self.single(train);
        let total = |asked: &[&Asked], chosen: &[usize], of: &dyn Fn(&Asked, usize) -> f64| -> f64 {
            asked.iter().zip(chosen).map(|(one, model)| of(one, *model)).sum()
        };
        let right = |one: &Asked, model: usize| self.right(one, model);
        let paid = |one: &Asked, model: usize| self.cost(one, model);
        let wanted = KEEP * total(train, &vec![single; train.len()], &right);
        // From a point of quality for a hundred dollars a thousand questions to one for a tenth of a cent.
        let weights = (0..=60).map(|step| 1e-4 * 10_f64.powf(f64::from(step) / 12.0));
        let enough = weights.filter_map(|weight| {
            let chosen = choose(&known, weight);
            (total(train, &chosen, &right) >= wanted).then(|| (total(train, &chosen, &paid), weight))
        });
        let weight = enough.min_by(|a, b| a.0.total_cmp(&b.0)).map_or(0.0, |(_, weight)| weight);
        self.came(name, (test, best), &choose(&kept, weight), &choose(&kept, 0.0))
    }

    fn came(
        &self,
        name: &'static str,
        (test, best): (&[&Asked], &[usize]),
        chosen: &[usize],
        dearest: &[usize],
    ) -> Came {
        let rows: Vec<[f64; 4]> = test
            .iter()
            .zip(chosen.iter().zip(best))
            .map(|(one, (own, best))| {
                [self.right(one, *own), self.cost(one, *own), self.right(one, *best), self.cost(one, *best)]
            })
            .collect();
        let all = count(rows.len()).max(1.0);
        let sum = |column: usize| rows.iter().map(|row| row[column]).sum::<f64>();
        let ratio = |own: usize| {
            let mut drawn: Vec<f64> = (0..SAMPLES)
                .map(|sample| {
                    let picks =
                        || (0..rows.len()).map(|at| rows[mixed(SEED + 1 + sample as u64, at) % rows.len()]);
                    picks().map(|row| row[own]).sum::<f64>() / picks().map(|row| row[own + 2]).sum::<f64>()
                })
                .collect();
            drawn.sort_by(f64::total_cmp);
            (sum(own) / sum(own + 2), drawn[SAMPLES / 40], drawn[SAMPLES - 1 - SAMPLES / 40])
        };
        let mean = |model: usize| test.iter().map(|one| self.right(one, model)).sum::<f64>() / all;
        let means: Vec<f64> = self.each().map(mean).collect();
        Came {
            name,
            accuracy: 100.0 * sum(0) / all,
            cost: 1000.0 * sum(1) / all,
            kept: ratio(0),
            paid: ratio(1),
            chance: 100.0 * chosen.iter().map(|model| means[*model]).sum::<f64>() / all,
            dearest: 100.0
                * test.iter().zip(dearest).map(|(one, model)| self.right(one, *model)).sum::<f64>()
                / all,
        }
    }
}
