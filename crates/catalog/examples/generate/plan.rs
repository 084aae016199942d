//! Which providers there are, in which order, and what the registries call them: `providers.tsv`, and after it whatever
//! else models.dev lists.

use serde_json::Value;
use wye_catalog::ProviderRow;

/// Words in the names of providers that sell subscriptions: their rows cost nothing a token, which is not free.
const SUBSCRIPTIONS: &[&str] =
    &["-plan", "copilot", "-for-coding", "cline-pass", "gitlab", "chatgpt", "-pass"];

/// A provider.
pub(crate) struct Provider {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) dev: Vec<String>,
    pub(crate) genai: Vec<String>,
    /// LiteLLM's provider, and the prefix of its keys.
    pub(crate) litellm: Vec<(String, String)>,
    /// Whether it makes the models that it serves.
    pub(crate) maker: bool,
    aliases: String,
}

impl Provider {
    /// As the catalogue names it.
    pub(crate) fn row(&self) -> ProviderRow<'_> {
        ProviderRow { id: &self.id, name: &self.name, aliases: &self.aliases }
    }
}

/// Who a name in a path means: `x-ai` in `x-ai/grok-4`.
pub(crate) fn meant<'p>(plan: &'p [Provider], name: &'p str) -> &'p str {
    plan.iter()
        .find(|one| one.id == name || one.aliases.split(',').any(|alias| alias == name))
        .map_or(name, |one| &one.id)
}

/// Reads the table.
pub(crate) fn read(table: &str, dev: &Value) -> Result<Vec<Provider>, String> {
    let known = dev["providers"].as_object().ok_or("models.dev: no providers")?;
    let mut plan = Vec::new();
    let mut maker = true;
    for line in table.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
        if line == "--" {
            maker = false;
            continue;
        }
        let columns: Vec<&str> = line.split('\t').collect();
        let [id, dev, genai, litellm, others] = columns[..] else {
            return Err(format!("providers.tsv: five columns, please: {line}"));
        };
        let list = |text: &str| -> Vec<String> {
            text.split(',').filter(|word| !word.is_empty() && *word != "-").map(str::to_owned).collect()
        };
        let (common, prefix) = litellm.split_once('=').unwrap_or((litellm, ""));
        let litellm: Vec<(String, String)> = list(common)
            .into_iter()
            .map(|name| (name.clone(), if prefix.is_empty() { name } else { prefix.to_owned() }))
            .collect();
        let (dev, genai) = (list(dev), list(genai));
        let name = dev.first().and_then(|first| known.get(first)?["name"].as_str()).unwrap_or(id);
        let mut aliases: Vec<String> = dev.iter().chain(&genai).cloned().collect();
        aliases.extend(litellm.iter().map(|(name, _)| name.clone()));
        aliases.extend(list(others));
        aliases.sort();
        aliases.dedup();
        aliases.retain(|alias| alias != id);
        let aliases = aliases.join(",");
        plan.push(Provider { id: id.to_owned(), name: name.to_owned(), dev, genai, litellm, maker, aliases });
    }
    let mut rest: Vec<(&String, &Value)> = known
        .iter()
        .filter(|(id, _)| !plan.iter().any(|one| one.dev.contains(id)))
        .filter(|(id, _)| !SUBSCRIPTIONS.iter().any(|word| id.contains(word)))
        .collect();
    rest.sort_by_key(|(id, _)| *id);
    for (id, value) in rest {
        plan.push(Provider {
            id: id.clone(),
            name: value["name"].as_str().unwrap_or(id).to_owned(),
            dev: vec![id.clone()],
            genai: Vec::new(),
            litellm: Vec::new(),
            maker: false,
            aliases: String::new(),
        });
    }
    Ok(plan)
}
