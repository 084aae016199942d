//! The demo's clients: what they ask next. All of it follows from a seed; nothing here sends anything.

use std::time::Duration;

use serde_json::{Value, json};
use wye_pipeline::chance::Chance;

/// What they ask, and how.
const LINES: &str = include_str!("../../../demo.txt");
/// A picture: a few coloured pixels.
const PICTURE: &str = "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFklEQVR4nGP4z8DAAMIM/xn+MzAwAAAc7gP9WjWgTQAAAABJRU5ErkJggg==";
/// Requests at the start, and the time that they come within.
const BURST: u64 = 150;
const BURST_TIME: Duration = Duration::from_secs(9);
/// Afterwards requests come so far apart on average.
const APART: Duration = Duration::from_millis(700);
/// Every so many requests it is quieter or busier than on average.
const WAVE: u64 = 90;
/// Conversations under way.
const TALKS: usize = 4;
/// One request of so many is a client's mistake.
const MISTAKES: u64 = 28;

/// The clients that call: the name of each one's key, and how many of a hundred requests are its.
const CLIENTS: [(&str, u64); 5] =
    [("web-app", 46), ("mobile", 24), ("research", 14), ("interns", 8), ("batch", 8)];
/// Draws, which no budget can pay: nobody says what a picture costs.
const DRAWS: &str = "design";

/// Whether a key is that of a client of the demo's own.
pub(super) fn is_of_crowd(key: &str) -> bool {
    key == DRAWS || CLIENTS.iter().any(|(name, _)| *name == key)
}

/// A request to be sent.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ask {
    /// The name of the client key it is sent with.
    pub(super) key: &'static str,
    pub(super) path: String,
    pub(super) body: Value,
    /// The conversation that it belongs to.
    pub(super) session: Option<String>,
    /// In which of the conversations under way the answer is the next turn.
    pub(super) talk: Option<usize>,
}

/// A conversation.
#[derive(Debug)]
struct Talk {
    key: &'static str,
    name: String,
    /// What is still to be asked, the last first.
    left: Vec<&'static str>,
    said: Vec<Value>,
    /// Whether an answer is awaited.
    waits: bool,
}

/// The clients.
#[derive(Debug)]
pub(super) struct Crowd {
    chance: Chance,
    count: u64,
    talks: Vec<Talk>,
    talked: u64,
}

impl Crowd {
    /// The same seed gives the same requests, as long as answers come in the same order.
    pub(super) fn new(seed: u64) -> Self {
        Self { chance: Chance::seeded(seed), count: 0, talks: Vec::new(), talked: 0 }
    }

    /// A number below `most`.
    fn below(&self, most: u64) -> u64 {
        self.chance.next() % most.max(1)
    }

    fn one<T: Copy>(&self, of: &[T]) -> Option<T> {
        of.get(usize::try_from(self.below(of.len() as u64)).unwrap_or(0)).copied()
    }

    /// How long they wait before they ask again.
    pub(super) fn pause(&self) -> Duration {
        // Between a tenth and 1.9 times the average.
        let share = 100 + u32::try_from(self.below(1800)).unwrap_or(0);
        if self.count < BURST {
            return BURST_TIME / u32::try_from(BURST).unwrap_or(1) * share / 1000;
        }
        let (away, wave) = (self.count % WAVE, WAVE / 2);
        // From twice as far apart to half as far, and back.
        let far = 500 + 1500 * away.abs_diff(wave) / wave;
        APART * share / 1000 * u32::try_from(far).unwrap_or(1000) / 1000
    }

    /// What is asked next.
    pub(super) fn next(&mut self) -> Ask {
        self.count += 1;
        if self.count.is_multiple_of(MISTAKES) {
            return self.mistake();
        }
        let place = self.below(100);
        let mut left = place;
        let key = CLIENTS.iter().find(|(_, share)| {
            let found = left < *share;
            left = left.saturating_sub(*share);
            found
        });
        let key = key.map_or(CLIENTS[0].0, |(name, _)| *name);
        if key == "interns" {
            // Who always asks the dearest has a budget that ends.
            let text = self.line("chat");
            return self.chat(key, "wye/strong", &[json!({"role": "user", "content": text})], false);
        }
        if key == "batch" {
            let text = self.line("embed");
            return plain(key, "/v1/embeddings", json!({"model": "sim-openai/swift", "input": [text]}));
        }
        match self.below(100) {
            0..=15 => self.turn(key),
            16..=24 => self.with_tools(key),
            25..=31 => self.form(key),
            32..=38 => self.see(key),
            39..=40 => {
                let text = self.line("draw");
                plain(DRAWS, "/v1/images/generations", json!({"model": "sim-openai/painter", "prompt": text}))
            }
            41..=43 => self.long(key),
            _ => self.question(key),
        }
    }

    /// What a conversation was answered; nothing, if it was not.
    pub(super) fn answered(&mut self, talk: usize, text: Option<String>) {
        let Some(talk) = self.talks.get_mut(talk) else { return };
        talk.waits = false;
        match text {
            Some(text) => talk.said.push(json!({"role": "assistant", "content": text})),
            // Nobody goes on where there was no answer.
            None => talk.left.clear(),
        }
    }

    fn line(&self, how: &str) -> &'static str {
        let lines: Vec<&str> =
            LINES.lines().filter_map(|line| line.strip_prefix(how)?.strip_prefix(' ')).collect();
        self.one(&lines).unwrap_or("Hello!")
    }

    fn route(&self) -> &'static str {
        const ROUTES: [&str; 12] = [
            "wye/auto",
            "wye/auto",
            "wye/auto",
            "auto",
            "auto",
            "support",
            "support",
            "canary",
            "canary",
            "spread",
            "wye/fast",
            "wye/cheap",
        ];
        self.one(&ROUTES).unwrap_or("auto")
    }

    fn user(&self) -> &'static str {
        self.one(&["mara", "tom", "ploy", "somchai", "wei", "lin", "ines", "okafor"]).unwrap_or("mara")
    }

    /// A question in one of the dialects.
    fn question(&self, key: &'static str) -> Ask {
        let text = self.line("chat");
        let stream = self.below(2) == 0;
        match self.below(10) {
            0..=1 => {
                let model = self.one(&["sim-anthropic/sage", "wye/auto", "support"]).unwrap_or("support");
                let body = json!({"model": model, "max_tokens": 600, "stream": stream,
                    "metadata": {"user_id": self.user()},
                    "messages": [{"role": "user", "content": text}]});
                plain(key, "/v1/messages", body)
            }
            2..=3 => {
                let body = json!({"contents": [{"role": "user", "parts": [{"text": text}]}]});
                let call = if stream { "streamGenerateContent?alt=sse" } else { "generateContent" };
                let model = self.one(&["sim-gemini%2Flens", "wye%2Fauto", "spread"]).unwrap_or("spread");
                plain(key, &format!("/v1beta/models/{model}:{call}"), body)
            }
            4 => {
                let model = self.one(&["wye/auto", "sim-responses/scribe"]).unwrap_or("wye/auto");
                let body = json!({"model": model, "input": text, "stream": stream, "user": self.user()});
                plain(key, "/v1/responses", body)
            }
            5 if key == "research" => {
                self.chat(key, "sim-openai/thinker", &[json!({"role": "user", "content": text})], stream)
            }
            _ => self.chat(key, self.route(), &[json!({"role": "user", "content": text})], stream),
        }
    }

    fn chat(&self, key: &'static str, model: &str, messages: &[Value], stream: bool) -> Ask {
        let mut body = json!({"model": model, "messages": messages, "stream": stream});
        if stream {
            body["stream_options"] = json!({"include_usage": true});
        }
        if self.below(3) > 0 {
            body["user"] = self.user().into();
        }
        plain(key, "/v1/chat/completions", body)
    }

    /// The next turn of a conversation, or the first of a new one.
    fn turn(&mut self, key: &'static str) -> Ask {
        self.talks
            .iter_mut()
            .filter(|talk| !talk.waits && talk.left.is_empty())
            .for_each(|talk| talk.said.clear());
        let place = self.talks.iter().position(|talk| !talk.waits && !talk.left.is_empty());
        let place = place.or_else(|| {
            let mut left: Vec<&str> = self.line("talk").split('|').collect();
            left.reverse();
            self.talked += 1;
            let name = format!("talk-{}", self.talked);
            let new = Talk { key, name, left, said: Vec::new(), waits: false };
            match self.talks.iter().position(|talk| talk.said.is_empty()) {
                Some(free) => {
                    self.talks[free] = new;
                    Some(free)
                }
                None if self.talks.len() < TALKS => {
                    self.talks.push(new);
                    Some(self.talks.len() - 1)
                }
                None => None,
            }
        });
        let Some(place) = place else { return self.question(key) };
        let talk = &mut self.talks[place];
        let (key, name) = (talk.key, talk.name.clone());
        talk.waits = true;
        let next = talk.left.pop().unwrap_or("Thank you!");
        talk.said.push(json!({"role": "user", "content": next}));
        let said = talk.said.clone();
        let ask = self.chat(key, "wye/auto", &said, false);
        Ask { session: Some(name), talk: Some(place), ..ask }
    }

    fn with_tools(&self, key: &'static str) -> Ask {
        let text = self.line("tool");
        let mut ask = self.chat(key, self.route(), &[json!({"role": "user", "content": text})], false);
        let tool = |name: &str, says: &str, field: &str| {
            let fields =
                json!({"type": "object", "properties": {field: {"type": "string"}}, "required": [field]});
            json!({"type": "function", "function": {"name": name, "description": says, "parameters": fields}})
        };
        ask.body["tools"] = json!([
            tool("get_weather", "The weather in a city, now.", "city"),
            tool("find_order", "An order by its number.", "number"),
        ]);
        ask
    }

    fn form(&self, key: &'static str) -> Ask {
        let text = self.line("form");
        let mut ask = self.chat(key, "wye/auto", &[json!({"role": "user", "content": text})], false);
        let schema = json!({"type": "object", "additionalProperties": false,
            "properties": {"number": {"type": "string"}, "from": {"type": "string"}, "total": {"type": "number"}},
            "required": ["number", "from", "total"]});
        ask.body["response_format"] = json!({"type": "json_schema", "json_schema": {"name": "invoice", "strict": true, "schema": schema}});
        ask
    }

    fn see(&self, key: &'static str) -> Ask {
        let picture =
            json!({"type": "image_url", "image_url": {"url": format!("data:image/png;base64,{PICTURE}")}});
        let content = json!([{"type": "text", "text": self.line("see")}, picture]);
        let stream = self.below(3) == 0;
        let model = self.one(&["wye/auto", "sim-gemini/lens", "support"]).unwrap_or("support");
        self.chat(key, model, &[json!({"role": "user", "content": content})], stream)
    }

    /// A question with a report behind it.
    fn long(&self, key: &'static str) -> Ask {
        const PLACES: [&str; 6] = ["Aarhus", "Bologna", "Chiang Mai", "Dalian", "Eger", "Faro"];
        let mut text = format!("{}\n\n", self.line("long"));
        for line in 1..=150 + self.below(500) {
            let place = self.one(&PLACES).unwrap_or("Faro");
            let (sold, back) = (40 + self.below(900), self.below(40));
            text.push_str(&format!(
                "{line}. The shop in {place} sold {sold} lamps, of which {back} came back within the month.\n"
            ));
        }
        let model = self.one(&["wye/auto", "sim-gemini/lens"]).unwrap_or("wye/auto");
        self.chat(key, model, &[json!({"role": "user", "content": text})], true)
    }

    /// What clients do wrong.
    fn mistake(&self) -> Ask {
        let text = self.line("chat");
        let messages = json!([{"role": "user", "content": text}]);
        let key = "web-app";
        match self.below(4) {
            0 => plain(key, "/v1/chat/completions", json!({"model": "gpt-6-turbo", "messages": messages})),
            1 => plain(key, "/v1/chat/completions", json!({"model": "auto", "messages": text})),
            2 => plain(
                key,
                "/v1/messages",
                json!({"model": "sim-anthropic/sage", "messages": messages, "max_tokens": -5}),
            ),
            _ => plain(
                "interns",
                "/v1/chat/completions",
                json!({"model": "sim-openai/thinker", "messages": messages}),
            ),
        }
    }
}

fn plain(key: &'static str, path: &str, body: Value) -> Ask {
    Ask { key, path: path.to_owned(), body, session: None, talk: None }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Many requests, each answered at once.
    fn many(seed: u64) -> Vec<Ask> {
        let mut crowd = Crowd::new(seed);
        let mut asked = Vec::new();
        for _ in 0..1500 {
            let ask = crowd.next();
            if let Some(talk) = ask.talk {
                crowd.answered(talk, Some("So.".to_owned()));
            }
            asked.push(ask);
        }
        asked
    }

    #[test]
    fn a_seed_gives_the_same_requests() {
        assert_eq!(many(3), many(3));
        assert_ne!(many(3)[..50], many(4)[..50]);
    }

    #[test]
    fn they_ask_for_all_that_there_is() {
        let asked = many(7);
        let paths: BTreeSet<&str> =
            asked.iter().map(|ask| ask.path.split(['%', ':']).next().unwrap()).collect();
        for path in [
            "/v1/chat/completions",
            "/v1/messages",
            "/v1/responses",
            "/v1/embeddings",
            "/v1/images/generations",
            "/v1beta/models/wye",
        ] {
            assert!(paths.contains(path), "{path}: {paths:?}");
        }
        let keys: BTreeSet<&str> = asked.iter().map(|ask| ask.key).collect();
        assert_eq!(keys.len(), CLIENTS.len() + 1);
        assert!(keys.iter().all(|key| is_of_crowd(key)) && !is_of_crowd("demo"));
        let texts: Vec<String> = asked.iter().map(|ask| ask.body.to_string()).collect();
        for mark in ["\"tools\"", "json_schema", "image_url", "\"stream\":true", "\"user\"", "ภาพ", "翻译"]
        {
            assert!(texts.iter().any(|text| text.contains(mark)), "{mark}");
        }
        assert!(texts.iter().any(|text| text.len() > 20_000));
        let deepest = asked.iter().filter_map(|ask| ask.body["messages"].as_array().map(Vec::len)).max();
        assert!(deepest >= Some(5), "conversations have turns: {deepest:?}");
    }

    #[test]
    fn the_burst_is_short_and_then_it_is_slow() {
        let mut crowd = Crowd::new(1);
        let mut waited = Duration::ZERO;
        for _ in 0..BURST {
            waited += crowd.pause();
            crowd.next();
        }
        assert!((Duration::from_secs(6)..Duration::from_secs(11)).contains(&waited), "{waited:?}");
        waited = Duration::ZERO;
        for _ in 0..900 {
            waited += crowd.pause();
            crowd.next();
        }
        let rate = 900.0 / waited.as_secs_f64();
        assert!((0.8..2.0).contains(&rate), "{rate} a second");
    }
}
