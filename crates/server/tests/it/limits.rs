//! Limits and budgets of client keys, as clients meet them: what is refused, in which words, and what is told.

use std::fmt::Write;

use wye_catalog::Rates;
use wye_config::{
    Budget, BudgetOf, BudgetPeriod, ClientKey, Config, Credential, Limits, SharedBudget, Team, WhenLost,
};
use wye_types::money::Price;
use wye_types::{Code, DialectId, Secret};

use super::support::{Answer, CLIENTS, Call, TestApp};

pub(super) const SCRIPT: &str =
    "{ providers: { p: { dialect: openai_chat, models: { m: {}, cheap: {}, none: {} } } } }";

pub(super) const CONFIG: &str = "discover: false
providers: { p: { dialect: openai_chat, base_url: \"@p@\", api_key: k, models: [m, cheap, none] } }
routes:
  both: { targets: [p/none, p/m] }
  lone: { targets: [p/none] }
";

/// Dollars, as nano-dollars.
pub(super) const fn usd(cents: u64) -> u64 {
    cents * 10_000_000
}

/// A budget of so many nano-dollars a month.
pub(super) fn monthly(nano: u64) -> Budget {
    Budget {
        nano,
        per: BudgetPeriod::Month,
        time_zone: jiff::tz::TimeZone::UTC,
        allow_unpriced: false,
        soft: None,
        when_lost: WhenLost::Local,
    }
}

/// A key `NAME` that is sent as `sk-NAME`.
pub(super) fn key(name: &str, change: impl FnOnce(&mut ClientKey)) -> ClientKey {
    let mut key = ClientKey::new(name.to_owned(), Credential::Secret(Secret::new(format!("sk-{name}"))));
    change(&mut key);
    key
}

/// `m` costs a thousandth of a dollar a token, `cheap` a millionth, `none` nobody knows.
pub(super) fn prices(config: &mut Config) {
    for (model, pico) in [("m", 1_000_000_000), ("cheap", 1_000_000)] {
        let found = config.providers[0].models.iter_mut().find(|known| known.id == model);
        found.unwrap().price =
            Some(Rates::of_tokens(Price { input: Some(pico), output: Some(pico), ..Price::default() }));
    }
}

pub(super) async fn app(change: impl FnOnce(&mut Config)) -> TestApp {
    TestApp::start_with(SCRIPT, CONFIG, |config| {
        prices(config);
        change(config);
    })
    .await
}

pub(super) fn ask(client: DialectId, key: &str, model: &str) -> Call {
    Call::chat(client, model, false, "Tell me something.").with("authorization", &format!("Bearer sk-{key}"))
}

/// What a client sees of a refusal.
fn shown(answer: &Answer) -> String {
    let mut text = format!("{}\n", answer.status.as_u16());
    let told = [
        "retry-after",
        "x-wye-code",
        "x-wye-limit-owner",
        "x-ratelimit-limit-requests",
        "x-ratelimit-remaining-requests",
        "anthropic-ratelimit-requests-limit",
        "anthropic-ratelimit-requests-remaining",
    ];
    for name in told {
        if answer.headers.contains_key(name) {
            // How long to wait depends on the second.
            let value = if name == "retry-after" { "…" } else { answer.header(name) };
            writeln!(text, "{name}: {value}").unwrap();
        }
    }
    let body = without_seconds(&answer.text());
    writeln!(text, "{body}").unwrap();
    text
}

/// Without the numbers of seconds.
fn without_seconds(text: &str) -> String {
    match text.split_once("try again in ") {
        Some((before, after)) => {
            let rest = after.trim_start_matches(|c: char| c.is_ascii_digit());
            format!("{before}try again in …{rest}")
        }
        None => text.to_owned(),
    }
}

#[tokio::test]
async fn refusals_in_every_dialect() {
    let app = app(|config| {
        let limited = |rpm| Limits { rpm: Some(rpm), ..Limits::default() };
        config.keys = vec![
            key("rate", |key| key.limits = limited(1)),
            key("shut", |key| key.limits = limited(0)),
            key("large", |key| key.limits.tpr = Some(10)),
            key("tokens", |key| key.limits.tpd = Some(10)),
            key("poor", |key| key.budgets = vec![monthly(usd(1))]),
            key("spent", |key| key.budgets = vec![monthly(usd(54))]),
            key("unpriced", |key| key.budgets = vec![monthly(usd(100))]),
            key("scoped", |key| key.scopes.models = vec!["p/ch*".to_owned()]),
            key("off", |key| key.disabled = true),
            key("old", |key| key.expires_ms = Some(1)),
            key("apis", |key| key.scopes.apis = vec![DialectId::BedrockConverse]),
        ];
    })
    .await;
    // Uses up the one request of its minute, and some of its money.
    assert_eq!(app.send(ask(DialectId::OpenAiChat, "rate", "p/m")).await.status, 200);
    assert_eq!(app.send(ask(DialectId::OpenAiChat, "spent", "p/m")).await.status, 200);
    let mut table = String::new();
    for client in CLIENTS {
        for (name, model) in [
            ("rate", "p/m"),
            ("shut", "p/m"),
            ("large", "p/m"),
            ("tokens", "p/m"),
            ("poor", "p/m"),
            ("spent", "p/m"),
            ("unpriced", "lone"),
            ("scoped", "p/m"),
            ("off", "p/m"),
            ("old", "p/m"),
            ("apis", "p/m"),
        ] {
            let answer = app.send(ask(client, name, model).with("x-request-id", "r")).await;
            writeln!(table, "── {client} {name}\n{}", shown(&answer)).unwrap();
        }
    }
    insta::assert_snapshot!(table);
}

#[tokio::test]
async fn answers_tell_of_the_tightest_limit() {
    let mut app = app(|config| {
        config.keys = vec![
            key("k", |key| {
                key.team = Some("t".to_owned());
                key.limits =
                    Limits { rpm: Some(10), tpm: Some(100_000), rpd: Some(500), ..Limits::default() };
            }),
            key("free", |_| {}),
        ];
        config.teams = vec![Team {
            name: "t".to_owned(),
            limits: Limits { rpm: Some(4), tpd: Some(1_000_000), soft: Some(0.5), ..Limits::default() },
            budgets: Vec::new(),
            scopes: wye_config::Scopes::default(),
        }];
    })
    .await;
    for (nth, stream) in [(1, false), (2, true), (3, false)] {
        let call = Call::ask("p/m", stream).with("authorization", "Bearer sk-k");
        let (answer, record) = app.recorded(call).await;
        assert_eq!(answer.status, 200);
        assert_eq!(record.team.as_deref(), Some("t"));
        assert_eq!(answer.header("x-ratelimit-limit-requests"), "4", "the team's is tighter");
        assert_eq!(answer.header("x-ratelimit-remaining-requests"), (4 - nth).to_string());
        assert!(answer.header("x-ratelimit-reset-requests").starts_with("1m"), "{answer:?}");
        assert_eq!(answer.header("x-ratelimit-limit-tokens"), "100000");
        let left: u64 = answer.header("x-ratelimit-remaining-tokens").parse().unwrap();
        assert!(left < 100_000);
        assert_eq!(answer.header("x-wye-backoff"), if nth > 2 { "true" } else { "" }, "more than half of 4");
    }
    let (answer, _) = app.recorded(ask(DialectId::AnthropicMessages, "k", "p/m")).await;
    assert_eq!(answer.header("anthropic-ratelimit-requests-remaining"), "0");
    assert!(answer.header("anthropic-ratelimit-tokens-reset").starts_with("2026-11-18T11:0"), "{answer:?}");
    assert!(!answer.headers.contains_key("x-ratelimit-limit-requests"));
    let (refused, record) = app.recorded(ask(DialectId::OpenAiChat, "k", "p/m")).await;
    assert_eq!((refused.status.as_u16(), record.code), (429, Some(Code::CallerRateLimited)));
    assert_eq!(record.key.as_deref(), Some("k"));
    assert_eq!(refused.header("x-ratelimit-remaining-requests"), "0");
    let (free, _) = app.recorded(ask(DialectId::OpenAiChat, "free", "p/m")).await;
    assert!(!free.headers.contains_key("x-wye-backoff"));
}

#[tokio::test]
async fn a_providers_limits_are_not_told_beside_the_keys_own() {
    let app = app(|config| {
        let limits = Limits { rpm: Some(7), ..Limits::default() };
        config.keys = vec![key("k", |key| key.limits = limits), key("free", |_| {})];
    })
    .await;
    let free = app.send(ask(DialectId::OpenAiChat, "free", "p/m")).await;
    assert_eq!(
        free.headers.get_all("x-ratelimit-limit-requests").iter().count(),
        1,
        "the provider's: {free:?}"
    );
    let own = app.send(ask(DialectId::OpenAiChat, "k", "p/m")).await;
    let told: Vec<_> = own.headers.get_all("x-ratelimit-limit-requests").iter().collect();
    assert_eq!(told, ["7"]);
}

#[tokio::test]
async fn a_budget_calls_only_what_has_a_price() {
    let mut app = app(|config| {
        config.keys = vec![
            key("pays", |key| key.budgets = vec![monthly(usd(1000))]),
            key("any", |key| key.budgets = vec![Budget { allow_unpriced: true, ..monthly(usd(1000)) }]),
        ];
    })
    .await;
    let (answer, record) = app.recorded(ask(DialectId::OpenAiChat, "pays", "both")).await;
    assert_eq!((answer.header("x-wye-model"), record.passed_over.len()), ("m", 1));
    assert_eq!(record.route.as_deref(), Some("both"));
    assert!(record.passed_over[0].reason.to_string().contains("price"), "{:?}", record.passed_over);
    let usage = record.usage.unwrap();
    assert_eq!(record.cost, Some(usage.total() * 1_000_000), "a thousandth of a dollar each");
    assert_eq!(app.used("key pays"), record.cost.unwrap(), "settled with what it was");
    let (answer, record) = app.recorded(ask(DialectId::OpenAiChat, "any", "both")).await;
    assert_eq!((answer.header("x-wye-model"), record.cost), ("none", None));
    assert_eq!(app.used("key any"), 0);
}

#[tokio::test]
async fn a_budget_that_is_used_up_pays_for_nothing_more_whose_price_nobody_knows() {
    let mut app = app(|config| {
        config.keys =
            vec![key("any", |key| key.budgets = vec![Budget { allow_unpriced: true, ..monthly(1) }])];
        let cheap = config.providers[0].models.iter_mut().find(|known| known.id == "cheap");
        cheap.unwrap().price = Some(Rates::FREE);
    })
    .await;
    assert_eq!(app.recorded(ask(DialectId::OpenAiChat, "any", "p/none")).await.0.status, 200);
    app.spend("key any", 1);
    let (answer, _) = app.recorded(ask(DialectId::OpenAiChat, "any", "p/none")).await;
    assert_eq!((answer.status.as_u16(), answer.header("x-wye-limit-owner")), (402, "gateway"));
    assert_eq!(app.recorded(ask(DialectId::OpenAiChat, "any", "p/cheap")).await.0.status, 200);
}

#[tokio::test]
async fn what_fails_costs_the_request_and_nothing_else() {
    let mut app = app(|config| {
        config.keys = vec![key("k", |key| {
            key.limits =
                Limits { rpm: Some(10), tpm: Some(100_000), concurrent: Some(1), ..Limits::default() };
            key.budgets = vec![monthly(usd(1000))];
        })];
    })
    .await;
    app.fleet.set_script(
        wye_sim::Script::from_yaml(
            &SCRIPT.replace("models:", "faults: [{ fault: { status: 400 } }], models:"),
        )
        .unwrap(),
    );
    for (nth, model) in ["p/m", "nobody/x", "p/m"].into_iter().enumerate() {
        let (answer, record) = app.recorded(ask(DialectId::OpenAiChat, "k", model)).await;
        assert!(answer.status.is_client_error(), "{answer:?}");
        assert_eq!(record.cost, Some(0));
        assert_eq!(app.used_of("key k"), [nth as u64 + 1, 0, 0, 0], "requests, tokens, money, places");
    }
}

#[tokio::test]
async fn counting_tokens_takes_a_request_and_no_money() {
    let app = app(|config| {
        config.keys = vec![key("k", |key| {
            key.limits = Limits { rpm: Some(1), tpm: Some(1), ..Limits::default() };
            key.budgets = vec![monthly(1)];
        })];
    })
    .await;
    let body = r#"{"model":"p/m","messages":[{"role":"user","content":"How long am I?"}]}"#;
    let count = || Call::post("/v1/messages/count_tokens", body).with("x-api-key", "sk-k");
    assert_eq!(app.send(count()).await.status, 200);
    assert_eq!(app.send(count()).await.status, 429);
}

#[tokio::test]
async fn tags_and_end_users_have_budgets_of_their_own() {
    let shared = |name: &str, of, budget| SharedBudget { name: name.to_owned(), of, budget };
    let mut app = app(|config| {
        config.keys = vec![key("k", |key| key.tags = vec!["lab".to_owned()]), key("other", |_| {})];
        config.budgets = vec![
            shared("labs", BudgetOf::Tag("lab".to_owned()), monthly(usd(1_000_000))),
            shared("project", BudgetOf::Tag("x".to_owned()), monthly(1)),
            shared("people", BudgetOf::EachUser, monthly(usd(65))),
        ];
    })
    .await;
    let named = |key: &str, user: &str, tags: &str| {
        let body = format!(
            r#"{{"model":"p/m","user":"{user}","max_tokens":600,"messages":[{{"role":"user","content":"Hi"}}]}}"#
        );
        Call::post("/v1/chat/completions", body)
            .with("authorization", &format!("Bearer sk-{key}"))
            .with("x-wye-tags", tags)
    };
    let (answer, record) = app.recorded(named("k", "ann", "a, lab")).await;
    assert_eq!(answer.status, 200);
    let tags: Vec<&str> = record.tags.iter().map(|tag| &**tag).collect();
    assert_eq!((&tags[..], record.user.as_deref()), (&["lab", "a"][..], Some("ann")));
    assert_eq!(app.used("budget labs"), record.cost.unwrap(), "once, although it is named twice");
    assert_eq!(app.used("budget people, user ann"), record.cost.unwrap());
    // The user has 65 cents, and a request may cost 60: the second one fits only for somebody else.
    let (answer, record) = app.recorded(named("other", "ann", "")).await;
    assert_eq!((answer.status.as_u16(), record.code), (402, Some(Code::BudgetExceeded)));
    assert!(answer.text().contains("budget people, user ann"), "{}", answer.text());
    assert_eq!(app.recorded(named("other", "bob", "")).await.0.status, 200);
    let (answer, _) = app.recorded(named("other", "cid", "x")).await;
    assert_eq!(answer.status.as_u16(), 402);
    let (answer, record) = app.recorded(named("other", "cid", "a b")).await;
    assert_eq!((answer.status.as_u16(), record.code), (400, Some(Code::CallerInvalidRequest)));
    assert!(answer.text().contains("x-wye-tags"));
}

#[tokio::test]
async fn a_key_sees_only_what_it_may_use() {
    let app = app(|config| {
        config.keys = vec![key("k", |key| key.scopes.models = vec!["bo*".to_owned(), "p/cheap".to_owned()])];
    })
    .await;
    let get = |path: &str| Call::get(path).with("authorization", "Bearer sk-k");
    let listed = app.send(get("/v1/models")).await.json();
    let ids: Vec<&str> =
        listed["data"].as_array().unwrap().iter().map(|m| m["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["both", "p/cheap"]);
    assert_eq!(app.send(get("/v1/models/p/m")).await.status, 403);
    assert_eq!(app.send(get("/v1/models/both")).await.status, 200);
    // A route that it may name leads where it leads.
    let answer = app.send(ask(DialectId::OpenAiChat, "k", "both")).await;
    assert_eq!((answer.status.as_u16(), answer.header("x-wye-model")), (200, "none"));
    // Names that it may not use are not told as near ones.
    let answer = app.send(ask(DialectId::OpenAiChat, "k", "bot")).await;
    assert_eq!(answer.status, 404);
    assert!(answer.text().contains("did you mean both?"), "{}", answer.text());
}

#[tokio::test]
async fn an_answer_that_was_thrown_away_is_paid_for_if_it_was_billed() {
    let script = "{ providers: { p: { dialect: openai_chat, models: { m: {}, cheap: {}, none: {} } } } }";
    let config = CONFIG.replace(
        "  lone:",
        "  picky: { targets: [p/m, p/cheap], retry: { keywords: [\"this is m \"] } }\n  lone:",
    );
    for stream in [false, true] {
        let mut app = TestApp::start_with(script, &config, |config| {
            prices(config);
            config.keys = vec![key("k", |key| {
                key.limits = Limits { tpm: Some(1_000_000), ..Limits::default() };
                key.budgets = vec![monthly(usd(1000))];
            })];
        })
        .await;
        let call = Call::ask("picky", stream).with("authorization", "Bearer sk-k");
        let (answer, record) = app.recorded(call).await;
        assert_eq!((answer.status.as_u16(), record.attempts.len()), (200, 2));
        let usage = record.usage.unwrap();
        let [_, tokens, money, _] = app.used_of("key k");
        assert_eq!(record.cost, Some(money));
        // A stream is left before it tells what it used: the prompt and what came of the answer count.
        let both = usage.total() + 10..=usage.total() + 1000;
        assert!(both.contains(&tokens), "{tokens} of {usage:?}");
        assert!(money > 1_000_000, "the dear one counts a thousandth of a dollar a token: {money}");
    }
}

#[tokio::test]
async fn what_has_a_price_is_paid_for_beside_what_has_none() {
    let config = CONFIG.replace(
        "  lone:",
        "  picky: { targets: [p/m, p/none], retry: { keywords: [\"this is m \"] } }\n  lone:",
    );
    let mut app = TestApp::start_with(SCRIPT, &config, |config| {
        prices(config);
        config.keys =
            vec![key("any", |key| key.budgets = vec![Budget { allow_unpriced: true, ..monthly(usd(1000)) }])];
    })
    .await;
    let (answer, record) = app.recorded(ask(DialectId::OpenAiChat, "any", "picky")).await;
    assert_eq!((answer.header("x-wye-model"), record.cost), ("none", None));
    assert!(app.used("key any") > 1_000_000, "{}", app.used("key any"));
}

#[tokio::test]
async fn a_limit_of_a_request_holds_for_all_of_the_answer_that_it_allows() {
    let app = app(|config| config.keys = vec![key("k", |key| key.limits.tpr = Some(5000))]).await;
    let call = |most: u32| {
        let body =
            format!(r#"{{"model":"p/m","max_tokens":{most},"messages":[{{"role":"user","content":"Hi"}}]}}"#);
        Call::post("/v1/chat/completions", body).with("authorization", "Bearer sk-k")
    };
    assert_eq!(app.send(call(4900)).await.status, 200);
    let refused = app.send(call(100_000)).await;
    assert!(refused.status.is_client_error() && refused.text().contains("100000 of answer"), "{refused:?}");
}
