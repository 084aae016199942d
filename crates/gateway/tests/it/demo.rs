//! `wye demo`: what it prints works as it stands.

use std::process::Command;

use serde_json::Value;

use super::http::Connection;
use super::process::{Folder, Running, ended};

/// The demo's first lines, up to the one after which requests are shown.
fn welcome(demo: &Running) -> String {
    let mut text = String::new();
    loop {
        let line = demo.line();
        text.push_str(&line);
        text.push('\n');
        if line.starts_with("Ctrl-C stops") {
            return text;
        }
    }
}

fn field<'a>(welcome: &'a str, name: &str) -> &'a str {
    let mut words = welcome.lines().map(str::split_whitespace);
    words.find_map(|mut words| (words.next() == Some(name)).then(|| words.next())).flatten().unwrap()
}

#[test]
fn the_printed_curl_line_works() {
    let folder = Folder::new();
    let demo = Running::start(&mut folder.wye(&["demo", "--quiet", "--listen", "127.0.0.1:0"]));
    let welcome = welcome(&demo);
    let curl = welcome.lines().map(str::trim).find(|line| line.starts_with("curl ")).unwrap();
    let said = ended(Command::new("sh").args(["-c", curl]));
    assert_eq!(said.code, Some(0), "{said:?}");
    let answer: Value = serde_json::from_str(&said.out).unwrap();
    assert!(answer["choices"][0]["message"]["content"].as_str().is_some_and(|t| !t.is_empty()), "{answer}");
    // The request is shown below, with the failover it took.
    let shown = demo.line();
    let shown = if shown.is_empty() { demo.line() } else { shown };
    assert!(shown.contains("200 auto → sim-openai/swift after sim-flaky/flaky"), "{shown:?}");
    demo.stop();
}

#[test]
fn every_model_it_names_answers() {
    let folder = Folder::new();
    let demo = Running::start(&mut folder.wye(&["demo", "--quiet", "--listen", "127.0.0.1:0"]));
    let welcome = welcome(&demo);
    let address = field(&welcome, "url").strip_prefix("http://").unwrap().to_owned();
    let key = field(&welcome, "key");
    let models: Vec<&str> = welcome
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with("sim-") && !line.contains(' ') && !line.contains("flaky"))
        .collect();
    assert!(models.len() >= 6, "{welcome}");
    for model in models {
        let mut client = Connection::to(&address);
        let body =
            format!(r#"{{"model":"{model}","messages":[{{"role":"user","content":"[[tokens=3]]"}}]}}"#);
        client.post("/v1/chat/completions", &format!("authorization: Bearer {key}\r\n"), &body);
        let answer = client.answer();
        assert_eq!(answer.status, 200, "{model}: {}", answer.body);
    }
    let mut fleet = Connection::to(field(&welcome, "fleet").strip_prefix("http://").unwrap());
    assert_eq!(fleet.get("/_sim/health").status, 200);
    demo.stop();
}

#[test]
fn a_second_demo_takes_another_port() {
    let folder = Folder::new();
    // Whether the usual port is free or not: two demos at once never meet.
    let demos = [(); 2].map(|()| Running::start(&mut folder.wye(&["demo", "--quiet"])));
    let urls = [0, 1].map(|n| field(&welcome(&demos[n]), "url").to_owned());
    assert_ne!(urls[0], urls[1]);
    for url in urls {
        let mut client = Connection::to(url.strip_prefix("http://").unwrap());
        assert_eq!(client.get("/readyz").status, 200);
    }
    for demo in demos {
        demo.stop();
    }
}

#[test]
fn a_file_of_ones_own_is_served_with_the_fleet() {
    let folder = Folder::new();
    folder.write(
        "my.yaml",
        "discover: false\nproviders:\n  mine: { dialect: gemini, base_url: '${WYE_DEMO_FLEET}/sim-gemini', api_key: sk-sim-gemini }\n\
         routes: { auto: { targets: [mine/lens] } }\n",
    );
    let demo = Running::start(&mut folder.wye(&[
        "demo",
        "--quiet",
        "--listen",
        "127.0.0.1:0",
        "--config",
        "my.yaml",
    ]));
    let welcome = welcome(&demo);
    let curl = welcome.lines().map(str::trim).find(|line| line.starts_with("curl ")).unwrap();
    let said = ended(Command::new("sh").args(["-c", curl]));
    let answer: Value = serde_json::from_str(&said.out).unwrap();
    assert!(answer["choices"][0]["message"]["content"].is_string(), "{answer}");
    // What it says is true of this file.
    assert!(welcome.contains("mine/lens") && !welcome.contains("sim-openai/swift"), "{welcome}");
    demo.stop();
}

#[test]
fn sighup_does_not_end_it() {
    let folder = Folder::new();
    let demo = Running::start(&mut folder.wye(&["demo", "--quiet", "--listen", "127.0.0.1:0"]));
    let welcome = welcome(&demo);
    demo.signal("HUP");
    demo.log("nothing is reloaded");
    let mut client = Connection::to(field(&welcome, "url").strip_prefix("http://").unwrap());
    assert_eq!(client.get("/readyz").status, 200);
    demo.stop();
}

#[test]
fn its_users_see_what_its_clients_ask() {
    let folder = Folder::new();
    let demo = Running::start(&mut folder.wye(&["demo", "--listen", "127.0.0.1:0"]));
    let welcome = welcome(&demo);
    let address = field(&welcome, "url").strip_prefix("http://").unwrap().to_owned();
    assert_eq!(field(&welcome, "console"), format!("http://{address}/"));
    let mut client = Connection::to(&address);
    client.post(
        "/api/v1/session",
        "content-type: application/json\r\n",
        r#"{"name": "viewer", "password": "wye-demo-password", "tokens": true}"#,
    );
    let session = client.answer();
    assert_eq!(session.status, 200, "{}", session.body);
    let access = session.json()["session"]["access"].as_str().unwrap().to_owned();
    client.send(
        format!(
            "GET /api/v1/live?after=1 HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {access}\r\n\r\n"
        )
        .as_bytes(),
    );
    assert!(client.head().starts_with("HTTP/1.1 200"));
    let mut text = String::new();
    let told = |text: &str, name: &str| {
        let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
        let data = data.filter_map(|data| serde_json::from_str::<Value>(data).ok());
        let all: std::collections::BTreeSet<String> =
            data.filter_map(|event| event[name].as_str().map(str::to_owned)).collect();
        all.len()
    };
    while told(&text, "id") < 25 || told(&text, "key") < 3 || told(&text, "deployment") < 3 {
        text.push_str(&client.chunk().unwrap());
    }
    // Ctrl-C ends all of it at once: what is under way is not waited for.
    demo.signal("INT");
    while let Some(chunk) = client.chunk() {
        text.push_str(&chunk);
    }
    assert!(text.ends_with("event: ended\ndata: {\"why\":\"shutdown\"}\n\n"), "{text}");
    demo.stopped();
}

#[test]
fn nobody_else_reaches_a_demo_that_has_users() {
    let folder = Folder::new();
    let demo = Running::start(&mut folder.wye(&["demo", "--quiet", "--listen", "0.0.0.0:0"]));
    let welcome = welcome(&demo);
    assert!(!welcome.contains("wye-demo-password"), "{welcome}");
    let port = field(&welcome, "url").rsplit(':').next().unwrap().to_owned();
    let mut client = Connection::to(&format!("127.0.0.1:{port}"));
    assert_eq!(client.get("/api/v1/setup").json()["open"], true);
    demo.stop();
}
