//! `wye vault`: secrets of the database, and the master key that they are sealed under.

use clap::{Args, Subcommand};
use wye_types::Secret;

use super::config::author;
use super::typed::{self, Typed};
use super::{Failure, Source};
use crate::state::State;
use crate::telemetry::say;
use crate::{load, master};

/// Gives the key that replaces [`master::VARIABLE`].
const NEW_KEY: &str = "WYE_NEW_MASTER_KEY";
/// Most bytes of a line that is typed. A longer one is no secret in any case.
const LONGEST: u64 = 32 << 10;

/// Options of `wye vault`.
#[derive(Debug, Args)]
pub(crate) struct Vault {
    #[command(flatten)]
    source: Source,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Set a secret, typed unseen or read from standard input; configuration names it as vault:NAME
    Set {
        /// Its name
        name: String,
    },
    /// List the secrets, one a line: name, end, what names them
    List,
    /// Remove a secret that nothing names
    Remove {
        /// Its name
        name: String,
    },
    /// Replace the master key: every secret is sealed anew, all in one step
    ///
    /// With a key file, a new key is made and takes the file's place; gateways that use this data folder go on by
    /// themselves. Where WYE_MASTER_KEY gives the key, WYE_NEW_MASTER_KEY gives the one that replaces it, and gateways
    /// are to be started anew with it.
    Rotate,
}

pub(super) async fn vault(vault: Vault) -> Result<(), Failure> {
    let Vault { source, what } = vault;
    let name_of_file = load::name(&source);
    let state = match &what {
        What::Set { .. } => Box::pin(State::for_secrets(source)).await?,
        _ => State::of_command(source).await?,
    };
    let refused = |error| load::refused(&name_of_file, &error);
    match what {
        What::Set { name } => {
            let secret = given(&name)?;
            let by = author(&state, "wye vault set");
            state.configurator.set_secret(&name, &secret, &by).await.map_err(refused)?;
        }
        What::List => {
            for secret in state.configurator.list_secrets().await.map_err(refused)? {
                let users: Vec<String> =
                    secret.used_by.iter().map(|(kind, name)| format!("{kind} {name}")).collect();
                say(&format!("{}\t{}\t{}", secret.name, secret.hint, users.join(", ")));
            }
        }
        What::Remove { name } => {
            let by = author(&state, "wye vault remove");
            state.configurator.remove_secret(&name, &by).await.map_err(refused)?;
        }
        What::Rotate => rotate(&state).await?,
    }
    Ok(())
}

/// A secret: asked for on a terminal, or all of standard input.
fn given(name: &str) -> Result<Secret, Failure> {
    if typed::is_terminal() {
        let typed = Typed { what: "secret", longest: LONGEST, otherwise: "" };
        let secret = typed.hidden(&format!("Secret {name}: "))?;
        return Ok(Secret::new(secret.expose().trim().to_owned()));
    }
    let text = std::io::read_to_string(std::io::stdin())
        .map_err(|error| Failure::asked(format!("standard input cannot be read: {error}")))?;
    Ok(Secret::new(text.trim().to_owned()))
}

async fn rotate(state: &State) -> Result<(), Failure> {
    let new = if state.master.is_given() {
        let key = load::variable(NEW_KEY).ok_or_else(|| {
            Failure::asked(format!(
                "{} gives the master key; give the new one as {NEW_KEY}",
                master::VARIABLE
            ))
        })?;
        master::checked(NEW_KEY, &key)?
    } else {
        state.master.next()?
    };
    let failed = |error: wye_admin::secrets::SecretsError| Failure::happened(error.to_string());
    let count = state.secrets.rotate(&new).await.map_err(failed)?;
    let seal = state.secrets.table().seal().await.map_err(|error| failed(error.into()))?;
    if let Some(seal) = seal {
        state.master.settle(&seal.check)?;
    }
    say(&format!("{count} secrets are sealed under the new master key"));
    if state.master.is_given() {
        say(&format!("start every gateway anew with {} set to it", master::VARIABLE));
    }
    Ok(())
}
