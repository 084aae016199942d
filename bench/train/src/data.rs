//! What is trained on and measured by: public data below `../shared/routing`, and our own prompts in `data/prompts`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use flate2::read::GzDecoder;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use wye_profile::Category;

/// A question of RouteLLM's, with who answered it rightly.
#[derive(Debug, Clone, Deserialize)]
pub struct Question {
    /// Its subject.
    pub domain: String,
    /// Its text.
    pub prompt: String,
    /// Whether the strong model was right: 1 or 0.
    pub gpt4: f32,
    /// Whether the weak model was.
    pub mixtral: f32,
}

/// A conversation of MT-Bench, with marks from 1 to 10.
#[derive(Debug, Clone, Deserialize)]
pub struct Conversation {
    /// Its kind.
    pub category: String,
    /// What the user says; the first is what is routed.
    pub turns: Vec<String>,
    /// The strong model's mark.
    pub gpt4: f32,
    /// The weak model's mark.
    pub mixtral: f32,
    /// It stood in what others trained on; left out, as they do.
    pub contaminated: bool,
}

/// A question of ZeroEval's, with which of many models were right.
#[derive(Debug, Clone, Deserialize)]
pub struct Many {
    /// `gsm`, `crux` or `math-l5`.
    pub task: String,
    /// Its text.
    pub prompt: String,
    /// By model: 1 or 0.
    pub correct: BTreeMap<String, f32>,
}

/// A prompt of IFEval's, with which models did as told.
#[derive(Debug, Clone, Deserialize)]
pub struct Told {
    /// Its text.
    pub prompt: String,
    /// By model: 1 or 0.
    pub follow: BTreeMap<String, f32>,
}

/// A text of one of six classes in one of three languages.
#[derive(Debug, Clone, Deserialize)]
pub struct Classed {
    /// The class, in the words of the set.
    pub cat: String,
    /// `en`, `zh` or `th`.
    pub lang: String,
    /// The text.
    pub text: String,
}

/// A prompt of our own.
#[derive(Debug, Clone, Deserialize)]
pub struct Own {
    /// `en`, `zh` or `th`.
    pub lang: String,
    /// The category's name.
    pub category: String,
    /// How likely its writer thinks that a small model fails, from 0 to 1.
    pub difficulty: f32,
    /// The text.
    pub text: String,
}

/// What an operator said of a request that was guessed wrongly: a line of what `GET /api/v1/labels-export` gives.
#[derive(Debug, Clone, Deserialize)]
pub struct Label {
    /// The category's name, where it was said.
    pub category: Option<String>,
    /// How hard it was, from 0 to 1, where it was said.
    pub difficulty: Option<f32>,
    /// The request's newest words, where its body was kept.
    pub text: Option<String>,
}

/// Everything.
#[derive(Debug, Clone)]
pub struct Data {
    /// MMLU.
    pub mmlu: Vec<Question>,
    /// GSM8K.
    pub gsm8k: Vec<Question>,
    /// MT-Bench: never trained on.
    pub mt_bench: Vec<Conversation>,
    /// ZeroEval.
    pub many: Vec<Many>,
    /// IFEval.
    pub told: Vec<Told>,
    /// The six classes.
    pub classed: Vec<Classed>,
    /// Ours to train on, by their own fold.
    pub own: Vec<Own>,
    /// Ours to test by: never trained on.
    pub test: Vec<Own>,
    /// Words in which people ask for things of a category, in three languages. Lessons only.
    pub phrases: Vec<(Category, String)>,
    /// What operators said of their requests. Lessons only, and none for the model that is shipped.
    pub labels: Vec<Label>,
}

impl Data {
    /// Reads it all: public data from one folder, our own from another. Files of ours that are missing are empty.
    ///
    /// # Errors
    /// When a file cannot be read, or a line of it is not what it should be; the error names both.
    pub fn read(public: &Path, own: &Path) -> io::Result<Self> {
        let mut prompts = Vec::new();
        for language in ["en", "zh", "th"] {
            prompts.extend(lines(&own.join(format!("{language}.jsonl")))?);
        }
        Ok(Self {
            mmlu: lines(&public.join("routellm_mmlu.jsonl.gz"))?,
            gsm8k: lines(&public.join("routellm_gsm8k.jsonl.gz"))?,
            mt_bench: lines(&public.join("routellm_mtbench.jsonl.gz"))?,
            many: lines(&public.join("zeroeval_28models.jsonl.gz"))?,
            told: lines(&public.join("ifeval_17models.jsonl.gz"))?,
            classed: lines(&public.join("category_en_zh_th.jsonl.gz"))?,
            own: prompts,
            test: lines(&own.join("test.jsonl"))?,
            phrases: phrases(&own.join("phrases.txt"))?,
            labels: Vec::new(),
        })
    }

    /// The same with what operators said, from a file that the gateway exported.
    ///
    /// # Errors
    /// When the file cannot be read, or a line of it is not what it should be; the error names both.
    pub fn with_labels(self, path: &Path) -> io::Result<Self> {
        Ok(Self { labels: lines(path)?, ..self })
    }
}

/// Lines of `category language: phrase; phrase`.
fn phrases(path: &Path) -> io::Result<Vec<(Category, String)>> {
    let wrong = |at: usize| {
        io::Error::other(format!("{}:{}: wanted `category language: a; b`", path.display(), at + 1))
    };
    let mut read = Vec::new();
    for (at, line) in std::fs::read_to_string(path)?.lines().enumerate() {
        let (head, list) = line.split_once(": ").ok_or_else(|| wrong(at))?;
        let name = head.split(' ').next().unwrap_or_default();
        let category = Category::from_name(name).ok_or_else(|| wrong(at))?;
        read.extend(list.split("; ").map(|phrase| (category, phrase.to_owned())));
    }
    Ok(read)
}

fn lines<T: DeserializeOwned>(path: &Path) -> io::Result<Vec<T>> {
    let named = |error: io::Error| io::Error::other(format!("{}: {error}", path.display()));
    let file = BufReader::new(File::open(path).map_err(named)?);
    let text: Box<dyn BufRead> = if path.extension().is_some_and(|name| name == "gz") {
        Box::new(BufReader::new(GzDecoder::new(file)))
    } else {
        Box::new(file)
    };
    let mut read = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.map_err(named)?;
        if line.trim().is_empty() {
            continue;
        }
        let row = serde_json::from_str(&line)
            .map_err(|error| io::Error::other(format!("{}:{}: {error}", path.display(), at + 1)))?;
        read.push(row);
    }
    Ok(read)
}
