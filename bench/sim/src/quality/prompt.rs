//! The prompts that are asked: our own of `data/prompts`, those that the heads of the profile were not trained on.

use std::path::Path;
use std::sync::Arc;

use wye_profile::Category;
use wye_train::data::Own;
use wye_train::split::{held, place};

/// A prompt, with what its writer says of it.
#[derive(Debug, Clone)]
pub struct Prompt {
    /// What it is about.
    pub category: Category,
    /// How hard it is, from 0 to 1.
    pub difficulty: f64,
    /// Its text.
    pub text: String,
}

/// All of them.
#[derive(Debug, Clone)]
pub struct Prompts {
    /// Those that are asked, in the order in which they are: the held-out fold of three languages, and the test set.
    pub asked: Vec<Prompt>,
    /// Those that exams are made of: what the heads were trained on, so that no exam asks what is measured.
    pub lessons: Arc<[Prompt]>,
    usual: f64,
}

impl Prompts {
    /// Reads a folder.
    ///
    /// # Errors
    /// When a file cannot be read, or a line of it is no prompt; the error names both.
    pub fn read(folder: &Path) -> Result<Self, String> {
        let (mut asked, mut lessons) = (Vec::new(), Vec::new());
        for name in ["en", "th", "zh", "test"] {
            let path = folder.join(format!("{name}.jsonl"));
            let text = std::fs::read_to_string(&path);
            let text = text.map_err(|error| format!("{}: {error}", path.display()))?;
            for (line, text) in (1..).zip(text.lines()).filter(|(_, text)| !text.trim().is_empty()) {
                let wrong = |what: String| format!("{}:{line}: {what}", path.display());
                let own: Own = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
                let category = Category::from_name(&own.category);
                let category = category.ok_or_else(|| wrong(format!("no category `{}`", own.category)))?;
                let kept = name == "test" || held(&own.text);
                let prompt = Prompt { category, difficulty: f64::from(own.difficulty), text: own.text };
                if kept { asked.push(prompt) } else { lessons.push(prompt) }
            }
        }
        for prompts in [&mut asked, &mut lessons] {
            prompts.sort_by_key(|prompt| place(&prompt.text, super::SEED, u64::MAX));
        }
        let usual = usual(&asked);
        Ok(Self { asked, lessons: lessons.into(), usual })
    }

    /// The `most` of them that a pair of worlds is asked, of all as many as there are; each pair another part, until all
    /// were asked and it begins anew. They stand in an order of chance, so that every part is as good as any.
    #[must_use]
    pub fn part(&self, pair: usize, most: usize) -> Self {
        let from = self.asked.iter().cycle().skip(pair.saturating_mul(most) % self.asked.len().max(1));
        let asked = from.take(most.min(self.asked.len())).cloned().collect();
        Self { asked, lessons: Arc::clone(&self.lessons), usual: self.usual }
    }

    /// What difficulty is usual among all that are asked.
    #[must_use]
    pub const fn usual(&self) -> f64 {
        self.usual
    }
}

fn usual(asked: &[Prompt]) -> f64 {
    let all = u32::try_from(asked.len()).unwrap_or(u32::MAX).max(1);
    asked.iter().map(|prompt| prompt.difficulty).sum::<f64>() / f64::from(all)
}
