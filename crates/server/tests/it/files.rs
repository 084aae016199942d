//! Files and batches: they lie at a provider, and their ids say where to whoever they were told to, and to nobody else.

use serde_json::{Value, json};
use wye_config::{Config, Scopes, Team};
use wye_types::{Code, DialectId, Kind};

use super::limits::key;
use super::support::{Answer, Call, TestApp, attempts};

const SCRIPT: &str = r"
providers:
  o: { dialects: [openai_chat], keys: [sk-1, sk-2], models: { m: {} } }
  a: { dialect: anthropic_messages, keys: [sk-a], models: { m: {} } }
";

const CONFIG: &str = r#"
discover: false
providers:
  plain: { dialect: cohere, base_url: "@o@", api_key: sk-1 }
  o: { like: openai, base_url: "@o@", api_keys: [sk-1, sk-2] }
  o2: { like: openai, base_url: "@o@", api_key: sk-2 }
  a: { like: anthropic, base_url: "@a@", api_key: sk-a }
"#;

async fn app(change: impl FnOnce(&mut Config)) -> TestApp {
    TestApp::start_with(SCRIPT, CONFIG, change).await
}

/// A file of two requests.
fn upload(path: &str) -> Call {
    let line = |id: &str, model: &str| {
        json!({
            "custom_id": id, "method": "POST", "url": "/v1/chat/completions",
            "body": {"model": model, "messages": [{"role": "user", "content": "Hello."}]},
        })
    };
    let body = format!(
        "--b\r\ncontent-disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n--b\r\ncontent-disposition: form-data; \
         name=\"file\"; filename=\"in.jsonl\"\r\ncontent-type: application/jsonl\r\n\r\n{}\n{}\n\r\n--b--\r\n",
        line("1", "m"),
        line("2", "none")
    );
    let mut call = Call::post(path, body);
    call.headers[0].1 = "multipart/form-data; boundary=b".to_owned();
    call
}

fn id(answer: &Answer) -> String {
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
    answer.json()["id"].as_str().unwrap().to_owned()
}

fn delete(path: &str) -> Call {
    Call { method: "DELETE", ..Call::get(path) }
}

fn refused(answer: &Answer) -> (u16, &str) {
    (answer.status.as_u16(), answer.header("x-wye-code"))
}

#[tokio::test]
async fn a_file_is_found_again_wherever_it_lies() {
    let mut app = app(|_| {}).await;
    let (answer, record) = app.recorded(upload("/v1/files")).await;
    let file = id(&answer);
    assert!(file.starts_with("wye-") && file.is_ascii(), "{file}");
    assert_eq!((record.kind, record.status, record.cost), (Kind::Files, 200, Some(0)));
    assert_eq!((record.asked.as_str(), attempts(&record).as_str()), ("POST files", "o 200 served"));
    assert_eq!(answer.json()["filename"], "in.jsonl");
    let sent = app.fleet.received().pop().unwrap();
    assert_eq!((sent.path.as_str(), sent.key), ("/v1/files", Some(0)));
    let there = app.send(Call::get(&format!("/v1/files/{file}"))).await;
    assert_eq!(id(&there), file);
    let content = app.send(Call::get(&format!("/v1/files/{file}/content"))).await;
    assert_eq!(content.header("content-type"), "application/octet-stream");
    assert_eq!(content.text().lines().count(), 2);
    let list = app.send(Call::get("/v1/files?purpose=batch&limit=5")).await.json();
    assert_eq!((&list["data"][0]["id"], &list["first_id"]), (&json!(file), &json!(file)));
    let page = app.send(Call::get(&format!("/v1/files?after={file}"))).await;
    assert_eq!(page.status.as_u16(), 200);
    assert!(!app.fleet.received().pop().unwrap().path.contains("wye-"));
    let gone = app.send(delete(&format!("/v1/files/{file}"))).await;
    assert_eq!((id(&gone), &gone.json()["deleted"]), (file.clone(), &json!(true)));
    let none = app.send(Call::get(&format!("/v1/files/{file}"))).await;
    assert_eq!(refused(&none), (404, "caller_rejected"), "the provider says so itself");
}

#[tokio::test]
async fn a_thing_is_looked_for_at_the_account_that_holds_it() {
    let app = app(|_| {}).await;
    let mut held = Vec::new();
    for path in ["/v1/files", "/v1/files?provider=o2"] {
        held.push(id(&app.send(upload(path)).await));
    }
    held.push(id(&app.send(upload("/v1/files").with("x-wye-provider", "o2")).await));
    for (file, key, provider) in [(&held[0], 0, "o"), (&held[1], 1, "o2"), (&held[2], 1, "o2")] {
        let there = app.send(Call::get(&format!("/v1/files/{file}"))).await;
        assert_eq!((there.status.as_u16(), there.header("x-wye-provider")), (200, provider));
        assert_eq!(app.fleet.received().pop().unwrap().key, Some(key));
    }
    // What the first account holds is asked of it though the other comes before it by now.
    let mut config = CONFIG.replace("[sk-1, sk-2]", "[sk-2, sk-1]");
    config = config.replace("@o@", &app.fleet.base_url("o")).replace("@a@", &app.fleet.base_url("a"));
    let sources = wye_config::Sources {
        env: &|_| None,
        vault: &|_| None,
        file: &|_| Err(std::io::ErrorKind::NotFound.into()),
        local: &[],
    };
    let config = wye_config::load(&config, wye_config::Format::Yaml, &sources).unwrap();
    let limits = wye_live::Limiting::new(std::sync::Arc::new(wye_pipeline::chance::ProcessClock::start()));
    let live = wye_live::Builder::new(tokio_util::task::TaskTracker::new(), limits).build(&config).unwrap();
    app.pipeline.swap(live);
    let there = app.send(Call::get(&format!("/v1/files/{}", held[0]))).await;
    assert_eq!(there.status.as_u16(), 200, "{}", there.text());
    assert_eq!(app.fleet.received().pop().unwrap().key, Some(0));
}

#[tokio::test]
async fn a_batch_goes_where_its_file_lies() {
    let mut app = app(|_| {}).await;
    let file = id(&app.recorded(upload("/v1/files?provider=o2")).await.0);
    let body = json!({
        "input_file_id": file, "endpoint": "/v1/chat/completions", "completion_window": "24h",
        "metadata": {"id": "mine"},
    });
    let (begun, record) = app.recorded(Call::post("/v1/batches", body.to_string())).await;
    let batch = id(&begun);
    assert_eq!(
        (record.kind, record.cost, attempts(&record).as_str()),
        (Kind::Batches, None, "o2 200 served")
    );
    assert!(begun.header("x-wye-warnings").contains("models"), "{:?}", begun.headers);
    assert_eq!(
        (&begun.json()["input_file_id"], &begun.json()["metadata"]["id"]),
        (&json!(file), &json!("mine"))
    );
    let sent = app.fleet.received().pop().unwrap();
    assert_eq!(sent.body["input_file_id"].as_str().unwrap().split('-').next(), Some("file"));
    assert_eq!(sent.body["metadata"], json!({"id": "mine"}));
    let path = format!("/v1/batches/{batch}");
    let statuses: Vec<Value> = {
        let first = app.send(Call::get(&path)).await.json();
        let second = app.send(Call::get(&path)).await.json();
        let output = second["output_file_id"].as_str().unwrap().to_owned();
        let results = app.send(Call::get(&format!("/v1/files/{output}/content"))).await.text();
        let lines: Vec<Value> = results.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(
            (&lines[0]["custom_id"], &lines[0]["response"]["status_code"]),
            (&json!("1"), &json!(200))
        );
        assert_eq!(
            (&lines[1]["custom_id"], &lines[1]["response"]["status_code"]),
            (&json!("2"), &json!(404))
        );
        vec![first["status"].clone(), second["status"].clone()]
    };
    assert_eq!(statuses, ["in_progress", "completed"]);
    let list = app.send(Call::get("/v1/batches").with("x-wye-provider", "o2")).await.json();
    assert_eq!(list["data"][0]["id"], json!(batch));
    let cancelled = app.send(Call::post(&format!("{path}/cancel"), "")).await;
    assert_eq!(cancelled.json()["status"], "cancelling");
}

#[tokio::test]
async fn anthropics_batches_and_files_have_their_doors() {
    let app = app(|_| {}).await;
    let body = json!({"requests": [{"custom_id": "1", "params": {
        "model": "m", "max_tokens": 50, "messages": [{"role": "user", "content": "Hello."}],
    }}]});
    let call = |call: Call| call.with("anthropic-version", "2023-06-01");
    let batch = id(&app.send(call(Call::post("/v1/messages/batches", body.to_string()))).await);
    let path = format!("/v1/messages/batches/{batch}");
    app.send(call(Call::get(&path))).await;
    let ended = app.send(call(Call::get(&path))).await.json();
    assert_eq!((&ended["processing_status"], &ended["id"]), (&json!("ended"), &json!(batch)));
    assert_eq!(ended["results_url"], json!(format!("{path}/results")));
    let results = app.send(call(Call::get(&format!("{path}/results")))).await;
    assert_eq!(results.header("content-type"), "application/x-jsonl");
    assert!(results.text().contains("\"succeeded\""), "{}", results.text());
    assert_eq!(app.send(call(Call::get("/v1/messages/batches"))).await.json()["last_id"], json!(batch));
    let file = app.send(call(upload("/v1/files"))).await;
    assert_eq!((file.header("x-wye-provider"), &file.json()["type"]), ("a", &json!("file")));
    let gone = app.send(call(delete(&path))).await;
    assert_eq!(gone.json()["type"], "message_batch_deleted");
    // One vendor's ids are nothing at the other's doors.
    let wrong = app.send(Call::get(&format!("/v1/batches/{batch}"))).await;
    assert_eq!(wrong.status.as_u16(), 400, "{}", wrong.text());
}

#[tokio::test]
async fn an_id_is_of_use_to_whom_it_was_told_only() {
    let mut app = app(|config| {
        config.keys = vec![
            key("one", |key| key.team = Some("t".to_owned())),
            key("two", |key| key.team = Some("t".to_owned())),
            key("other", |_| {}),
            key("chat", |key| {
                key.scopes = Scopes {
                    apis: vec![DialectId::OpenAiChat],
                    pass: false,
                    free_only: false,
                    models: Vec::new(),
                };
            }),
            key("few", |key| {
                key.scopes = Scopes {
                    apis: Vec::new(),
                    pass: false,
                    free_only: false,
                    models: vec!["o/m".to_owned()],
                };
            }),
        ];
        config.teams = vec![Team {
            name: "t".to_owned(),
            limits: config.keys[0].limits.clone(),
            budgets: Vec::new(),
            scopes: Scopes::default(),
        }];
    })
    .await;
    let by = |name: &str, call: Call| call.with("authorization", &format!("Bearer sk-{name}"));
    let file = id(&app.recorded(by("one", upload("/v1/files"))).await.0);
    let path = format!("/v1/files/{file}");
    assert_eq!(app.recorded(by("two", Call::get(&path))).await.0.status.as_u16(), 200, "its team's");
    let (got, record) = app.recorded(by("other", Call::get(&path))).await;
    assert_eq!((refused(&got), record.code), ((404, "caller_not_found"), Some(Code::CallerNotFound)));
    let batch =
        json!({"input_file_id": file, "endpoint": "/v1/chat/completions", "completion_window": "24h"});
    let (got, _) = app.recorded(by("other", Call::post("/v1/batches", batch.to_string()))).await;
    assert_eq!(refused(&got), (400, "caller_invalid_request"));
    // Nor is one that was changed, or the provider's own.
    let (sealed, own) = file.rsplit_once("-file-").unwrap();
    let flip = |at: usize| if &file[at..=at] == "2" { "3" } else { "2" };
    let flipped = format!("{}{}{}", &file[..10], flip(10), &file[11..]);
    for wrong in
        [format!("file-{own}"), format!("{sealed}-file-x"), flipped, "wye-".to_owned(), "%2e%2e".to_owned()]
    {
        let (got, _) = app.recorded(by("one", Call::get(&format!("/v1/files/{wrong}")))).await;
        assert_eq!(refused(&got), (404, "caller_not_found"), "{wrong}");
    }
    // A list shows everybody's, so that it takes the permission that everything takes.
    let (got, _) = app.recorded(by("chat", Call::get("/v1/files"))).await;
    assert_eq!(refused(&got), (403, "caller_forbidden"));
    let own = id(&app.recorded(by("chat", upload("/v1/files"))).await.0);
    assert_eq!(app.recorded(by("chat", Call::get(&format!("/v1/files/{own}")))).await.0.status.as_u16(), 200);
    // A page that goes on from a file of its own is a list all the same.
    let (got, _) = app.recorded(by("chat", Call::get(&format!("/v1/files?after={own}")))).await;
    assert_eq!(refused(&got), (403, "caller_forbidden"));
    let (got, _) = app.recorded(by("few", upload("/v1/files"))).await;
    assert_eq!(refused(&got), (403, "caller_forbidden"));
    for call in [
        Call::get("/v1/files?provider=plain"),
        Call::get("/v1/files?provider=a"),
        upload("/v1/files?provider=x"),
    ] {
        let (got, _) = app.recorded(by("one", call)).await;
        assert!(matches!(got.status.as_u16(), 400 | 404), "{}", got.text());
    }
}

#[tokio::test]
async fn what_is_no_call_of_these_is_refused() {
    let app = app(|_| {}).await;
    for (method, path, status) in
        [("PUT", "/v1/files", 405), ("PATCH", "/v1/batches/x", 405), ("GET", "/v1/batches/x", 404)]
    {
        let got = app.send(Call { method, ..Call::get(path) }).await;
        assert_eq!(got.status.as_u16(), status, "{method} {path}: {}", got.text());
    }
    for body in ["", "[]", "{}", r#"{"input_file_id": 1}"#, r#"{"input_file_id": "file-1"}"#] {
        let got = app.send(Call::post("/v1/batches", body)).await;
        assert_eq!(got.status.as_u16(), 400, "{body}: {}", got.text());
    }
}
