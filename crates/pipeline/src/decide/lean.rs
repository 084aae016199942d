//! What a request is about and how hard it is: guessed from the newest words of its user, forced by what can be seen in it,
//! and by what the operator knows. Made once a request, for routes whose strategy goes by it.

use wye_profile::heads::Head;
use wye_profile::{Category, Forced, Heads, Profile, Script, Scripts};
use wye_routing::quality::Leaning;
use wye_types::record::decision::{ProfileRecord, Traits};

use super::needs::newest_parts;
use crate::explain::Gram;
use crate::live::Hints;
use crate::parse::Request;

/// Letters are counted in so many bytes of a text at most.
const COUNTED: usize = 4096;
/// Categories that are recorded: as many as this, and as likely.
const MOST_TOLD: usize = 4;
const LEAST_TOLD: f32 = 0.03;

/// Who is less sure of a category than this asks what the words mean, where somebody knows.
const SURE: f32 = 0.8;
/// How much what they mean then counts beside the letters.
const MEANT: f32 = 0.6;

/// What a request is about. `meant`: how likely the categories are by what it means.
pub(super) fn lean(
    request: &Request,
    needs: Traits,
    hints: Option<&Hints>,
    meant: Option<&[f32; Category::COUNT]>,
) -> Leaning {
    let parts = request.chat().map(newest_parts).unwrap_or_default();
    let mut scores = Heads::shipped().map(|heads| heads.score(parts.iter().copied()));
    if let (Some(scores), Some(meant)) = (&mut scores, meant) {
        scores.categories = mixed(&scores.categories, meant);
    }
    let facts = Forced {
        tools: needs.has(Traits::TOOLS),
        images: needs.has(Traits::IMAGES),
        schema: needs.has(Traits::SCHEMA) || needs.has(Traits::JSON),
        thai_share: thai(&parts),
    };
    let profile = Profile::of(facts, scores.as_ref());
    let leaning = Leaning {
        shares: profile.categories,
        difficulty: Some(profile.difficulty).filter(|_| profile.trained),
    };
    match hints {
        Some(hints) => hints.heed(leaning, parts.iter().copied()),
        None => leaning,
    }
}

/// Whether it is worth the while to ask what the words mean.
pub(super) fn is_unsure(leaning: &Leaning) -> bool {
    leaning.shares.iter().all(|share| *share < SURE)
}

/// Two guesses as one: what both think possible is likelier than what one of them is sure of.
fn mixed(letters: &[f32; Category::COUNT], meant: &[f32; Category::COUNT]) -> [f32; Category::COUNT] {
    const LEAST: f32 = 1e-6;
    let mut shares: [f32; Category::COUNT] =
        std::array::from_fn(|at| letters[at].max(LEAST).powf(1.0 - MEANT) * meant[at].max(LEAST).powf(MEANT));
    let all: f32 = shares.iter().sum();
    shares.iter_mut().for_each(|share| *share /= all);
    shares
}

/// The share of Thai among the letters of the first words.
#[expect(clippy::cast_precision_loss, reason = "a share")]
fn thai(parts: &[&str]) -> f32 {
    let mut scripts = Scripts::default();
    let mut room = COUNTED;
    for part in parts {
        let mut end = part.len().min(room);
        while !part.is_char_boundary(end) {
            end -= 1;
        }
        scripts.count(&part[..end]);
        room -= end;
    }
    let letters: u64 = [Script::Latin, Script::Thai, Script::Han, Script::Kana, Script::Hangul]
        .into_iter()
        .chain([Script::Cyrillic, Script::Arabic, Script::Indic, Script::Other])
        .map(|script| scripts.bytes(script))
        .sum();
    if letters == 0 { 0.0 } else { scripts.bytes(Script::Thai) as f32 / letters as f32 }
}

/// The runs of letters that weighed most in what a text is about, and in how hard it is.
pub(crate) fn grams(request: &Request, top: Category) -> Vec<Gram> {
    /// So many of each.
    const SHOWN: usize = 8;
    let Some(heads) = Heads::shipped() else { return Vec::new() };
    let parts = request.chat().map(newest_parts).unwrap_or_default();
    let each = [Head::Category(top), Head::Difficulty].into_iter().flat_map(|head| {
        let terms = heads.explain(parts.iter().copied(), head).into_iter().take(SHOWN);
        terms.map(|term| {
            let text = if term.ngram.is_empty() { "(length)".to_owned() } else { term.ngram };
            Gram { head: term.head.name(), text, weight: term.weight }
        })
    });
    each.collect()
}

/// The same for the record: what is likely, likeliest first.
pub(super) fn told(leaning: &Leaning) -> ProfileRecord {
    let mut categories: Vec<(&'static str, f32)> = Category::ALL
        .into_iter()
        .zip(leaning.shares)
        .filter(|(_, share)| *share >= LEAST_TOLD)
        .map(|(category, share)| (category.name(), share))
        .collect();
    categories.sort_by(|one, other| other.1.total_cmp(&one.1));
    categories.truncate(MOST_TOLD);
    ProfileRecord { categories, difficulty: leaning.difficulty }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encoder_speaks_of_the_same_categories_in_the_same_order() {
        assert_eq!(wye_encoder::head::CATEGORIES, Category::ALL.map(Category::name));
    }

    #[test]
    fn what_both_think_possible_wins() {
        let sure = |of: usize, second: usize| {
            let mut shares = [0.01; Category::COUNT];
            (shares[of], shares[second]) = (0.5, 0.36);
            shares
        };
        let shares = mixed(&sure(0, 2), &sure(1, 2));
        assert!((shares.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        assert!((0..Category::COUNT).all(|at| shares[at] <= shares[2]), "{shares:?}");
        let certain = std::array::from_fn(|at| if at == 5 { 1.0 } else { 0.0 });
        assert!(mixed(&[0.0; Category::COUNT], &certain)[5] > 0.99);
    }
}
