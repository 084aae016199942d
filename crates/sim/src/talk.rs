//! A conversation over a WebSocket, as OpenAI's realtime models hold one: in text.

use std::io;

use fastrand::Rng;
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::answer::{Speaker, What};
use crate::ask::Ask;
use crate::received::Ending;
use crate::script::Model;
use crate::words;

/// The largest frame, in bytes.
const MOST: u64 = 16 << 20;

const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// A conversation that was agreed to.
pub(crate) struct Talk {
    pub(crate) upgrade: OnUpgrade,
    pub(crate) seed: u64,
    pub(crate) provider: String,
    pub(crate) name: String,
    pub(crate) model: Model,
    pub(crate) ending: Ending,
}

impl Talk {
    /// Runs until the client has had enough.
    pub(crate) async fn run(self) {
        let Self { upgrade, seed, provider, name, model, mut ending } = self;
        let Ok(upgraded) = upgrade.await else { return };
        let rng = Rng::with_seed(words::seed(&[&seed.to_le_bytes(), provider.as_bytes(), name.as_bytes()]));
        let session = json!({ "type": "realtime", "object": "realtime.session", "model": name });
        let speaker = Speaker { seed, provider: &provider, name: &name, model: &model };
        let mut voice = Voice {
            io: TokioIo::new(upgraded),
            rng,
            speaker,
            session,
            prompt: String::new(),
            last: String::new(),
        };
        if voice.converse().await.is_ok() {
            ending.finish();
        }
    }
}

struct Voice<'a> {
    io: TokioIo<Upgraded>,
    rng: Rng,
    speaker: Speaker<'a>,
    session: Value,
    /// What was said so far.
    prompt: String,
    /// What the client said last.
    last: String,
}

impl Voice<'_> {
    async fn converse(&mut self) -> io::Result<()> {
        let session = self.session.clone();
        self.tell(json!({ "type": "session.created", "session": session })).await?;
        loop {
            let (kind, payload) = self.hear().await?;
            match kind {
                TEXT => {
                    let event: Value = serde_json::from_slice(&payload).unwrap_or_default();
                    self.react(&event).await?;
                }
                PING => self.frame(PONG, &payload).await?,
                CLOSE => {
                    self.frame(CLOSE, &payload).await?;
                    return self.io.shutdown().await;
                }
                _ => {}
            }
        }
    }

    async fn react(&mut self, event: &Value) -> io::Result<()> {
        match event["type"].as_str().unwrap_or_default() {
            "session.update" => {
                if let (Some(session), Some(new)) =
                    (self.session.as_object_mut(), event["session"].as_object())
                {
                    session.extend(new.clone());
                }
                let session = self.session.clone();
                self.tell(json!({ "type": "session.updated", "session": session })).await
            }
            "conversation.item.create" => {
                let parts = event.pointer("/item/content").and_then(Value::as_array);
                let texts = parts.into_iter().flatten().filter_map(|part| part["text"].as_str());
                self.last = texts.collect::<Vec<_>>().join(" ");
                self.prompt.push_str(&self.last);
                let mut item = event["item"].clone();
                item["id"] = json!(self.id("item"));
                self.tell(json!({ "type": "conversation.item.added", "item": item })).await?;
                self.tell(json!({ "type": "conversation.item.done", "item": item })).await
            }
            "response.create" => self.answer().await,
            other => {
                let message = format!("Invalid value: '{other}'.");
                let error =
                    json!({ "type": "invalid_request_error", "code": "invalid_value", "message": message });
                self.tell(json!({ "type": "error", "error": error })).await
            }
        }
    }

    async fn answer(&mut self) -> io::Result<()> {
        let ask = Ask { prompt: self.prompt.clone(), last_user: self.last.clone(), n: 1, ..Ask::default() };
        let answer = self.speaker.answer(&ask);
        let said = answer.choices.first().map(|said| &said.what);
        let text = if let Some(What::Text(text)) = said { text.clone() } else { String::new() };
        let (response, item) = (self.id("resp"), self.id("item"));
        let object = |status: &str, output: Value, usage: Value| {
            json!({
                "id": response, "object": "realtime.response", "status": status, "output": output, "usage": usage,
            })
        };
        let begun = object("in_progress", json!([]), Value::Null);
        self.tell(json!({ "type": "response.created", "response": begun })).await?;
        let place =
            json!({ "response_id": response, "item_id": item, "output_index": 0, "content_index": 0 });
        let at = |kind: &str, key: &str, value: Value| {
            let mut event = place.clone();
            event["type"] = json!(kind);
            event[key] = value;
            event
        };
        for word in text.split_inclusive(' ') {
            self.tell(at("response.output_text.delta", "delta", json!(word))).await?;
        }
        self.tell(at("response.output_text.done", "text", json!(text))).await?;
        let message = json!({
            "id": item, "object": "realtime.item", "type": "message", "status": "completed", "role": "assistant",
            "content": [{ "type": "output_text", "text": text }],
        });
        let (input, output) = (answer.usage.prompt, answer.usage.output);
        let usage = json!({
            "total_tokens": input + output, "input_tokens": input, "output_tokens": output,
            "input_token_details": { "text_tokens": input, "audio_tokens": 0, "cached_tokens": 0 },
            "output_token_details": { "text_tokens": output, "audio_tokens": 0 },
        });
        self.prompt.push_str(&text);
        let done = object("completed", json!([message]), usage);
        self.tell(json!({ "type": "response.done", "response": done })).await
    }

    fn id(&mut self, kind: &str) -> String {
        format!("{kind}_{}", words::id(&mut self.rng, 20))
    }

    async fn tell(&mut self, mut event: Value) -> io::Result<()> {
        event["event_id"] = json!(self.id("event"));
        self.frame(TEXT, event.to_string().as_bytes()).await
    }

    async fn frame(&mut self, kind: u8, payload: &[u8]) -> io::Result<()> {
        let mut frame = vec![0x80 | kind];
        match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
            (Ok(length @ 0..126), _) => frame.push(length),
            (_, Ok(length)) => {
                frame.push(126);
                frame.extend(length.to_be_bytes());
            }
            _ => {
                frame.push(127);
                frame.extend((payload.len() as u64).to_be_bytes());
            }
        }
        frame.extend_from_slice(payload);
        self.io.write_all(&frame).await
    }

    /// The next frame, unmasked; clients mask all of them.
    async fn hear(&mut self) -> io::Result<(u8, Vec<u8>)> {
        let (first, second) = (self.io.read_u8().await?, self.io.read_u8().await?);
        let length = match second & 0x7f {
            126 => u64::from(self.io.read_u16().await?),
            127 => self.io.read_u64().await?,
            short => u64::from(short),
        };
        if second & 0x80 == 0 || length > MOST {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mask = self.io.read_u32().await?.to_be_bytes();
        let mut payload = vec![0; usize::try_from(length).unwrap_or(0)];
        self.io.read_exact(&mut payload).await?;
        payload.iter_mut().zip(mask.iter().cycle()).for_each(|(byte, mask)| *byte ^= mask);
        Ok((first & 0x0f, payload))
    }
}
