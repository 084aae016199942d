//! Where a provider of the old gateway lives, in the words of our configuration: a row of the registry where it is one,
//! else a dialect and an address.

use serde_json::{Map, Value as Json};
use wye_providers::{PROVIDERS, Provider};
use wye_types::DialectId;

use crate::vendor;

/// Ends of addresses that name a call and not a place.
const CALLS: [&str; 4] = ["/chat/completions", "/completions", "/messages", "/responses"];
/// Paths by which vendors are reached in OpenAI's dialect or their own, beside that of their row.
const SAME: [&str; 7] =
    ["", "/v1", "/v2", "/v1beta", "/v1beta/openai", "/compatibility/v1", "/compatible-mode/v1"];

/// A provider's place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Home {
    /// `like`, `dialect` and `base_url`, as far as they have to be said.
    pub(crate) body: Map<String, Json>,
    /// Its row.
    pub(crate) row: Option<&'static Provider>,
}

/// What is asked of a place.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Asked<'a> {
    /// What the other gateway calls the vendor, if that says where it is.
    pub(crate) name: Option<&'a str>,
    /// The address that it is asked at.
    pub(crate) base_url: Option<&'a str>,
    /// The dialect that it is asked in; OpenAI's chat if nothing is said and no row is known.
    pub(crate) dialect: Option<DialectId>,
}

/// Finds the place. `None` if neither name nor address lead anywhere.
pub(crate) fn home(asked: Asked<'_>) -> Option<Home> {
    let given = asked.base_url.map(clean).filter(|url| !url.is_empty());
    let named = asked.name.and_then(vendor::row);
    let Some(url) = given else {
        if let Some(row) = named {
            return Some(of_row(row));
        }
        let address = asked.name.and_then(vendor::named)?.address;
        return (!address.is_empty()).then(|| own(asked.dialect, address));
    };
    if let Some(row) = of_address(&url) {
        return Some(of_row(row));
    }
    let speaks = |row: &&'static Provider| {
        asked.dialect.is_none_or(|d| row.dialect == d || row.also.iter().any(|also| also.dialect == d))
    };
    match named.filter(speaks) {
        Some(row) => {
            let mut home = of_row(row);
            if asked.dialect.is_some_and(|d| d != row.dialect) {
                home.body.extend(asked.dialect.map(|d| ("dialect".to_owned(), d.name().into())));
            }
            home.body.insert("base_url".to_owned(), url.into());
            Some(home)
        }
        None => Some(own(asked.dialect, &url)),
    }
}

fn of_row(row: &'static Provider) -> Home {
    Home { body: Map::from_iter([("like".to_owned(), row.id.into())]), row: Some(row) }
}

fn own(dialect: Option<DialectId>, url: &str) -> Home {
    let dialect = dialect.unwrap_or(DialectId::OpenAiChat).name();
    let body = Map::from_iter([("dialect".to_owned(), dialect.into()), ("base_url".to_owned(), url.into())]);
    Home { body, row: None }
}

/// The row of a vendor's own address.
fn of_address(url: &str) -> Option<&'static Provider> {
    // What runs on somebody's own machine is not known by its port.
    let vendors = || PROVIDERS.iter().filter(|row| !row.local && !row.own);
    if let Some(row) = vendors().find(|row| row.base_url == url) {
        return Some(row);
    }
    let (origin, path) = split(url)?;
    let mut rows = vendors()
        .filter(|row| split(row.base_url).is_some_and(|(own, _)| own == origin) && SAME.contains(&path));
    match (rows.next(), rows.next()) {
        (Some(row), None) => Some(row),
        // Several rows share the host, and nothing says which is meant.
        _ => None,
    }
}

/// Origin and path of an address.
fn split(url: &str) -> Option<(&str, &str)> {
    let host = url.find("://")? + 3;
    let end = url.get(host..)?.find('/').map_or(url.len(), |at| host + at);
    Some(url.split_at(end))
}

/// An address without the call that some write behind it. Of a query only the version is kept: the rest may be a key.
pub(crate) fn clean(url: &str) -> String {
    let (path, query) = url.trim().split_once('?').unwrap_or((url.trim(), ""));
    let mut path = path.trim_end_matches('/');
    for call in CALLS {
        path = path.strip_suffix(call).unwrap_or(path).trim_end_matches('/');
    }
    let version = query.split('&').find(|pair| pair.starts_with("api-version="));
    version.map_or_else(|| path.to_owned(), |version| format!("{path}?{version}"))
}

/// The address of a resource on Azure: with a version the deployment stands in the path, without in the body.
pub(crate) fn azure(endpoint: &str, version: Option<&str>) -> String {
    let endpoint = endpoint.trim().trim_end_matches('/');
    let endpoint = endpoint.split("/openai").next().unwrap_or(endpoint).trim_end_matches('/');
    match version.map(str::trim).filter(|v| !v.is_empty() && !["v1", "preview", "latest"].contains(v)) {
        Some(version) => format!("{endpoint}/openai/deployments/{{model}}?api-version={version}"),
        None => format!("{endpoint}/openai/v1"),
    }
}

/// The address of a region of Amazon's.
pub(crate) fn bedrock(region: &str) -> String {
    format!("https://bedrock-runtime.{region}.amazonaws.com")
}

/// The address of a project and its place in Google's cloud.
pub(crate) fn vertex(project: &str, place: &str) -> String {
    let host = if place == "global" { "aiplatform".to_owned() } else { format!("{place}-aiplatform") };
    format!("https://{host}.googleapis.com/v1/projects/{project}/locations/{place}/publishers/google")
}

/// A provider's id from an address: the part of the host that says whose it is. `None` if nothing does.
pub(crate) fn id_of(url: &str) -> Option<String> {
    let (origin, _) = split(url)?;
    let host = origin.split_once("://")?.1.rsplit_once('@').map_or(origin.split_once("://")?.1, |(_, h)| h);
    let name = host.split(':').next()?;
    if name.contains('$') || name.starts_with('[') || name.split('.').all(|part| part.parse::<u8>().is_ok()) {
        return None;
    }
    let label = name.split('.').find(|part| !["api", "www", "llm"].contains(part))?;
    (label != "localhost" && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'))
        .then(|| label.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(name: &str, base_url: &str) -> String {
        let some = |text: &'static str| (!text.is_empty()).then_some(text);
        let (name, base_url) = (name.to_owned().leak(), base_url.to_owned().leak());
        let home = home(Asked { name: some(name), base_url: some(base_url), dialect: None });
        home.map_or_else(String::new, |home| Json::Object(home.body).to_string())
    }

    #[test]
    fn vendors_are_known_by_name_or_address() {
        for (name, url) in [
            ("openai", ""),
            ("", "https://api.openai.com/v1/"),
            ("", "https://api.openai.com/v1/chat/completions"),
            ("", "https://api.openai.com"),
        ] {
            assert_eq!(said(name, url), r#"{"like":"openai"}"#, "{name} {url}");
        }
        assert_eq!(said("together_ai", ""), r#"{"like":"together"}"#);
        assert_eq!(
            said("hosted_vllm", "http://gpu:8000/v1"),
            r#"{"like":"vllm","base_url":"http://gpu:8000/v1"}"#
        );
        assert_eq!(
            said("google", "https://generativelanguage.googleapis.com/v1beta/openai/"),
            r#"{"like":"gemini"}"#
        );
        assert_eq!(
            said("anthropic", "http://proxy:1"),
            r#"{"like":"anthropic","base_url":"http://proxy:1"}"#
        );
        assert_eq!(
            said("", "https://llm.corp/v1/chat/completions?key=hush"),
            r#"{"dialect":"openai_chat","base_url":"https://llm.corp/v1"}"#
        );
        assert_eq!(said("nobody", ""), "");
    }

    #[test]
    fn azure_has_two_addresses() {
        let old = "https://r.openai.azure.com/openai/deployments/{model}?api-version=2024-10-21";
        assert_eq!(azure("https://r.openai.azure.com/", Some("2024-10-21")), old);
        assert_eq!(azure("https://r.openai.azure.com/openai/", None), "https://r.openai.azure.com/openai/v1");
    }

    #[test]
    fn ids_come_from_hosts_that_say_something() {
        assert_eq!(id_of("https://llm.corp.example/v1").as_deref(), Some("corp"));
        assert_eq!(id_of("http://vllm:8000/v1").as_deref(), Some("vllm"));
        for url in ["http://127.0.0.1:1/v1", "http://localhost:1/v1", "${BASE}/v1", "http://[::1]:1"] {
            assert_eq!(id_of(url), None, "{url}");
        }
    }
}
