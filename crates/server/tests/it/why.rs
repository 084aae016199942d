//! Why a request went where it went: the header of its answer, what its client and its operators read of it later, and
//! where one would go that is not sent.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::watch;
use wye_pipeline::capture::reassemble;
use wye_store::log::Keep;
use wye_store::log::sink::{Options, SPOOL_BYTES, Sink};
use wye_types::record::decision::{CandidateRecord, FactsRecord, Hop, ProfileRecord, Traits};
use wye_types::record::{DecisionRecord, Records, Refusal, RefusalCode, RequestRecord};
use wye_types::{Clock, Code, DeploymentId, RequestId};

use super::desk::{Ask, Desk, Hands};
use super::support::{Call, TestApp};

const SCRIPT: &str = "
providers:
  bad: { dialect: openai_chat, models: { m: {} }, faults: [{ fault: { status: 500 } }] }
  good: { dialect: openai_chat, models: { m: {} } }
";
const CONFIG: &str = r#"
discover: false
providers:
  bad: { dialect: openai_chat, base_url: "@bad@" }
  good: { dialect: openai_chat, base_url: "@good@" }
routes:
  both: { targets: [bad/m, good/m], retry: { rounds: 1 } }
"#;

/// The desk's clients and what they may ask for. Nobody is ever called.
const KEYED: &str = "
discover: false
keys:
  - { name: ci, key: sk-ci-0123456789abcdef }
  - { name: other, key: sk-other-0123456789ab, models: [cheap] }
  - { name: paid, key: sk-paid-0123456789abc, budgets: [{ usd: 1, per: day }] }
  - { name: free, key: sk-free-0123456789abc, free_only: true }
providers:
  p:
    dialect: openai_chat
    base_url: http://127.0.0.1:1
    models:
      - { id: dear, price: { input: 3, output: 15 } }
      - { id: none, price: { input: 0, output: 0 } }
      - { id: odd }
routes:
  cheap: { targets: [p/dear, p/odd, p/none] }
";

/// Writes records into the desk's log.
async fn log(desk: &Desk, records: Vec<RequestRecord>) {
    let options = Options {
        places: 8,
        node: "desk".to_owned(),
        clock: Arc::<Hands>::clone(&desk.hands) as Arc<dyn Clock>,
        cells: Arc::default(),
        spool: desk.folder().join("spool"),
        spool_bytes: SPOOL_BYTES,
        keep: watch::channel(Keep::new(1 << 16, &[], &[]).unwrap()).1,
        tee: None,
        reassemble,
        gather: Duration::from_millis(1),
    };
    let (sink, writer) = Sink::start(Some(desk.db.clone()), options).unwrap();
    for record in records {
        sink.reserve().unwrap().send(record);
    }
    writer.done().await.unwrap();
}

fn decided(key: &str) -> RequestRecord {
    let deployment = |model: &str| Arc::new(DeploymentId { provider: "groq".into(), model: model.into() });
    let candidate = |model: &str, place: Option<u16>, refused| CandidateRecord {
        deployment: deployment(model),
        score: place.map(|_| 1.5),
        terms: [0.5, 0.25, f32::NAN, 0.0, 0.0],
        place,
        refused,
    };
    let used_up = Refusal::new(RefusalCode::QuotaUsedUp).about("30 requests a minute of groq/1");
    let used_up = used_up.waits(Some(Duration::from_millis(4200)));
    RequestRecord {
        id: RequestId::v7(1_790_000_000_000, 7),
        at_ms: 1_790_000_000_000,
        key: Some(key.to_owned()),
        asked: "wye/auto".to_owned(),
        status: 200,
        served: Some(deployment("llama")),
        decision: Some(Box::new(DecisionRecord {
            chain: vec![Hop { route: "wye/auto".into(), strategy: "adaptive", reason: None }],
            facts: FactsRecord { tokens_in: 12, traits: Traits::STREAM, ..FactsRecord::default() },
            terms: &["random", "health", "speed"],
            candidates: vec![candidate("llama", Some(0), None), candidate("qwen", None, Some(used_up))],
            seed: u64::MAX,
            ..DecisionRecord::default()
        })),
        ..RequestRecord::default()
    }
}

#[tokio::test]
async fn what_became_of_a_request_is_told_to_its_client_and_its_operators() {
    let mut app = TestApp::start(SCRIPT, CONFIG).await;
    let (answer, record) = app.recorded(Call::ask("good/m", false)).await;
    assert_eq!(answer.header("x-wye-reason"), "ordered: first target");
    assert!(record.decision.is_none(), "there was nothing to decide");
    let alone = record;
    let (answer, record) = app.recorded(Call::ask("both", true)).await;
    assert_eq!(answer.header("x-wye-reason"), "ordered: good/m; attempt 2");
    let id = answer.header("x-wye-decision-id").to_owned();
    let desk = Desk::new("discover: false").await;
    let unknown =
        RequestRecord { id: RequestId(9), code: Some(Code::CallerModelNotFound), ..RequestRecord::default() };
    let whys = [(alone.id, json!("one_target"), json!(1)), (unknown.id, json!("no_target"), Value::Null)];
    let whys = whys.into_iter().chain([(record.id, json!("in_order"), json!(2))]);
    log(&desk, vec![record, alone, unknown]).await;
    for (id, why, targets) in whys {
        let trace = desk.call_client(Ask::get(&format!("/v1/trace/{id}"))).await.json();
        assert_eq!(
            (&trace["decision"], &trace["why_none"], &trace["targets"]),
            (&Value::Null, &why, &targets),
            "{trace}"
        );
    }
    let seen = desk.call_client(Ask::get(&format!("/v1/trace/{id}"))).await;
    assert_eq!(seen.status, 200, "{}", seen.text());
    let trace = seen.json();
    assert_eq!(
        (&trace["id"], &trace["asked"], &trace["served"], &trace["decision"]),
        (&json!(id), &json!("both"), &json!("good/m"), &Value::Null)
    );
    let (failed, served) = (&trace["attempts"][0], &trace["attempts"][1]);
    assert_eq!(
        [&failed["deployment"], &failed["role"], &failed["outcome"], &failed["code"]],
        ["bad/m", "primary", "failed", "provider_error"]
    );
    assert_eq!([&served["deployment"], &served["role"], &served["outcome"]], ["good/m", "retry", "served"]);
    let times = ["answered_us", "content_us", "took_us"].map(|name| served[name].as_u64().unwrap());
    assert!(times.is_sorted() && times[0] > 0, "{times:?}");
}

#[tokio::test]
async fn a_decision_is_read_by_whose_it_is() {
    let (desk, [viewer, ..]) = Desk::peopled(KEYED).await;
    let record = decided("ci");
    let (id, late) = (record.id, RequestId::v7(1_790_000_000_000, 8));
    log(&desk, vec![record]).await;
    let path = format!("/v1/trace/{id}");
    let own = desk.call_client(Ask::get(&path).bearer("sk-ci-0123456789abcdef")).await;
    assert_eq!(own.status, 200, "{}", own.text());
    assert_eq!(
        own.json()["decision"],
        json!({
            "chain": [{ "route": "wye/auto", "strategy": "adaptive", "reason": null }],
            "facts": { "tokens_in": 12, "tokens_out": 0, "traits": ["stream"], "script": null, "tags": [],
                       "tier": null },
            "profile": null,
            "mode": "in_turn",
            "terms": ["random", "health", "speed"],
            "candidates": [
                { "deployment": "groq/llama", "place": 0, "score": 1.5, "terms": [0.5, 0.25, null],
                  "refused": null },
                { "deployment": "groq/qwen", "place": null, "score": null, "terms": [], "refused": {
                    "code": "quota_used_up", "wait_ms": 4200,
                    "reason": "used up for another 5 s: 30 requests a minute of groq/1" } },
            ],
            "omitted": 0,
            "seed": u64::MAX.to_string(),
            "session": null,
        })
    );
    let seen = desk.call(Ask::get(&format!("/api/v1/decisions/{id}")).bearer(&viewer)).await;
    assert_eq!((seen.status.as_u16(), seen.json()), (200, own.json()));
    // To others it does not exist, and they are told so in their own words.
    for (key, id) in [
        ("sk-other-0123456789ab", id.to_string()),
        ("sk-ci-0123456789abcdef", late.to_string()),
        ("sk-ci-0123456789abcdef", "nobody".to_owned()),
    ] {
        let asked = Ask::get(&format!("/v1/trace/{id}")).with("x-api-key", key);
        let seen = desk.call_client(asked.with("anthropic-version", "2023-06-01")).await;
        assert_eq!((seen.status.as_u16(), &seen.json()["error"]["type"]), (404, &json!("not_found_error")));
    }
    assert_eq!(desk.call_client(Ask::get(&path)).await.status, 401);
    let gone = desk.call(Ask::get(&format!("/api/v1/decisions/{late}")).bearer(&viewer)).await;
    assert_eq!(gone.status, 404);
    for (query, count) in
        [("strategy=adaptive", 1), ("strategy=judge", 0), ("refusal=quota_used_up", 1), ("refusal=rests", 0)]
    {
        let seen = desk.call(Ask::get(&format!("/api/v1/requests?{query}")).bearer(&viewer)).await;
        assert_eq!(seen.json()["items"].as_array().map(Vec::len), Some(count), "{query}: {}", seen.text());
    }
    let odd = desk.call(Ask::get("/api/v1/requests?refusal=whim").bearer(&viewer)).await;
    assert!(odd.status == 400 && odd.text().contains("quota_used_up"), "{}", odd.text());
}

#[test]
fn the_page_about_decisions_lists_every_reason() {
    let page = include_str!("../../../../docs/why.md");
    let rows = RefusalCode::all().map(|code| format!("| `{}` | {} |\n", code.name(), code.meaning()));
    assert!(page.ends_with(&rows.collect::<String>()), "docs/why.md is stale");
}

async fn explained(desk: &Desk, token: &str, asked: Value) -> (u16, Value) {
    let seen = desk.call(Ask::post("/api/v1/route", &asked).bearer(token)).await;
    (seen.status.as_u16(), seen.json())
}

#[tokio::test]
async fn an_operator_makes_the_gateway_forget_that_a_deployment_failed() {
    let (desk, [viewer, operator, admin]) = Desk::peopled(KEYED).await;
    let request = json!({"model": "cheap", "messages": [{"role": "user", "content": "hi"}]});
    let question = json!({"request": request, "key": "ci"});
    let first = async || explained(&desk, &viewer, question.clone()).await.1["first"].clone();
    assert_eq!(first().await, "p/dear");
    let live = desk.pipeline.live();
    let endpoint = &live.endpoints["p"];
    endpoint.fleet.member("dear").state.rests(Duration::from_secs(600), Duration::ZERO);
    assert_eq!(first().await, "p/odd");
    endpoint.accounts[0].state.refused(Duration::ZERO, Some(Duration::from_secs(60)));
    assert_eq!(first().await, Value::Null);
    let reset = async |id: &str, token: &str| {
        let path = format!("/api/v1/deployments/{id}/reset");
        desk.call(Ask::new("POST", &path).bearer(token)).await
    };
    assert_eq!(reset("p%2Fdear", &viewer).await.status, 403);
    let seen = reset("p%2Fdear", &operator).await;
    let told = json!({"deployment": "p/dear", "was_shut": true, "accounts": 1});
    assert_eq!((seen.status.as_u16(), seen.json()), (200, told));
    assert_eq!(first().await, "p/dear");
    assert_eq!(reset("p%2Fdear", &operator).await.json()["was_shut"], false);
    for missing in ["p%2Fnever", "nobody%2Fm", "p"] {
        assert_eq!(reset(missing, &operator).await.status, 404, "{missing}");
    }
    let audit = desk.call(Ask::get("/api/v1/audit").bearer(&admin)).await.json();
    let traces = audit["items"].as_array().unwrap();
    assert!(
        traces.iter().any(|trace| trace["action"] == "reset_deployment" && trace["outcome"] == "ok"),
        "{audit}"
    );
}

#[tokio::test]
async fn how_deployments_and_their_accounts_are_is_told() {
    let config = "\
discover: false
providers:
  p: { dialect: openai_chat, base_url: 'http://p/v1', api_keys: [sk-one, sk-two] }
  q: { dialect: openai_chat, base_url: 'http://q/v1', api_key: sk-q }
routes: { r: { targets: [p/m, q/m, q/n] } }
";
    let (desk, [viewer, ..]) = Desk::peopled(config).await;
    let list = async |query: &str| {
        let seen = desk.call(Ask::get(&format!("/api/v1/deployments{query}")).bearer(&viewer)).await;
        (seen.status.as_u16(), seen.json())
    };
    let names = |page: &Value| -> Vec<String> {
        let items = page["items"].as_array().unwrap().iter();
        items.map(|item| item["deployment"].as_str().unwrap().to_owned()).collect()
    };
    let live = desk.pipeline.live();
    let (endpoint, s) = (&live.endpoints["p"], Duration::from_secs);
    let member = endpoint.fleet.member("m");
    let lanes = endpoint.lanes(&member).unwrap();
    for _ in 0..2 {
        for (lane, at) in [(0, s(1)), (1, s(2))] {
            let mut call = member.call(true, true, s(0)).unwrap();
            call.through(&lanes[lane], s(0));
            call.first_content(at);
            call.served(Some(50), at + s(5));
        }
    }
    let mut call = member.call(false, true, s(0)).unwrap();
    call.through(&lanes[1], s(0));
    endpoint.accounts[0].state.refused(s(0), Some(s(60)));
    endpoint.accounts[1].state.exhausted("other", s(0), s(60));
    live.endpoints["q"].fleet.member("n").state.rests(s(19), s(0));
    desk.hands.forward(s(10));
    let (status, page) = list("?provider=p").await;
    let unknown = json!({ "first_content_ms": null, "p50_ms": null, "p97_ms": null, "tokens_per_second": null,
                          "success": null });
    let known = |ms: f64| json!({ "first_content_ms": ms, "p50_ms": null, "p97_ms": null, "tokens_per_second": 10.0, "success": 1.0 });
    let account = |place: usize, rests: Value, calls: u32| {
        let name = page["items"][0]["accounts"][place]["name"].clone();
        assert!(name.is_string());
        json!({ "account": place, "name": name, "rests": rests, "in_flight": calls,
                "streams": known([1000.0, 2000.0][place]), "streams_last": false,
                "whole_answers": unknown, "whole_answers_last": false })
    };
    let told = json!({ "why": "told", "for_ms": 50_000 });
    assert_eq!(status, 200, "{page}");
    assert_eq!(
        page["items"],
        json!([{
            "deployment": "p/m", "provider": "p", "health": 100, "shut": null, "shut_for_ms": null,
            "asked_last": false, "in_flight": 1, "served_last_minute": 4,
            "streams": page["items"][0]["streams"], "whole_answers": unknown,
            "accounts": [account(0, json!([told]), 0), account(1, json!([]), 1)],
        }])
    );
    assert_eq!(page["items"][0]["streams"]["success"], 1.0);
    drop(call);
    let (_, page) = list("?limit=2").await;
    assert_eq!((names(&page), &page["next"]), (vec!["p/m".to_owned(), "q/m".to_owned()], &json!("q/m")));
    let (_, page) = list("?cursor=q%2Fm&deployment=q%2Fn").await;
    assert_eq!(names(&page), ["q/n"]);
    let one = &page["items"][0];
    assert_eq!(
        (&one["shut"], &one["shut_for_ms"], &one["health"]),
        (&json!("failed"), &json!(9000), &json!(0))
    );
    assert_eq!(one["accounts"][0]["streams"], unknown, "a single account has the deployment's figures");
    assert_eq!(list("?deployment=q%2Fnone").await.1["items"], json!([]));
    assert_eq!(list("?whose=q").await.0, 400);
}

#[tokio::test]
async fn where_a_request_would_go_is_told_without_sending_it() {
    let (desk, [viewer, ..]) = Desk::peopled(KEYED).await;
    let ask = |model: &str| json!({"model": model, "stream": true, "messages": [{"role": "user", "content": "hi"}]});
    for (key, headers, first, refused) in [
        ("ci", json!({}), "p/dear", json!([])),
        ("paid", json!({}), "p/dear", json!(["p/odd no_price"])),
        ("free", json!({}), "p/none", json!(["p/dear not_free", "p/odd not_free"])),
        ("other", json!({"x-wye-free-only": "1"}), "p/none", json!(["p/dear not_free", "p/odd not_free"])),
    ] {
        let asked = json!({"request": ask("cheap"), "key": key, "headers": headers});
        let (status, told) = explained(&desk, &viewer, asked).await;
        assert_eq!((status, &told["route"], &told["first"]), (200, &json!("cheap"), &json!(first)), "{told}");
        let decision = &told["decision"];
        assert_eq!(decision["chain"][0]["strategy"], "ordered");
        assert!(decision["facts"]["traits"].as_array().unwrap().contains(&json!("stream")), "{decision}");
        let all = decision["candidates"].as_array().unwrap();
        let over = all.iter().filter(|one| one["place"].is_null()).map(|one| {
            let [name, code] =
                [&one["deployment"], &one["refused"]["code"]].map(|text| text.as_str().unwrap());
            format!("{name} {code}")
        });
        assert_eq!(json!(over.collect::<Vec<_>>()), refused, "{key}");
    }
    let gemini = json!({"dialect": "gemini", "model": "p/none", "key": "ci",
                        "request": {"contents": [{"parts": [{"text": "hi"}]}]}});
    assert_eq!(explained(&desk, &viewer, gemini).await.1["first"], "p/none");
    for (asked, code, field) in [
        (json!({"request": ask("cheap")}), "caller_unauthenticated", "key"),
        (json!({"request": ask("cheap"), "key": "nobody"}), "caller_invalid_request", "key"),
        (json!({"request": ask("p/none"), "key": "other"}), "caller_forbidden", "request.model"),
        (json!({"request": ask("nothing"), "key": "ci"}), "caller_model_not_found", "request.model"),
        (json!({"request": {"messages": 7}, "key": "ci"}), "caller_invalid_request", "request"),
        (json!({"request": ask("cheap"), "dialect": "morse"}), "caller_invalid_request", "dialect"),
        (json!({"request": ask("cheap"), "headers": {"a b": ""}}), "caller_invalid_request", "headers.a b"),
        (json!({"key": "ci"}), "caller_invalid_request", ""),
    ] {
        let (status, told) = explained(&desk, &viewer, asked.clone()).await;
        assert_eq!((status, &told["code"]), (400, &json!(code)), "{told}");
        let named = told["errors"][0]["field"].as_str().unwrap_or_default();
        assert!(named.starts_with(field), "{asked}: {told}");
    }
    let audit = desk.call(Ask::get("/api/v1/requests").bearer(&viewer)).await;
    assert_eq!(audit.json()["items"], json!([]), "nothing was sent or recorded");
}

#[tokio::test]
async fn operators_say_what_a_request_really_was_about() {
    let (desk, admin) = Desk::set_up(KEYED).await;
    let record = RequestRecord {
        decision: Some(Box::new(DecisionRecord {
            profile: Some(Box::new(ProfileRecord {
                categories: vec![("general", 0.7), ("code", 0.2)],
                difficulty: Some(0.25),
            })),
            ..DecisionRecord::default()
        })),
        ..decided("ci")
    };
    let path = format!("/api/v1/decisions/{}/wrong", record.id);
    let id = record.id.to_string();
    log(&desk, vec![record]).await;
    let mark = async |body: Value| desk.call(Ask::post(&path, &body).bearer(&admin)).await;
    for (body, field) in [
        (json!({"note": "hm"}), "category"),
        (json!({"category": "cooking"}), "write one of code"),
        (json!({"difficulty": 2}), "from 0 to 1"),
    ] {
        let refused = mark(body).await;
        assert!(refused.status == 400 && refused.text().contains(field), "{}", refused.text());
    }
    let said = mark(json!({"category": "code", "difficulty": 0.5, "note": "a program"})).await;
    assert_eq!(said.status, 200, "{}", said.text());
    let label = said.json();
    assert_eq!(
        (&label["guessed"], &label["guessed_difficulty"], &label["author"]),
        (&json!("general"), &json!(0.25), &json!("root"))
    );
    let lines = desk.call(Ask::get("/api/v1/labels-export").bearer(&admin)).await.text();
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines, [label]);
    let listed = desk.call(Ask::get("/api/v1/labels").bearer(&admin)).await.json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    let gone = Ask::new("DELETE", &format!("/api/v1/labels/{id}")).bearer(&admin);
    assert_eq!(desk.call(gone).await.status, 204);
    let missing = Ask::post(
        "/api/v1/decisions/0195a000-0000-7000-8000-000000000000/wrong",
        &json!({"category": "code"}),
    );
    assert_eq!(desk.call(missing.bearer(&admin)).await.status, 404);
}
