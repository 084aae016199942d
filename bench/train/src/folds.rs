//! What settings of the categories are chosen by: four folds of what may be trained on, never the part that is reported.

use std::fmt::Write;

use wye_profile::Category;
use wye_profile::heads::Runs;

use crate::data::Data;
use crate::judge::{Labelled, counted, labelled, placed};
use crate::kinds::{self, Kinds, Lesson};
use crate::lessons::{categories, without};
use crate::split::{SEED, held, place};

/// Folds.
const FOLDS: u64 = 4;

/// The fold of a text of ours, or of a key of the six classes.
fn fold(key: &str) -> u64 {
    place(key, SEED + 77, FOLDS)
}

/// How many of each fold's texts those that were trained on the others say rightly.
#[must_use]
pub fn page(data: &Data) -> String {
    let mut page = String::from("| set | language | texts | right |\n|---|---|--:|--:|\n");
    let mut all: [Vec<(Labelled<'_>, Category)>; 2] = [Vec::new(), Vec::new()];
    for at in 0..FOLDS {
        let samples = without(data, |key| held(key) || fold(key) == at);
        let Some(places) = kinds::places(categories(&samples).map(|kind| &kind.runs)) else { continue };
        let lessons: Vec<Lesson> = categories(&samples).map(|kind| kind.lesson(&places)).collect();
        let kinds = Kinds::fit(&lessons);
        let here = |key: &str| !held(key) && fold(key) == at;
        let ours = data.own.iter().filter(|own| here(&own.text)).filter_map(labelled).collect();
        let sets: [Vec<Labelled<'_>>; 2] = [placed(data, here), ours];
        for (all, texts) in all.iter_mut().zip(sets) {
            let said = texts.into_iter().map(|text| (text, kinds.said(&places.rows(&Runs::of(text.text)))));
            all.extend(said);
        }
    }
    for (name, said) in ["six classes", "our sixteen"].into_iter().zip(&all) {
        for (language, found) in counted(said.iter().copied()) {
            let _ = writeln!(
                page,
                "| {name} | {language} | {} | {:.1} % |",
                found.all(),
                100.0 * found.accuracy()
            );
        }
    }
    page
}
