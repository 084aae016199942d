//! What is expected of a model that nobody here has graded: by its family, where one was measured in public, else by its
//! size, which its price stands for where its name does not tell. The table is made by `cargo xtask priors` and says itself
//! where its numbers are from.

use std::fmt;
use std::sync::{Arc, LazyLock};

use wye_profile::Category;

use super::Standing;
use crate::grades::Report;
use crate::strategy::Size;

/// The table of this version.
const SHIPPED: &str = include_str!("../../data/priors.txt");

/// What is expected of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Prior {
    /// The share of right answers on the whole, from 0 to 1.
    pub mean: f32,
    /// How sure that is, as a standard deviation; never nought.
    pub sd: f32,
    /// How the share changes from the easiest request to the hardest.
    pub slope: f32,
    /// What difficulty is usual.
    pub usual: f32,
    /// How far each category is from the whole.
    pub apart: [f32; Category::COUNT],
}

impl Default for Prior {
    /// Of what nobody knows anything.
    fn default() -> Self {
        Self { mean: 0.6, sd: 0.2, slope: -0.3, usual: 0.5, apart: [0.0; Category::COUNT] }
    }
}

/// What is expected of models.
#[derive(Debug, Clone, PartialEq)]
pub struct Priors {
    classes: [Known; 5],
    /// By the family's name, with hyphens between its words.
    families: Vec<(String, Known)>,
}

/// A prior, and what it comes to without grades: all that were not graded hold the same.
#[derive(Debug, Clone, Default, PartialEq)]
struct Known {
    prior: Prior,
    standing: Arc<Standing>,
}

impl Known {
    fn of(prior: Prior) -> Self {
        Self { standing: Arc::new(Standing::new(&prior, None)), prior }
    }
}

/// A line of the table that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadPriors {
    /// Its number, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub message: &'static str,
}

impl fmt::Display for BadPriors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for BadPriors {}

impl Priors {
    /// The table of this version. Were it unreadable, all models would be expected to be alike; a test reads it.
    #[must_use]
    pub fn shipped() -> &'static Self {
        static READ: LazyLock<Priors> = LazyLock::new(|| {
            let alike = Priors { classes: Default::default(), families: Vec::new() };
            Priors::parse(SHIPPED).unwrap_or(alike)
        });
        &READ
    }

    /// Reads a table.
    ///
    /// # Errors
    /// The first line that cannot be read.
    pub fn parse(text: &str) -> Result<Self, BadPriors> {
        let (mut usual, mut classes, mut families) = (0.5, [const { None }; 5], Vec::new());
        for (line, text) in (1..).zip(text.lines()) {
            let bad = |message| BadPriors { line, message };
            let mut words = text.split_ascii_whitespace();
            match words.next() {
                None => {}
                Some(word) if word.starts_with('#') => {}
                Some("usual") => usual = number(words.next()).ok_or_else(|| bad("no difficulty"))?,
                Some("class") => {
                    let name = words.next().unwrap_or_default();
                    let place = CLASSES.iter().position(|class| *class == name);
                    let place = place.and_then(|place| classes.get_mut(place));
                    let prior = prior(words, usual).ok_or_else(|| bad("no prior"))?;
                    *place.ok_or_else(|| bad("no such class"))? = Some(prior);
                }
                Some("family") => {
                    let name = words.next().ok_or_else(|| bad("no family"))?;
                    let prior = prior(words, usual).ok_or_else(|| bad("no prior"))?;
                    families.push((bare(name), Known::of(prior)));
                }
                Some(_) => return Err(bad("neither usual, class nor family")),
            }
        }
        let known = |prior: Option<Prior>| Known::of(prior.unwrap_or_default());
        Ok(Self { classes: classes.map(known), families })
    }

    /// What is expected of a model by its name and size, and the family that it was found in.
    #[must_use]
    pub fn of(&self, model: &str, size: Size) -> (&Prior, Option<&str>) {
        match self.family(model) {
            Some((family, known)) => (&known.prior, Some(family)),
            None => (&self.classes[size as usize].prior, None),
        }
    }

    /// How well a deployment of a model is thought to answer. Its names are tried one after the other: what a provider calls
    /// it, what the catalogue does.
    #[must_use]
    pub fn standing(&self, names: [&str; 2], size: Size, report: Option<Arc<Report>>) -> Arc<Standing> {
        let known = names.into_iter().find_map(|name| self.family(name)).map(|(_, known)| known);
        let known = known.unwrap_or(&self.classes[size as usize]);
        match report {
            Some(report) => Arc::new(Standing::new(&known.prior, Some(report))),
            None => Arc::clone(&known.standing),
        }
    }

    fn family(&self, model: &str) -> Option<&(String, Known)> {
        let name = bare(model);
        let fits = self.families.iter().filter(|(family, _)| holds(&name, family));
        fits.max_by_key(|(family, _)| family.len())
    }
}

/// Names of classes in the order of [`Size`].
const CLASSES: [&str; 5] = ["unknown", "small", "medium", "large", "xlarge"];

/// `mean sd slope category:apart …`.
fn prior<'a>(mut words: impl Iterator<Item = &'a str>, usual: f32) -> Option<Prior> {
    let (mean, sd, slope) = (number(words.next())?, number(words.next())?, number(words.next())?);
    let mut apart = [0.0; Category::COUNT];
    for word in words {
        let (category, value) = word.split_once(':')?;
        *apart.get_mut(Category::from_name(category)?.index())? = number(Some(value))?;
    }
    (sd > 0.0).then_some(Prior { mean, sd, slope, usual, apart })
}

fn number(word: Option<&str>) -> Option<f32> {
    word?.parse().ok().filter(|number: &f32| number.is_finite())
}

/// A model's name without who publishes it, in lower case, with hyphens between its words.
fn bare(model: &str) -> String {
    let name = model.rsplit('/').next().unwrap_or(model);
    let sign = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    name.chars().map(sign).collect()
}

/// Whether a name holds a family's as whole words.
fn holds(name: &str, family: &str) -> bool {
    let edge = |side: Option<char>| side.is_none_or(|c| c == '-');
    name.match_indices(family).any(|(at, found)| {
        edge(name[..at].chars().next_back()) && edge(name[at + found.len()..].chars().next())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_table_is_read_and_larger_models_are_expected_to_be_better() {
        let priors = Priors::parse(SHIPPED).unwrap();
        assert_eq!(&priors, Priors::shipped());
        let mean = |size: Size| priors.classes[size as usize].prior.mean;
        assert!(mean(Size::Small) < mean(Size::Medium) && mean(Size::Medium) < mean(Size::Large));
        assert!(mean(Size::Large) < mean(Size::XLarge));
        assert!(priors.classes.iter().all(|class| class.prior.sd >= 0.2), "nobody knows who is in a class");
        assert!(priors.families.len() >= 28);
        for (name, Known { prior, .. }) in &priors.families {
            assert!((0.0..=1.0).contains(&prior.mean) && prior.sd < 0.2 && prior.slope < 0.0, "{name}");
        }
    }

    #[test]
    fn names_are_found_in_their_longest_family() {
        let text = "usual 0.4\nclass small 0.5 0.2 -0.3\nfamily gpt-4o 0.8 0.1 -0.2\n\
                    family gpt-4o-mini 0.7 0.1 -0.3 math:0.05\n";
        let priors = Priors::parse(text).unwrap();
        let of = |name| priors.of(name, Size::Small).1;
        assert_eq!(of("gpt-4o-2024-08-06"), Some("gpt-4o"));
        assert_eq!(of("openai/GPT-4o-mini"), Some("gpt-4o-mini"));
        assert_eq!(of("openrouter/openai/gpt-4o:free"), Some("gpt-4o"));
        assert_eq!((of("gpt-4o1"), of("agpt-4o"), of("")), (None, None, None));
        let (prior, _) = priors.of("gpt-4o-mini", Size::Unknown);
        assert!(
            (prior.apart[Category::Math.index()] - 0.05).abs() < 1e-6 && (prior.usual - 0.4).abs() < 1e-6
        );
        assert_eq!(priors.of("gpt-5", Size::XLarge).0, &Prior { usual: 0.5, ..Prior::default() });
    }

    #[test]
    fn bad_lines_are_named() {
        for (text, line) in
            [("class tiny 1 1 1", 1), ("\nfamily x 0.5 0 0", 2), ("what", 1), ("family x 1 1 NaN", 1)]
        {
            assert_eq!(Priors::parse(text).unwrap_err().line, line, "{text}");
        }
        assert!(Priors::parse("family x 0.5 0.1 -0.1 cooking:1").is_err());
    }
}
