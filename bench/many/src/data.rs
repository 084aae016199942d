//! The public results, below `../shared/routing`: who answered what rightly. A row is a question and all who were asked it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use flate2::read::GzDecoder;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use wye_profile::{Category, Heads};

/// A question, and who answered it rightly.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The set that it is of.
    pub task: &'static str,
    /// What it is about, as the set is made.
    pub category: Category,
    /// Its text.
    pub prompt: String,
    /// What the shipped heads say it is about, in the order of [`Category::ALL`].
    pub shares: [f32; Category::COUNT],
    /// How hard they say it is.
    pub difficulty: f32,
    /// By model: 1 or 0.
    pub right: BTreeMap<String, f32>,
    /// Tokens of each model's answer.
    pub tokens: BTreeMap<String, f32>,
}

#[derive(Deserialize)]
struct Zero {
    task: String,
    prompt: String,
    correct: BTreeMap<String, f32>,
    out_tokens: BTreeMap<String, Option<f32>>,
}

#[derive(Deserialize)]
struct Told {
    prompt: String,
    follow: BTreeMap<String, f32>,
}

#[derive(Deserialize)]
struct Pair {
    domain: String,
    prompt: String,
    gpt4: f32,
    mixtral: f32,
}

/// Seed of the split, the same as the heads' (`wye_train::split::SEED`): what they were trained on is trained on here, too.
const SEED: u64 = 20_261_121;

/// Whether a question is in the half that anything may be trained on.
#[must_use]
pub fn trained(text: &str) -> bool {
    let mut hasher = Sha256::new();
    hasher.update(SEED.to_le_bytes());
    hasher.update(text.trim().as_bytes());
    hasher.finalize().first().is_some_and(|byte| byte & 1 == 0)
}

/// Reads the results of `ZeroEval`, 28 models.
///
/// # Errors
/// When the file cannot be read, or a line of it is not what it should be.
pub fn zero(folder: &Path) -> io::Result<Vec<Asked>> {
    let rows: Vec<Zero> = lines(&folder.join("zeroeval_28models.jsonl.gz"))?;
    let asked = rows.into_iter().map(|row| {
        let (task, category) = match row.task.as_str() {
            "gsm" => ("gsm", Category::Math),
            "crux" => ("crux", Category::Code),
            _ => ("math-l5", Category::Math),
        };
        let tokens =
            row.out_tokens.into_iter().map(|(model, tokens)| (model, tokens.unwrap_or(0.0))).collect();
        Asked { tokens, ..asked((task, category), row.prompt, row.correct) }
    });
    Ok(asked.collect())
}

/// Reads all results: those, IFEval's 17 models, and `RouteLLM`'s two on MMLU.
///
/// # Errors
/// As [`zero`].
pub fn all(folder: &Path) -> io::Result<Vec<Asked>> {
    let mut all = zero(folder)?;
    let told: Vec<Told> = lines(&folder.join("ifeval_17models.jsonl.gz"))?;
    all.extend(told.into_iter().map(|row| asked(("ifeval", Category::Instruction), row.prompt, row.follow)));
    let pairs: Vec<Pair> = lines(&folder.join("routellm_mmlu.jsonl.gz"))?;
    all.extend(pairs.into_iter().filter_map(|row| {
        let task = match row.domain.as_str() {
            // Half of its keys are wrong: the strong model has 3 percent there, the weak one 32.
            "high_school_mathematics" => return None,
            "formal_logic" | "logical_fallacies" | "moral_scenarios" => {
                ("mmlu-reasoning", Category::Reasoning)
            }
            "abstract_algebra"
            | "college_mathematics"
            | "elementary_mathematics"
            | "high_school_statistics" => ("mmlu-math", Category::Math),
            _ => ("mmlu-knowledge", Category::Knowledge),
        };
        let right =
            [("gpt4", row.gpt4), ("mixtral", row.mixtral)].map(|(name, right)| (name.to_owned(), right));
        Some(asked(task, row.prompt, right.into()))
    }));
    Ok(all)
}

fn asked((task, category): (&'static str, Category), prompt: String, right: BTreeMap<String, f32>) -> Asked {
    let (shares, difficulty) = Heads::shipped()
        .map(|heads| heads.score([prompt.as_str()]))
        .map_or(([0.0; Category::COUNT], 0.5), |scores| (scores.categories, scores.difficulty));
    Asked { task, category, prompt, shares, difficulty, right, tokens: BTreeMap::new() }
}

fn lines<T: DeserializeOwned>(path: &Path) -> io::Result<Vec<T>> {
    let named = |error: io::Error| io::Error::other(format!("{}: {error}", path.display()));
    let file = File::open(path).map_err(named)?;
    let mut rows = Vec::new();
    for (at, line) in (1..).zip(BufReader::new(GzDecoder::new(file)).lines()) {
        let line = line.map_err(named)?;
        let row = serde_json::from_str(&line)
            .map_err(|error| io::Error::other(format!("{}:{at}: {error}", path.display())))?;
        rows.push(row);
    }
    Ok(rows)
}
