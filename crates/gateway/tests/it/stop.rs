//! SIGTERM: nothing new is taken, what runs ends or is cut off, everything is recorded, exit 0.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::Child;
use std::sync::mpsc::sync_channel;

use super::http::{Connection, status};
use super::process::{Folder, PATIENCE, Running};
use super::upstream::{Call, Upstream};

const SERVE: [&str; 5] = ["serve", "--listen", "127.0.0.1:0", "--config", "my.yaml"];

/// A gateway with a stream under way that has shown its first piece.
struct Streaming {
    _folder: Folder,
    wye: Running,
    address: String,
    client: Connection,
    call: Call,
}

fn streaming(settings: &str) -> Streaming {
    let (folder, upstream) = (Folder::new(), Upstream::start());
    folder.write(
        "my.yaml",
        &format!(
            "discover: false\nproviders:\n  corp: {{ dialect: openai_chat, base_url: '{}' }}\n{settings}",
            upstream.base_url()
        ),
    );
    let (wye, address) = Running::listening(&mut folder.wye(&SERVE));
    let mut client = Connection::to(&address);
    client.ask("corp/m", true);
    let mut call = upstream.call();
    call.begin();
    call.piece("one");
    assert_eq!(status(&client.head()), 200);
    while !client.chunk().unwrap().contains("one") {}
    Streaming { _folder: folder, wye, address, client, call }
}

#[test]
fn a_running_stream_runs_to_its_end() {
    let Streaming { _folder, mut wye, address, mut client, mut call } = streaming("");
    // An idle connection that was there before.
    let mut idle = Connection::to(&address);
    assert_eq!(idle.get("/readyz").status, 200);
    wye.signal("TERM");
    wye.log("stopping");
    // An idle connection is closed, which comes after the door was.
    assert_eq!(idle.rest(), "");
    assert!(TcpStream::connect(&address).is_err(), "a new connection is taken");
    call.piece("two");
    call.end();
    let mut seen = String::new();
    while let Some(chunk) = client.chunk() {
        seen.push_str(&chunk);
    }
    assert!(seen.contains("two") && seen.contains("[DONE]"), "{seen}");
    assert_eq!(wye.end().code(), Some(0));
    let records = wye.remaining();
    assert_eq!(records.len(), 1, "{records:?}");
    assert!(
        records[0].contains(r#""served":"corp/m""#) && records[0].contains(r#""code":null"#),
        "{records:?}"
    );
}

#[test]
fn a_stream_longer_than_the_grace_is_cut_off_and_recorded() {
    let Streaming { _folder, mut wye, mut client, call, .. } = streaming("shutdown_grace: 0s\n");
    wye.signal("TERM");
    let rest = client.rest();
    assert!(rest.contains("gateway_shutting_down") && !rest.contains("[DONE]"), "{rest}");
    assert_eq!(wye.end().code(), Some(0));
    wye.log("cut off");
    let records = wye.remaining();
    assert_eq!(records.len(), 1, "{records:?}");
    let record: serde_json::Value = serde_json::from_str(&records[0]).unwrap();
    assert_eq!(record["stream"], true);
    assert_eq!(record["code"], "gateway_shutting_down", "{record}");
    drop(call);
}

#[test]
fn a_second_signal_does_not_wait_for_the_grace() {
    let Streaming { _folder, mut wye, mut client, call, .. } = streaming("shutdown_grace: 1h\n");
    wye.signal("INT");
    wye.log("stopping");
    wye.signal("INT");
    let rest = client.rest();
    assert!(rest.contains("gateway_shutting_down") && !rest.contains("[DONE]"), "{rest}");
    assert_eq!(wye.end().code(), Some(0));
    assert_eq!(wye.remaining().len(), 1);
    drop(call);
}

#[test]
fn a_call_that_waits_for_its_provider_is_recorded_too() {
    let (folder, upstream) = (Folder::new(), Upstream::start());
    folder.write(
        "my.yaml",
        &format!(
            "discover: false\nshutdown_grace: 0s\nproviders:\n  corp: {{ dialect: openai_chat, base_url: '{}' }}\n",
            upstream.base_url()
        ),
    );
    let (mut wye, address) = Running::listening(&mut folder.wye(&SERVE));
    let mut client = Connection::to(&address);
    client.ask("corp/m", false);
    let call = upstream.call();
    wye.signal("TERM");
    assert_eq!(client.rest(), "");
    assert_eq!(wye.end().code(), Some(0));
    let records = wye.remaining();
    assert_eq!(records.len(), 1, "{records:?}");
    assert!(records[0].contains(r#""code":"gateway_shutting_down""#), "{records:?}");
    drop(call);
}

#[test]
fn an_idle_gateway_stops_at_once() {
    let folder = Folder::new();
    for signal in ["TERM", "INT"] {
        let (mut wye, _) = Running::listening(&mut folder.wye(&["serve", "--listen", "127.0.0.1:0"]));
        wye.signal(signal);
        assert_eq!(wye.end().code(), Some(0), "{signal}");
        assert!(wye.remaining().is_empty());
    }
}

/// Waits until it listens, tells it to stop, and waits for the end.
fn stops(mut child: Child) {
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("listening"), "{line:?}");
    let id = child.id().to_string();
    let signal = |name: &str| {
        assert!(std::process::Command::new("kill").args([name, id.as_str()]).status().unwrap().success());
    };
    let (sender, ended) = sync_channel(1);
    signal("-TERM");
    std::thread::spawn(move || sender.send(child.wait().unwrap()));
    let ended = ended.recv_timeout(PATIENCE);
    if ended.is_err() {
        signal("-KILL");
    }
    assert_eq!(ended.expect("it went on").code(), Some(0));
}

#[test]
fn it_stops_though_nobody_reads_its_log() {
    let folder = Folder::new();
    let command = || folder.wye(&["serve", "--listen", "127.0.0.1:0"]);
    // The reader has gone.
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    stops(command().stderr(writer).spawn().unwrap());
    // It is there and does not read, and there is no room for another byte.
    let (_reader, mut writer) = std::io::pipe().unwrap();
    let full = writer.try_clone().unwrap();
    std::thread::spawn(move || while writer.write_all(&[b'x'; 4096]).is_ok() {});
    stops(command().stderr(full).spawn().unwrap());
}
