//! Functions in namespaces, as Codex sends them, are offered to every dialect and called under both names.

use serde_json::{Value, json};
use wye_types::DialectId;
use wye_types::chat::BlockKind;
use wye_types::event::{Delta, StreamEvent};
use wye_wire::dialect::{PathAsk, WriteOptions, dialect};

use crate::fold::{events, fold, stream};

const ID: DialectId = DialectId::OpenAiResponses;

fn request() -> Value {
    json!({
        "model": "m",
        "input": [
            {"type": "message", "role": "user", "content": "go on"},
            {"type": "function_call", "call_id": "c1", "name": "close", "namespace": "agents", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c1", "output": "closed"},
        ],
        "tools": [
            {"type": "namespace", "name": "agents", "description": "Agents.", "tools": [
                {"type": "function", "name": "close", "description": "Closes.", "strict": false, "parameters": {"type": "object"}},
                {"type": "function", "name": "spawn", "strict": false, "parameters": {"type": "object"}},
                {"type": "custom", "name": "patch"},
            ]},
            {"type": "function", "name": "close", "strict": true, "parameters": {"type": "object"}},
            {"type": "web_search"},
        ],
    })
}

fn options() -> WriteOptions {
    WriteOptions { model: "m".to_owned(), ..WriteOptions::default() }
}

#[test]
fn a_namespace_comes_back_as_it_was() {
    let asked = request();
    let chat = dialect(ID).read_request(asked.to_string().as_bytes(), &PathAsk::default()).unwrap();
    let written = dialect(ID).write_request(&chat, &options());
    assert_eq!(serde_json::from_slice::<Value>(&written.body).unwrap(), asked);
    assert!(written.losses.is_empty() && written.names.is_empty());
}

#[test]
fn every_dialect_offers_the_functions_and_a_call_names_its_namespace() {
    let chat = dialect(ID).read_request(request().to_string().as_bytes(), &PathAsk::default()).unwrap();
    for to in DialectId::ALL.into_iter().filter(|to| ![ID, DialectId::OpenAiCompletions].contains(to)) {
        let written = dialect(to).write_request(&chat, &options());
        let body = String::from_utf8(written.body).unwrap();
        for name in ["agents__close", "agents__spawn"] {
            assert!(body.contains(&format!("\"{name}\"")), "{to} is not offered {name}: {body}");
        }
        // What is lost is named by its place among the client's tools; what stands within follows.
        let lost: Vec<&str> = written.losses.iter().map(|loss| loss.field.as_str()).collect();
        assert!(lost.contains(&"tools[2]") && !lost.contains(&"tools[0]"), "{to}: {lost:?}");
        // The pipeline gives a call its client's name; the rest is the client's writer's.
        let name = written.names.original("agents__close").into_owned();
        let calls = [
            Delta::ToolStart { call: 0, id: "c2".to_owned(), name, signature: None },
            Delta::ToolArguments { call: 0, json: "{\"id\":1}".to_owned() },
        ];
        let told: Vec<StreamEvent> = calls
            .into_iter()
            .map(|delta| StreamEvent::Delta { choice: 0, delta })
            .chain([StreamEvent::End])
            .collect();
        let bytes = stream(ID, &told);
        let text = String::from_utf8(bytes.clone()).unwrap();
        let item = r#""call_id":"c2","name":"close","namespace":"agents","arguments":"{\"id\":1}"}"#;
        assert!(text.contains(item) && !text.contains("\\u001f"), "{text}");
        let whole = fold(ID, told);
        let answer: Value = serde_json::from_slice(&dialect(ID).write_response(&whole)).unwrap();
        let call = &answer["output"][0];
        assert_eq!((&call["name"], &call["namespace"]), (&json!("close"), &json!("agents")));
        // Both read back as the same call.
        let read =
            [fold(ID, events(ID, &bytes)), dialect(ID).read_response(answer.to_string().as_bytes()).unwrap()];
        for answer in read {
            let BlockKind::ToolCall(call) = &answer.choices[0].content[0].kind else { panic!("{answer:?}") };
            let BlockKind::ToolCall(wanted) = &whole.choices[0].content[0].kind else { panic!() };
            assert_eq!(call, wanted);
        }
    }
}
