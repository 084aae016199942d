//! The table of what is not done for every kind of call, as `docs/passing.md` shows it.

use std::fmt::Write as _;
use std::path::Path;

use wye_pipeline::exception::{Failover, Replay, treatment};
use wye_types::Kind;

const HEAD: &str =
    "| kind | may come from a cache | another target takes over | can be sent again |\n|---|---|---|---|\n";

fn table() -> String {
    let mut table = HEAD.to_owned();
    for kind in Kind::ALL {
        let treated = treatment(kind);
        let cache = if treated.cache { "yes" } else { "no" };
        let failover = match treated.failover {
            Failover::BeforeContent => "until there is content",
            Failover::BeforeStart => "until one agrees",
            Failover::Never => "never",
        };
        let replay = match treated.replay {
            Replay::Held => "yes",
            Replay::NotOnceStreamed => "until some of it was sent",
        };
        writeln!(table, "| `{kind}` | {cache} | {failover} | {replay} |").unwrap();
    }
    table
}

#[test]
fn the_page_shows_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/passing.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (text, shown) = page.split_at(page.find(HEAD).unwrap_or(page.len()));
    let table = table();
    if std::env::var_os("WYE_WRITE_PAGES").is_some() {
        std::fs::write(&path, format!("{text}{table}")).unwrap();
    }
    assert_eq!(shown, table, "docs/passing.md is stale; run this test with WYE_WRITE_PAGES=1");
}
