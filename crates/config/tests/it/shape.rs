//! How requests are shaped: on which layer what is said, what routes add, and what is wrong with it.

use serde_json::json;
use wye_config::*;

use super::bad::expect;
use super::good;

#[test]
fn providers_models_and_targets_say_how_requests_are_shaped() {
    let config = good(
        "
providers:
  groq:
    default_params: {temperature: 0.2, thinking.type: disabled}
    forced_params: {store: ~}
    models:
      - {id: a, max_output: {default: 10, cap: 20}, unsupported_params: [n], on_unsupported: refuse}
routes:
  outer: {targets: [{route: inner, params: {x: 1}, drop_params: [b], system: {append: z}}]}
  inner:
    targets:
      - {deployment: groq/a, params: {x: 0, y: 0}, drop_params: [a, b], system: {replace: r}, max_output: {cap: 5}}
",
    );
    let provider = config.provider("groq").unwrap();
    let model = &provider.models[0].shape;
    assert_eq!(provider.shape.forced_params["store"], json!(null));
    assert_eq!(provider.shape.default_params["thinking.type"], json!("disabled"));
    assert_eq!(model.max_output, MaxOutput { default: Some(10), cap: Some(20) });
    assert_eq!(
        (model.unsupported_params.as_slice(), model.on_unsupported),
        (&["n".to_owned()][..], Some(OnLoss::Refuse))
    );
    // Who uses a route knows better.
    let target = &config.flat_targets(config.route("outer").unwrap())[0].shape;
    assert_eq!(json!(target.forced_params), json!({"x": 1, "y": 0}));
    assert_eq!(target.drop_params, ["b", "a"]);
    assert_eq!(target.max_output.cap, Some(5));
    assert_eq!(target.system, SystemPrompt { append: Some("z".into()), ..SystemPrompt::default() });
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let text = "providers:
  groq:
    forced_params: {model: x, a: 1}
    default_params: {a: 2, stream: true, .b: 1}
    drop_params: [a, c..d, '']
    models:
      - {id: m, max_output: {default: 9, cap: 8}, system: {prepend: a, replace: b}}
      - {id: n, max_output: {cap: 0}, on_unsupported: ignore, system: {before: x}}
routes:
  r: {targets: [{deployment: groq/m, params: {a: 1}, default_params: {a: 1}, forced_params: {a: 1}}]}
";
    let expected = [
        "3:21: providers.groq.forced_params.model: model is the gateway's to set; take it out",
        "4:22: providers.groq.default_params.a: forced_params sets it whatever the request says; write it in one",
        "4:28: providers.groq.default_params.stream: stream is the gateway's to set",
        "4:42: providers.groq.default_params.\".b\": this is no field's name; write it as in temperature",
        "5:19: providers.groq.drop_params[0]: a is set beside it; write it in one of them",
        "5:22: providers.groq.drop_params[1]: this is no field's name",
        "5:28: providers.groq.drop_params[2]: ",
        "7:39: providers.groq.models[0].max_output.default: found 9, which is more than the cap; write at most 8",
        "7:81: providers.groq.models[0].system.replace: nothing of the request's is left",
        "8:35: providers.groq.models[1].max_output.cap: found 0; write a whole number from 1",
        "8:55: providers.groq.models[1].on_unsupported: found \"ignore\"; write one of drop, refuse",
        "8:72: providers.groq.models[1].system.before: there is no such key",
        "10:71: routes.r.targets[0].default_params.a: params sets it whatever the request says",
        "10:78: routes.r.targets[0].forced_params: there is no such key",
    ];
    expect(text, Format::Yaml, &expected);
}

#[test]
fn images_are_fetched_from_where_the_operator_allows() {
    let config =
        good("images: {allow: [Media.corp, '*.corp', 10.1.0.0/16, ::1], most_bytes: 1MB, at_once: 2}");
    assert_eq!(config.images.hosts, ["media.corp", "*.corp"]);
    assert_eq!(
        config.images.nets.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["10.1.0.0/16", "::1/128"]
    );
    assert_eq!((config.images.most_bytes, config.images.at_once), (1_000_000, 2));
    let text = "images: {allow: ['https://media.corp', '*.', a b], timeout: 0s}\n";
    let expected = [
        "1:18: images.allow[0]: found \"https://media.corp\"; write a host such as media.corp",
        "1:40: images.allow[1]: found \"*.\"",
        "1:46: images.allow[2]: found \"a b\"",
        "1:61: images.timeout: found \"0s\"; write a duration",
    ];
    expect(text, Format::Yaml, &expected);
}

#[test]
fn images_are_described_by_deployments_that_are_there() {
    let config = good(
        "
providers: {groq: {tools: false, models: {a: {vision: false, tools: true}}}}
routes:
  r: {targets: [groq/a], describe_images: {with: [groq/v, groq/v, groq/w], ttl: 1h, prompt: what}}
  s: {targets: [groq/a], describe_images: {with: [groq/v]}}
",
    );
    let describe = config.route("r").unwrap().describe.as_ref().unwrap();
    assert_eq!(describe.with.iter().map(ToString::to_string).collect::<Vec<_>>(), ["groq/v", "groq/w"]);
    assert_eq!((describe.ttl.as_secs(), describe.prompt.as_deref()), (3600, Some("what")));
    assert_eq!(config.route("s").unwrap().describe.as_ref().unwrap().ttl.as_secs(), 24 * 3600);
    let model = &config.provider("groq").unwrap().models[0].shape.able;
    assert_eq!((model.vision, model.tools, model.audio), (Some(false), Some(true), None));
    let text = "providers: {groq: {}}
routes:
  r: {targets: [groq/a], describe_images: {with: [nobody/v, r]}}
  s: {targets: [groq/a], describe_images: {ttl: 1h}}
  t: {targets: [groq/a], describe_images: {with: [], ttl: never}}
";
    let expected = [
        "3:51: routes.r.describe_images.with[0]: found \"nobody/v\"; write provider/model, of a provider that is",
        "3:61: routes.r.describe_images.with[1]: found \"r\"; write provider/model",
        "4:43: routes.s.describe_images: nobody is there to describe; write with: [provider/model]",
        "5:43: routes.t.describe_images: nobody is there to describe",
        "5:59: routes.t.describe_images.ttl: found \"never\"; write a duration",
    ];
    expect(text, Format::Yaml, &expected);
}
