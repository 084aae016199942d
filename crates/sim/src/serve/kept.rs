//! Files and batches: OpenAI's, Anthropic's batches and files. The paths of OpenAI's responses are known here too.

use bytes::Bytes;
use fastrand::Rng;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Response};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use serde_json::{Value, json};

use super::{BODY, Call, Visit};
use crate::answer::Speaker;
use crate::delivery::Delivery;
use crate::dialect::{Operation, Target, unversioned};
use crate::fail::{Fail, Kind, Outcome};
use crate::kept::{Of, Thing};
use crate::received::Ending;
use crate::script::Dialect;
use crate::words;

/// A path of files, batches or responses.
pub(super) struct Place {
    of: Of,
    /// What follows it, by steps.
    pub(super) steps: Vec<String>,
}

/// What is answered: a value, or bytes of a type.
pub(super) enum Said {
    Value(Value),
    Bytes(&'static str, Bytes),
}

impl Visit<'_> {
    /// The place that the path means, if it is one of files or batches.
    pub(super) fn place(&mut self) -> Option<Place> {
        let spoken = &self.seat.provider.dialects;
        let openai = spoken.iter().find(|dialect| dialect.is_openai());
        let anthropic = spoken.iter().find(|dialect| **dialect == Dialect::AnthropicMessages);
        let versioned = self.parts.headers.contains_key("anthropic-version");
        let steps: Vec<String> = unversioned(self.rest, &["v1"]).split('/').map(str::to_owned).collect();
        let words: Vec<&str> = steps.iter().map(String::as_str).collect();
        let (dialect, of, taken) = match words.as_slice() {
            ["files", ..] if versioned => (anthropic.or(openai)?, Of::File, 1),
            ["files", ..] => (openai.or(anthropic)?, Of::File, 1),
            ["batches", ..] => (openai?, Of::Batch, 1),
            ["responses", id, ..] if *id != "input_tokens" => {
                (spoken.iter().find(|dialect| **dialect == Dialect::OpenaiResponses)?, Of::Response, 1)
            }
            ["messages", "batches", ..] => (anthropic?, Of::Batch, 2),
            _ => return None,
        };
        self.dialect = *dialect;
        Some(Place { of, steps: steps.into_iter().skip(taken).collect() })
    }

    /// Answers a call of files or batches.
    pub(super) async fn keep(&self, place: &Place, body: Incoming) -> Response<Delivery> {
        let key = self.key();
        let account = key.as_ref().ok().copied().flatten();
        let body = Limited::new(body, BODY).collect().await.map(|body| body.to_bytes()).unwrap_or_default();
        let value = serde_json::from_slice(&body).unwrap_or(Value::Null);
        let target = Target { operation: Operation::ListModels, model: None, stream: false, sse: false };
        let ending = self.shared.log.note(self.received(&target, account, value.clone()));
        let seed = words::seed(&[self.name.as_bytes(), &body, &self.seat.count("kept").to_le_bytes()]);
        let stamp = self.stamp("", false, seed);
        let mut rng = Rng::with_seed(seed);
        let said = key.and_then(|_| match place.of {
            Of::File => self.file(place, account, (&body, &mut rng)),
            Of::Batch => self.batch(place, account, (&value, &mut rng)),
            Of::Response => self.response(place, account),
        });
        match said {
            Ok(Said::Value(value)) => self.json(&value, &stamp, None, Some(ending)),
            Ok(Said::Bytes(kind, bytes)) => bytes_of(kind, bytes, ending),
            Err(fail) => self.refuse(&fail, &stamp, Some(ending)),
        }
    }

    fn file(&self, place: &Place, account: Option<usize>, (body, rng): (&Bytes, &mut Rng)) -> Outcome<Said> {
        let (kept, openai) = (&self.seat.kept, self.dialect.is_openai());
        let steps: Vec<&str> = place.steps.iter().map(String::as_str).collect();
        match (&self.parts.method, steps.as_slice()) {
            (&Method::POST, []) => {
                let content_type = self.parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
                let form = form(content_type.unwrap_or(""), body).ok_or_else(|| missing("file"))?;
                let file = form.iter().find(|part| part.name == "file").ok_or_else(|| missing("file"))?;
                let purpose = form.iter().find(|part| part.name == "purpose");
                let told = if openai {
                    let purpose = String::from_utf8_lossy(purpose.ok_or_else(|| missing("purpose"))?.content);
                    json!({
                        "id": format!("file-{}", words::id(rng, 22)), "object": "file", "purpose": purpose,
                        "filename": file.filename, "bytes": file.content.len(), "status": "processed",
                        "created_at": self.shared.calendar.unix(), "expires_at": null, "status_details": null,
                    })
                } else {
                    json!({
                        "id": format!("file_{}", words::id(rng, 24)), "type": "file", "filename": file.filename,
                        "mime_type": "text/plain", "size_bytes": file.content.len(), "downloadable": false,
                        "created_at": DAY,
                    })
                };
                self.put(Of::File, account, (&told, body.slice_ref(file.content)));
                Ok(Said::Value(told))
            }
            (&Method::GET, []) => Ok(self.list(Of::File, account)),
            (&Method::GET, [id]) => {
                let found = kept.find((Of::File, account), id, |thing| thing.told.clone());
                found.map(Said::Value).ok_or_else(|| nothing(id))
            }
            (&Method::GET, [id, "content"]) => {
                let found = kept.find((Of::File, account), id, |thing| thing.content.clone());
                Ok(Said::Bytes("application/octet-stream", found.ok_or_else(|| nothing(id))?))
            }
            (&Method::DELETE, [id]) if kept.remove(Of::File, account, id) => Ok(Said::Value(if openai {
                json!({ "id": id, "object": "file", "deleted": true })
            } else {
                json!({ "id": id, "type": "file_deleted" })
            })),
            (&Method::DELETE, [id]) => Err(nothing(id)),
            _ => Err(Fail::new(405, "Not allowed on this path.")),
        }
    }

    fn batch(&self, place: &Place, account: Option<usize>, (body, rng): (&Value, &mut Rng)) -> Outcome<Said> {
        let (kept, openai) = (&self.seat.kept, self.dialect.is_openai());
        let steps: Vec<&str> = place.steps.iter().map(String::as_str).collect();
        match (&self.parts.method, steps.as_slice()) {
            (&Method::POST, []) if openai => self.begin(account, body, rng).map(Said::Value),
            (&Method::POST, []) => self.begin_messages(account, body, rng).map(Said::Value),
            (&Method::GET, []) => Ok(self.list(Of::Batch, account)),
            (&Method::GET, [id]) => {
                let asked = kept.find((Of::Batch, account), id, |thing| {
                    thing.asked += 1;
                    (thing.asked, thing.told.clone(), thing.content.clone())
                });
                let (asked, mut told, content) = asked.ok_or_else(|| nothing(id))?;
                let under_way = told["status"] == "in_progress" || told["processing_status"] == "in_progress";
                if asked > 1 && under_way {
                    self.end(account, &mut told, content, rng);
                    kept.find((Of::Batch, account), id, |thing| thing.told = told.clone());
                }
                Ok(Said::Value(told))
            }
            (&Method::GET, [id, "results"]) if !openai => {
                let found = kept.find((Of::Batch, account), id, |thing| thing.content.clone());
                Ok(Said::Bytes("application/x-jsonl", found.ok_or_else(|| nothing(id))?))
            }
            (&Method::POST, [id, "cancel"]) => {
                let cancelled = kept.find((Of::Batch, account), id, |thing| {
                    let (field, word) =
                        if openai { ("status", "cancelling") } else { ("processing_status", "canceling") };
                    thing.told[field] = json!(word);
                    thing.told.clone()
                });
                cancelled.map(Said::Value).ok_or_else(|| nothing(id))
            }
            (&Method::DELETE, [id]) if !openai && kept.remove(Of::Batch, account, id) => {
                Ok(Said::Value(json!({ "id": id, "type": "message_batch_deleted" })))
            }
            _ => Err(Fail::new(405, "Not allowed on this path.")),
        }
    }

    /// OpenAI's: the requests are the lines of a file.
    fn begin(&self, account: Option<usize>, body: &Value, rng: &mut Rng) -> Outcome<Value> {
        let field = |name: &str| body[name].as_str().ok_or_else(|| missing(name));
        let (input, endpoint, window) =
            (field("input_file_id")?, field("endpoint")?, field("completion_window")?);
        let lines = self.seat.kept.find((Of::File, account), input, |file| file.content.clone());
        let lines = lines.ok_or_else(|| nothing(input))?;
        let mut out = String::new();
        let mut total = 0;
        for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
            let line: Value = serde_json::from_slice(line).map_err(|e| Fail::new(400, e.to_string()))?;
            let (status, answer) = match self.worked(&line["body"]) {
                Ok(answer) => (200, answer),
                Err(fail) => (fail.status, self.dialect.error(&fail, &self.stamp("", false, 0))),
            };
            total += 1;
            let told = json!({
                "id": format!("batch_req_{}", words::hex(rng, 24)), "custom_id": line["custom_id"],
                "response": { "status_code": status, "request_id": words::hex(rng, 32), "body": answer },
                "error": null,
            });
            out.push_str(&told.to_string());
            out.push('\n');
        }
        let told = json!({
            "id": format!("batch_{}", words::hex(rng, 24)), "object": "batch", "endpoint": endpoint,
            "input_file_id": input, "completion_window": window, "status": "in_progress",
            "output_file_id": null, "error_file_id": null, "errors": null, "metadata": body["metadata"],
            "created_at": self.shared.calendar.unix(),
            "request_counts": { "total": total, "completed": 0, "failed": 0 },
        });
        self.put(Of::Batch, account, (&told, out.into()));
        Ok(told)
    }

    /// Anthropic's: the requests are in the body.
    fn begin_messages(&self, account: Option<usize>, body: &Value, rng: &mut Rng) -> Outcome<Value> {
        let requests = body["requests"].as_array().ok_or_else(|| missing("requests"))?;
        let mut out = String::new();
        for request in requests {
            let result = match self.worked(&request["params"]) {
                Ok(message) => json!({ "type": "succeeded", "message": message }),
                Err(fail) => {
                    json!({ "type": "errored", "error": self.dialect.error(&fail, &self.stamp("", false, 0)) })
                }
            };
            out.push_str(&json!({ "custom_id": request["custom_id"], "result": result }).to_string());
            out.push('\n');
        }
        let told = json!({
            "id": format!("msgbatch_{}", words::id(rng, 24)), "type": "message_batch",
            "processing_status": "in_progress", "created_at": DAY, "expires_at": DAY, "ended_at": null,
            "archived_at": null, "cancel_initiated_at": null, "results_url": null,
            "request_counts":
                { "processing": requests.len(), "succeeded": 0, "errored": 0, "canceled": 0, "expired": 0 },
        });
        self.put(Of::Batch, account, (&told, out.into()));
        Ok(told)
    }

    fn end(&self, account: Option<usize>, told: &mut Value, content: Bytes, rng: &mut Rng) {
        if !self.dialect.is_openai() {
            let id = told["id"].as_str().unwrap_or("");
            let url = format!("http://{}/{}/v1/messages/batches/{id}/results", self.shared.addr, self.name);
            let succeeded = told["request_counts"]["processing"].take();
            told["request_counts"]["processing"] = json!(0);
            told["request_counts"]["succeeded"] = succeeded;
            told["processing_status"] = json!("ended");
            told["ended_at"] = json!(DAY);
            told["results_url"] = json!(url);
            return;
        }
        let output = json!({
            "id": format!("file-{}", words::id(rng, 22)), "object": "file", "purpose": "batch_output",
            "filename": "batch_output.jsonl", "bytes": content.len(), "status": "processed",
            "created_at": self.shared.calendar.unix(), "expires_at": null, "status_details": null,
        });
        told["status"] = json!("completed");
        told["output_file_id"] = output["id"].clone();
        told["request_counts"]["completed"] = told["request_counts"]["total"].clone();
        self.put(Of::File, account, (&output, content));
    }

    fn put(&self, of: Of, account: Option<usize>, (told, content): (&Value, Bytes)) {
        let id = told["id"].as_str().unwrap_or("").to_owned();
        self.seat.kept.put(Thing { of, id, account, told: told.clone(), content, asked: 0 });
    }

    fn list(&self, of: Of, account: Option<usize>) -> Said {
        let all = self.seat.kept.list(of, account);
        let id = |thing: Option<&Value>| thing.map_or(Value::Null, |thing| thing["id"].clone());
        let (first, last) = (id(all.first()), id(all.last()));
        let mut list = json!({ "data": all, "first_id": first, "last_id": last, "has_more": false });
        if self.dialect.is_openai() {
            list["object"] = json!("list");
        }
        Said::Value(list)
    }

    /// What a model makes of one request of a batch.
    fn worked(&self, body: &Value) -> Outcome<Value> {
        let name = body["model"].as_str().unwrap_or("");
        let model = self.find(name)?;
        let stamp = self.stamp(name, false, words::seed(&[body.to_string().as_bytes()]));
        let call = Call { stamp, model, body: body.clone(), key: None, nth: 0, stream: false };
        let ask = self.read(&call, body)?;
        let speaker = Speaker { seed: self.live.seed, provider: self.name, name, model };
        let answer = speaker.answer(&ask);
        Ok(self.dialect.plain(&ask, &answer, &call.stamp, &self.seat.signer))
    }
}

/// When things are made at vendors who write dates.
const DAY: &str = "2026-11-21T00:00:00Z";

fn missing(field: &str) -> Fail {
    Fail::of(400, Kind::Missing, format!("Missing required parameter: '{field}'.")).at(field)
}

pub(super) fn nothing(id: &str) -> Fail {
    Fail::new(404, format!("No such object: {id}"))
}

fn bytes_of(kind: &'static str, bytes: Bytes, ending: Ending) -> Response<Delivery> {
    let mut response = Response::new(Delivery::whole(bytes, Some(ending)));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// A field of a form.
struct Part<'a> {
    name: String,
    filename: String,
    content: &'a [u8],
}

/// The fields of a form, as strictly as it takes to tell them apart.
fn form<'a>(content_type: &str, body: &'a [u8]) -> Option<Vec<Part<'a>>> {
    let boundary = content_type.split_once("boundary=")?.1.trim_matches('"');
    let line = format!("--{boundary}");
    let mut parts = Vec::new();
    let mut rest = body.strip_prefix(line.as_bytes())?;
    let line = format!("\r\n--{boundary}");
    while let Some(part) = rest.strip_prefix(b"\r\n") {
        let head = position(part, b"\r\n\r\n")?;
        let (head, content) = (&part[..head], &part[head + 4..]);
        let end = position(content, line.as_bytes())?;
        let head = String::from_utf8_lossy(head);
        let named = |name: &str| {
            let after = head.split_once(&format!("{name}=\""))?.1;
            Some(after.split('"').next()?.to_owned())
        };
        let filename = named("filename").unwrap_or_default();
        // `filename` ends like `name`.
        let name = named("; name").unwrap_or_default();
        parts.push(Part { name, filename, content: &content[..end] });
        rest = &content[end + line.len()..];
    }
    rest.starts_with(b"--").then_some(parts)
}

fn position(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}
