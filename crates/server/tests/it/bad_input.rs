//! Whatever is sent to the admin API: never a fault of the gateway's own, never a half-saved thing.

use std::path::Path;

use serde_json::{Value, json};
use wye_server::admin::endpoints;

use super::desk::{Ask, Desk, PASSWORD};

const QUIET: &str = "discover: false";

/// Bodies that are wrong everywhere.
fn wrong_bodies() -> Vec<String> {
    let long = "x".repeat(300_000);
    let deep = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
    let mut bodies: Vec<String> =
        ["", "null", "[]", "7", "\"text\"", "{", "{} {}", "{\"nobody\": \"knows\"}", "NaN"]
            .iter()
            .map(|body| (*body).to_owned())
            .collect();
    let everywhere = |value: &str| {
        let names = [
            "name",
            "password",
            "role",
            "days",
            "base",
            "body",
            "edits",
            "to",
            "text",
            "value",
            "settings",
            "code",
            "pre_auth",
            "refresh",
            "current_password",
            "new_password",
            "disabled",
            "totp",
            "note",
        ];
        let fields: Vec<String> = names.iter().map(|name| format!("\"{name}\": {value}")).collect();
        format!("{{{}}}", fields.join(", "))
    };
    bodies.extend(
        [
            "-1",
            "1e400",
            "NaN",
            "null",
            "{}",
            "[1]",
            "\"'; DROP TABLE users; --\"",
            "\"<img src=x onerror=alert(1)>\"",
        ]
        .map(everywhere),
    );
    bodies.push(everywhere(&format!("\"{long}\"")));
    bodies.push(everywhere(&deep));
    bodies.push("\u{0}\u{1}".to_owned());
    bodies
}

/// Everything that could be half-saved.
async fn state(desk: &Desk) -> Vec<String> {
    let mut seen = vec![format!("{:?}", desk.configurator.current().items)];
    for sql in [
        "SELECT COUNT(*) FROM users",
        "SELECT COUNT(*) FROM config_versions",
        "SELECT COUNT(*) FROM config_items",
        "SELECT COUNT(*) FROM secrets WHERE name NOT LIKE '!%'",
    ] {
        seen.push(format!("{:?}", desk.db.rows(sql, Vec::new()).await.unwrap()));
    }
    seen
}

#[tokio::test]
async fn bad_input_is_refused_and_changes_nothing() {
    let (desk, admin) = Desk::set_up(QUIET).await;
    let before = state(&desk).await;
    let odd_names =
        ["nobody", "%27%3B%20DROP%20TABLE%20users%3B--", "%3Cscript%3E", "%00", "%FF", "-1", "NaN"];
    for (method, path, _, body) in endpoints() {
        if path.contains("/logout") {
            continue;
        }
        for name in odd_names {
            let parts: Vec<&str> =
                path.split('/').map(|part| if part.starts_with('{') { name } else { part }).collect();
            let path = parts.join("/");
            let bodies = if body && (name == "nobody") { wrong_bodies() } else { vec!["{}".to_owned()] };
            for text in bodies {
                let ask = Ask::new(&method, &path).bearer(&admin);
                let ask = if body { ask.raw(text.clone()) } else { ask };
                let seen = desk.call(ask).await;
                let shown: String = text.chars().take(80).collect();
                assert!(seen.status.as_u16() < 500, "{method} {path} {shown}: {}", seen.text());
                if body {
                    assert!(seen.status.as_u16() >= 400, "{method} {path} {shown}: {}", seen.text());
                    assert_eq!(seen.header("content-type"), "application/problem+json", "{method} {path}");
                }
            }
        }
        for query in [
            "limit=0",
            "limit=501",
            "limit=-1",
            "limit=NaN",
            "nobody=knows",
            "limit=1&limit=2",
            "cursor=%00",
            "from=-1",
            "%FF",
        ] {
            if method == "GET" && !path.contains('{') {
                let seen = desk.call(Ask::get(&format!("{path}?{query}")).bearer(&admin)).await;
                assert!(seen.status.as_u16() < 500, "{path}?{query}: {}", seen.text());
            }
        }
    }
    assert_eq!(state(&desk).await, before);
}

#[tokio::test]
async fn wrong_fields_are_named() {
    let (desk, admin) = Desk::set_up(QUIET).await;
    let told = async |ask: Ask| {
        let seen = desk.call(ask.bearer(&admin)).await;
        (seen.status.as_u16(), seen.json()["errors"][0]["field"].as_str().unwrap_or("-").to_owned())
    };
    let key =
        |limits: Value| Ask::post("/api/v1/keys", &json!({"name": "ci", "settings": {"limits": limits}}));
    assert_eq!(told(key(json!({"rpm": -1}))).await, (400, "keys.ci.limits.rpm".to_owned()));
    assert_eq!(told(key(json!({"rpm": "many"}))).await, (400, "keys.ci.limits.rpm".to_owned()));
    assert_eq!(told(Ask::get("/api/v1/users?limit=501")).await, (400, "limit".to_owned()));
    assert_eq!(told(Ask::get("/api/v1/requests?cursor=x")).await, (400, "cursor".to_owned()));
    let export = |query: &str| Ask::get(&format!("/api/v1/requests-export?{query}"));
    assert_eq!(told(export("team=a&format=jsonl&nobody=1")).await, (400, "nobody".to_owned()));
    assert_eq!(told(export("team=a&limit=5")).await, (400, "limit".to_owned()));
    assert_eq!(told(export("status=many")).await, (400, "status".to_owned()));
    assert_eq!(told(export("format=pdf")).await.0, 400);
    let fine = desk.call(export("team=a&status=200&tag=%26&%66ormat=jsonl&stream=true").bearer(&admin)).await;
    assert_eq!((fine.status.as_u16(), fine.header("content-type")), (200, "application/x-ndjson"));
    assert_eq!(told(Ask::get("/api/v1/statistics?from=9&to=1")).await, (400, "to".to_owned()));
    let nobody = Ask::new("PUT", "/api/v1/config/items/nobody/x").json(&json!({"body": 1, "base": 0}));
    assert_eq!(told(nobody).await, (400, "kind".to_owned()));
    let big = Ask::post("/api/v1/keys", &json!({"name": "ci", "note": "x".repeat(2 << 20)}));
    assert_eq!(told(big).await.0, 413);
}

#[tokio::test]
async fn a_name_with_a_space_is_told_how_to_write_it() {
    let told = |seen: super::desk::Seen| {
        let error = seen.json()["errors"][0].clone();
        (seen.status.as_u16(), error["field"].clone(), error["message"].as_str().unwrap().to_owned())
    };
    let says = "holds a space; write 1 to 64 letters, digits or signs without spaces, such as `Ann.Lee`";
    let expected = (400, json!("name"), says.to_owned());
    let desk = Desk::new("discover: false").await;
    let code = desk.auth.setup_code().await.unwrap().unwrap();
    let asked = json!({"code": code, "name": "Ann Lee", "password": PASSWORD});
    assert_eq!(told(desk.call(Ask::post("/api/v1/setup", &asked)).await), expected);
    let (desk, admin) = Desk::set_up("discover: false").await;
    let asked = json!({"name": "Ann Lee", "password": PASSWORD, "role": "viewer"});
    assert_eq!(told(desk.call(Ask::post("/api/v1/users", &asked).bearer(&admin)).await), expected);
    let renamed = Ask::new("PATCH", "/api/v1/me").json(&json!({"name": "Ann Lee"})).bearer(&admin);
    assert_eq!(told(desk.call(renamed).await), expected);
}

#[tokio::test]
async fn names_of_all_kinds_come_back_as_text() {
    let (desk, admin) = Desk::set_up(QUIET).await;
    for (place, name) in
        ["'; DROP TABLE users; --", "<script>alert(1)</script>", "=1+1", "ชื่อ 名字"].iter().enumerate()
    {
        let made = desk.call(Ask::post("/api/v1/keys", &json!({"name": name})).bearer(&admin)).await;
        assert_eq!(made.status, 201, "{name}: {}", made.text());
        let seen = desk.call(Ask::get("/api/v1/keys").bearer(&admin)).await;
        assert_eq!(seen.header("content-type"), "application/json");
        assert_eq!(seen.header("x-content-type-options"), "nosniff");
        let names: Vec<Value> =
            seen.json()["items"].as_array().unwrap().iter().map(|key| key["name"].clone()).collect();
        assert!(names.contains(&json!(name)) && names.len() == place + 1, "{names:?}");
    }
    assert_eq!(
        desk.call(Ask::get("/api/v1/users").bearer(&admin)).await.json()["items"].as_array().unwrap().len(),
        1
    );
}

#[tokio::test]
async fn a_stale_edit_changes_nothing() {
    let (desk, admin) = Desk::set_up(QUIET).await;
    let put = |base: i64, rpm: u64| {
        Ask::new("PUT", "/api/v1/config/items/team/search")
            .json(&json!({"body": {"limits": {"rpm": rpm}}, "base": base}))
    };
    assert_eq!(desk.call(put(0, 1).bearer(&admin)).await.status, 200);
    let stale = desk.call(put(0, 2).bearer(&admin)).await;
    assert_eq!((stale.status.as_u16(), stale.code().as_str()), (409, "caller_conflict"));
    let by_tag = Ask::new("DELETE", "/api/v1/config/items/team/search").with("if-match", "\"0\"");
    assert_eq!(desk.call(by_tag.bearer(&admin)).await.status, 412);
    let seen = desk.call(Ask::get("/api/v1/config/items/team/search").bearer(&admin)).await;
    assert_eq!((seen.header("etag"), seen.json()["body"]["limits"]["rpm"].as_u64()), ("\"1\"", Some(1)));
    let back = Ask::post("/api/v1/config/rollback", &json!({"to": 0, "base": 1}));
    assert_eq!(desk.call(back.bearer(&admin)).await.status, 200);
    assert_eq!(desk.call(Ask::get("/api/v1/config/items/team/search").bearer(&admin)).await.status, 404);
    let versions = desk.call(Ask::get("/api/v1/config/versions?limit=1").bearer(&admin)).await.json();
    assert_eq!((versions["items"][0]["version"].as_i64(), versions["next"].as_str()), (Some(2), Some("2")));
    let audit = desk.call(Ask::get("/api/v1/audit").bearer(&admin)).await.json();
    let traces: Vec<String> = audit["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| format!("{} {}", e["action"], e["outcome"]))
        .collect();
    for trace in ["\"put_item\" \"ok\"", "\"put_item\" \"failed\"", "\"roll_back_config\" \"ok\""] {
        assert!(traces.iter().any(|seen| seen == trace), "{trace}: {traces:?}");
    }
}

#[tokio::test]
async fn what_the_file_names_is_changed_there() {
    let (desk, admin) = Desk::set_up("{ discover: false, teams: { search: { limits: { rpm: 5 } } } }").await;
    let put = Ask::new("PUT", "/api/v1/config/items/team/search").json(&json!({"body": {}, "base": 0}));
    let seen = desk.call(put.bearer(&admin)).await;
    assert_eq!((seen.status.as_u16(), seen.code().as_str()), (403, "policy_owned_by_file"));
    let seen = desk.call(Ask::get("/api/v1/config/items/team/search").bearer(&admin)).await;
    assert_eq!(seen.json()["owner"], "file");
}

#[tokio::test]
async fn keys_are_kept_as_hashes_and_shown_once() {
    let (desk, admin) = Desk::set_up(QUIET).await;
    let made = desk
        .call(
            Ask::post("/api/v1/keys", &json!({"name": "ci", "settings": {"limits": {"rpm": 5}}}))
                .bearer(&admin),
        )
        .await;
    let key = made.json()["key"].as_str().unwrap().to_owned();
    assert!(key.starts_with("wye-") && key.len() == 47, "{key}");
    let kept = format!("{:?}", desk.configurator.current().items);
    assert!(!kept.contains(&key) && kept.contains("sha256"));
    // With a key there, nobody comes in without one.
    assert_eq!(desk.call(Ask::get("/v1/models")).await.status, 401);
    assert_eq!(desk.call(Ask::get("/v1/models").bearer(&key)).await.status, 200);
    let usage = desk.call(Ask::get("/api/v1/keys/ci/usage").bearer(&admin)).await.json();
    assert_eq!(usage["key"][0]["limit"], 5, "{usage}");
    let again = desk.call(Ask::new("POST", "/api/v1/keys/ci/rotate").bearer(&admin)).await.json();
    assert_eq!(desk.call(Ask::get("/v1/models").bearer(&key)).await.status, 401);
    assert_eq!(desk.call(Ask::get("/v1/models").bearer(again["key"].as_str().unwrap())).await.status, 200);
}

#[tokio::test]
async fn two_gateways_do_not_believe_each_others_tokens() {
    let (one, token) = Desk::set_up(QUIET).await;
    let (other, _) = Desk::set_up(QUIET).await;
    assert_eq!(one.call(Ask::get("/api/v1/me").bearer(&token)).await.status, 200);
    assert_eq!(other.call(Ask::get("/api/v1/me").bearer(&token)).await.status, 401);
    // Nor one that is signed with nothing.
    let unsigned = format!("eyJhbGciOiJub25lIn0.{}.", token.split('.').nth(1).unwrap());
    assert_eq!(one.call(Ask::get("/api/v1/me").bearer(&unsigned)).await.status, 401);
}

#[tokio::test]
async fn a_client_key_opens_no_admin_api_and_a_session_no_door() {
    let (desk, admin) = Desk::set_up(QUIET).await;
    let made = desk.call(Ask::post("/api/v1/keys", &json!({"name": "ci"})).bearer(&admin)).await;
    let key = made.json()["key"].as_str().unwrap().to_owned();
    assert_eq!(desk.call(Ask::get("/api/v1/me").bearer(&key)).await.status, 401);
    assert_eq!(desk.call(Ask::get("/v1/models").bearer(&admin)).await.status, 401);
    let login = json!({"name": "root", "password": PASSWORD, "role": "admin"});
    assert_eq!(desk.call(Ask::post("/api/v1/session", &login)).await.status, 400, "nobody asks for a role");
}

/// But for images that clients name by an address, where an operator asks for that: `fetch` looks at each address first.
#[test]
fn connections_are_made_where_the_configuration_says_and_nowhere_else() {
    let crates = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let mut folders = vec![crates.to_path_buf()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("tests") && !path.ends_with("sim") {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs")
                && std::fs::read_to_string(&path).unwrap().contains("TcpStream::connect")
            {
                found.push(path.strip_prefix(crates).unwrap().display().to_string());
            }
        }
    }
    found.sort();
    insta::assert_snapshot!(found.join("\n"));
}
