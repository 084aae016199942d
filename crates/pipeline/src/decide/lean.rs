//! What a request is about and how hard it is: guessed from the newest words of its user, forced by what can be seen in it,
//! and by what the operator knows. Made once a request, for routes whose strategy goes by it.

use wye_encoder::head::mixed;
use wye_profile::heads::Head;
use wye_profile::{Category, Forced, Heads, Profile, Scores, Script, Scripts};
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

/// What the letters of a request's newest words say.
pub(super) fn letters(request: &Request) -> Option<Scores> {
    let parts = request.chat().map(newest_parts).unwrap_or_default();
    Heads::shipped().map(|heads| heads.score(parts))
}

/// The same with how likely the categories are by what they mean.
pub(super) fn with_meaning(letters: Scores, meant: &[f32; Category::COUNT]) -> Scores {
    Scores { categories: mixed(&letters.categories, meant), ..letters }
}

/// What a request is about, by what was guessed from its words.
pub(super) fn lean(
    request: &Request,
    needs: Traits,
    hints: Option<&Hints>,
    scores: Option<Scores>,
) -> Leaning {
    let parts = request.chat().map(newest_parts).unwrap_or_default();
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
}
