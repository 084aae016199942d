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
