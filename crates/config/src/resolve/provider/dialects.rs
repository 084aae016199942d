//! The dialects of a provider: as the file lists them, else as the registry knows them.

use wye_providers::{Auth, Provider};
use wye_types::DialectId;

use crate::node::{Node, join};
use crate::{Problem, Spoken};

/// What the file says.
pub(super) struct Written {
    /// The main one; `None` if the word was wrong and has been reported.
    pub(super) main: Option<DialectId>,
    /// The others, if there is a list.
    pub(super) rest: Option<Vec<DialectId>>,
}

/// Where and how the main dialect is spoken.
pub(super) struct Home<'a> {
    pub(super) dialect: DialectId,
    pub(super) base_url: &'a str,
    /// The provider's own address here and now, from which those of its dialects follow.
    pub(super) own: &'a str,
    pub(super) auth: Auth,
    /// As the file says, which holds for every dialect.
    pub(super) set_auth: Option<Auth>,
}

/// Reads `dialect` or `dialects`; `None` if neither is there.
pub(super) fn written(node: &Node, path: &str, problems: &mut Vec<Problem>) -> Option<Written> {
    let word = |node: &Node| node.text().and_then(|t| t.parse::<DialectId>().ok());
    let single = node.get("dialect");
    let Some(list) = node.get("dialects") else {
        return single.map(|node| Written { main: word(node), rest: None });
    };
    let path = join(path, "dialects");
    if single.is_some() {
        problems.push(list.place.problem(&path, "dialect stands there too; write one of them"));
    }
    if !list.is_broken() && list.items().is_empty() {
        problems.push(list.place.problem(&path, "this list is empty; write at least one dialect"));
    }
    let mut all: Vec<DialectId> = Vec::new();
    for item in list.items() {
        let Some(dialect) = word(item) else { continue };
        if all.contains(&dialect) {
            problems.push(item.place.problem(&path, format!("{dialect} stands there twice; write it once")));
        } else {
            all.push(dialect);
        }
    }
    let mut all = all.into_iter();
    Some(Written { main: all.next(), rest: Some(all.collect()) })
}

/// Whether the registry knows that a provider speaks a dialect.
pub(super) fn speaks(known: &Provider, dialect: DialectId) -> bool {
    known.dialect == dialect || known.also.iter().any(|s| s.dialect == dialect)
}

/// What the registry knows of a provider's dialect (its main one if none is named). `own`: its address here and now.
pub(super) fn registered(known: &Provider, dialect: Option<DialectId>, own: &str) -> Option<Spoken> {
    let dialect = dialect.unwrap_or(known.dialect);
    if dialect == known.dialect {
        return Some(Spoken { dialect, base_url: own.to_owned(), auth: known.auth, counts: true });
    }
    let spoken = known.also.iter().find(|s| s.dialect == dialect)?;
    let base_url = match spoken.base_url {
        // Behind a proxy everything is asked of the proxy.
        Some(elsewhere) if own == known.base_url => elsewhere,
        _ => own,
    };
    let auth = spoken.auth.unwrap_or(known.auth);
    Some(Spoken { dialect, base_url: base_url.to_owned(), auth, counts: spoken.counts })
}

/// The dialects beside the main one. `listed`: those that the file names instead of what the registry knows.
pub(super) fn also(known: Option<&Provider>, listed: Option<&[DialectId]>, home: &Home<'_>) -> Vec<Spoken> {
    let here =
        |dialect| Spoken { dialect, base_url: home.base_url.to_owned(), auth: home.auth, counts: true };
    let of_registry = |dialect| {
        let found = known.and_then(|k| registered(k, Some(dialect), home.own))?;
        Some(Spoken { auth: home.set_auth.unwrap_or(found.auth), ..found })
    };
    if let Some(listed) = listed {
        return listed.iter().map(|d| of_registry(*d).unwrap_or_else(|| here(*d))).collect();
    }
    let Some(known) = known.filter(|k| k.dialect == home.dialect) else { return Vec::new() };
    // What lives at an address of its own is not reached through another one.
    let reached = known.also.iter().filter(|s| s.base_url.is_none() || home.own == known.base_url);
    reached.filter_map(|s| of_registry(s.dialect)).collect()
}
