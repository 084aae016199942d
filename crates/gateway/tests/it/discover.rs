//! Without a file: the environment's keys and a local Ollama switch providers on.

use super::http::{Connection, chat};
use super::process::{Folder, Running};
use super::upstream::Upstream;

const SERVE: [&str; 3] = ["serve", "--listen", "127.0.0.1:0"];

#[test]
fn a_key_under_its_sdks_name_is_enough() {
    let (folder, upstream) = (Folder::new(), Upstream::start());
    let mut command = folder.wye(&SERVE);
    command.env("OPENAI_API_KEY", "sk-env").env("OPENAI_BASE_URL", upstream.base_url());
    let (wye, address) = Running::listening(&mut command);
    let ready = wye.log("ready");
    assert!(ready.contains("openai") && !ready.contains("sk-env"), "{ready}");
    let mut client = Connection::to(&address);
    client.ask("openai/gpt-5", false);
    let mut call = upstream.call();
    assert!(call.head.starts_with("POST /v1/chat/completions "), "{}", call.head);
    assert!(call.head.contains("authorization: Bearer sk-env\r\n"), "{}", call.head);
    call.answer("Hi.");
    assert_eq!(client.answer().status, 200);
    assert_eq!(wye.record()["served"], "openai/gpt-5");
    wye.stop();
}

#[test]
fn a_local_ollama_is_found_by_itself() {
    let (folder, upstream) = (Folder::new(), Upstream::start());
    let mut command = folder.wye(&SERVE);
    command.env("OLLAMA_HOST", upstream.address());
    let (wye, address) = Running::listening(&mut command);
    let ready = wye.log("ready");
    assert!(ready.contains("ollama"), "{ready}");
    // The connection by which it was found.
    let mut probe = upstream.accept();
    assert_eq!(probe.rest(), "");
    let mut client = Connection::to(&address);
    client.ask("ollama/qwen3", false);
    let mut call = upstream.call();
    assert!(!call.head.to_lowercase().contains("authorization"), "{}", call.head);
    call.answer("Hi.");
    assert_eq!(client.answer().status, 200);
    wye.stop();
}

#[test]
fn nothing_configured_serves_and_says_what_to_do() {
    let folder = Folder::new();
    let (wye, address) = Running::listening(&mut folder.wye(&SERVE));
    let line = wye.log("no provider is configured");
    assert!(line.contains("OPENAI_API_KEY"), "{line}");
    let answer = chat(&address, "gpt-5");
    assert_eq!(answer.status, 404, "{answer:?}");
    assert_eq!(Connection::to(&address).get("/readyz").status, 200);
    wye.stop();
    let ended = folder.run(&["models"]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.err.contains("OPENAI_API_KEY"), "{ended:?}");
}
