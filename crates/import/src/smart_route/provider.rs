//! SmartRoute's providers, of which a model may have a copy of its own with its own defaults.

use serde_json::Value as Json;
use wye_types::DialectId;

use crate::address::{self, Asked};
use crate::draft::{Body, Draft, plain, plain_json, sounds_secret};
use crate::field::{At, Fields};
use crate::vendor;

/// The providers and what is said of single models.
#[derive(Default)]
pub(super) struct Providers<'t> {
    /// Name and body, with the address and the key.
    known: Vec<(String, Body)>,
    /// Models that the upstream does not serve itself.
    map: Vec<(String, String)>,
    params: Body,
    of_model: Vec<(&'t str, Body)>,
    /// What was made of them: name, body, id.
    made: Vec<(String, Body, String)>,
}

impl<'t> Providers<'t> {
    /// Reads `providers` and `params`.
    pub(super) fn read(fields: &mut Fields<'t>, draft: &mut Draft) -> Self {
        let mut providers = Self::default();
        if let Some(at) = fields.take("params") {
            let mut fields = Fields::of(&at, draft);
            if let Some(at) = fields.take("global_params") {
                providers.params = params(&at, draft);
                if !providers.params.is_empty() {
                    draft.mapped(&at, "default_params of every provider");
                }
            }
            for (model, at) in fields.take("model_params").map(|at| at.entries()).unwrap_or_default() {
                draft.mapped(&at, format!("default_params of a provider that serves {model}"));
                providers.of_model.push((model, params(&at, draft)));
            }
            fields.finish(draft);
        }
        let Some(at) = fields.take("providers") else { return providers };
        let mut fields = Fields::of(&at, draft);
        if let Some(at) = fields.take("upstream") {
            providers.one("upstream", &at, draft);
        }
        for (name, at) in fields.take("custom").map(|at| at.entries()).unwrap_or_default() {
            providers.one(name, &at, draft);
        }
        for (model, at) in fields.take("map").map(|at| at.entries()).unwrap_or_default() {
            providers.map.extend(at.text().map(|provider| (model.to_owned(), provider.to_owned())));
        }
        let why = "images are not described for models that cannot see";
        fields.refuse(
            &["image_description", "image_description_prompt", "image_description_cache_ttl"],
            why,
            draft,
        );
        fields.finish(draft);
        providers
    }

    fn one(&mut self, name: &str, at: &At<'_>, draft: &mut Draft) {
        let mut fields = Fields::of(at, draft);
        let base_url = fields.text("base_url", draft).map(|(_, url)| draft.address(url));
        let key = fields.text("api_key", draft);
        let protocol = fields.text("protocol", draft);
        let verify = fields.flag("verify_ssl", draft);
        if at.path == "router" {
            for known in ["enabled", "model", "prompt_template"] {
                fields.take(known);
            }
        }
        fields.finish(draft);
        let dialect = match protocol.as_ref().map(|(_, protocol)| *protocol) {
            None | Some(vendor::OPENAI) => None,
            Some("v1-messages") => Some(DialectId::AnthropicMessages),
            Some("v1-response") => Some(DialectId::OpenAiResponses),
            Some(_) => {
                if let Some((at, _)) = &protocol {
                    draft.impossible(at, "no protocol is called so; OpenAI's chat API is taken");
                }
                None
            }
        };
        let base_url = base_url.unwrap_or_else(|| "https://api.openai.com/v1".to_owned());
        let Some(home) = address::home(Asked { name: None, base_url: Some(&base_url), dialect }) else {
            return;
        };
        let mut body = home.body;
        if home.row.is_none() && dialect == Some(DialectId::AnthropicMessages) {
            // It sent every key as a bearer token.
            body.insert("auth".to_owned(), "bearer".into());
        }
        match key {
            Some((at, key)) => {
                let reference = draft.secret(&at, key, &format!("{name}_key"));
                body.insert("api_key".to_owned(), reference.into());
            }
            None => {
                body.insert("auth".to_owned(), "none".into());
            }
        }
        if let Some((at, false)) = verify {
            body.insert("tls_verify".to_owned(), false.into());
            draft.changed(
                &at,
                "tls_verify: false, which is for test servers; SmartRoute checked no certificate at all",
            );
        }
        self.known.push((name.to_owned(), body));
    }

    /// Who judged: a model of the upstream, unless an address or a key of its own is written.
    pub(super) fn judge(&mut self, at: &At<'t>, draft: &mut Draft) -> Option<String> {
        let said =
            |key: &str| at.get(key).and_then(|at| at.text()).is_some_and(|text| !text.trim().is_empty());
        let model = at.get("model").and_then(|at| at.text()).unwrap_or("gpt-3.5-turbo");
        let mut name = "upstream";
        if said("base_url") || said("api_key") {
            name = if self.has("judge") { "router-judge" } else { "judge" };
            self.one(name, at, draft);
            let upstream =
                self.known.iter().find(|(known, _)| known == "upstream").map(|(_, body)| body.clone());
            let made = self.known.iter_mut().rev().find(|(known, _)| known == name);
            if let Some(((_, body), upstream)) = made.zip(upstream) {
                // What is blank was the upstream's.
                let lacking: &[&str] = match (said("base_url"), said("api_key")) {
                    (true, true) => &[],
                    (true, false) => &["api_key", "auth"],
                    (false, _) => &["like", "dialect", "base_url", "tls_verify"],
                };
                for key in lacking {
                    body.shift_remove(*key);
                    body.extend(upstream.get(*key).map(|value| ((*key).to_owned(), value.clone())));
                }
            }
        }
        let id = self.id(name, model, at, draft)?;
        Some(plain(&format!("{id}/{model}")))
    }

    /// Whether a provider has this name.
    pub(super) fn has(&self, name: &str) -> bool {
        name == "upstream" || self.known.iter().any(|(known, _)| known == name)
    }

    /// The id of the provider that serves a model.
    pub(super) fn id(
        &mut self,
        provider: &str,
        model: &str,
        at: &At<'_>,
        draft: &mut Draft,
    ) -> Option<String> {
        let mut name = provider;
        if name == "upstream" {
            let mapped = self.map.iter().find(|(of, to)| of == model && self.has(to));
            name = mapped.map_or(name, |(_, to)| to.as_str());
        } else if !self.has(name) {
            draft.changed(at, format!("there is no provider {name}; as before, the upstream is asked"));
            name = "upstream";
        }
        let Some((name, body)) = self.known.iter().find(|(known, _)| known == name).cloned() else {
            draft.impossible(at, "there is no provider that could be called");
            return None;
        };
        let mut body = body;
        let mut defaults = self.params.clone();
        let own = self.of_model.iter().find(|(of, _)| *of == model);
        defaults.extend(own.map(|(_, params)| params.clone()).unwrap_or_default());
        if !defaults.is_empty() {
            body.insert("default_params".to_owned(), Json::Object(defaults));
        }
        if let Some((.., id)) = self.made.iter().find(|(of, old, _)| *of == name && *old == body) {
            return Some(id.clone());
        }
        let id = draft.new_provider(&name, body.clone());
        self.made.push((name, body, id.clone()));
        Some(id)
    }
}

/// Fields for the body. Those that are credentials by their names are no such.
fn params(at: &At<'_>, draft: &mut Draft) -> Body {
    let mut params = Body::new();
    for (name, at) in at.entries() {
        if sounds_secret(name) {
            draft.impossible(&at, "a credential does not belong into the body");
        } else {
            params.insert(name.to_owned(), plain_json(at.json()));
        }
    }
    params
}
