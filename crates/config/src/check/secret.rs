//! Secrets and the references that lead to them. What stands in the file may use them all; an item only names what the
//! vault or one variable holds, so that nobody who may edit items can read the gateway's host through them.

use super::Check;
use crate::node::{Node, Value, join};

/// Variables that an item may not name: they hold the gateway's own secrets, addresses with passwords, and passwords of
/// other systems. Who may edit a provider could have each sent to a host of his own.
fn is_own(variable: &str) -> bool {
    let upper = variable.to_ascii_uppercase();
    let ends = ["_URL", "_URI", "_DSN", "_CONNECTION_STRING", "PASSWORD", "PASSWD", "_PASS", "PASSPHRASE"];
    upper.starts_with("WYE_") || ends.iter().any(|end| upper.ends_with(end))
}

/// The name in `${NAME}`, if the text is that and nothing more.
fn variable(text: &str) -> Option<&str> {
    let name = text.strip_prefix("${")?.strip_suffix('}')?;
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    is_name.then_some(name)
}

/// Whether a text says where a secret is, rather than being one.
pub(crate) fn is_reference(text: &str) -> bool {
    let text = text.trim();
    text.starts_with("vault:") || text.starts_with("file:") || variable(text).is_some()
}

/// A URL without the user and password before its host; `None` if it has none.
pub(crate) fn without_user(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let end = rest.find('/').unwrap_or(rest.len());
    let (_, host) = rest.get(..end)?.rsplit_once('@')?;
    Some(format!("{scheme}://***@{host}{}", rest.get(end..).unwrap_or("")))
}

/// A secret, or why there is none.
type Found = Result<String, String>;

impl Check<'_, '_> {
    /// Checks a secret and puts its value in its place. It is never shown, not even to say that it is wrong.
    pub(super) fn secret(&mut self, node: &mut Node, path: &str) {
        let Some(text) = node.text().map(str::trim) else {
            let message = "this is not a text; write the key in quotes, or where it is: vault:NAME, ${NAME} or \
                           file:/path";
            return self.refuse(node, path, message.to_owned());
        };
        let found = if let Some(name) = text.strip_prefix("vault:") {
            self.in_vault(name, node.from_env)
        } else if self.is_item(node) {
            self.of_item(text)
        } else if let Some(file) = text.strip_prefix("file:") {
            self.in_file(file, node.from_env)
        } else {
            Ok(text.to_owned())
        };
        match found {
            Err(message) => self.refuse(node, path, message),
            // It will stand in a header.
            Ok(value) if value.is_empty() || !value.chars().all(|c| c.is_ascii_graphic() || c == ' ') => {
                let what = if value.is_empty() { "is empty" } else { "has characters that no key has" };
                let message = format!("this {what}; write the key, vault:NAME, ${{NAME}} or file:/path");
                self.refuse(node, path, message);
            }
            Ok(value) => node.value = Value::Text(value),
        }
    }

    fn in_vault(&self, name: &str, hidden: bool) -> Found {
        let Some(sources) = self.sources else { return Ok(name.to_owned()) };
        let shown = if hidden { "what the environment names" } else { name };
        match (sources.vault)(name) {
            Some(secret) => Ok(secret.expose().trim().to_owned()),
            None => Err(format!("the vault holds nothing named {shown}; store it there first")),
        }
    }

    fn in_file(&self, file: &str, hidden: bool) -> Found {
        let Some(sources) = self.sources else { return Ok(file.to_owned()) };
        let shown = if hidden { "the file it names" } else { file };
        (sources.file)(file)
            .map(|content| content.trim().to_owned())
            .map_err(|error| format!("{shown} cannot be read ({}); put the key there", error.kind()))
    }

    fn of_item(&self, text: &str) -> Found {
        if text.starts_with("file:") {
            return Err(
                "only the configuration file may name files; store it in the vault and write vault:NAME"
                    .into(),
            );
        }
        let Some(name) = variable(text) else {
            return Err(
                "a secret does not stand here itself; store it in the vault and write vault:NAME".into()
            );
        };
        if is_own(name) {
            return Err(format!(
                "the variable {name} is the gateway's own or another system's; store the secret in the vault and write vault:NAME"
            ));
        }
        let Some(sources) = self.sources else { return Ok(name.to_owned()) };
        (sources.env)(name)
            .filter(|value| !value.trim().is_empty())
            .map(|value| value.trim().to_owned())
            .ok_or_else(|| format!("the environment variable {name} is not set; set it, or write vault:NAME"))
    }

    /// Replaces `vault:NAME` in what may be a credential or hold one. Says whether nothing more is to be checked.
    pub(super) fn sealed(&mut self, node: &mut Node, path: &str) -> bool {
        let Some(name) = node.text().and_then(|text| text.strip_prefix("vault:")) else {
            if self.is_item(node) && node.text().is_some_and(|text| without_user(text).is_some()) {
                let message = "a password does not stand here itself; store the whole URL in the vault and write vault:NAME";
                self.refuse(node, path, message.to_owned());
            }
            return node.is_broken();
        };
        match self.in_vault(name, node.from_env) {
            Err(message) => self.refuse(node, path, message),
            Ok(value) => {
                node.value = Value::Text(value);
                // It is not shown, just as what comes from the environment is not.
                node.from_env = true;
            }
        }
        self.sources.is_none() || node.is_broken()
    }

    /// Refuses a header of an item that is a credential by its name and stands there itself.
    pub(super) fn header(&mut self, node: &mut Node, name: &str, path: &str) {
        let name = name.to_ascii_lowercase();
        let sounds =
            ["auth", "cookie", "key", "password", "secret", "token"].iter().any(|word| name.contains(word));
        if sounds && node.text().is_some_and(|text| !text.starts_with("vault:")) {
            let message =
                "a credential does not stand here itself; store it in the vault and write vault:NAME";
            self.refuse(node, path, message.to_owned());
        }
    }

    /// Whether a text of an item has no reference in it; `$${` stands for `${` as it does in the file.
    pub(super) fn plain(&mut self, node: &mut Node, path: &str) -> bool {
        let Some(text) = node.text().filter(|text| text.contains("${")) else { return true };
        if text.replace("$${", "").contains("${") {
            let message = "the environment is read only for secrets here; write the value itself, or $${ for the two \
                           characters";
            self.refuse(node, path, message.to_owned());
            return false;
        }
        node.value = Value::Text(text.replace("$${", "${"));
        true
    }

    /// The same for every text below a node.
    pub(super) fn plain_below(&mut self, node: &mut Node, path: &str) {
        match &mut node.value {
            Value::List(items) => {
                for (at, item) in items.iter_mut().enumerate() {
                    self.plain_below(item, &format!("{path}[{at}]"));
                }
            }
            Value::Table(entries) => {
                for entry in entries {
                    self.plain_below(&mut entry.node, &join(path, &entry.key));
                }
            }
            _ => {
                self.plain(node, path);
            }
        }
    }
}
