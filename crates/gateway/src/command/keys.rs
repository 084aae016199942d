//! `wye keys`: client keys of the database.

use clap::{Args, Subcommand};
use serde_json::{Map, Value as Json, json};
use wye_admin::client_key::{self, Created, KeyInfo, NewKey};

use super::config::author;
use super::{Failure, Source};
use crate::load;
use crate::state::State;
use crate::telemetry::{complain, say};

/// Options of `wye keys`.
#[derive(Debug, Args)]
pub(crate) struct Keys {
    #[command(flatten)]
    source: Source,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Make a key and print it: this is the only time it is shown
    Create(Box<New>),
    /// List the keys, one a line: name, end, state, team, owner
    List,
    /// Make a key anew, under the same name and limits, and print it; the old one is refused from then on
    Rotate {
        /// Its name
        name: String,
    },
    /// Switch a key off
    Disable {
        /// Its name
        name: String,
    },
    /// Switch a key on again
    Enable {
        /// Its name
        name: String,
    },
    /// Remove a key
    Remove {
        /// Its name
        name: String,
    },
}

/// A key to be made.
#[derive(Debug, Args)]
struct New {
    /// Its name; unique
    name: String,
    /// The team whose limits and budgets hold for it too
    #[arg(long)]
    team: Option<String>,
    /// Whose it is
    #[arg(long)]
    owner: Option<String>,
    /// What its requests are tagged with; may be given several times
    #[arg(long = "tag")]
    tags: Vec<String>,
    /// An API it may use, such as openai_chat; may be given several times [default: all]
    #[arg(long = "api")]
    apis: Vec<String>,
    /// A model or route it may use, * for any part of a name; may be given several times [default: all]
    #[arg(long = "model")]
    models: Vec<String>,
    /// When it ends, as in 2027-01-31T00:00:00Z
    #[arg(long)]
    expires: Option<String>,
    /// Requests in any minute; 0 lets nothing through [default: unlimited]
    #[arg(long)]
    rpm: Option<u64>,
    /// Tokens in any minute [default: unlimited]
    #[arg(long)]
    tpm: Option<u64>,
    /// Requests a day [default: unlimited]
    #[arg(long)]
    rpd: Option<u64>,
    /// Requests at once [default: unlimited]
    #[arg(long)]
    concurrent: Option<u64>,
    /// Dollars it may spend [default: unlimited]
    #[arg(long)]
    usd: Option<serde_json::Number>,
    /// In which time: day, week, month or total
    #[arg(long, default_value = "month", requires = "usd")]
    per: String,
}

pub(super) async fn keys(keys: Keys) -> Result<(), Failure> {
    let Keys { source, what } = keys;
    let name_of_file = load::name(&source);
    let state = State::of_command(source).await?;
    let configurator = &state.configurator;
    let refused = |error| load::refused(&name_of_file, &error);
    match what {
        What::Create(new) => {
            let by = author(&state, &format!("wye keys create {}", new.name));
            show(&client_key::create(configurator, new.key(), &by).await.map_err(refused)?);
        }
        What::List => {
            let all = client_key::list(&configurator.current());
            if !all.is_empty() {
                say(&all.iter().map(line).collect::<Vec<_>>().join("\n"));
            }
        }
        What::Rotate { name } => {
            let by = author(&state, &format!("wye keys rotate {name}"));
            show(&client_key::rotate(configurator, &name, &by).await.map_err(refused)?);
        }
        What::Disable { name } => {
            let by = author(&state, &format!("wye keys disable {name}"));
            client_key::disable(configurator, &name, true, &by).await.map_err(refused)?;
        }
        What::Enable { name } => {
            let by = author(&state, &format!("wye keys enable {name}"));
            client_key::disable(configurator, &name, false, &by).await.map_err(refused)?;
        }
        What::Remove { name } => {
            let by = author(&state, &format!("wye keys remove {name}"));
            client_key::remove(configurator, &name, &by).await.map_err(refused)?;
        }
    }
    Ok(())
}

/// Standard output is the key alone, so that a script can take it.
fn show(created: &Created) {
    complain(&format!("the key {}; it is not shown again:", created.name));
    say(created.key.expose());
}

impl New {
    /// As the file would write it; what is wrong is found by whoever reads the file.
    fn key(self) -> NewKey {
        let mut settings = Map::new();
        let texts = [("team", self.team), ("owner", self.owner), ("expires", self.expires)];
        for (name, value) in texts {
            settings.extend(value.map(|value| (name.to_owned(), Json::from(value))));
        }
        for (name, list) in [("tags", self.tags), ("apis", self.apis), ("models", self.models)] {
            if !list.is_empty() {
                settings.insert(name.to_owned(), list.into());
            }
        }
        let limits =
            [("rpm", self.rpm), ("tpm", self.tpm), ("rpd", self.rpd), ("concurrent", self.concurrent)];
        let limits: Map<String, Json> = limits
            .into_iter()
            .filter_map(|(name, limit)| Some((name.to_owned(), Json::from(limit?))))
            .collect();
        if !limits.is_empty() {
            settings.insert("limits".to_owned(), limits.into());
        }
        if let Some(usd) = self.usd {
            settings.insert("budgets".to_owned(), json!([{"usd": usd, "per": self.per}]));
        }
        NewKey { name: self.name, settings }
    }
}

/// Name, end, state, team, owner; parted by tabs.
fn line(key: &KeyInfo) -> String {
    let state = match (key.disabled, key.in_file) {
        (true, _) => "disabled",
        (false, true) => "in the file",
        (false, false) => "on",
    };
    let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let (hint, team, owner) = (or_none(&key.hint), or_none(&key.team), or_none(&key.owner));
    format!("{}\t{hint}\t{state}\t{team}\t{owner}", key.name)
}
