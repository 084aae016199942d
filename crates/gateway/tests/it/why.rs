//! `wye why`, after the gateway that served the request has stopped.

use super::http::chat;
use super::process::{Folder, Running};

const FILE: &str = "discover: false
providers:
  gone: { dialect: openai_chat, base_url: 'http://127.0.0.1:1' }
routes:
  nowhere: { targets: [gone/a, gone/b], retry: { rounds: 1 } }
";

#[test]
fn what_became_of_a_request_is_printed() {
    let folder = Folder::new();
    folder.write("wye.yaml", FILE);
    let (wye, address) = Running::listening(&mut folder.wye(&["serve", "--listen", "127.0.0.1:0"]));
    let answer = chat(&address, "nowhere");
    let id = answer.header("x-wye-decision-id").unwrap().to_owned();
    assert_eq!(answer.header("x-wye-reason"), Some("ordered: no target answered; attempt 2"));
    wye.stop();
    let told = folder.run(&["why", &id]);
    assert_eq!((told.code, told.err.as_str()), (Some(0), ""), "{told:?}");
    assert!(told.out.starts_with("nowhere -> nobody: "), "{}", told.out);
    for words in
        ["ordered: as its targets are listed", "1  gone/a #1  primary", "2  gone/b #1  retry", "cost "]
    {
        assert!(told.out.contains(words), "{words}: {}", told.out);
    }
}

#[test]
fn what_is_not_there_is_said() {
    let folder = Folder::new();
    let id = "0195a000-0000-7000-8000-000000000000";
    for (args, words) in [
        (["why", "nonsense"], "is no id of a request"),
        (["why", id], "name the gateway's data folder with --data DIR"),
    ] {
        let ended = folder.run(&args);
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.err.contains(words), "{ended:?}");
    }
    assert!(!folder.0.join("wye-data").exists(), "nothing was made");
    let (wye, _) = Running::listening(&mut folder.wye(&["serve", "--listen", "127.0.0.1:0"]));
    wye.stop();
    let ended = folder.run(&["why", id]);
    assert!(ended.code == Some(2) && ended.err.contains("is known"), "{ended:?}");
}

const FLEET: &str = "discover: false
access: { allow_open: true }
providers:
  p:
    dialect: openai_chat
    base_url: http://127.0.0.1:1
    models:
      - { id: small-8b, price: { input: 0.1, output: 0.2 } }
      - { id: grand-400b, price: { input: 5, output: 20 } }
";

#[test]
fn where_a_prompt_would_go_is_told_with_what_it_is_about() {
    let folder = Folder::new();
    folder.write("wye.yaml", FLEET);
    let told = folder.run(&["route", "Write a Python function that sorts a list"]);
    assert_eq!((told.code, told.err.as_str()), (Some(0), ""), "{told:?}");
    assert!(told.out.starts_with("wye/auto -> p/"), "{}", told.out);
    for words in [
        "profile  code ",
        "difficulty 0.",
        "wye/auto: learned",
        "quality",
        "p/grand-400b",
        "letters  code: \"",
    ] {
        assert!(told.out.contains(words), "{words}: {}", told.out);
    }
    let told = folder.run(&["route", "--model", "p/small-8b", "hi"]);
    assert!(
        told.out.starts_with("p/small-8b -> p/small-8b") && !told.out.contains("letters"),
        "{}",
        told.out
    );
    let wrong = folder.run(&["route", "--model", "nothing", "hi"]);
    assert!(wrong.code == Some(2) && wrong.err.contains("nothing"), "{wrong:?}");
}
