//! What is checked in of the admin API: its OpenAPI document and the page about security, neither of them stale.
//!
//! `WYE_WRITE=1 cargo nextest run -p wye-server document` writes both.

use std::path::PathBuf;

use super::doors_table::{walk, written};

fn docs(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs")).join(name)
}

#[expect(clippy::disallowed_methods, reason = "a test that is asked to write")]
fn writes() -> bool {
    std::env::var("WYE_WRITE").is_ok()
}

fn is_current(name: &str, current: &str) {
    if writes() {
        std::fs::write(docs(name), current).unwrap();
    }
    let kept = std::fs::read_to_string(docs(name)).unwrap_or_default();
    assert!(kept == current, "docs/{name} is stale: WYE_WRITE=1 cargo nextest run -p wye-server document");
}

#[test]
fn the_openapi_document_is_current() {
    let document = wye_server::admin::document();
    assert_eq!(document["openapi"].as_str().unwrap_or(""), "3.1.0");
    let mut text = serde_json::to_string_pretty(&document).unwrap();
    text.push('\n');
    is_current("openapi.json", &text);
}

#[test]
fn whatever_can_be_found_can_be_taken_out() {
    let document = wye_server::admin::document();
    let names = |path: &str, own: &[&str]| {
        let all = document["paths"][path]["get"]["parameters"].as_array().unwrap();
        let names = all.iter().map(|parameter| parameter["name"].as_str().unwrap().to_owned());
        names.filter(|name| !own.contains(&name.as_str())).collect::<Vec<_>>()
    };
    let found = names("/api/v1/requests", &["cursor", "limit"]);
    assert!(found.len() > 10, "{found:?}");
    assert_eq!(names("/api/v1/requests-export", &["format"]), found);
}

#[test]
fn every_reference_in_the_document_leads_somewhere() {
    let document = wye_server::admin::document();
    let mut left = vec![&document];
    let mut operations = std::collections::BTreeSet::new();
    while let Some(value) = left.pop() {
        if let Some(id) = value["operationId"].as_str() {
            assert!(operations.insert(id.to_owned()), "{id} stands twice");
        }
        if let Some(reference) = value["$ref"].as_str() {
            let place = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(place).is_some(), "{reference} leads nowhere");
        }
        match value {
            serde_json::Value::Object(map) => left.extend(map.values()),
            serde_json::Value::Array(items) => left.extend(items),
            _ => {}
        }
    }
    assert!(operations.len() > 50);
}

const MARK: &str = "<!-- generated: endpoints -->\n";

#[tokio::test]
async fn the_page_about_security_shows_the_table_of_endpoints() {
    let kept = std::fs::read_to_string(docs("security.md")).unwrap();
    let (before, rest) = kept.split_once(MARK).unwrap();
    let (_, after) = rest.split_once(MARK).unwrap();
    let current = format!("{before}{MARK}{}{MARK}{after}", written(&Box::pin(walk()).await));
    is_current("security.md", &current);
}

#[test]
fn every_test_that_the_page_about_security_names_exists() {
    let page = std::fs::read_to_string(docs("security.md")).unwrap();
    let mut sources = String::new();
    let mut folders = vec![docs("../crates")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                sources.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
    }
    let (_, attacks) = page.split_once("## Attacks").unwrap();
    let rows: Vec<&str> = attacks.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    assert!(rows.len() >= 19, "only {} attacks", rows.len());
    for row in rows {
        let named: Vec<&str> = row.rsplit('|').nth(1).unwrap().split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty(), "nothing holds: {row}");
        for test in named {
            assert!(sources.contains(&format!("fn {test}(")), "there is no test {test}");
        }
    }
}
