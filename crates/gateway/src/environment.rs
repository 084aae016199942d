//! The variables of the environment that the program reads, for people: a page tells them which are set, and shows the
//! values of those that are no secrets.

use std::collections::BTreeSet;

use wye_providers::PROVIDERS;
use wye_server::EnvironmentVariable;

use crate::load::variable;

/// The program's own: name, what it is for, and whether its value may be shown.
const OWN: [(&str, &str, bool); 10] = [
    ("DATABASE_URL", "The PostgreSQL database, instead of a file in the data folder.", false),
    ("RUST_LOG", "What is logged of the program itself, such as `info` or `wye=debug`.", true),
    ("VALKEY_URL", "The Valkey or Redis server at which several gateways share limits.", false),
    ("WYE_ADMIN_PASSWORD", "The password that `wye admin` gives a user.", false),
    ("WYE_CONFIG", "The configuration file.", true),
    ("WYE_CONSOLE", "A folder from which the console is served instead of from inside the program.", true),
    ("WYE_DATA", "The data folder.", true),
    (
        "WYE_MASTER_KEY",
        "The key under which secrets are sealed, instead of the file in the data folder.",
        false,
    ),
    ("WYE_NEW_MASTER_KEY", "The key that takes its place, for `wye vault rotate`.", false),
    ("WYE_RECORDS", "Whether records of requests go to standard output as well.", true),
];

/// All of them, as they are now: the program's own, then those in which keys and addresses of providers are looked for.
pub(crate) fn all() -> Vec<EnvironmentVariable> {
    let of = |name: &str, doc: String, shown: bool| {
        let value = variable(name).filter(|value| !value.is_empty());
        let set = value.is_some();
        EnvironmentVariable { name: name.to_owned(), doc, set, value: value.filter(|_| shown) }
    };
    let own = OWN.iter().map(|(name, doc, shown)| of(name, (*doc).to_owned(), *shown));
    let mut met = BTreeSet::new();
    let providers = PROVIDERS.iter().flat_map(|row| {
        let keys = row.key_env.iter().flat_map(|place| place.trim_start_matches("file:").split(':'));
        let keys = keys.map(|name| (name, format!("A key of {}.", row.title)));
        let address = row.base_url_env.map(|name| (name, format!("The address of {}.", row.title)));
        keys.chain(address)
    });
    let providers: Vec<(&str, String)> = providers.filter(|(name, _)| met.insert(*name)).collect();
    // An address may hold a password.
    own.chain(providers.into_iter().map(|(name, doc)| of(name, doc, false))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variable_that_the_program_names_is_told() {
        let mut left = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
        let told: Vec<&str> = OWN.iter().map(|(name, ..)| *name).collect();
        let mut found = 0;
        while let Some(path) = left.pop() {
            if path.is_dir() {
                left.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            for read in ["variable(\"", "env = \"", "given(\"", "with_env_var(\""] {
                for name in text.split(read).skip(1).filter_map(|rest| rest.split('"').next()) {
                    if path.ends_with("environment.rs") {
                        continue;
                    }
                    // Who gives a configuration its version; nothing of the gateway's.
                    assert!(name == "USER" || told.contains(&name), "{}: {name}", path.display());
                    found += 1;
                }
            }
        }
        assert!(found >= 8, "{found}");
        assert!(told.contains(&crate::master::VARIABLE));
    }

    #[test]
    fn no_variable_is_told_twice() {
        let all = all();
        let names: BTreeSet<&str> = all.iter().map(|variable| variable.name.as_str()).collect();
        assert!(names.len() == all.len() && all.len() > 80);
    }
}
