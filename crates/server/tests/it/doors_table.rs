//! Every endpoint of the admin API × everybody who may come: the table that `docs/security.md` shows.

use std::fmt::Write;
use std::time::Duration;

use serde_json::json;
use wye_server::admin::endpoints;

use super::desk::{Ask, Desk};

/// A call of an endpoint that is let in, or not, but changes nothing that the walk needs.
fn ask(method: &str, path: &str, body: bool) -> Ask {
    let path: Vec<&str> =
        path.split('/').map(|part| if part.starts_with('{') { "nobody" } else { part }).collect();
    let ask = Ask::new(method, &path.join("/"));
    if body { ask.json(&json!({})) } else { ask }
}

pub(super) const CALLERS: [&str; 6] =
    ["no session", "expired", "viewer", "operator", "admin", "admin's token"];

/// Who gets what: `401`, `403`, or `in` for whatever else.
pub(super) async fn walk() -> Vec<(String, String, Vec<&'static str>)> {
    let (desk, [mut viewer, mut operator, mut admin]) = Desk::peopled("discover: false").await;
    let wanted = json!({"name": "script", "role": "admin", "days": 1});
    let made = desk.call(Ask::post("/api/v1/me/tokens", &wanted).bearer(&admin)).await;
    let script = made.json()["secret"].as_str().unwrap().to_owned();
    let stale = desk.token("root").await;
    let mut table = Vec::new();
    for (method, path, who, body) in endpoints() {
        let mut row = Vec::new();
        for (place, token) in
            [None, Some(&mut viewer), Some(&mut operator), Some(&mut admin)].into_iter().enumerate()
        {
            let call = ask(&method, &path, body);
            let call = match &token {
                Some(token) => call.bearer(token),
                None => call,
            };
            let seen = desk.call(call).await;
            assert!(seen.status.as_u16() < 500, "{method} {path}: {}", seen.text());
            row.push(told(seen.status.as_u16()));
            // Who has logged out comes back for the next row.
            if let Some(token) = token
                && path.contains("/logout")
            {
                *token = desk.token(["", "viewer", "operator", "root"][place]).await;
            }
        }
        row.push(told(desk.call(ask(&method, &path, body).bearer(&script)).await.status.as_u16()));
        table.push((format!("{method} {path}"), who, row));
    }
    desk.hands.forward(Duration::from_secs(16 * 60));
    for (place, (method, path, _, body)) in endpoints().into_iter().enumerate() {
        let seen = desk.call(ask(&method, &path, body).bearer(&stale)).await;
        table[place].2.insert(1, told(seen.status.as_u16()));
    }
    table
}

fn told(status: u16) -> &'static str {
    match status {
        401 => "401",
        403 => "403",
        _ => "in",
    }
}

pub(super) fn written(table: &[(String, String, Vec<&'static str>)]) -> String {
    let mut text =
        format!("| endpoint | for | {} |\n|---|---|{}\n", CALLERS.join(" | "), "---|".repeat(CALLERS.len()));
    for (endpoint, who, row) in table {
        writeln!(text, "| `{endpoint}` | {who} | {} |", row.join(" | ")).unwrap();
    }
    text
}

#[tokio::test]
async fn every_endpoint_lets_in_whom_its_row_says_and_nobody_else() {
    let table = Box::pin(walk()).await;
    for (endpoint, who, row) in &table {
        let expected: [&str; 6] = match who.as_str() {
            "anyone" => ["in"; 6],
            "signed in" | "viewer" => ["401", "401", "in", "in", "in", "in"],
            "signed in, no token" => ["401", "401", "in", "in", "in", "403"],
            "operator" => ["401", "401", "403", "in", "in", "in"],
            "operator, no token" => ["401", "401", "403", "in", "in", "403"],
            "admin, no token" => ["401", "401", "403", "403", "in", "403"],
            "admin" => ["401", "401", "403", "403", "in", "in"],
            other => super::support::panic(&format!("{endpoint}: nobody knows what {other} means")),
        };
        // What a set-up or refresh without anything valid gets is its own refusal.
        if who != "anyone" {
            assert_eq!(row[..], expected, "{endpoint}");
        }
    }
    insta::assert_snapshot!(written(&table));
}
