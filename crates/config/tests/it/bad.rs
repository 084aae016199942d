//! Everything wrong with a file is reported, each with its place and what to write.

use wye_config::{Format, load};

use super::{BARE, SOURCES};

fn problems(text: &str, format: Format) -> Vec<String> {
    load(text, format, &SOURCES).unwrap_err().iter().map(ToString::to_string).collect()
}

/// Each expected text begins a problem (up to `…`) and the rest is contained in it.
pub(crate) fn expect(text: &str, format: Format, expected: &[&str]) {
    let found = problems(text, format);
    let fits = found.len() == expected.len()
        && found.iter().zip(expected).all(|(found, expected)| {
            let (start, rest) = expected.split_once('…').unwrap_or((expected, ""));
            found.starts_with(start) && found.contains(rest)
        });
    assert!(fits, "for {text}\nexpected {expected:#?}\nfound {found:#?}");
}

#[test]
fn many_problems_at_once() {
    let text = r#"
listen: nowhere
body_limit: 0
recods_queue: 5
keys:
  - { name: a, key: same }
  - { name: a, key: same }
  - { name: b }
providers:
  grok: { api_key: x }
  mistral:
  a/b: { dialect: openai_chat, base_url: http://x }
  corp: { dialect: openai, base_url: llm.corp, api_key: "${UNSET}", tls_verify: 1 }
  both: { like: groq, api_key: a, api_keys: [b] }
  filed: { like: groq, api_key: "file:/nowhere" }
routes:
  chat:
    strategy: lerned
    targets: [groq/m, opnai/m, chta, corp/big, openai/m]
    retry: { statuses: [200], rounds: 0, backoff: 5 }
    timeouts: { idle: 0s }
  groq/fast: { targets: [groq/m] }
  none: {}
  loop: { targets: [pool] }
  pool: { targets: [groq/m, { route: loop }, { deployment: groq/m, route: chat }] }
"#;
    expect(
        text,
        Format::Yaml,
        &[
            "2:9: listen: found \"nowhere\"; write an address",
            "3:13: body_limit: found 0; write a size such as 64MiB",
            "4:1: recods_queue: there is no such key; did you mean records_queue?…Known here: listen",
            "7:5: keys[1]: another key is named a",
            "7:5: keys[1]: this is the same key as a",
            "8:5: keys[2]: the key itself is missing",
            "10:3: providers.grok: no known provider has this id, so it needs dialect…did you mean groq?",
            "11:3: providers.mistral: it has no key; write api_key, or set MISTRAL_API_KEY",
            "12:3: providers.a/b: a provider's id is neither empty nor has a slash",
            "13:20: providers.corp.dialect: found \"openai\"; write one of openai_chat…did you mean openai_chat",
            "13:38: providers.corp.base_url: found \"llm.corp\"; write a URL that begins with http:// or https://",
            "13:57: providers.corp.api_key: the environment variable UNSET is not set",
            "13:81: providers.corp.tls_verify: found 1; write true or false",
            "14:45: providers.both.api_keys: api_key stands there too",
            "15:33: providers.filed.api_key: /nowhere cannot be read",
            "18:15: routes.chat.strategy: found \"lerned\"; write one of ordered, weighted…did you mean learned?",
            "19:23: routes.chat.targets[1]: there is no provider opnai; did you mean openai",
            "19:32: routes.chat.targets[2]: no route is named chta;…did you mean chat?",
            "19:48: routes.chat.targets[4]: the provider openai is not switched on; set OPENAI_API_KEY",
            "20:25: routes.chat.retry.statuses[0]: found 200; write a whole number from 400 to 599",
            "20:39: routes.chat.retry.rounds: found 0; write a whole number from 1 to 10",
            "20:51: routes.chat.retry.backoff: found 5; write a duration",
            "21:23: routes.chat.timeouts.idle: found \"0s\"; write a duration…longer than 0",
            "22:3: routes.groq/fast: groq is a provider, so this name would hide its model",
            "23:3: routes.none: it has no targets",
            "25:29: routes.pool.targets[1]: routes go in a circle: loop -> pool -> loop",
            "25:46: routes.pool.targets[2]: write either deployment",
        ],
    );
}

#[test]
fn broken_syntax_has_a_line() {
    expect("a: [1\nb: 2", Format::Yaml, &["2:…this is not YAML"]);
    expect("listen: a\n---\nlisten: b", Format::Yaml, &["2:1: a second document begins here"]);
    expect("? [a]\n: b", Format::Yaml, &["1:3: a key must be a plain text"]);
    expect("a = \nb = [", Format::Toml, &["1:…this is not TOML", "2:…this is not TOML"]);
    expect("{\n \"listen\" 1}", Format::Json, &["2:11: this is not JSON: a colon is missing"]);
    expect("{\"a\": x}", Format::Json, &["1:7: a: this is not JSON: a value is missing"]);
    expect("{} {}", Format::Json, &["1:4: this is not JSON: nothing may follow"]);
    expect("just words", Format::Yaml, &["1:1: found \"just words\"; write a table with some of listen"]);
}

#[test]
fn keys_that_stand_twice_are_problems_in_every_format() {
    let yaml = "routes:\n  a: {targets: [groq/m]}\n  a: {targets: [groq/m]}\n";
    expect(yaml, Format::Yaml, &["3:3: routes.a: this key already stands in line 2"]);
    let json = "{\"discover\": true,\n\"discover\": false, \"x\": 1}";
    expect(
        json,
        Format::Json,
        &["2:1: discover: this key already stands in line 1", "2:20: x: there is no such key"],
    );
    let toml = "discover = true\ndiscover = false\nx = 1\n";
    expect(toml, Format::Toml, &["2:…this key stands twice", "3:1: x: there is no such key"]);
}

#[test]
fn dialects_are_listed_once_and_one_way() {
    let text = "providers:
  a: { dialects: [], base_url: http://a }
  b: { dialects: [gemini, gemini], base_url: http://b }
  c: { dialect: gemini, dialects: [gemini], base_url: http://c }
  d: { dialects: [gemin], base_url: http://d }
  e: { dialect: openai_chat, base_url: 'http://e/{name}' }
  f: { dialect: openai_chat, base_url: 'http://u:hush@e' }
";
    expect(
        text,
        Format::Yaml,
        &[
            "2:18: providers.a.dialects: this list is empty; write at least one dialect",
            "3:27: providers.b.dialects: gemini stands there twice; write it once",
            "4:35: providers.c.dialects: dialect stands there too; write one of them",
            "5:19: providers.d.dialects[0]: found \"gemin\"; write one of openai_chat…did you mean gemini?",
            "6:40: providers.e.base_url: found…{model} may stand in its path",
            "7:40: providers.f.base_url: this URL is of no use here; write a URL…a user may not",
        ],
    );
}

#[test]
fn others_may_reach_it_only_with_keys() {
    expect(
        "listen: 0.0.0.0:80",
        Format::Yaml,
        &["1:9: listen: other machines can reach this address, but there are no keys"],
    );
    assert!(!load("listen: 0.0.0.0:80\nkeys: [k]", Format::Yaml, &BARE).unwrap().is_open());
}

#[test]
fn a_provider_that_is_wrong_is_not_reported_again_by_its_targets() {
    let text = "providers: {corp: {dialect: x, base_url: 'http://c'}}\nroutes: {a: {targets: [corp/m]}}";
    expect(text, Format::Yaml, &["1:29: providers.corp.dialect: found \"x\""]);
    let text = "providers: {groq: {enabled: false}}\nroutes: {a: {targets: [groq/m]}}";
    expect(text, Format::Yaml, &["2:24: routes.a.targets[0]: the provider groq is switched off"]);
}

#[test]
fn routes_stand_at_most_eight_deep() {
    let chain = |n: usize| {
        let routes: Vec<String> = (1..n).map(|i| format!("  r{i}: {{targets: [r{}]}}\n", i + 1)).collect();
        format!("routes:\n{}  r{n}: {{targets: [groq/m]}}\n", routes.concat())
    };
    assert!(load(&chain(8), Format::Yaml, &SOURCES).is_ok());
    expect(&chain(9), Format::Yaml, &["2:18: routes.r1.targets[0]: routes stand in routes more than 8 deep"]);
}

#[test]
fn values_of_secrets_and_of_the_environment_are_not_shown() {
    let text = "
keys: [{name: a, key: \"hush\\nhush\"}, [hush]]
listen: ${SECRET_WORD}
providers:
  c: {dialect: \"${SECRET_WORD}\", base_url: \"${SECRET_WORD}\", api_key: \"file:${SECRET_WORD}\"}
routes: {a: {targets: [\"${SECRET_WORD}\"]}}
";
    let found = problems(text, Format::Yaml);
    assert_eq!(found.len(), 7, "{found:#?}");
    assert!(found.iter().all(|p| !p.contains("hush")), "{found:#?}");
}

#[test]
fn files_that_unfold_without_end_are_refused() {
    let mut text = "a: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for i in 1..9 {
        let last = format!("*a{}", i - 1);
        text += &format!("b{i}: &a{i} [{}]\n", [last.as_str(); 10].join(", "));
    }
    assert!(problems(&text, Format::Yaml)[0].contains("aliases unfold to too many values"));
    let routes: Vec<String> = (1..8)
        .map(|i| {
            let targets: Vec<String> =
                (0..9).map(|k| format!("{{route: r{}, params: {{p{i}: {k}}}}}", i + 1)).collect();
            format!("  r{i}: {{targets: [{}]}}\n", targets.join(", "))
        })
        .collect();
    let text = format!("routes:\n{}  r8: {{targets: [groq/m]}}\n", routes.concat());
    let found = problems(&text, Format::Yaml);
    assert!(found[0].contains("targets, most of them again and again"), "{found:?}");
    assert!(found.iter().all(|problem| problem.contains(" targets")) && found.len() == 4, "{found:?}");
    // YAML's parser has a limit of its own, far above ours.
    for (format, depth) in
        [(Format::Yaml, 40), (Format::Yaml, 5000), (Format::Json, 40), (Format::Json, 5000)]
    {
        let deep = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let found = problems(&deep, format);
        let refused = ["nested too deeply", "recursion limit"].iter().any(|text| found[0].contains(text));
        assert!(refused, "{format:?} {found:?}");
    }
}

#[test]
fn proxies_that_cannot_be_used_are_refused_without_showing_their_password() {
    let text = "providers:\n  groq: { api_key: k, proxy: 'https://proxy.corp' }\n  mistral: { api_key: k, proxy: 'https://u:topsecret@proxy.corp' }\n";
    expect(
        text,
        Format::Yaml,
        &[
            "2:30: providers.groq.proxy: found \"https://proxy.corp\"; write a URL that begins with http:// or socks5://",
            "3:33: providers.mistral.proxy: this URL is of no use here; write a URL that begins with http:// or socks5://",
        ],
    );
    assert!(!problems(text, Format::Yaml).join("\n").contains("topsecret"));
}

#[test]
fn vectors_come_from_who_can_make_them() {
    let file = |from: &str| {
        format!(
            "providers:\n  groq: {{ api_key: k }}\n  jina: {{ api_key: k }}\nembeddings: {{ use: {from} }}\n"
        )
    };
    for (from, problem) in [
        (
            "remote",
            "4:20: embeddings.use: found \"remote\"; write local, off, or a deployment as provider/model",
        ),
        ("mistral/mistral-embed", "4:20: embeddings.use: there is no provider mistral; add it to providers"),
        ("groq/m", "4:20: embeddings.use: groq serves no embeddings; name a provider that does"),
    ] {
        expect(&file(from), Format::Yaml, &[problem]);
    }
}
