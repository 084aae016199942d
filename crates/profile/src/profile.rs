//! The profile of a request: what its facts force, mixed with what its text lets guess. Facts are never outvoted: a picture
//! in the request is there, whatever the words say.

use crate::category::Category;
use crate::heads::{Scores, top};
use crate::plain;

/// What can be seen in a request without guessing.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Forced {
    /// It brings tools.
    pub tools: bool,
    /// It holds images.
    pub images: bool,
    /// It demands an answer of a given shape.
    pub schema: bool,
    /// The share of its letters that are Thai, from 0 to 1.
    pub thai_share: f32,
}

/// What a request is, as routing reads it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Profile {
    /// How likely each category is, in the order of [`Category::ALL`]; 1 in all.
    pub categories: [f32; Category::COUNT],
    /// How likely it is that a small model fails, from 0 to 1.
    pub difficulty: f32,
    /// Whether the text was weighed by trained heads; `false`: nobody trained is there, and the rest is what facts force.
    pub trained: bool,
}

/// The share of a request with images that is seeing them.
const IMAGES: f32 = 0.7;
/// The share of a request with tools that is using them. Agents bring tools to everything, so what they are asked stays
/// worth as much.
const TOOLS: f32 = 0.4;
/// The share of a request with a schema that is keeping to it.
const SCHEMA: f32 = 0.5;
/// The share of a request all in Thai that is knowing Thai, whatever else it asks.
const THAI: f32 = 0.25;
/// What is left of tools and vision that only the words promise: nothing can be called, nothing seen.
const UNSEEN: f32 = 0.25;

impl Profile {
    /// Mixes. Without scores the difficulty is middling and the category what the facts force.
    #[must_use]
    pub fn of(facts: Forced, scores: Option<&Scores>) -> Self {
        let guessed = scores.copied().unwrap_or_else(plain::nothing);
        let mut categories = guessed.categories;
        let forced = [
            (Category::Tools, facts.tools, TOOLS),
            (Category::Vision, facts.images, IMAGES),
            (Category::Json, facts.schema, SCHEMA),
        ];
        for (category, there, _) in forced {
            // JSON may be asked for in words alone; tools and images may not.
            if !there && category != Category::Json {
                categories[category.index()] *= UNSEEN;
            }
        }
        level(&mut categories);
        for (category, there, share) in forced {
            if there {
                force(&mut categories, category, share);
            }
        }
        let thai = facts.thai_share.clamp(0.0, 1.0);
        if thai > 0.0 {
            force(&mut categories, Category::Thai, THAI * thai);
        }
        Self { categories, difficulty: guessed.difficulty.clamp(0.0, 1.0), trained: scores.is_some() }
    }

    /// The category that is the most likely.
    #[must_use]
    pub fn top(&self) -> Category {
        top(&self.categories)
    }

    /// How likely a category is.
    #[must_use]
    pub const fn share(&self, category: Category) -> f32 {
        self.categories[category.index()]
    }
}

/// Gives a category at least a share of the whole; the others keep their proportions in what is left.
fn force(categories: &mut [f32; Category::COUNT], category: Category, share: f32) {
    let (had, at) = (categories[category.index()], category.index());
    if had >= share {
        return;
    }
    let left = (1.0 - share) / (1.0 - had);
    for (place, value) in categories.iter_mut().enumerate() {
        *value = if place == at { share } else { *value * left };
    }
}

/// Makes them one in all again.
fn level(categories: &mut [f32; Category::COUNT]) {
    let all: f32 = categories.iter().sum();
    if all > 0.0 && all.is_finite() {
        categories.iter_mut().for_each(|value| *value /= all);
    } else {
        *categories = plain::nothing().categories;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn code() -> Scores {
        let mut categories = [0.01; Category::COUNT];
        categories[Category::Code.index()] = 0.85;
        Scores { categories, difficulty: 0.4 }
    }

    #[test]
    fn facts_are_mixed_in() {
        let none = Profile::of(Forced::default(), Some(&code()));
        assert_eq!((none.top(), none.trained), (Category::Code, true));
        assert!(none.share(Category::Vision) < 0.01, "nothing is there to see");
        let seen = Profile::of(Forced { images: true, ..Forced::default() }, Some(&code()));
        assert_eq!(seen.top(), Category::Vision);
        let agent = Profile::of(Forced { tools: true, ..Forced::default() }, Some(&code()));
        assert_eq!(agent.top(), Category::Code, "agents bring tools to everything");
        assert!((agent.share(Category::Tools) - TOOLS).abs() < 1e-6);
        let thai = Profile::of(Forced { thai_share: 1.0, ..Forced::default() }, Some(&code()));
        assert_eq!(thai.top(), Category::Code, "a program asked for in Thai is a program");
        assert!(thai.share(Category::Thai) > 0.2);
    }

    #[test]
    fn without_heads_the_facts_speak() {
        let plain = Profile::of(Forced::default(), None);
        assert_eq!((plain.top(), plain.difficulty, plain.trained), (Category::General, 0.5, false));
        assert_eq!(Profile::of(Forced { tools: true, ..Forced::default() }, None).top(), Category::General);
        assert_eq!(Profile::of(Forced { images: true, ..Forced::default() }, None).top(), Category::Vision);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn it_is_one_in_all(
            facts in (any::<bool>(), any::<bool>(), any::<bool>(), any::<f32>()),
            raw in proptest::array::uniform16(0.0_f32..1.0),
        ) {
            let (tools, images, schema, thai_share) = facts;
            let all: f32 = raw.iter().sum::<f32>().max(1e-9);
            let scores = Scores { categories: raw.map(|share| share / all), difficulty: 0.5 };
            let profile = Profile::of(Forced { tools, images, schema, thai_share }, Some(&scores));
            prop_assert!((profile.categories.iter().sum::<f32>() - 1.0).abs() < 1e-3);
            prop_assert!(profile.categories.iter().all(|share| (0.0..=1.0).contains(share)));
            for (there, category, least) in [
                (images, Category::Vision, IMAGES * (1.0 - SCHEMA) * (1.0 - THAI)),
                (schema, Category::Json, SCHEMA * (1.0 - THAI)),
            ] {
                prop_assert!(!there || profile.share(category) >= least - 1e-3);
            }
        }
    }
}
