//! A changed file is taken whole or refused whole; what runs keeps what it began with.

use super::http::{Answer, Connection, chat, status};
use super::process::{Folder, Running};
use super::upstream::Upstream;

const SERVE: [&str; 5] = ["serve", "--listen", "127.0.0.1:0", "--config", "my.yaml"];

/// The route `r` leads to this model of the provider `corp`.
fn file(upstream: &Upstream, model: &str) -> String {
    format!(
        "discover: false\nproviders:\n  corp: {{ dialect: openai_chat, base_url: '{}', api_keys: [a, b] }}\n\
         routes:\n  r: {{ targets: [corp/{model}] }}\n",
        upstream.base_url()
    )
}

fn config_hash(address: &str) -> String {
    let ready = Connection::to(address).get("/readyz");
    ready.json()["config"].as_str().unwrap().to_owned()
}

#[test]
fn a_changed_file_takes_effect_and_connections_are_kept() {
    let (folder, upstream) = (Folder::new(), Upstream::start());
    folder.write("my.yaml", &file(&upstream, "old"));
    let (wye, address) = Running::listening(&mut folder.wye(&SERVE));
    let before = config_hash(&address);
    let mut client = Connection::to(&address);
    client.ask("r", false);
    let mut call = upstream.call();
    assert!(call.body.contains("\"old\""), "{}", call.body);
    call.answer("1");
    assert_eq!(client.answer().status, 200);
    assert_eq!(wye.record()["served"], "corp/old");

    folder.write("my.yaml", &file(&upstream, "new"));
    wye.log("configuration reloaded");
    assert_ne!(config_hash(&address), before);
    client.ask("r", false);
    // The provider did not change, so the call comes over the connection that was there.
    let mut call = call.next();
    assert!(call.body.contains("\"new\""), "{}", call.body);
    call.answer("2");
    assert_eq!(client.answer().status, 200);
    assert_eq!(wye.record()["served"], "corp/new");
    wye.stop();
}

#[test]
fn sighup_reads_the_file_and_its_references_again() {
    let (folder, upstream) = (Folder::new(), Upstream::start());
    folder.write("key", "sesame");
    folder.write("my.yaml", &format!("{}keys: ['file:key']\n", file(&upstream, "m")));
    let (wye, address) = Running::listening(&mut folder.wye(&SERVE));
    let before = config_hash(&address);
    wye.signal("HUP");
    wye.log("configuration reloaded");
    assert_eq!(config_hash(&address), before, "nothing has changed");
    folder.write("key", "changed");
    wye.signal("HUP");
    wye.log("configuration reloaded");
    let with = |key: &str| -> Answer {
        let mut connection = Connection::to(&address);
        connection.post("/v1/chat/completions", &format!("authorization: Bearer {key}\r\n"), "{");
        connection.answer()
    };
    assert_eq!(with("sesame").status, 401);
    assert_eq!(with("changed").status, 400);
    wye.stop();
}

#[test]
fn a_bad_file_is_refused_whole_and_the_old_one_goes_on() {
    let (folder, upstream) = (Folder::new(), Upstream::start());
    folder.write("my.yaml", &file(&upstream, "m"));
    let (wye, address) = Running::listening(&mut folder.wye(&SERVE));
    let before = config_hash(&address);
    let bad = format!("{}  other: {{ targets: [nobody/x] }}\n", file(&upstream, "better"));
    folder.write("my.yaml", &bad);
    wye.log("the configuration is not reloaded");
    wye.log("my.yaml:6:22: routes.other.targets[0]: there is no provider nobody");
    assert_eq!(config_hash(&address), before);
    let mut client = Connection::to(&address);
    client.ask("r", false);
    let mut call = upstream.call();
    assert!(call.body.contains("\"m\""), "{}", call.body);
    call.answer("1");
    assert_eq!(client.answer().status, 200);

    // And is taken once it is right.
    folder.write("my.yaml", &file(&upstream, "better"));
    wye.log("configuration reloaded");
    assert_ne!(config_hash(&address), before);
    wye.stop();
}

#[test]
fn a_file_that_goes_away_changes_nothing() {
    let (folder, upstream) = (Folder::new(), Upstream::start());
    folder.write("my.yaml", &file(&upstream, "m"));
    let (wye, address) = Running::listening(&mut folder.wye(&SERVE));
    let before = config_hash(&address);
    std::fs::remove_file(folder.0.join("my.yaml")).unwrap();
    wye.signal("HUP");
    wye.log("the configuration cannot be read");
    assert_eq!(config_hash(&address), before);
    wye.stop();
}

#[test]
fn a_running_stream_ends_as_it_began() {
    let (folder, upstream, other) = (Folder::new(), Upstream::start(), Upstream::start());
    folder.write("my.yaml", &file(&upstream, "old"));
    let (wye, address) = Running::listening(&mut folder.wye(&SERVE));
    let mut client = Connection::to(&address);
    client.ask("r", true);
    let mut call = upstream.call();
    call.begin();
    call.piece("one");
    assert_eq!(status(&client.head()), 200);
    let mut seen = String::new();
    while !seen.contains("one") {
        seen.push_str(&client.chunk().unwrap());
    }
    // Its provider moves away and its route is gone.
    folder.write("my.yaml", &file(&other, "new").replace("  r:", "  s:"));
    wye.log("configuration reloaded");
    assert_eq!(chat(&address, "r").status, 404);
    call.piece("two");
    call.end();
    while let Some(chunk) = client.chunk() {
        seen.push_str(&chunk);
    }
    assert!(seen.contains("two") && seen.contains("[DONE]"), "{seen}");
    let records = [wye.record(), wye.record()];
    let stream = records.iter().find(|r| r["stream"] == true).unwrap();
    assert_eq!(stream["served"], "corp/old");
    assert_eq!(stream["code"], serde_json::Value::Null);
    wye.stop();
}

#[test]
fn an_account_that_rests_still_rests_after_its_provider_changed() {
    let (folder, upstream) = (Folder::new(), Upstream::start());
    let text = file(&upstream, "m");
    folder.write("my.yaml", &text);
    let (wye, address) = Running::listening(&mut folder.wye(&SERVE));
    let mut client = Connection::to(&address);
    client.ask("r", false);
    let call = upstream.call();
    let limited = if call.head.contains("Bearer a\r\n") { "a" } else { "b" };
    call.fail(429, "retry-after: 3600\r\n");
    let second = upstream.call();
    assert!(!second.head.contains(&format!("Bearer {limited}\r\n")), "{}", second.head);
    second.last_answer("1");
    assert_eq!(client.answer().status, 200);

    folder.write("my.yaml", &text.replace("api_keys", "headers: {x-team: t}, api_keys"));
    wye.log("configuration reloaded");
    for _ in 0..3 {
        client.ask("r", false);
        let call = upstream.call();
        assert!(call.head.contains("x-team: t\r\n"), "{}", call.head);
        assert!(!call.head.contains(&format!("Bearer {limited}\r\n")), "{}", call.head);
        call.last_answer("2");
        assert_eq!(client.answer().status, 200);
    }
    wye.stop();
}

#[test]
fn what_needs_a_restart_is_said() {
    let folder = Folder::new();
    folder.write("my.yaml", "discover: false\n");
    let (wye, address) = Running::listening(&mut folder.wye(&SERVE));
    folder.write("my.yaml", "discover: false\nrecords_queue: 17\n");
    wye.log("configuration reloaded");
    let line = wye.log("at the next start");
    assert!(line.contains("records_queue") && !line.contains("listen"), "{line}");
    // Said again as long as it is true.
    folder.write("my.yaml", "discover: false\nrecords_queue: 17\nsse_heartbeat: 1s\n");
    wye.log("configuration reloaded");
    wye.log("at the next start: records_queue");
    assert_eq!(Connection::to(&address).get("/readyz").status, 200);
    wye.stop();
}

#[test]
fn a_file_that_is_written_later_is_found() {
    let (folder, upstream) = (Folder::new(), Upstream::start());
    let (wye, address) = Running::listening(&mut folder.wye(&["serve", "--listen", "127.0.0.1:0"]));
    assert_eq!(chat(&address, "corp/m").status, 404);
    folder.write("wye.yaml", &file(&upstream, "m"));
    wye.log("configuration reloaded");
    let mut client = Connection::to(&address);
    client.ask("r", false);
    upstream.call().answer("1");
    assert_eq!(client.answer().status, 200);
    wye.stop();
}
