//! Prices that the operator brings: taken over while the gateway serves, kept when the file is spoilt.

use serde_json::json;

use super::http::Connection;
use super::process::{Folder, Running};
use super::upstream::Upstream;

const SERVE: [&str; 5] = ["serve", "--listen", "127.0.0.1:0", "--config", "my.yaml"];

fn catalog(input: u64) -> String {
    let model = json!({
        "id": "big", "name": "Big",
        "cost": {"input": input, "output": 8},
        "limit": {"context": 1000, "output": 100},
    });
    json!({"corp": {"id": "corp", "name": "Corp", "models": {"big": model}}}).to_string()
}

#[test]
fn a_catalogue_is_read_from_a_file_and_kept_when_that_is_spoilt() {
    let (folder, upstream) = (Folder::new(), Upstream::start());
    let config = |every: &str| {
        format!(
            "discover: false\ncatalog: {{ file: models.json, every: {every} }}\nproviders:\n  \
             corp: {{ dialect: openai_chat, base_url: '{}', api_key: k }}\n",
            upstream.base_url()
        )
    };
    folder.write("models.json", &catalog(2));
    folder.write("my.yaml", &config("24h"));
    let mut command = folder.wye(&SERVE);
    let (wye, address) = Running::listening(&mut command);
    wye.log("another catalogue of models holds");
    let cost = || {
        let mut client = Connection::to(&address);
        client.ask("corp/big", false);
        upstream.call().answer("Hi.");
        let answer = client.answer();
        let record = wye.record();
        assert_eq!(record["usage"]["input"], 3);
        assert_eq!(record["usage"]["output"], 2);
        assert_eq!(record["cost_basis"], "catalog");
        assert!(record["price_version"].as_str().is_some_and(|version| !version.is_empty()));
        answer.header("x-wye-cost-usd").map(str::to_owned)
    };
    // 3 × 2 + 2 × 8 millionths of a dollar.
    assert_eq!(cost().as_deref(), Some("0.000022"));
    folder.write("models.json", "{");
    // Another setting of it has it read at once.
    folder.write("my.yaml", &config("23h"));
    wye.log("the catalogue of models stays as it is");
    assert_eq!(cost().as_deref(), Some("0.000022"));
    folder.write("models.json", &catalog(4));
    folder.write("my.yaml", &config("22h"));
    wye.log("another catalogue of models holds");
    assert_eq!(cost().as_deref(), Some("0.000028"));
}
