//! What the operator knows better than the gateway about what requests of a route are about.

use wye_profile::{Category, Words};
use wye_routing::quality::Leaning;

/// So much of a text is searched at most: what says what a request is about stands near its beginning.
const SEARCHED: usize = 64 << 10;

/// What is known of the requests of a route.
#[derive(Debug)]
pub struct Hints {
    words: Words,
    categories: Vec<Category>,
    least: f32,
}

impl Hints {
    /// Words by category, and a difficulty below which no request is thought to be.
    #[must_use]
    pub fn new(words: &[(Category, Vec<String>)], least: f32) -> Self {
        let each = words
            .iter()
            .zip(0_u32..)
            .flat_map(|((_, words), group)| words.iter().map(move |word| (word.as_str(), group)));
        Self {
            words: Words::new(each),
            categories: words.iter().map(|(category, _)| *category).collect(),
            least,
        }
    }

    /// What a request is about, with what its text says to who knows. Of several categories the first counts.
    pub(crate) fn heed<'a>(&self, leaning: Leaning, mut parts: impl Iterator<Item = &'a str>) -> Leaning {
        let found = |part: &str| {
            let mut end = part.len().min(SEARCHED);
            while !part.is_char_boundary(end) {
                end -= 1;
            }
            let groups = self.words.groups(&part[..end]);
            self.categories.get(groups.trailing_zeros() as usize).copied()
        };
        let difficulty = leaning.difficulty.map(|difficulty| difficulty.max(self.least));
        // Where nobody knows, what is said holds.
        let difficulty = difficulty.or(Some(self.least).filter(|least| *least > 0.0));
        match parts.find_map(found) {
            Some(category) => Leaning::only(category, difficulty),
            None => Leaning { difficulty, ..leaning },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_say_what_a_request_is_about_and_none_is_easier_than_said() {
        let words = [(Category::Code, vec!["kubectl".to_owned()]), (Category::Math, vec!["tan".to_owned()])];
        let hints = Hints::new(&words, 0.4);
        let about = |text: &str| hints.heed(Leaning::only(Category::Creative, Some(0.1)), [text].into_iter());
        assert_eq!(about("why does KUBECTL hang").top(), Category::Code);
        assert_eq!(about("a tan, and kubectl").top(), Category::Code, "the first category counts");
        assert_eq!(about("a titan's song").top(), Category::Creative);
        assert_eq!(about("").difficulty, Some(0.4));
        let none = Hints::new(&[], 0.0).heed(Leaning::default(), ["x"].into_iter());
        assert_eq!(none, Leaning::default());
        let long = format!("{}ä", "x".repeat(SEARCHED - 1));
        assert_eq!(about(&long).top(), Category::Creative, "cut between letters");
    }
}
