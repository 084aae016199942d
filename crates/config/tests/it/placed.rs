//! Providers whose address the environment completes.

use wye_config::{Format, Sources, from_environment, load};

use super::file;

fn env(name: &str) -> Option<String> {
    let value = match name {
        "AZURE_API_KEY" | "AWS_BEARER_TOKEN_BEDROCK" | "CLOUDFLARE_API_TOKEN" => "key",
        "AWS_REGION" => "eu-central-1",
        _ => return None,
    };
    Some(value.into())
}

const KEYS: Sources<'static> = Sources { env: &env, vault: &|_| None, file: &file, local: &[] };

#[test]
fn keys_alone_switch_on_what_has_an_address() {
    let config = from_environment(&KEYS);
    let found: Vec<(&str, &str)> =
        config.providers.iter().map(|p| (p.id.as_str(), p.base_url.as_str())).collect();
    assert_eq!(found, [("bedrock", "https://bedrock-runtime.eu-central-1.amazonaws.com")]);
}

#[test]
fn an_address_that_lacks_a_name_is_asked_for() {
    let problems = load("providers: {azure: }", Format::Yaml, &KEYS).unwrap_err();
    let texts: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        ["1:13: providers.azure: its address is not known; set AZURE_RESOURCE_NAME or write base_url"]
    );
    let text = "providers: {azure: {base_url: 'https://r.openai.azure.com/openai/v1'}}";
    let config = load(text, Format::Yaml, &KEYS).unwrap();
    assert_eq!(config.providers[0].base_url, "https://r.openai.azure.com/openai/v1");
}

#[test]
fn like_takes_over_every_quirk() {
    for known in wye_providers::PROVIDERS {
        let text = format!(
            "discover: false\nproviders: {{own: {{like: {}, base_url: 'https://own/v1', api_key: k}}}}",
            known.id
        );
        let config = load(&text, Format::Yaml, &KEYS).unwrap();
        assert_eq!(
            (&config.providers[0].quirks, config.providers[0].dialect),
            (&known.quirks, known.dialect)
        );
    }
}

/// The keys that the environment holds for a provider that is mentioned.
fn key(provider: &str, env: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    let file = |path: &str| match path {
        "/account.json" => Ok("{\"type\":\"service_account\"}\n".to_owned()),
        _ => Err(std::io::ErrorKind::NotFound.into()),
    };
    let sources = Sources { env, vault: &|_| None, file: &file, local: &[] };
    let text = format!("discover: false\nproviders: {{{provider}: {{base_url: 'https://own/v1'}}}}");
    let config = load(&text, Format::Yaml, &sources).map_err(|problems| problems[0].to_string())?;
    let secret = config.providers[0].accounts[0].secret.as_ref();
    Ok(secret.map_or_else(String::new, |secret| secret.expose().to_owned()))
}

#[test]
fn a_key_may_be_held_by_two_variables_or_a_file() {
    let pair = |name: &str| match name {
        "AWS_ACCESS_KEY_ID" => Some("AKID".to_owned()),
        "AWS_SECRET_ACCESS_KEY" => Some(" secret ".to_owned()),
        _ => None,
    };
    assert_eq!(key("bedrock", &pair).unwrap(), "AKID:secret");
    let session = |name: &str| pair(name).or_else(|| (name == "AWS_SESSION_TOKEN").then(|| "tok".to_owned()));
    assert_eq!(key("bedrock", &session).unwrap(), "AKID:secret:tok");
    let half = |name: &str| pair(name).filter(|_| name == "AWS_ACCESS_KEY_ID");
    let told = key("bedrock", &half).unwrap_err();
    assert!(
        told.contains("AWS_BEARER_TOKEN_BEDROCK or AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY"),
        "{told}"
    );
    let file = |path: &'static str| {
        move |name: &str| (name == "GOOGLE_APPLICATION_CREDENTIALS").then(|| path.to_owned())
    };
    assert!(key("vertex", &file("/account.json")).unwrap().contains("service_account"));
    let told = key("vertex", &file("/nowhere")).unwrap_err();
    assert!(told.contains("GOOGLE_APPLICATION_CREDENTIALS (a file)"), "{told}");
}

#[test]
fn what_runs_on_hardware_of_ones_own_costs_nothing_and_is_not_looked_for() {
    assert_eq!(key("vllm", &|_| None).unwrap(), "");
    for provider in ["vllm", "lmstudio", "llamacpp", "ollama"] {
        let config = load(&format!("providers: {{{provider}: }}"), Format::Yaml, &KEYS).unwrap();
        assert!(config.providers[0].local, "{provider}");
    }
    let found = wye_config::local_candidates(&KEYS);
    assert_eq!(found.iter().map(|(id, _)| *id).collect::<Vec<_>>(), ["ollama"]);
}
