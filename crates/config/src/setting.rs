//! The settings one by one, from the table of keys: for pages on which each of them is a line.

use serde_json::Value;

use crate::key::{Key, Kind, ROOT};
use crate::layers::is_section;

/// A setting.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// Where it stands: `log.keep`.
    pub path: String,
    /// What it may be.
    pub kind: &'static str,
    /// The words that it may be, if it is one of some.
    pub words: Vec<&'static str>,
    /// What it is.
    pub doc: &'static str,
    /// What holds if nobody says anything.
    pub default: Option<Value>,
    /// Whether it is taken at the next start only.
    pub restart: bool,
}

/// Every setting, in the order of the table. Tables are gone through; lists and maps are one setting each.
#[must_use]
pub fn settings() -> Vec<Setting> {
    let mut all = Vec::new();
    gather("", ROOT.iter().filter(|key| !is_section(key.name)), &mut all);
    all
}

fn gather<'k>(before: &str, keys: impl Iterator<Item = &'k Key>, to: &mut Vec<Setting>) {
    for key in keys {
        let path = if before.is_empty() { key.name.to_owned() } else { format!("{before}.{}", key.name) };
        if let Kind::Table(inner) = &key.kind {
            gather(&path, inner.iter(), to);
            continue;
        }
        to.push(Setting {
            path,
            kind: key.kind.name(),
            words: if let Kind::Word(words) = &key.kind { words() } else { Vec::new() },
            doc: key.doc,
            default: key.default.and_then(|text| serde_json::from_str(text).ok()),
            restart: key.doc.contains("Needs a restart"),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Config, boot_changes};

    #[test]
    fn every_setting_has_its_line() {
        let all = settings();
        let of = |path: &str| all.iter().find(|setting| setting.path == path);
        assert!(of("providers").is_none() && of("log").is_none() && all.len() > 40, "{}", all.len());
        let listen = of("listen").unwrap();
        assert!(
            listen.restart && listen.default == Some("127.0.0.1:9930".into()) && listen.kind == "address"
        );
        assert_eq!(of("body_limit").unwrap().kind, "size");
        assert!(of("access.cors_origins").is_some_and(|setting| setting.kind == "list"));
        let mut paths: Vec<&str> = all.iter().map(|setting| setting.path.as_str()).collect();
        paths.sort_unstable();
        paths.dedup();
        assert_eq!(paths.len(), all.len());
    }

    #[test]
    fn what_needs_a_restart_is_what_is_compared_at_a_change() {
        let old = Config::default();
        let mut new = old.clone();
        new.listen.set_port(1);
        new.header_limit += 1;
        new.stall_timeout *= 2;
        new.shutdown_grace *= 2;
        new.records_queue += 1;
        new.log.stdout = !old.log.stdout;
        new.access.admin_listen = Some(old.listen);
        new.access.header_timeout *= 2;
        let mut compared = boot_changes(&old, &new);
        let all = settings();
        let mut says: Vec<&str> = all.iter().filter(|s| s.restart).map(|s| s.path.as_str()).collect();
        compared.sort_unstable();
        says.sort_unstable();
        assert_eq!(says, compared);
    }
}
