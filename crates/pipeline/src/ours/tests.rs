//! What can be said, in every way in which it can be said; what is wrong is named; what is ours goes, and nothing else.

use std::time::Duration;

use http::{HeaderName, HeaderValue};
use proptest::arbitrary::any as any_of;
use proptest::prelude::{
    Just, ProptestConfig, prop, prop_assert, prop_assert_eq, prop_assume, prop_oneof, proptest,
};
use proptest::strategy::Strategy as Made;
use serde_json::{Map, Value, json};
use wye_fleet::speed::Measured;
use wye_routing::strategy::Weights;
use wye_types::DeploymentId;

use super::*;

fn of(headers: &[(&'static str, &str)], body: &str) -> Result<(Ours, String), GatewayError> {
    let headers = headers
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()));
    let top = TopLevel::scan(body.as_bytes()).unwrap();
    let (ours, left) = read(&headers.collect(), &top, body.as_bytes())?;
    let left = left.map_or_else(|| body.to_owned(), |left| String::from_utf8(left.to_vec()).unwrap());
    Ok((ours, left))
}

fn controls(headers: &[(&'static str, &str)], body: &Value) -> Controls {
    *of(headers, &body.to_string()).unwrap().0.controls.unwrap_or_default()
}

/// The field or header that an error names, and its words.
fn refused(headers: &[(&'static str, &str)], body: &Value) -> (String, String) {
    let error = of(headers, &body.to_string()).unwrap_err();
    assert_eq!(error.code, Code::CallerInvalidRequest);
    (error.param.unwrap_or_default(), error.message)
}

fn patterns(texts: &[&str], providers: bool) -> Vec<Pattern> {
    texts.iter().map(|text| Pattern::new(text, providers)).collect()
}

fn deployment(name: &str) -> DeploymentId {
    DeploymentId::parse(name).unwrap()
}

#[test]
fn fields_and_headers_say_the_same_and_the_fields_go() {
    let neither = Ours::default();
    let free = || Ours { free_only: true, ..Ours::default() };
    let cost = || Ours { cost: true, ..Ours::default() };
    let plain = r#"{"model":"m","a":1}"#;
    for (headers, body, ours, left) in [
        (&[][..], plain, neither.clone(), plain),
        (&[], r#"{"model":"m","free_only":true,"a":1}"#, free(), plain),
        (&[], r#"{"model":"m","free_only":false,"a":1}"#, neither.clone(), plain),
        (&[], r#"{"model":"m","a":1,"extra":{"free_only":true}}"#, free(), plain),
        (&[], r#"{"model":"m","a":1,"usage":{"include":true}}"#, cost(), plain),
        (&[("x-wye-free-only", "true")], plain, free(), plain),
        (&[("x-smlgateway-free-only", "true")], plain, free(), plain),
        (&[("x-wye-free-only", "1"), ("x-wye-cost", "0")], plain, free(), plain),
        (&[("x-wye-cost", "true")], r#"{"model":"m","a":1,"free_only":null}"#, cost(), plain),
        // Nor is one word for safety's sake taken back by another.
        (&[("x-wye-free-only", "true")], r#"{"model":"m","a":1,"free_only":false}"#, free(), plain),
        // A `usage` that asks for nothing of ours is the client's business, and so is a `trace`.
        (&[], r#"{"usage":{"x":1}}"#, neither.clone(), r#"{"usage":{"x":1}}"#),
        (&[], r#"{"usage":"full"}"#, neither.clone(), r#"{"usage":"full"}"#),
        (&[], r#"{"trace":{"trace_id":"t"}}"#, neither.clone(), r#"{"trace":{"trace_id":"t"}}"#),
        // What else stands in `extra` stays there, byte for byte.
        (&[], r#"{"extra":{"x": 1.50}}"#, neither.clone(), r#"{"extra":{"x": 1.50}}"#),
        (
            &[],
            r#"{"a":1,"extra":"x","extra_body":[]}"#,
            neither.clone(),
            r#"{"a":1,"extra":"x","extra_body":[]}"#,
        ),
        (
            &[],
            r#"{"extra_body":{"x": 1.50,"free_only":true,"y":[ 1 ]}}"#,
            free(),
            r#"{"extra_body":{"x":1.50,"y":[ 1 ]}}"#,
        ),
        // Headers that are nobody's, and those of the gateway that say nothing here.
        (&[("x-wye-tags", "a"), ("x-wye-later", "b"), ("x-other", "c")], plain, neither.clone(), plain),
        (&[("x-wye-prefer", ""), ("x-wye-max-latency", " ")], plain, neither, plain),
    ] {
        assert_eq!(of(headers, body).unwrap(), (ours, left.to_owned()), "{body}");
    }
}

#[test]
fn what_says_neither_yes_nor_no_is_named() {
    for (body, field) in [
        (json!({"free_only": "true"}), "free_only"),
        (json!({"free_only": 1}), "free_only"),
        (json!({"usage": {"include": "yes"}}), "usage.include"),
        (json!({"usage": {"include": null}}), "usage.include"),
        (json!({"extra": {"free_only": 1}}), "extra.free_only"),
        (json!({"provider": {"allow_fallbacks": "no"}}), "provider.allow_fallbacks"),
        (json!({"provider": {"require_parameters": 1}}), "provider.require_parameters"),
    ] {
        let (named, message) = refused(&[], &body);
        assert_eq!(named, field);
        assert!(message.contains("write true or false"), "{message}");
    }
    assert_eq!(refused(&[("x-wye-free-only", "yes")], &json!({})).0, "x-wye-free-only");
}

/// A field with a value, a header with a text, and what both mean.
type Row = (&'static str, Value, &'static str, &'static str, Set);
type Set = fn(&mut Controls);

fn rows() -> Vec<Row> {
    vec![
        ("prefer", json!(["Groq", "b "]), "prefer", "Groq, b", |c| {
            c.prefer = patterns(&["groq", "b"], false)
        }),
        ("prefer", json!("groq,b"), "prefer", "groq,,b,", |c| c.prefer = patterns(&["groq", "b"], false)),
        ("exclude", json!(["a/gpt*"]), "exclude", "a/gpt*", |c| c.exclude = patterns(&["a/gpt*"], false)),
        ("max_latency_ms", json!(3000), "max-latency", "3000", |c| c.max_latency_ms = Some(3000)),
        ("max_latency_ms", json!(1499.5), "max-latency-ms", "1499.5", |c| c.max_latency_ms = Some(1500)),
        ("strategy", json!("Fastest"), "strategy", "FASTEST", |c| c.strategy = Some(Strategy::Fastest)),
        (
            "max_price",
            json!({"prompt": 0.15, "completion": "2", "request": 0.01}),
            "max-price",
            "prompt=0.15, completion=2,request=0.01",
            |c| {
                let (prompt, completion, request) = (Some(150_000), Some(2_000_000), Some(10_000_000));
                c.max_price = Some(MaxPrice { prompt, completion, request });
            },
        ),
        ("models", json!(["a/B", "w", "a/B"]), "models", "a/B, w", |c| {
            c.models = vec!["a/B".into(), "w".into()]
        }),
        ("session_id", json!("s-1"), "session-id", "s-1", |c| c.session = Some("s-1".into())),
        ("session_id", json!("s-1"), "session", "s-1", |c| c.session = Some("s-1".into())),
        ("hedge", json!(false), "hedge", "off", |c| c.no_hedge = true),
        ("hedge", json!("off"), "hedge", "0", |c| c.no_hedge = true),
        ("trace", json!(true), "trace", "1", |c| c.trace = true),
    ]
}

fn rows_of_provider() -> Vec<Row> {
    let cheapest = |c: &mut Controls| c.strategy = Some(Strategy::Cheapest);
    let fastest = |c: &mut Controls| c.strategy = Some(Strategy::Fastest);
    let no_fallbacks = |c: &mut Controls| c.no_fallbacks = true;
    let needs_all = |c: &mut Controls| c.require_parameters = true;
    let rows: [(Value, &str, &str, Set); 7] = [
        (json!({"order": ["Groq", "b/x"]}), "provider-order", "groq,b/x", |c| {
            c.order = patterns(&["groq", "b/x"], true);
        }),
        (json!({"only": ["groq"]}), "provider-only", "groq", |c| c.only = patterns(&["groq"], true)),
        (json!({"ignore": ["groq"]}), "provider-ignore", "groq", |c| c.exclude = patterns(&["groq"], true)),
        (json!({"sort": "price"}), "provider-sort", "price", cheapest),
        (json!({"sort": {"by": "throughput"}}), "provider-sort", "latency", fastest),
        (json!({"require_parameters": true}), "require-parameters", "true", needs_all),
        (json!({"allow_fallbacks": false}), "allow-fallbacks", "false", no_fallbacks),
    ];
    rows.into_iter().map(|(value, header, text, set)| ("provider", value, header, text, set)).collect()
}

/// Every control, as a field at the top, in `extra`, in `extra_body`, and as a header of either name.
#[test]
fn every_control_can_be_said_in_every_way() {
    for (field, value, header, text, set) in rows().into_iter().chain(rows_of_provider()) {
        let mut wanted = Controls::default();
        set(&mut wanted);
        assert_ne!(wanted, Controls::default());
        let top = json!({"model": "m", field: value});
        for body in [
            &top,
            &json!({"model": "m", "extra": {field: value}}),
            &json!({"model": "m", "extra_body": {field: value}}),
        ] {
            let (ours, left) = of(&[], &body.to_string()).unwrap();
            assert_eq!(ours.controls.as_deref(), Some(&wanted), "{body}");
            assert_eq!((left.as_str(), ours.unheeded.len()), (r#"{"model":"m"}"#, 0));
        }
        for prefix in ["x-wye-", "x-smlgateway-"] {
            let name: &'static str = Box::leak(format!("{prefix}{header}").into_boxed_str());
            assert_eq!(controls(&[(name, text)], &json!({})), wanted, "{name}");
            assert_eq!(controls(&[(name, text)], &top), wanted, "{name} and {field}");
        }
    }
}

#[test]
fn the_body_stands_above_the_headers() {
    for (header, text, body, set) in [
        (
            "x-wye-prefer",
            "a",
            json!({"prefer": "b"}),
            (|c| c.prefer = patterns(&["b"], false)) as fn(&mut Controls),
        ),
        ("x-wye-max-latency", "7", json!({"max_latency_ms": 9}), |c| c.max_latency_ms = Some(9)),
        ("x-smlgateway-strategy", "fastest", json!({"strategy": "school"}), |c| {
            c.strategy = Some(Strategy::School)
        }),
        ("x-wye-hedge", "off", json!({"hedge": true}), |_| ()),
        ("x-wye-trace", "1", json!({"trace": false}), |_| ()),
        ("x-wye-allow-fallbacks", "0", json!({"provider": {"allow_fallbacks": true}}), |_| ()),
        // What the body leaves open, the header says.
        ("x-wye-prefer", "a", json!({"prefer": null}), |c| c.prefer = patterns(&["a"], false)),
    ] {
        let mut wanted = Controls::default();
        set(&mut wanted);
        assert_eq!(controls(&[(header, text)], &body), wanted, "{header}");
    }
}

#[test]
fn what_is_the_default_says_nothing() {
    for body in [
        json!({"route": "fallback", "hedge": true, "trace": false}),
        json!({"prefer": [], "exclude": "", "models": [], "session_id": ""}),
        json!({"provider": {"allow_fallbacks": true, "require_parameters": false, "data_collection": "allow", "zdr": false}}),
        json!({"provider": {}, "max_price": null, "strategy": null}),
        json!({"provider": {"order": null, "data_collection": null, "sort": null}}),
        json!({"prefer": null, "extra": {"prefer": null, "provider": null}, "extra_body": {"strategy": null}}),
    ] {
        let (ours, left) = of(&[], &body.to_string()).unwrap();
        let said = ours.controls.unwrap_or_default();
        assert_eq!((*said, ours.unheeded.len()), (Controls::default(), 0), "{body}");
        assert!(left == "{}" || body.get("trace").is_some(), "{left}");
    }
}

#[test]
fn lines_of_a_header_add_up_and_other_values_must_agree() {
    let two = [("x-wye-prefer", "groq"), ("x-wye-prefer", "openai"), ("x-smlgateway-prefer", "groq,mistral")];
    assert_eq!(controls(&two, &json!({})).prefer, patterns(&["groq", "openai", "mistral"], false));
    let same = [("x-wye-strategy", "fastest"), ("x-smlgateway-strategy", "fastest")];
    assert_eq!(controls(&same, &json!({})).strategy, Some(Strategy::Fastest));
    let other = [("x-wye-strategy", "fastest"), ("x-smlgateway-strategy", "cheapest")];
    let (named, message) = refused(&other, &json!({}));
    assert!(
        named.ends_with("-strategy") && message.contains("say the same thing in two places"),
        "{message}"
    );
}

#[test]
fn sessions_are_known_by_the_names_that_clients_give_them() {
    let named = |headers: &[(&'static str, &str)]| controls(headers, &json!({})).session.map(String::from);
    for name in ["x-session-id", "x-conversation-id", "x-claude-code-session-id", "x-wye-session"] {
        assert_eq!(named(&[(name, "s")]).as_deref(), Some("s"), "{name}");
    }
    // The nearer to the gateway, the more it counts, in whatever order they come.
    let mut all = [("x-conversation-id", "c"), ("x-session-id", "b"), ("x-claude-code-session-id", "a")];
    assert_eq!(named(&all).as_deref(), Some("a"));
    all.reverse();
    assert_eq!(named(&all).as_deref(), Some("a"));
    assert_eq!(named(&[all[0], ("x-wye-session", "w"), all[1]]).as_deref(), Some("w"));
    assert_eq!(controls(&all, &json!({"session_id": "body"})).session.as_deref(), Some("body"));
    let long = controls(&[], &json!({"session_id": "é".repeat(300)})).session.unwrap();
    assert_eq!(long.len(), 256);
}

#[test]
fn what_is_wrong_is_named_with_what_to_write() {
    let many: Vec<String> = (0..33).map(|n| format!("p{n}")).collect();
    let long = "x".repeat(257);
    for (body, field, says) in [
        (json!({"prefer": 7}), "prefer", "must be a list of names such as [\"groq\""),
        (json!({"prefer": {"a": 1}}), "prefer", "not an object"),
        (json!({"prefer": ["a", 7]}), "prefer[1]", "must be a name, a string, not a number"),
        (json!({"exclude": many}), "exclude", "names 33; write at most 32"),
        (json!({"exclude": [long]}), "exclude", "257 bytes long"),
        (json!({"exclude": "*"}), "exclude", "leaves nothing to call"),
        (json!({"provider": {"ignore": ["*/*"]}}), "provider.ignore", "leaves nothing to call"),
        (json!({"models": many[..17]}), "models", "names 17; write at most 16"),
        (json!({"models": ["x".repeat(513)]}), "models", "513 bytes long"),
        (json!({"models": true}), "models", "not a boolean"),
        (json!({"max_latency_ms": 0}), "max_latency_ms", "leave it out"),
        (json!({"max_latency_ms": -5}), "max_latency_ms", "milliseconds such as 3000"),
        (json!({"max_latency_ms": "soon"}), "max_latency_ms", "number of milliseconds"),
        (json!({"max_latency_ms": "NaN"}), "max_latency_ms", "number of milliseconds"),
        (json!({"max_latency_ms": [1]}), "max_latency_ms", "number of milliseconds"),
        (json!({"strategy": "quickest"}), "strategy", "write one of ordered, balanced, weighted"),
        (json!({"strategy": "judge"}), "strategy", "name a route that has it"),
        (json!({"strategy": 3}), "strategy", "a word such as \"fastest\", not a number"),
        (json!({"max_price": 3}), "max_price", "an object such as {\"prompt\": 1"),
        (json!({"max_price": {"prompt": -1}}), "max_price.prompt", "0 or more"),
        (json!({"max_price": {"prompt": "NaN"}}), "max_price.prompt", "0 or more"),
        (json!({"max_price": {"completion": "inf"}}), "max_price.completion", "dollars a million tokens"),
        (json!({"max_price": {"request": 1e300}}), "max_price.request", "is no price"),
        (json!({"max_price": {"prompt": {}}}), "max_price.prompt", "is no price"),
        (json!({"route": "sort"}), "route", "can only be \"fallback\""),
        (json!({"hedge": "race"}), "hedge", "neither on nor off"),
        (json!({"hedge": 3}), "hedge", "neither on nor off"),
        (json!({"session_id": 7}), "session_id", "a string, not a number"),
        (json!({"provider": "groq"}), "provider", "{\"only\": [\"…\"]}"),
        (json!({"provider": ["groq"]}), "provider", "not an array"),
        (json!({"provider": {"order": 1}}), "provider.order", "[\"groq\", \"cerebras\"]"),
        (
            json!({"provider": {"sort": "exacto"}}),
            "provider.sort",
            "\"price\", \"latency\" or \"throughput\"",
        ),
        (json!({"provider": {"sort": {"by": 7}}}), "provider.sort.by", "not a number"),
        (json!({"provider": {"sort": {}}}), "provider.sort.by", "not null"),
        (json!({"provider": {"data_collection": "deny"}}), "provider.data_collection", "cannot be promised"),
        (json!({"provider": {"zdr": true}}), "provider.zdr", "provider.only"),
        (json!({"extra": {"provider": {"max_price": 1}}}), "extra.provider.max_price", "an object"),
        (json!({"extra_body": {"strategy": "x"}}), "extra_body.strategy", "extra_body.strategy"),
    ] {
        let (named, message) = refused(&[], &body);
        assert_eq!(named, field, "{message}");
        assert!(message.contains(says) && message.contains(field), "{message}");
    }
    for (name, value, says) in [
        ("x-wye-max-price", "3", "prompt=1, completion=2.5"),
        ("x-wye-max-price", "prompt=-3", "0 or more"),
        ("x-wye-max-price", "image=3", "prompt=1"),
        ("x-smlgateway-max-latency", "0", "leave it out"),
        ("x-smlgateway-strategy", "best", "write one of"),
        ("x-wye-hedge", "maybe", "off"),
    ] {
        let (named, message) = refused(&[(name, value)], &json!({}));
        assert_eq!(named, name);
        assert!(message.contains(says), "{message}");
    }
    let odd = HeaderMap::from_iter([(
        HeaderName::from_static("x-wye-prefer"),
        HeaderValue::from_bytes(b"caf\xe9").unwrap(),
    )]);
    let error = read(&odd, &TopLevel::default(), b"").unwrap_err();
    assert_eq!(error.param.as_deref(), Some("x-wye-prefer"));
}

#[test]
fn keys_that_stand_twice_are_refused_wherever_they_stand() {
    for (body, field) in [
        (r#"{"extra":{"prefer":"a","prefer":"b"}}"#, "extra"),
        (r#"{"provider":{"only":["a"],"Only":["b"]}}"#, "provider"),
        (r#"{"prefer":"a","extra":{"prefer":"b"}}"#, "extra.prefer"),
        (r#"{"extra":{"prefer":"a"},"extra_body":{"prefer":"a"}}"#, "extra_body.prefer"),
        (r#"{"max_price":{"prompt":1},"provider":{"max_price":{"prompt":1}}}"#, "provider.max_price"),
    ] {
        let error = of(&[], body).unwrap_err();
        assert_eq!(error.param.as_deref(), Some(field), "{}", error.message);
    }
}

#[test]
fn contradictions_are_refused() {
    for (body, field, says) in [
        (json!({"prefer": ["a", "groq"], "exclude": "groq"}), "prefer", "`exclude` leaves out"),
        (json!({"prefer": "groq/llama", "exclude": "groq"}), "prefer", "`groq/llama`"),
        (json!({"prefer": "llama-70b", "exclude": "*llama*"}), "prefer", "take it out of one of them"),
        (json!({"prefer": "groq", "provider": {"ignore": ["Groq"]}}), "prefer", "`provider.ignore`"),
        (json!({"provider": {"order": ["a", "b"], "ignore": ["b"]}}), "provider.order", "`b`"),
        (
            json!({"provider": {"only": ["a", "b"], "ignore": ["b", "a"]}}),
            "provider.only",
            "names nothing that `provider.ignore`",
        ),
        (json!({"provider": {"only": ["a"]}, "exclude": "a"}), "provider.only", "`exclude`"),
        (
            json!({"provider": {"only": ["a"], "order": ["b"], "allow_fallbacks": false}}),
            "provider.order",
            "`provider.only` allows",
        ),
        (
            json!({"strategy": "strongest", "provider": {"sort": "price"}}),
            "provider.sort",
            "different orders",
        ),
    ] {
        let (named, message) = refused(&[], &body);
        assert_eq!(named, field, "{message}");
        assert!(message.contains(says), "{message}");
    }
    let (named, message) = refused(&[("x-smlgateway-exclude", "groq")], &json!({"prefer": "groq"}));
    assert!(named == "prefer" && message.contains("x-smlgateway-exclude"), "{message}");
    for fine in [
        json!({"prefer": "groq", "exclude": "groq/llama"}),
        // Who ignores a provider may still like a model of that name elsewhere.
        json!({"prefer": "ollama/mistral", "provider": {"ignore": ["mistral"]}}),
        json!({"provider": {"only": ["a", "b"], "ignore": ["b"]}}),
        json!({"provider": {"only": ["a"], "order": ["b"]}}),
        json!({"provider": {"only": ["a*"], "order": ["ab"], "allow_fallbacks": false}}),
        json!({"strategy": "cheapest", "provider": {"sort": "price"}}),
        json!({"provider": {"only": ["*"]}}),
    ] {
        assert!(of(&[], &fine.to_string()).is_ok(), "{fine}");
    }
}

#[test]
fn what_is_not_done_is_told() {
    let body = json!({"provider": {
        "quantizations": ["fp8"], "max_price": {"prompt": 1, "image": 2}, "sort": {"by": "price", "partition": "none"},
    }});
    let (ours, left) = of(&[], &body.to_string()).unwrap();
    assert_eq!(left, "{}");
    assert_eq!(
        ours.unheeded,
        [
            "provider.quantizations: dropped, the gateway does not know it",
            "provider.sort.partition: dropped",
            "provider.max_price.image: dropped, only prompt, completion and request are limited",
        ]
    );
    let (ours, _) = of(&[], r#"{"provider":{"exacto":1}}"#).unwrap();
    assert_eq!((ours.controls, ours.unheeded.len()), (None, 1));
}

#[test]
fn patterns_mean_providers_deployments_and_models() {
    let groq = deployment("groq/meta-llama/Llama-3.3-70b");
    for text in [
        "groq",
        "GR*",
        "groq/*",
        "meta-llama/llama-3.3-70b",
        "llama-3.3-70b",
        "groq/meta-llama/llama-3.3-70B",
        "*llama*",
        "*/*70b",
        "*",
    ] {
        assert!(Pattern::new(text, false).is_of(&groq), "{text}");
    }
    for text in ["gro", "llama", "meta-llama", "openai/*", "groq/llama*", "*8b", "groq*70b"] {
        assert!(!Pattern::new(text, false).is_of(&groq), "{text}");
    }
    // Lists of providers mean providers: a model may be called like one.
    let local = deployment("ollama/mistral");
    assert!(Pattern::new("mistral", false).is_of(&local) && !Pattern::new("mistral", true).is_of(&local));
    assert!(Pattern::new("ollama", true).is_of(&local) && Pattern::new("ollama/mis*", true).is_of(&local));
}

#[test]
fn what_a_decision_asks() {
    let all = ["a/m", "b/m", "c/x", "d/m"].map(deployment);
    let told = |body: Value| {
        let controls = controls(&[], &body);
        let left: Vec<&DeploymentId> = all.iter().filter(|one| !controls.excludes(one)).collect();
        let mut left = left;
        controls.put_in_front(&mut left, |one| *one);
        left.iter().map(|one| one.provider.as_str()).collect::<String>()
    };
    assert_eq!(told(json!({"prefer": "d,x"})), "cdab", "preferred ones keep their order");
    assert_eq!(told(json!({"exclude": "m"})), "c");
    assert_eq!(told(json!({"provider": {"order": ["d", "b"]}})), "dbac");
    assert_eq!(told(json!({"provider": {"order": ["d", "b"]}, "prefer": "c"})), "dbca");
    assert_eq!(told(json!({"provider": {"order": ["d", "b"], "allow_fallbacks": false}})), "db");
    assert_eq!(told(json!({"provider": {"only": ["a", "c"], "ignore": ["c"]}})), "a");
    assert!(!controls(&[], &json!({"provider": {"order": ["d"], "allow_fallbacks": false}})).is_single());
    assert!(controls(&[], &json!({"provider": {"allow_fallbacks": false}})).is_single());

    let most = controls(&[], &json!({"max_price": {"prompt": 1, "request": 0.001}}));
    assert_eq!(most.too_dear(Some(1_000_000), None, Some(1_000_000)), None);
    for (prompt, request) in
        [(Some(1_000_001), Some(0)), (None, Some(0)), (Some(0), None), (Some(0), Some(1_000_001))]
    {
        assert!(most.too_dear(prompt, None, request).is_some(), "{prompt:?} {request:?}");
    }
    let quick = controls(&[], &json!({"max_latency_ms": 100}));
    let took = |first_ms| Some(Measured { first_ms, holds: Duration::from_secs(9) });
    assert_eq!((quick.too_slow(took(100.0)), quick.too_slow(None)), (None, None));
    assert!(quick.too_slow(took(100.5)).is_some());
    assert_eq!(Controls::default().too_dear(None, None, None), None);
    for strategy in Strategy::ALL {
        assert_eq!(strategy.order(Weights::default()).word(), strategy.word());
    }
}

/// Names of ours and others.
fn name() -> impl Made<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "prefer",
            "exclude",
            "max_latency_ms",
            "strategy",
            "max_price",
            "models",
            "route",
            "provider",
            "free_only",
            "usage",
            "session_id",
            "hedge",
            "trace",
            "extra",
            "extra_body",
            "order",
            "only",
            "ignore",
            "sort",
            "by",
            "include",
            "allow_fallbacks",
            "require_parameters",
            "prompt",
            "zdr",
            "data_collection",
        ])
        .prop_map(str::to_owned),
        "[a-c\"\\\\é]{1,3}",
    ]
}

fn value() -> impl Made<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any_of::<bool>().prop_map(Value::from),
        any_of::<f64>().prop_map(Value::from),
        any_of::<i64>().prop_map(Value::from),
        prop::sample::select(vec![
            "groq", "*", "a/*", "fastest", "price", "off", "fallback", "deny", "", "NaN", "-1", "a,b"
        ])
        .prop_map(Value::from),
        ".{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(name(), inner, 0..5)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// What must be left of fields.
fn stripped(fields: &Map<String, Value>, top: bool) -> Map<String, Value> {
    const OURS: [&str; 11] = [
        "prefer",
        "exclude",
        "max_latency_ms",
        "strategy",
        "max_price",
        "models",
        "route",
        "provider",
        "free_only",
        "session_id",
        "hedge",
    ];
    let mut left = Map::new();
    for (key, value) in fields {
        let ours = OURS.contains(&key.as_str())
            || key == "trace" && value.is_boolean()
            || key == "usage" && value.get("include").is_some();
        if ours {
            continue;
        }
        let inner = value.as_object().filter(|_| top && matches!(key.as_str(), "extra" | "extra_body"));
        let value = inner.map_or_else(|| value.clone(), |inner| stripped(inner, false).into());
        let emptied =
            inner.is_some_and(|inner| !inner.is_empty()) && value.as_object().is_some_and(Map::is_empty);
        if !emptied {
            left.insert(key.clone(), value);
        }
    }
    left
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever stands in these fields: it is understood or refused by name; if it is understood, what is ours is gone, and
    /// nothing else is.
    #[test]
    fn nothing_of_ours_is_left_and_everything_else_is(
        fields in prop::collection::btree_map(name(), value(), 0..6),
        header in prop::sample::select(vec!["x-wye-prefer", "x-wye-max-price", "x-smlgateway-max-latency", "x-session-id", "x-wye-hedge"]),
        text in "[ -~]{0,12}",
    ) {
        let fields: Map<String, Value> = fields.into_iter().collect();
        let body = Value::Object(fields.clone()).to_string();
        // Keys that some servers take for the same are refused before.
        prop_assume!(TopLevel::scan(body.as_bytes()).is_ok());
        match of(&[(header, text.as_str())], &body) {
            Ok((_, left)) => {
                let left: Value = serde_json::from_str(&left).unwrap();
                prop_assert_eq!(left, Value::Object(stripped(&fields, true)));
            }
            Err(error) => prop_assert!(error.param.is_some_and(|param| error.message.contains(&param)), "{}", error.message),
        }
    }
}
