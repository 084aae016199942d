//! The models of the results: their families, sizes and prices, as `models.tsv` has them, with its sources.

use std::collections::BTreeMap;

/// The table, with where each price is from.
const TABLE: &str = include_str!("../models.tsv");

/// Names of sizes, as the table of priors writes them.
pub const SIZES: [&str; 4] = ["small", "medium", "large", "xlarge"];

/// A model.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// The family that it is found under in the table of priors.
    pub family: String,
    /// Its place among [`SIZES`].
    pub size: usize,
    /// Dollars per million tokens of a prompt.
    pub input: f64,
    /// The same of an answer.
    pub output: f64,
}

impl Model {
    /// What a question costs it, in dollars: four letters of a prompt are a token.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "letters of a prompt")]
    pub fn cost(&self, prompt: &str, tokens: f32) -> f64 {
        (prompt.len() as f64 / 4.0 * self.input + f64::from(tokens) * self.output) / 1e6
    }
}

/// All of them by the names that they have in the results.
#[must_use]
pub fn models() -> BTreeMap<String, Model> {
    let rows = TABLE.lines().filter(|line| !line.starts_with('#'));
    rows.filter_map(|line| {
        let mut cells = line.split('\t');
        let (name, family, size) = (cells.next()?, cells.next()?, cells.next()?);
        let size = SIZES.iter().position(|known| *known == size)?;
        let (input, output) = (cells.next()?.parse().ok()?, cells.next()?.parse().ok()?);
        Some((name.to_owned(), Model { family: family.to_owned(), size, input, output }))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_read() {
        let lines = TABLE.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!((models().len(), lines), (41, 41));
        assert_eq!(models().values().filter(|model| model.output > 0.0).count(), 28);
    }
}
