//! The configuration while it is made: providers, routes and keys under names that are free, secrets by name only, and
//! what became of everything.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};
use wye_types::Secret;

use crate::address;
use crate::field::At;
use crate::{Fate, Finding, Kind, Unsealed};

/// The fields of a table.
pub(crate) type Body = Map<String, Json>;

/// Characters of a name at most, as the configuration has it.
const LONGEST: usize = 128;

/// A configuration in the making.
pub(crate) struct Draft {
    pub(crate) kind: Kind,
    pub(crate) findings: Vec<Finding>,
    pub(crate) providers: Vec<(String, Body)>,
    pub(crate) routes: Vec<(String, Body)>,
    pub(crate) keys: Vec<(String, Body)>,
    /// Everything else: `teams`, `defaults`, `log` and so on.
    pub(crate) sections: Body,
    pub(crate) teams: Vec<(String, Body)>,
    pub(crate) secrets: Vec<(Unsealed, Option<Secret>)>,
    pub(crate) variables: BTreeSet<String>,
    /// Variables that hold addresses.
    pub(crate) addresses: BTreeSet<String>,
    /// Variables that the registry reads for a provider, without being named.
    pub(crate) implied: BTreeSet<String>,
    /// Values that the input gives to variables itself.
    pub(crate) given: Vec<(String, String)>,
    /// What stands before the slash of a name that clients send, and so may be no provider's id.
    reserved: BTreeSet<String>,
}

impl Draft {
    pub(crate) fn new(kind: Kind) -> Self {
        Self {
            kind,
            findings: Vec::new(),
            providers: Vec::new(),
            routes: Vec::new(),
            keys: Vec::new(),
            sections: Body::new(),
            teams: Vec::new(),
            secrets: Vec::new(),
            variables: BTreeSet::new(),
            addresses: BTreeSet::new(),
            implied: BTreeSet::new(),
            given: Vec::new(),
            reserved: BTreeSet::new(),
        }
    }

    pub(crate) fn note(&mut self, fate: Fate, (path, line): (&str, usize), message: impl Into<String>) {
        let message = message.into();
        self.findings.push(Finding { fate, path: path.to_owned(), line, message });
    }

    pub(crate) fn mapped(&mut self, at: &At<'_>, message: impl Into<String>) {
        self.note(Fate::Mapped, (&at.path, at.line()), message);
    }

    pub(crate) fn changed(&mut self, at: &At<'_>, message: impl Into<String>) {
        self.note(Fate::Changed, (&at.path, at.line()), message);
    }

    pub(crate) fn impossible(&mut self, at: &At<'_>, message: impl Into<String>) {
        self.note(Fate::Impossible, (&at.path, at.line()), message);
    }

    /// Keeps the names before the slashes of what clients send from becoming providers: such a name would hide models.
    pub(crate) fn reserve<'n>(&mut self, names: impl IntoIterator<Item = &'n str>) {
        let first = |name: &str| name.split_once('/').map(|(first, _)| first.to_owned());
        self.reserved.extend(names.into_iter().filter_map(first));
    }

    /// A reference to a secret: the variable that it came from, or a name in the vault.
    pub(crate) fn secret(&mut self, at: &At<'_>, text: &str, hint: &str) -> String {
        self.secret_at((&at.path, at.line()), text, hint)
    }

    /// The same for what stands in no tree.
    pub(crate) fn secret_at(&mut self, (path, line): (&str, usize), text: &str, hint: &str) -> String {
        let text = text.trim();
        if let Some(name) = variable(text) {
            match self.given.iter().find(|(given, _)| given == name).map(|(_, value)| value.clone()) {
                Some(value) => return self.seal((path, line), &value, name),
                None => return self.variable(name),
            }
        }
        let prefix = self.kind.name().replace('-', "_");
        self.seal((path, line), text, &format!("{prefix}_{hint}"))
    }

    /// A reference to a key of several parts with colons between. `None` if some are variables and some are not.
    pub(crate) fn joined(&mut self, at: &At<'_>, parts: &[String], hint: &str) -> Option<String> {
        let names: Vec<&str> = parts.iter().filter_map(|part| variable(part.trim())).collect();
        match names.len() {
            0 => Some(self.secret(at, &parts.join(":"), hint)),
            all if all == parts.len() => {
                let references: Vec<String> = names.iter().map(|name| self.variable(name)).collect();
                Some(references.join(":"))
            }
            _ => None,
        }
    }

    fn seal(&mut self, (path, line): (&str, usize), value: &str, hint: &str) -> String {
        let same = |secret: &Option<Secret>| secret.as_ref().is_some_and(|secret| secret.expose() == value);
        if let Some((known, _)) = self.secrets.iter().find(|(_, secret)| same(secret)) {
            return format!("vault:{}", known.name);
        }
        let name = self.free_secret(hint);
        let unsealed = Unsealed { name: name.clone(), path: path.to_owned(), line, known: true };
        self.secrets.push((unsealed, Some(Secret::new(value.to_owned()))));
        format!("vault:{name}")
    }

    /// A reference to a secret that the input does not tell; `path` says whose it is.
    pub(crate) fn unknown_secret(&mut self, path: &str, hint: &str) -> String {
        let prefix = self.kind.name().replace('-', "_");
        let name = self.free_secret(&format!("{prefix}_{hint}"));
        self.secrets
            .push((Unsealed { name: name.clone(), path: path.to_owned(), line: 0, known: false }, None));
        format!("vault:{name}")
    }

    fn free_secret(&self, hint: &str) -> String {
        let word = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
        let hint: String = hint.chars().take(100).map(word).collect();
        free(&hint, '_', |name| self.secrets.iter().any(|(secret, _)| secret.name == name))
    }

    /// A reference to a variable of the environment.
    pub(crate) fn variable(&mut self, name: &str) -> String {
        self.variables.insert(name.to_owned());
        format!("${{{name}}}")
    }

    /// An address, with references to variables in our words.
    pub(crate) fn address(&mut self, text: &str) -> String {
        let query = text.trim().split_once('?').map_or("", |(_, query)| query);
        if query.split('&').any(|pair| !pair.is_empty() && !pair.starts_with("api-version=")) {
            let message = "what stands in an address behind the ? is left out, because it may be a key; write base_url with \
                           it if it is none";
            let whose = address::id_of(text.trim()).unwrap_or_default();
            self.note(Fate::Changed, (&whose, 0), message);
        }
        match variable(text.trim()) {
            None => plain(text.trim()),
            Some(name) => match self.given.iter().find(|(given, _)| given == name) {
                Some((_, value)) => plain(value.trim()),
                None => {
                    self.addresses.insert(name.to_owned());
                    self.variable(name)
                }
            },
        }
    }

    /// A text that is no secret, with references to variables in our words.
    pub(crate) fn words(&mut self, text: &str) -> String {
        match variable(text.trim()) {
            None => plain(text),
            Some(name) => match self.given.iter().find(|(given, _)| given == name) {
                Some((_, value)) => plain(value),
                None => self.variable(name),
            },
        }
    }

    /// Adds a provider under a name like the wanted one. Returns its id.
    pub(crate) fn new_provider(&mut self, wanted: &str, body: Body) -> String {
        let word = |c: char| if c.is_control() || c == '/' || c.is_whitespace() { '-' } else { c };
        let mut wanted: String = wanted.trim().chars().take(LONGEST - 8).map(word).collect();
        if wanted.is_empty() {
            "provider".clone_into(&mut wanted);
        }
        if self.reserved.contains(&wanted) {
            wanted.push_str("-api");
        }
        let id = free(&wanted, '-', |id| {
            self.reserved.contains(id) || self.providers.iter().any(|(known, _)| known == id)
        });
        self.providers.push((id.clone(), body));
        id
    }

    /// Whether a route may be called so, and what is wrong if not.
    pub(crate) fn route_name(&self, name: &str) -> Result<(), String> {
        if !is_name(name) {
            return Err("a name has at most 128 characters in one line; it is not served".to_owned());
        }
        match name.split_once('/') {
            Some((first, _)) if self.providers.iter().any(|(id, _)| id == first) => Err(format!(
                "{first} is a provider, and its models are called {first}/model; it is not served"
            )),
            _ => Ok(()),
        }
    }

    /// Adds a client key. Names that are taken get a number.
    pub(crate) fn key(&mut self, wanted: &str, body: Body) -> String {
        let word = |c: char| if c.is_control() { '-' } else { c };
        let mut wanted: String = wanted.trim().chars().take(LONGEST - 8).map(word).collect();
        if wanted.is_empty() {
            "key".clone_into(&mut wanted);
        }
        let name = free(&wanted, '-', |name| self.keys.iter().any(|(known, _)| known == name));
        self.keys.push((name.clone(), body));
        name
    }

    /// Sets a value below a section, as in `defaults.retry.rounds`.
    pub(crate) fn set(&mut self, path: &[&str], value: impl Into<Json>) {
        let mut body = &mut self.sections;
        let Some((last, above)) = path.split_last() else { return };
        for name in above {
            let entry = body.entry(*name).or_insert_with(|| Json::Object(Body::new()));
            let Json::Object(below) = entry else { return };
            body = below;
        }
        body.insert((*last).to_owned(), value.into());
    }
}

/// The first of `name`, `name-2`, `name-3` … that is not taken.
fn free(name: &str, between: char, taken: impl Fn(&str) -> bool) -> String {
    if !taken(name) {
        return name.to_owned();
    }
    let numbered = (2..u32::MAX).map(|number| format!("{name}{between}{number}"));
    numbered.into_iter().find(|name| !taken(name)).unwrap_or_default()
}

/// Whether a text can name something in the configuration.
pub(crate) fn is_name(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= LONGEST && !text.chars().any(char::is_control)
}

/// The variable that a text names, in LiteLLM's, Bifrost's or our words.
pub(crate) fn variable(text: &str) -> Option<&str> {
    let name = text
        .strip_prefix("os.environ/")
        .or_else(|| text.strip_prefix("env."))
        .or_else(|| text.strip_prefix("${")?.strip_suffix('}'))?;
    let name = name.split_once(":-").map_or(name, |(name, _)| name);
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    (!name.is_empty() && name.chars().all(fits)).then_some(name)
}

/// A text that means itself: no variable is read for it.
pub(crate) fn plain(text: &str) -> String {
    text.replace("${", "$${")
}

/// The same for every text in a value.
pub(crate) fn plain_json(value: Json) -> Json {
    match value {
        Json::String(text) => Json::String(plain(&text)),
        Json::Array(items) => items.into_iter().map(plain_json).collect(),
        Json::Object(fields) => fields.into_iter().map(|(key, value)| (key, plain_json(value))).collect(),
        other => other,
    }
}

/// Whether a header or field is a credential by its name.
pub(crate) fn sounds_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["auth", "cookie", "key", "password", "secret", "token"].iter().any(|word| name.contains(word))
        && !["max_tokens", "max_completion_tokens", "max_output_tokens", "prompt_cache_key"]
            .contains(&name.as_str())
}
