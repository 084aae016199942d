//! That every row is whole, and that nobody else names a provider.

use wye_providers::provider::unplaced;
use wye_providers::{Auth, PROVIDERS, find, find_by_any};

#[test]
fn the_slice_holds_every_file_of_the_folder_in_order() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/provider");
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|f| f.unwrap().path().file_stem().unwrap().to_string_lossy().replace('_', "-"))
        .collect();
    files.sort();
    let ids: Vec<&str> = PROVIDERS.iter().map(|p| p.id).collect();
    assert_eq!(ids, files);
}

#[test]
fn no_provider_is_named_outside_its_file() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for file in [
        "lib.rs",
        "endpoint.rs",
        "header.rs",
        "limits.rs",
        "limits/window.rs",
        "limits/wait.rs",
        "quirk.rs",
        "quirk/edit.rs",
        "quirk/rule.rs",
    ] {
        let text = std::fs::read_to_string(root.join(file)).unwrap();
        let product = text.split("#[cfg(test)]").next().unwrap();
        for provider in PROVIDERS {
            let quoted = format!("\"{}\"", provider.id);
            assert!(!product.contains(&quoted), "{file} names {quoted}");
        }
    }
}

#[test]
fn rows_are_complete() {
    for p in PROVIDERS {
        assert!(!p.id.contains('/') && !p.id.is_empty());
        assert!(p.base_url.starts_with("http") && !p.base_url.ends_with('/'), "{}", p.id);
        assert!(p.docs.starts_with("https://"), "{}", p.id);
        assert!(p.title != p.id, "{} has no title", p.id);
        assert!(p.key_url.is_none_or(|url| url.starts_with("https://") && !p.key_env.is_empty()), "{}", p.id);
        assert!(p.own || !p.local, "{}: what is found here runs here", p.id);
        let keyless = p.local || p.auth == Auth::None;
        assert!(keyless == p.key_env.is_empty(), "{}: a key variable unless it needs no key", p.id);
        assert_eq!(find(p.id), Some(*p));
    }
    assert_eq!(find("nobody"), None);
}

#[test]
fn no_name_is_of_two() {
    let mut names: Vec<&str> =
        PROVIDERS.iter().flat_map(|p| p.aliases.iter().copied().chain([p.id])).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
    // A key is of one place: found in the environment, it must not switch on two.
    let mut places: Vec<&str> = PROVIDERS.iter().flat_map(|p| p.key_env.iter().copied()).collect();
    let count = places.len();
    places.sort_unstable();
    places.dedup();
    assert_eq!(places.len(), count);
    assert_eq!(find_by_any("google").map(|p| p.id), Some("gemini"));
    assert_eq!(find_by_any("groq").map(|p| p.id), Some("groq"));
    assert_eq!(find_by_any("nobody"), None);
}

#[test]
fn addresses_take_names_from_the_environment() {
    let env = |name: &str| match name {
        "AWS_DEFAULT_REGION" => Some("eu-west-1".to_owned()),
        "AZURE_RESOURCE_NAME" => Some("evil/path".to_owned()),
        _ => None,
    };
    let placed = |id: &str| find(id).unwrap().placed(&env);
    assert_eq!(placed("bedrock").unwrap(), "https://bedrock-runtime.eu-west-1.amazonaws.com");
    assert_eq!(placed("groq").unwrap(), find("groq").unwrap().base_url);
    assert_eq!(placed("cloudflare"), Err("CLOUDFLARE_ACCOUNT_ID"));
    assert_eq!(placed("azure"), Err("AZURE_RESOURCE_NAME"), "what leads elsewhere is not taken");
    assert_eq!(unplaced(find("azure").unwrap().base_url), Some("AZURE_RESOURCE_NAME"));
    assert_eq!(unplaced("https://a/deployments/{model}"), None);
}

#[test]
fn addresses_from_the_environment_are_completed() {
    let ollama = find("ollama").unwrap();
    for (given, read) in [
        ("0.0.0.0", "http://127.0.0.1:11434/v1"),
        ("0.0.0.0:8000", "http://127.0.0.1:8000/v1"),
        ("[::]:8000", "http://127.0.0.1:8000/v1"),
        ("gpu-box", "http://gpu-box:11434/v1"),
        ("https://gpu-box/", "https://gpu-box/v1"),
        ("http://gpu-box:81/ollama/v1/", "http://gpu-box:81/ollama/v1"),
    ] {
        assert_eq!(ollama.base_url_from(given), read, "{given}");
    }
    assert_eq!(find("openai").unwrap().base_url_from("http://proxy/v1"), "http://proxy/v1");
}
