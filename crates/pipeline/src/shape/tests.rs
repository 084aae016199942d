//! Layers, dialects, and that shaping twice is shaping once.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::shape::param::Params;

fn map(value: Value) -> Map {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

const KEY: &str = "max_completion_tokens";

fn words(dialect: DialectId) -> Words {
    Words { dialect, max_tokens_key: KEY }
}

/// What a body becomes by some layers, the one nearest to the client first.
fn shaped(dialect: DialectId, layers: &[Layer], body: &Value) -> (Value, Vec<String>) {
    let layers: Vec<&Layer> = layers.iter().collect();
    let Some(shaping) = Shaping::new(&layers, 0, &[words(dialect)]) else {
        return (body.clone(), Vec::new());
    };
    let bytes = body.to_string().into_bytes();
    let top = TopLevel::scan(&bytes).unwrap();
    let mut draft = Draft::of(&top, &bytes, dialect);
    let mut losses = Vec::new();
    let params: &Params = shaping.params(dialect);
    params.apply(&mut draft, &mut losses);
    limit_output(&mut draft, shaping.max_output, words(dialect));
    shaping.system.apply(&mut draft, dialect, &mut losses);
    let out = draft.into_patch().apply(&bytes, &top);
    let out = serde_json::from_slice(&out).unwrap();
    (out, losses.iter().map(ToString::to_string).collect())
}

fn said(default: Value, forced: Value, drop: &[&str]) -> Layer {
    Layer {
        default_params: map(default),
        forced_params: map(forced),
        drop_params: drop.iter().map(|name| (*name).to_owned()).collect(),
        ..Layer::default()
    }
}

#[test]
fn the_nearest_default_holds_and_the_farthest_force() {
    let target = said(json!({"temperature": 0.1, "top_p": 0.1}), json!({"seed": 1}), &["user"]);
    let model = said(json!({"temperature": 0.2, "user": "m"}), json!({"top_p": 0.2}), &[]);
    let provider = said(json!({"top_p": 0.3, "seed": 3, "x": {"y": 3}}), json!({"store": null}), &["z"]);
    let layers = [target, model, provider];
    let (got, losses) = shaped(DialectId::OpenAiChat, &layers, &json!({"store": true, "z": 1, "user": "me"}));
    assert_eq!(got, json!({"temperature": 0.1, "top_p": 0.2, "seed": 1, "x": {"y": 3}}));
    assert!(losses.is_empty());
    // What the client says is nearer than any default; what it leaves `null` it does not say.
    let (got, _) =
        shaped(DialectId::OpenAiChat, &layers, &json!({"temperature": 1, "top_p": 1, "x": null, "seed": 9}));
    assert_eq!(got, json!({"temperature": 1, "top_p": 0.2, "x": {"y": 3}, "seed": 1}));
}

#[test]
fn what_a_model_does_not_take_goes_with_a_warning() {
    let model = Layer { unsupported_params: vec!["temperature".into(), "n".into()], ..Layer::default() };
    let provider = said(json!({"temperature": 0.2, "top_p": 0.5}), json!({}), &["seed"]);
    let body = json!({"n": 2, "seed": 4});
    let (got, losses) = shaped(DialectId::OpenAiChat, &[model.clone(), provider.clone()], &body);
    assert_eq!(got, json!({"top_p": 0.5}), "a default that is not taken is not sent");
    assert_eq!(losses, ["n: dropped"]);
    let body = json!({"generation_config": {"temperature": 1, "candidateCount": 2, "topK": 3}});
    let (got, losses) = shaped(DialectId::Gemini, &[model, provider], &body);
    assert_eq!(got, json!({"generation_config": {"topK": 3, "topP": 0.5}}));
    assert_eq!(losses, ["generationConfig.candidateCount: dropped", "generationConfig.temperature: dropped"]);
}

#[test]
fn fields_within_others_can_be_named() {
    let layer = said(
        json!({"thinking.type": "enabled", "a.b.c": 1}),
        json!({"metadata.team": "x"}),
        &["reasoning.summary"],
    );
    let body =
        json!({"thinking": {"type": "disabled"}, "metadata": {"id": 1}, "reasoning": {"summary": "auto"}});
    let (got, _) = shaped(DialectId::OpenAiChat, std::slice::from_ref(&layer), &body);
    let expected = json!({
        "thinking": {"type": "disabled"}, "metadata": {"id": 1, "team": "x"}, "reasoning": {}, "a": {"b": {"c": 1}},
    });
    assert_eq!(got, expected);
    // What is no object stays: the provider says best what is wrong with it.
    let (got, _) = shaped(DialectId::OpenAiChat, &[layer], &json!({"metadata": "x", "a": 1, "thinking": []}));
    assert_eq!(got, json!({"metadata": "x", "a": 1, "thinking": []}));
}

#[test]
fn the_output_limit_stands_where_each_dialect_has_it() {
    for (dialect, path) in [
        (DialectId::OpenAiChat, "/max_completion_tokens"),
        (DialectId::OpenAiResponses, "/max_output_tokens"),
        (DialectId::OpenAiCompletions, "/max_tokens"),
        (DialectId::AnthropicMessages, "/max_tokens"),
        (DialectId::Gemini, "/generationConfig/maxOutputTokens"),
        (DialectId::Cohere, "/max_tokens"),
        (DialectId::Ollama, "/options/num_predict"),
        (DialectId::BedrockConverse, "/inferenceConfig/maxTokens"),
    ] {
        let limit = |default, cap| Layer { max_output: MaxOutput { default, cap }, ..Layer::default() };
        let (got, _) = shaped(dialect, &[limit(Some(50), None), limit(Some(90), Some(40))], &json!({}));
        assert_eq!(got.pointer(path), Some(&json!(40)), "{dialect}: {got}");
        let (got, _) = shaped(dialect, &[limit(None, Some(60))], &json!({}));
        assert_eq!(got, json!({}), "a cap alone is no limit");
        let (more, _) = shaped(dialect, &[limit(Some(70), None)], &json!({}));
        let (got, _) = shaped(dialect, &[limit(None, Some(60))], &more);
        assert_eq!(got.pointer(path), Some(&json!(60)), "{dialect}: {got}");
        let (less, _) = shaped(dialect, &[limit(Some(50), None)], &json!({}));
        assert_eq!(shaped(dialect, &[limit(Some(20), Some(60))], &less).0, less);
    }
}

#[test]
fn thoughts_fit_into_a_lowered_limit() {
    let cap = |cap| Layer { max_output: MaxOutput { default: None, cap: Some(cap) }, ..Layer::default() };
    let body = json!({"max_tokens": 9000, "thinking": {"type": "enabled", "budget_tokens": 8000}});
    let (got, _) = shaped(DialectId::AnthropicMessages, &[cap(4000)], &body);
    assert_eq!(got, json!({"max_tokens": 4000, "thinking": {"type": "enabled", "budget_tokens": 3999}}));
    let (got, _) = shaped(DialectId::AnthropicMessages, &[cap(1000)], &body);
    assert_eq!(got, json!({"max_tokens": 1000}));
    // Ollama's word for no limit.
    let (got, _) = shaped(DialectId::Ollama, &[cap(10)], &json!({"options": {"num_predict": -1}}));
    assert_eq!(got, json!({"options": {"num_predict": 10}}));
}

fn system(prepend: &str, append: &str, replace: &str) -> Layer {
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let system = SystemPrompt { prepend: text(prepend), append: text(append), replace: text(replace) };
    Layer { system, ..Layer::default() }
}

/// A request with and without instructions, for each dialect.
fn conversations(dialect: DialectId) -> [Value; 2] {
    let user = json!({"role": "user", "content": "q"});
    match dialect {
        DialectId::OpenAiChat | DialectId::Cohere | DialectId::Ollama => [
            json!({"messages": [user]}),
            json!({"messages": [{"role": "system", "content": "own"}, user, {"role": "system", "content": "late"}]}),
        ],
        DialectId::AnthropicMessages => {
            [json!({"messages": [user]}), json!({"system": "own", "messages": [user]})]
        }
        DialectId::BedrockConverse => {
            let user = json!({"role": "user", "content": [{"text": "q"}]});
            [
                json!({"messages": [user]}),
                json!({"system": [{"text": "own"}, {"cachePoint": {"type": "default"}}], "messages": [user]}),
            ]
        }
        DialectId::Gemini => {
            let user = json!({"parts": [{"text": "q"}]});
            [
                json!({"contents": [user]}),
                json!({"system_instruction": {"parts": [{"text": "own"}]}, "contents": [user]}),
            ]
        }
        DialectId::OpenAiResponses => [
            json!({"input": "q"}),
            json!({"instructions": "own", "input": [{"role": "developer", "content": "x"}, user]}),
        ],
        DialectId::OpenAiCompletions => [json!({"prompt": "q"}), json!({"prompt": [1, 2]})],
    }
}

#[test]
fn instructions_in_every_dialect() {
    let layers = [system("near", "end", ""), system("far", "", "")];
    let mut all = String::new();
    for dialect in DialectId::ALL {
        for body in conversations(dialect) {
            let (put, losses) = shaped(dialect, &layers, &body);
            let (instead, _) = shaped(dialect, &[system("", "", "only"), system("far", "", "")], &body);
            all += &format!("{dialect}: {body}\n  around:  {put} {losses:?}\n  instead: {instead}\n");
        }
    }
    insta::assert_snapshot!(all);
}

#[test]
fn calls_besides_chat_are_shaped_by_target_and_model() {
    let provider = said(json!({"temperature": 0.2}), json!({}), &["input"]);
    let model = said(json!({"user": "nobody"}), json!({}), &["encoding_format"]);
    let shapes =
        Shapes::new(provider, HashMap::from([("m".to_owned(), model)]), vec![words(DialectId::Cohere)]);
    let shaping = shapes.of("m", &said(json!({}), json!({"max_tokens": 8}), &[]), &["user"]);
    let body = json!({"model": "m", "input": "x", "encoding_format": "float"}).to_string().into_bytes();
    let mut asked = Asked { body: Some(body), ..Asked::default() };
    shape_written(shaping.as_deref(), &mut asked);
    let got: Value = serde_json::from_slice(&asked.body.unwrap()).unwrap();
    assert_eq!(got, json!({"model": "m", "input": "x", "user": "nobody", "max_tokens": 8}));
    assert!(
        shapes.of("other", &Layer::default(), &[]).is_some_and(|shaping| shaping.service == Params::NONE)
    );
    assert!(Shapes::default().of("m", &Layer::default(), &["n"]).is_none());
}

#[test]
fn what_is_known_not_to_be_taken_goes_where_somebody_says_what_becomes_of_it() {
    let asks = Layer { refuse_unsupported: Some(false), ..Layer::default() };
    let shapes = Shapes::new(asks, HashMap::new(), vec![words(DialectId::Gemini)]);
    let shaping = shapes.of("m", &Layer::default(), &["temperature"]).unwrap();
    let body = json!({"generationConfig": {"temperature": 1}}).to_string().into_bytes();
    let top = TopLevel::scan(&body).unwrap();
    let mut draft = Draft::of(&top, &body, DialectId::Gemini);
    let mut losses = Vec::new();
    shaping.params(DialectId::Gemini).apply(&mut draft, &mut losses);
    assert_eq!(draft.into_patch().apply(&body, &top), br#"{"generationConfig":{}}"#);
    assert_eq!(losses.len(), 1);
}

fn any_params() -> impl Strategy<Value = Map> {
    let name = prop::sample::select(vec![
        "temperature",
        "top_p",
        "max_tokens",
        "max_completion_tokens",
        "stop",
        "seed",
        "a",
        "a.b",
        "thinking.type",
    ]);
    let value = prop_oneof![
        Just(Value::Null),
        (0..9u64).prop_map(Value::from),
        Just(json!("x")),
        Just(json!({"b": 1}))
    ];
    prop::collection::vec((name, value), 0..4)
        .prop_map(|all| all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn any_layer() -> impl Strategy<Value = Layer> {
    let names = || any_params().prop_map(|map| map.keys().cloned().collect::<Vec<_>>());
    let tokens = || prop::option::of(1..20u64);
    let text = || {
        prop::option::of(prop::sample::select(vec!["p", "p\n\np", "own", "x\n\nown"]).prop_map(str::to_owned))
    };
    let numbers = (tokens(), tokens());
    (any_params(), any_params(), names(), names(), numbers, (text(), text(), text())).prop_map(
        |(
            default_params,
            forced_params,
            drop_params,
            unsupported_params,
            (default, cap),
            (prepend, append, replace),
        )| {
            Layer {
                default_params,
                forced_params,
                drop_params,
                unsupported_params,
                refuse_unsupported: None,
                max_output: MaxOutput { default, cap },
                system: SystemPrompt { prepend, append, replace },
                inline_images: None,
                able: Able::default(),
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn shaping_twice_is_shaping_once(
        layers in prop::collection::vec(any_layer(), 1..4),
        own in any_params(),
        at in 0..DialectId::ALL.len(),
        second in any::<bool>(),
    ) {
        let dialect = DialectId::ALL[at];
        let mut body = map(conversations(dialect)[usize::from(second)].clone());
        body.extend(own.into_iter().filter(|(name, _)| !name.contains('.')));
        let (once, _) = shaped(dialect, &layers, &Value::Object(body));
        let (twice, _) = shaped(dialect, &layers, &once);
        prop_assert_eq!(once, twice);
    }
}
