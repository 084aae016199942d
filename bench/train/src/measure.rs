//! How good a choice between a strong and a weak model is: RouteLLM's APGR and CPT, with intervals by bootstrap.

/// A question with what each model's answer was worth, and how hard a router says it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Choice {
    /// The router's score: the highest go to the strong model first.
    pub score: f32,
    /// What the strong model's answer was worth.
    pub strong: f32,
    /// What the weak model's answer was worth.
    pub weak: f32,
}

/// How a router does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Curve {
    /// Average performance gap recovered: the area under the curve of worth over the share of calls to the strong model;
    /// 0.5 is chance.
    pub apgr: f64,
    /// The share of calls to the strong model, in percent, with which half of the gap is recovered.
    pub cpt50: f64,
    /// The same for four fifths of the gap.
    pub cpt80: f64,
}

/// Bins of the same size, as RouteLLM's code has them.
const BINS: usize = 10;

/// Measures. Equal scores keep the order in which they came.
#[must_use]
pub fn curve(choices: &[Choice]) -> Curve {
    let mut sorted: Vec<&Choice> = choices.iter().collect();
    sorted.sort_by(|a, b| b.score.total_cmp(&a.score));
    let count = sorted.len() as f64;
    let mean =
        |worth: &dyn Fn(&Choice) -> f32| sorted.iter().map(|c| f64::from(worth(c))).sum::<f64>() / count;
    let (strong, weak) = (mean(&|choice| choice.strong), mean(&|choice| choice.weak));
    let gap = strong - weak;
    // What is gained by sending the first so many to the strong model, as a share of what there is to gain.
    let mut gained = vec![0.0];
    let mut sum = 0.0;
    for choice in &sorted {
        sum += f64::from(choice.strong - choice.weak) / count;
        gained.push(sum / gap);
    }
    let at = |bin: usize| gained[(bin * sorted.len()).div_ceil(BINS).min(sorted.len())];
    let area = (0..BINS).map(|bin| f64::midpoint(at(bin), at(bin + 1))).sum::<f64>() / BINS as f64;
    let first = |share: f64| {
        let calls = gained.iter().position(|gain| *gain >= share).unwrap_or(sorted.len());
        100.0 * calls as f64 / count
    };
    Curve { apgr: area, cpt50: first(0.5), cpt80: first(0.8) }
}

/// The middle 95 % of what a figure is over samples drawn with replacement.
#[must_use]
pub fn interval<T: Copy>(rows: &[T], seed: u64, figure: impl Fn(&[T]) -> f64) -> (f64, f64) {
    const SAMPLES: usize = 1000;
    let mut chance = Chance(seed);
    let mut figures: Vec<f64> = (0..SAMPLES)
        .map(|_| {
            let drawn: Vec<T> = rows.iter().map(|_| rows[chance.below(rows.len())]).collect();
            figure(&drawn)
        })
        .filter(|figure| figure.is_finite())
        .collect();
    figures.sort_by(f64::total_cmp);
    let at = |share: f64| figures.get((share * figures.len() as f64) as usize).copied().unwrap_or(f64::NAN);
    (at(0.025), at(0.975))
}

/// Numbers that look like chance and are the same every time (splitmix64).
#[derive(Debug, Clone, Copy)]
pub struct Chance(pub u64);

impl Chance {
    /// The next number.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// A number below `bound`.
    pub const fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// A number from 0 to 1.
    pub fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choices(score: impl Fn(usize) -> f32) -> Vec<Choice> {
        (0..1000)
            .map(|at| Choice { score: score(at), strong: 1.0, weak: if at % 2 == 0 { 1.0 } else { 0.0 } })
            .collect()
    }

    #[test]
    fn who_knows_all_takes_half_of_the_calls() {
        let oracle = curve(&choices(|at| (at % 2) as f32));
        assert!((oracle.apgr - 0.75).abs() < 1e-9 && (oracle.cpt50 - 25.0).abs() < 0.2, "{oracle:?}");
        let wrong = curve(&choices(|at| -((at % 2) as f32)));
        assert!((wrong.apgr - 0.25).abs() < 1e-9 && (wrong.cpt80 - 90.0).abs() < 0.2, "{wrong:?}");
        let mut chance = Chance(1);
        let scores: Vec<f32> = (0..1000).map(|_| chance.share() as f32).collect();
        assert!((curve(&choices(|at| scores[at])).apgr - 0.5).abs() < 0.05);
    }

    #[test]
    fn intervals_hold_the_figure_and_are_the_same_every_time() {
        let rows: Vec<f64> = (0..100).map(f64::from).collect();
        let mean = |rows: &[f64]| rows.iter().sum::<f64>() / rows.len() as f64;
        let (low, high) = interval(&rows, 7, mean);
        assert!(low < 49.5 && 49.5 < high && high - low < 15.0);
        assert_eq!(interval(&rows, 7, mean), (low, high));
    }
}
