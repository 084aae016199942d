//! A `pg_dump` of SMLGateway's database: providers, keys, models and prompts.

use serde_json::Value as Json;
use wye_config::Problem;
use wye_types::DialectId;

use crate::address::{self, Asked};
use crate::draft::{Body, Draft, plain};
use crate::rows::{self, Row};
use crate::{Fate, Rows, dump, vendor};

mod modes;

/// The tables that mean something here; all with `key` in their names besides.
const WANTED: &[&str] = &["provider_catalog", "provider_settings", "models", "prompts"];

/// What is known of it all.
struct Sml<'a> {
    tables: &'a [Rows],
    /// Its name of a provider and ours.
    ids: Vec<(String, String)>,
}

/// Maps the dump.
pub(crate) fn map(text: &str, draft: &mut Draft) -> Result<(), Vec<Problem>> {
    let (tables, others) = dump::read(text, |name| WANTED.contains(&name) || name.contains("key"))?;
    if tables.is_empty() {
        let message = "no table of SMLGateway's is in it; dump the whole database as text: pg_dump DATABASE";
        return Err(vec![crate::problem(1, "", message)]);
    }
    draft.set(&["discover"], false);
    draft.reserve(modes::NAMES);
    let mut sml = Sml { tables: &tables, ids: Vec::new() };
    sml.providers(draft);
    modes::map(&sml, draft);
    sml.client_keys(draft);
    for row in rows::of(&tables, &["prompts"]) {
        let name = row.get(&["name"]).unwrap_or("?");
        let message = "there is no library of prompts; send its text as the system message";
        draft.note(Fate::Impossible, (&row.path(name, "content"), row.line), message);
    }
    if !others.is_empty() {
        let names: Vec<&str> = others.iter().map(String::as_str).collect();
        let message = format!("what was learned and logged is not imported: {}", names.join(", "));
        draft.note(Fate::Impossible, ("", 0), message);
    }
    let message = "GATEWAY_API_KEY is not in the database; where it was set, add a client key with it";
    draft.note(Fate::Changed, ("", 0), message);
    Ok(())
}

impl Sml<'_> {
    fn providers(&mut self, draft: &mut Draft) {
        let catalog = rows::of(self.tables, &["provider_catalog"]);
        let stored = rows::of(self.tables, &["api_keys"]);
        let mut names: Vec<&str> = catalog.iter().filter_map(|row| row.get(&["name"])).collect();
        for name in stored.iter().filter_map(|row| row.get(&["provider"])) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let settings = rows::of(self.tables, &["provider_settings"]);
        for name in names {
            let row = catalog.iter().find(|row| row.get(&["name"]) == Some(name));
            let off = settings
                .iter()
                .any(|s| s.get(&["provider", "name"]) == Some(name) && s.flag(&["enabled"]) == Some(false));
            let keys: Vec<Row<'_>> =
                stored.iter().filter(|key| key.get(&["provider"]) == Some(name)).copied().collect();
            self.provider(name, (row, &keys), off, draft);
        }
    }

    fn provider(
        &mut self,
        name: &str,
        (row, keys): (Option<&Row<'_>>, &[Row<'_>]),
        off: bool,
        draft: &mut Draft,
    ) {
        let line = row.or(keys.first()).map_or(0, |row| row.line);
        let path = row.or(keys.first()).map_or_else(String::new, |row| row.path(name, "base_url"));
        let at = (path.as_str(), line);
        if off || row.and_then(|row| row.get(&["status"])).is_some_and(|status| status != "active") {
            return draft.note(
                Fate::Changed,
                at,
                format!("{name} is switched off or not tried yet; it is left out"),
            );
        }
        let scheme = row.and_then(|row| row.get(&["auth_scheme"]));
        let keyless = scheme == Some("none") || scheme.is_none() && vendor::key_variable(name).is_empty();
        if keys.is_empty() && !(keyless && vendor::is_known(name)) {
            return draft.note(Fate::Changed, at, format!("{name} has no key; it is left out"));
        }
        let base_url = row.and_then(|row| row.get(&["base_url"])).map(|url| draft.address(url));
        let dialect = base_url.is_some().then_some(DialectId::OpenAiChat);
        let asked = Asked { name: Some(name), base_url: base_url.as_deref(), dialect };
        let Some(home) = address::home(asked) else {
            return draft.note(
                Fate::Impossible,
                at,
                format!("Wye does not know {name}, and no address is in the dump"),
            );
        };
        let known = home.row;
        let mut body = home.body;
        let header = row.and_then(|row| row.get(&["auth_header_name"]));
        if let Some(header) = header.filter(|_| known.is_none() && scheme == Some("header")) {
            if ["x-api-key", "x-goog-api-key", "api-key"].contains(&header.to_ascii_lowercase().as_str()) {
                body.insert("auth".to_owned(), header.to_ascii_lowercase().into());
            } else {
                return self.with_header(name, header, (body, keys), draft);
            }
        }
        if scheme == Some("query") && known.is_none() {
            return draft.note(
                Fate::Impossible,
                at,
                format!("{name} wants its key in the address; it is left out"),
            );
        }
        let references = references(name, keys, draft);
        match references.as_slice() {
            [] => body.insert("auth".to_owned(), "none".into()).filter(|_| known.is_none()),
            [one] => body.insert("api_key".to_owned(), one.clone().into()),
            many => body.insert("api_keys".to_owned(), many.into()),
        };
        if known.is_some_and(|row| row.local) || references.is_empty() && known.is_some() {
            body.shift_remove("auth");
        }
        let id = draft.new_provider(name, body);
        draft.note(Fate::Mapped, at, format!("the provider {id}"));
        self.ids.push((name.to_owned(), id));
    }

    /// A provider that wants its key in a header which is no usual one.
    fn with_header(
        &mut self,
        name: &str,
        header: &str,
        (mut body, keys): (Body, &[Row<'_>]),
        draft: &mut Draft,
    ) {
        body.insert("auth".to_owned(), "none".into());
        let references = references(name, keys, draft);
        let line = keys.first().map_or(0, |key| key.line);
        if let Some(first) = references.first() {
            let header = Body::from_iter([(header.to_owned(), first.clone().into())]);
            body.insert("headers".to_owned(), header.into());
        }
        if references.len() > 1 {
            let message = "its key goes into a header of its own, where only the first is used";
            draft.note(Fate::Changed, (&format!("api_keys[{name}]"), line), message);
        }
        let id = draft.new_provider(name, body);
        draft.note(Fate::Mapped, (&format!("provider_catalog[{name}]"), line), format!("the provider {id}"));
        self.ids.push((name.to_owned(), id));
    }

    /// Keys of clients, of which only the hash was kept.
    fn client_keys(&self, draft: &mut Draft) {
        for rows in self.tables.iter().filter(|rows| rows.columns.iter().any(|column| column == "key_hash")) {
            for row in rows.each() {
                let name = row.get(&["name", "label", "id"]).unwrap_or("key");
                let path = row.path(name, "key_hash");
                let at = (path.as_str(), row.line);
                let hash =
                    row.get(&["key_hash"]).unwrap_or_default().trim_start_matches("\\x").to_ascii_lowercase();
                if hash.len() != 64 || !hash.bytes().all(|b| b.is_ascii_hexdigit()) {
                    draft.note(
                        Fate::Impossible,
                        at,
                        "this is no SHA-256; make the key anew: wye keys create",
                    );
                    continue;
                }
                let mut body = Body::from_iter([("sha256".to_owned(), Json::from(hash))]);
                let off = row.flag(&["enabled", "is_active"]) == Some(false)
                    || row.flag(&["disabled", "revoked"]) == Some(true);
                if off || row.get(&["revoked_at", "disabled_at"]).is_some() {
                    body.insert("disabled".to_owned(), true.into());
                }
                body.extend(row.get(&["expires_at"]).map(|at| ("expires".to_owned(), moment(at).into())));
                let key = draft.key(name, body);
                draft.note(Fate::Mapped, at, format!("the client key {key}, which works as before"));
            }
        }
    }
}

/// References to keys, of which one row may hold several with commas between.
fn references(name: &str, keys: &[Row<'_>], draft: &mut Draft) -> Vec<String> {
    let mut references = Vec::new();
    for row in keys {
        let path = row.path(name, "api_key");
        let all = row.get(&["api_key", "key"]).unwrap_or_default();
        for key in all.split(',').map(str::trim).filter(|key| !key.is_empty()) {
            let reference = draft.secret_at((&path, row.line), key, &format!("{name}_key"));
            if !references.contains(&reference) {
                references.push(reference);
            }
        }
    }
    references
}

/// A moment of PostgreSQL's as RFC 3339 has it.
fn moment(text: &str) -> String {
    let text = plain(&text.replacen(' ', "T", 1));
    let zone = text.rfind(['+', '-']).filter(|at| *at > 10).map(|at| text.split_at(at));
    match zone {
        Some((time, zone)) if zone.len() == 3 => format!("{time}{zone}:00"),
        Some(_) => text,
        None if text.ends_with('Z') => text,
        None => format!("{text}Z"),
    }
}

#[cfg(test)]
mod tests {
    use super::moment;

    #[test]
    fn moments_get_an_offset() {
        for (text, read) in [
            ("2027-01-31 00:00:00+00", "2027-01-31T00:00:00+00:00"),
            ("2027-01-31 00:00:00.5", "2027-01-31T00:00:00.5Z"),
            ("2027-01-31T00:00:00Z", "2027-01-31T00:00:00Z"),
            ("2027-01-31 00:00:00-03:30", "2027-01-31T00:00:00-03:30"),
        ] {
            assert_eq!(moment(text), read);
        }
    }
}
