//! What a simulated model answers: a function of the seed, the provider, the model and what was asked.

mod calls;
mod schema;

use fastrand::Rng;
use serde_json::{Value, json};

use crate::ask::{Ask, Format};
use crate::script::Model;
use crate::words;

/// A whole answer, before any dialect has put it into words of its own.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// The thoughts, whether or not they may be shown.
    pub(crate) thoughts: Option<String>,
    pub(crate) choices: Vec<Said>,
    pub(crate) usage: Usage,
}

/// One of the answers.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub(crate) what: What,
    pub(crate) finish: Finish,
}

#[derive(Debug, Clone)]
pub(crate) enum What {
    Text(String),
    Calls(Vec<Call>),
    /// The model says no.
    Refusal(String),
    /// The vendor's filter says no.
    Nothing,
}

/// A tool call; its id is the dialect's business.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) name: String,
    pub(crate) args: Value,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Finish {
    Stop,
    StopText(String),
    Length,
    Calls,
    Refusal,
    Filter,
}

/// Tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    /// Of the prompt, cached ones included.
    pub(crate) prompt: u64,
    /// Of the prompt, read from the cache.
    pub(crate) cached: u64,
    /// Of the prompt, written to the cache.
    pub(crate) written: u64,
    /// Of the answer, thinking included.
    pub(crate) output: u64,
    /// Of the answer, thinking.
    pub(crate) thinking: u64,
}

/// Who is answering.
#[derive(Clone, Copy)]
pub(crate) struct Speaker<'a> {
    pub(crate) seed: u64,
    pub(crate) provider: &'a str,
    pub(crate) name: &'a str,
    pub(crate) model: &'a Model,
}

impl Speaker<'_> {
    fn rng(&self, topic: &str, text: &str) -> Rng {
        Rng::with_seed(words::seed(&[
            &self.seed.to_le_bytes(),
            self.provider.as_bytes(),
            self.name.as_bytes(),
            topic.as_bytes(),
            text.as_bytes(),
        ]))
    }

    /// The answer to a request.
    pub(crate) fn answer(&self, ask: &Ask) -> Answer {
        let mut budget = ask.max_tokens.unwrap_or(u64::MAX);
        let thoughts = (self.model.reasoning && (ask.think || ask.mark("reason").is_some())).then(|| {
            let mut rng = self.rng("thoughts", &ask.prompt);
            let text = format!("Let me think about \"{}\". {}", echo(ask, 6), words::prose(&mut rng, 120));
            words::cut(&text, bytes_of(budget)).to_owned()
        });
        let thinking = thoughts.as_ref().map_or(0, |t| words::tokens(t.len()));
        budget = budget.saturating_sub(thinking);
        let choices: Vec<Said> = (0..ask.n.max(1)).map(|i| self.say(ask, i, budget)).collect();
        let said: u64 = choices.iter().map(Said::tokens).sum();
        let prompt = words::tokens(ask.prompt.len()) + 85 * ask.media.len() as u64;
        let usage = Usage { prompt, output: said + thinking, thinking, ..Usage::default() };
        Answer { thoughts, choices, usage }
    }

    fn say(&self, ask: &Ask, index: u32, budget: u64) -> Said {
        if ask.mark("filter").is_some() {
            return Said { what: What::Nothing, finish: Finish::Filter };
        }
        if ask.mark("refuse").is_some() {
            let text = format!("I am {} and I will not help with that.", self.name);
            return Said { what: What::Refusal(text), finish: Finish::Refusal };
        }
        if let Some(calls) = calls::wanted(ask) {
            return Said { what: What::Calls(calls), finish: Finish::Calls };
        }
        let mut text = self.text(ask, index);
        let mut finish = Finish::Stop;
        if let Some((at, stop)) =
            ask.stop.iter().filter_map(|s| text.find(s.as_str()).map(|at| (at, s))).min_by_key(|(at, _)| *at)
        {
            finish = Finish::StopText(stop.clone());
            text.truncate(at);
        }
        if words::tokens(text.len()) > budget {
            finish = Finish::Length;
            text.truncate(words::cut(&text, bytes_of(budget)).len());
        }
        Said { what: What::Text(text), finish }
    }

    fn text(&self, ask: &Ask, index: u32) -> String {
        if let Some(answer) = ask.mark("answer") {
            return self.exam(ask, answer);
        }
        // A model that is shown a schema follows it, whether or not the vendor has a word for that.
        let told = matches!(ask.format, Format::Json) || ask.prompt.contains("json_schema");
        if told
            && ask.tools.is_empty()
            && !matches!(ask.format, Format::Schema(_))
            && let Some(schema) = schema::in_text(&ask.prompt)
        {
            return schema::instance(&schema, &ask.last_user).to_string();
        }
        match &ask.format {
            Format::Text => {}
            Format::Json => return json!({ "model": self.name, "echo": echo(ask, 8) }).to_string(),
            Format::Schema(schema) => return schema::instance(schema, &ask.last_user).to_string(),
        }
        let mut text = if ask.results.is_empty() {
            format!("This is {} answering \"{}\".", self.name, echo(ask, 8))
        } else {
            let results: Vec<&str> = ask.results.iter().map(|r| words::cut(r, 400)).collect();
            format!("{} heard from the tools: {}", self.name, results.join(" | "))
        };
        for medium in &ask.media {
            text.push_str(" I was given ");
            text.push_str(medium);
            text.push('.');
        }
        let exact = ask.mark("tokens").and_then(|n| n.parse::<u64>().ok()).map(|n| n.min(1_000_000));
        let wanted = bytes_of(exact.unwrap_or_else(|| u64::from(self.model.tokens)));
        if text.len() < wanted {
            let mut rng = self.rng(&format!("text {index}"), &ask.prompt);
            text.push(' ');
            let more = words::prose(&mut rng, wanted - text.len());
            text.push_str(&more);
        }
        if exact.is_some() {
            text.truncate(words::cut(&text, wanted).len());
        }
        text
    }

    /// Right with the chance that the model's skill gives, and always the same for the same question.
    fn exam(&self, ask: &Ask, answer: &str) -> String {
        let category = ask.mark("category").unwrap_or("");
        let skill = self.model.skill.get(category).copied().unwrap_or(0.5);
        if self.rng("exam", &ask.prompt).f64() < skill {
            return answer.to_owned();
        }
        match answer.parse::<i64>() {
            Ok(number) => number.wrapping_add(1).to_string(),
            Err(_) => format!("not {answer}"),
        }
    }
}

impl Said {
    fn tokens(&self) -> u64 {
        match &self.what {
            What::Text(text) | What::Refusal(text) => words::tokens(text.len()),
            What::Calls(calls) => {
                calls.iter().map(|c| 8 + words::tokens(c.name.len() + c.args.to_string().len())).sum()
            }
            What::Nothing => 0,
        }
    }
}

fn bytes_of(tokens: u64) -> usize {
    usize::try_from(tokens.saturating_mul(4)).unwrap_or(usize::MAX)
}

/// The first words of the last user message.
fn echo(ask: &Ask, count: usize) -> String {
    let words: Vec<&str> =
        ask.last_user.split_whitespace().filter(|w| !w.starts_with("[[")).take(count).collect();
    words.join(" ")
}
