//! Collects what is said to the gateway, from headers and from the body, and takes it out of the body. Nothing is
//! understood here: one walk finds what there is, whoever wrote it where.
//!
//! The body stands above the headers, as in `SMLGateway`: it is made for this request, headers often for all of a client's.

use http::{HeaderMap, HeaderValue};
use serde_json::Value;
use wye_types::error::GatewayError;
use wye_wire::patch::Patch;
use wye_wire::scan::{TopLevel, kind_of};

use super::field::{Field, TRACE};
use super::wrong;

/// One thing said.
#[derive(Debug, PartialEq)]
pub(super) struct Said {
    field: Field,
    /// The header, or the path of the field.
    pub(super) at: String,
    pub(super) value: Heard,
    /// Of several headers that say the same, the one with the least counts.
    rank: u8,
}

/// A value as it came.
#[derive(Debug, PartialEq)]
pub(super) enum Heard {
    /// Of a header.
    Text(String),
    /// Of a field; never `null`.
    Json(Value),
}

/// All that is said.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    said: Vec<Said>,
    /// What is asked for and not done, in words.
    pub(super) unheeded: Vec<String>,
}

/// Objects whose fields are read as if they stood at the top: `SMLGateway`'s, and what some clients send literally.
const WITHIN: [&str; 2] = ["extra", "extra_body"];
/// `OpenRouter`'s preferences.
const PROVIDER: &str = "provider";
/// As `OpenRouter` is asked for the cost: `"usage": {"include": true}`.
const USAGE: &str = "usage";
const INCLUDE: &str = "include";

impl Said {
    /// What stands in it under a name, if it is an object.
    pub(super) fn inner(&self, name: &str) -> Option<Self> {
        let Heard::Json(Value::Object(fields)) = &self.value else { return None };
        let value = Heard::Json(fields.get(name).cloned().unwrap_or_default());
        Some(Self { field: self.field, at: format!("{}.{name}", self.at), value, rank: self.rank })
    }

    /// What else stands in it.
    pub(super) fn beside(&self, name: &str) -> impl Iterator<Item = &str> {
        let fields = match &self.value {
            Heard::Json(Value::Object(fields)) => Some(fields),
            _ => None,
        };
        let said = fields.into_iter().flatten().filter(|(_, value)| !value.is_null());
        said.map(|(key, _)| key.as_str()).filter(move |key| *key != name)
    }
}

impl Gathered {
    /// Whether nothing is said.
    pub(super) const fn is_empty(&self) -> bool {
        self.said.is_empty() && self.unheeded.is_empty()
    }

    /// What is said of something, once.
    pub(super) fn take(&mut self, field: Field) -> Option<Said> {
        let place = self.said.iter().position(|said| said.field == field)?;
        Some(self.said.swap_remove(place))
    }

    /// What headers say.
    pub(super) fn headers(&mut self, headers: &HeaderMap) -> Result<(), GatewayError> {
        for (name, value) in headers {
            if let Some((field, rank)) = Field::of_header(name.as_str()) {
                self.header(field, (name.as_str(), value), rank)?;
            }
        }
        Ok(())
    }

    fn header(
        &mut self,
        field: Field,
        (name, value): (&str, &HeaderValue),
        rank: u8,
    ) -> Result<(), GatewayError> {
        let text = value.to_str().map_err(|_| wrong(name, format!("`{name}` is not plain text")))?.trim();
        if text.is_empty() {
            return Ok(());
        }
        let new = Said { field, at: name.to_owned(), value: Heard::Text(text.to_owned()), rank };
        let known = self.said.iter_mut().find(|said| said.field == field && !field.adds_up());
        let Some(known) = known else {
            self.said.push(new);
            return Ok(());
        };
        if let (Heard::Text(known), true) = (&mut known.value, field.is_list()) {
            known.push(',');
            known.push_str(text);
        } else if known.rank > rank {
            *known = new;
        } else if known.rank == rank && known.value != new.value {
            return Err(twice(&known.at, name));
        }
        Ok(())
    }

    /// What the fields of a body say; they are taken out of it.
    pub(super) fn fields(
        &mut self,
        top: &TopLevel,
        body: &[u8],
        patch: &mut Patch,
    ) -> Result<(), GatewayError> {
        for (name, span) in top.fields() {
            let raw = body.get(span).unwrap_or_default();
            if WITHIN.contains(&name) {
                self.within(name, raw, patch)?;
            } else if self.field("", (name, raw))? {
                patch.remove(name);
            }
        }
        Ok(())
    }

    /// What stands in an object that is read as if its fields stood at the top. What else stands there stays; an object
    /// with nothing left in it goes.
    fn within(&mut self, name: &str, raw: &[u8], patch: &mut Patch) -> Result<(), GatewayError> {
        if kind_of(raw) != "an object" {
            return Ok(());
        }
        let top = object(name, raw)?;
        let mut inner = Patch::new();
        let mut left = 0_usize;
        for (key, span) in top.fields() {
            if self.field(&format!("{name}."), (key, raw.get(span).unwrap_or_default()))? {
                inner.remove(key);
            } else {
                left += 1;
            }
        }
        match left {
            _ if inner.is_empty() => {}
            0 => patch.remove(name),
            _ => patch.set(name, String::from_utf8_lossy(&inner.apply(raw, &top)).into_owned()),
        }
        Ok(())
    }

    /// What a field says, and whether it is ours.
    fn field(&mut self, path: &str, (name, raw): (&str, &[u8])) -> Result<bool, GatewayError> {
        match name {
            PROVIDER => self.provider(path, raw)?,
            USAGE => return self.usage(path, raw),
            // Whether it is one of ours, its value says.
            TRACE if !matches!(raw, b"true" | b"false") => return Ok(false),
            TRACE => self.say(Field::Trace, format!("{path}{TRACE}"), raw)?,
            _ => {
                let Some(field) = Field::of_body(name) else { return Ok(false) };
                self.say(field, format!("{path}{name}"), raw)?;
            }
        }
        Ok(true)
    }

    /// A `usage` that asks for nothing of ours is the client's business.
    fn usage(&mut self, path: &str, raw: &[u8]) -> Result<bool, GatewayError> {
        let Ok(top) = TopLevel::scan(raw) else { return Ok(false) };
        let Some(span) = top.span(INCLUDE) else { return Ok(false) };
        let raw = raw.get(span).unwrap_or_default();
        if raw == b"null" {
            return Err(super::value::neither(&format!("{path}{USAGE}.{INCLUDE}")));
        }
        self.say(Field::Cost, format!("{path}{USAGE}.{INCLUDE}"), raw)?;
        Ok(true)
    }

    /// `OpenRouter`'s preferences.
    fn provider(&mut self, path: &str, raw: &[u8]) -> Result<(), GatewayError> {
        if raw == b"null" {
            return Ok(());
        }
        let at = format!("{path}{PROVIDER}");
        if kind_of(raw) != "an object" {
            let message = format!(
                "`{at}` must be an object such as {{\"order\": [\"groq\"], \"allow_fallbacks\": false}}, not {}; to \
                 call one provider only, write `\"provider\": {{\"only\": [\"…\"]}}`",
                kind_of(raw)
            );
            return Err(wrong(&at, message));
        }
        let top = object(&at, raw)?;
        for (name, span) in top.fields() {
            let raw = raw.get(span).unwrap_or_default();
            let path = format!("{at}.{name}");
            match Field::of_provider(name) {
                Some(field) => self.say(field, path, raw)?,
                None if raw == b"null" => {}
                None => {
                    promised(name, &path, raw)?;
                    if !is_harmless(name, raw) {
                        self.unheeded.push(format!("{path}: dropped, the gateway does not know it"));
                    }
                }
            }
        }
        Ok(())
    }

    fn say(&mut self, field: Field, at: String, raw: &[u8]) -> Result<(), GatewayError> {
        if raw == b"null" {
            return Ok(());
        }
        let value = serde_json::from_slice(raw)
            .map_err(|_| wrong(&at, format!("`{at}` lies too deep or holds a number that is too large")))?;
        let known = self.said.iter().position(|said| said.field == field);
        match known.and_then(|place| self.said.get(place)) {
            Some(known) if matches!(known.value, Heard::Json(_)) => return Err(twice(&known.at, &at)),
            Some(_) if !field.adds_up() => {
                self.take(field);
            }
            _ => {}
        }
        self.said.push(Said { field, at, value: Heard::Json(value), rank: 0 });
        Ok(())
    }
}

/// Whether a field of `provider` asks for what every request gets.
fn is_harmless(name: &str, raw: &[u8]) -> bool {
    match name {
        "data_collection" => raw == b"\"allow\"",
        "zdr" | "enforce_distillable_text" => raw == b"false",
        _ => false,
    }
}

/// Refuses what would be a promise about others' doings that nobody here can keep: a request that goes to a provider which
/// keeps its data is not one that a warning makes good.
fn promised(name: &str, path: &str, raw: &[u8]) -> Result<(), GatewayError> {
    let is_one = matches!(name, "data_collection" | "zdr" | "enforce_distillable_text");
    if !is_one || is_harmless(name, raw) {
        return Ok(());
    }
    let message = format!(
        "`{path}` cannot be promised: the gateway does not know what providers do with what they are sent; leave it out \
         and name providers that you trust in `provider.only`"
    );
    Err(wrong(path, message))
}

fn object(at: &str, raw: &[u8]) -> Result<TopLevel, GatewayError> {
    TopLevel::scan(raw).map_err(|error| wrong(at, format!("in `{at}`: {}", error.message)))
}

fn twice(first: &str, second: &str) -> GatewayError {
    wrong(second, format!("`{first}` and `{second}` say the same thing in two places; send one of them"))
}
