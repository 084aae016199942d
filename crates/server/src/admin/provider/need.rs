//! What a person must say to add a provider: a key, and what stands open in its address.

use serde::Serialize;
use utoipa::ToSchema;
use wye_providers::provider::unplaced;
use wye_providers::{Auth, Provider};

/// Something that a person must say of a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct NeedView {
    /// `api_key`, `base_url`, `dialect`, or a name of what is to be filled into the address: `aws_region`.
    name: String,
    /// What it is called, for people.
    label: String,
    /// What to write, for people; empty: the label says all.
    hint: &'static str,
    /// Whether it is a secret: it belongs into the vault.
    secret: bool,
    /// Whether the provider can be used without it: its key may be in the environment as well.
    required: bool,
    /// What it takes the place of in `base_url`; `null`: it is no part of the address.
    placeholder: Option<String>,
}

impl NeedView {
    /// What it takes the place of in the address, and its name.
    pub(crate) fn placed(&self) -> Option<(&str, &str)> {
        Some((self.placeholder.as_deref()?, &self.name))
    }
}

/// What a provider of a row of the registry needs; without one: everything.
pub(crate) fn needs(row: Option<&Provider>) -> Vec<NeedView> {
    let need = |name: &str, label: &str, required| NeedView {
        name: name.to_owned(),
        label: label.to_owned(),
        hint: "",
        secret: name == "api_key",
        required,
        placeholder: None,
    };
    let Some(row) = row else {
        return vec![need("dialect", "Dialect", true), need("base_url", "Address", true), key(None)];
    };
    let mut all = Vec::new();
    if row.local {
        all.push(need("base_url", "Address", false));
    } else if row.auth != Auth::None && !row.key_env.is_empty() {
        all.push(key(Some(row.auth)));
    }
    let mut rest = row.base_url;
    while let Some(names) = unplaced(rest) {
        let placeholder = format!("{{{names}}}");
        let name = names.split('|').next().unwrap_or(names);
        let mut open = need(&name.to_ascii_lowercase(), &label(name), true);
        rest = rest.split_once(placeholder.as_str()).map_or("", |(_, rest)| rest);
        open.placeholder = Some(placeholder);
        all.push(open);
    }
    all
}

fn key(auth: Option<Auth>) -> NeedView {
    let hint = match auth {
        Some(Auth::Aws(_)) => {
            "ID:SECRET or ID:SECRET:SESSION_TOKEN, behind it @REGION if the address names none; or an API key"
        }
        Some(Auth::Google) => "the JSON of a service account, or an API key",
        _ => "",
    };
    NeedView {
        name: "api_key".to_owned(),
        label: "API key".to_owned(),
        hint,
        secret: true,
        required: auth.is_some(),
        placeholder: None,
    }
}

/// The name of a variable in words: `AWS_REGION` is `AWS region`.
fn label(name: &str) -> String {
    let word = |(at, word): (usize, &str)| {
        let short = word.len() <= 3;
        match (at, short) {
            (_, true) => word.to_owned(),
            (0, false) => {
                let (first, rest) = word.split_at(word.len().min(1));
                format!("{first}{}", rest.to_ascii_lowercase())
            }
            _ => word.to_ascii_lowercase(),
        }
    };
    name.split('_').enumerate().map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use wye_providers::PROVIDERS;

    use super::*;

    #[test]
    fn what_stands_open_in_an_address_is_asked_for() {
        let mut open = 0;
        for row in PROVIDERS {
            let needs = needs(Some(row));
            let mut address = row.base_url.to_owned();
            for (placeholder, _) in needs.iter().filter_map(NeedView::placed) {
                address = address.replace(placeholder, "x");
                open += 1;
            }
            assert_eq!(unplaced(&address), None, "{}", row.id);
            let wants_key = !row.local && row.auth != Auth::None && !row.key_env.is_empty();
            assert_eq!(needs.iter().any(|need| need.secret), wants_key, "{}", row.id);
        }
        assert!(open >= 6, "{open}");
        assert_eq!(label("AWS_REGION"), "AWS region");
        assert_eq!(label("AZURE_RESOURCE_NAME"), "Azure resource name");
    }
}
