//! `wye admin`: users, for whoever can run commands where the data lies. It needs no login, which is how one gets in
//! again; it opens nothing but the database, so that a configuration that is wrong is not in the way.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Subcommand};
use wye_admin::{Auth, AuthError, NewUser, Principal, Role, Secrets};
use wye_pipeline::chance::ProcessClock;
use wye_store::Db;
use wye_types::Secret;

use super::Failure;
use super::typed::{self, Typed};
use crate::home::Home;
use crate::load::variable;
use crate::master::{self, Master};
use crate::state::DATABASE;
use crate::telemetry::say;

/// The password, for scripts.
const PASSWORD: &str = "WYE_ADMIN_PASSWORD";
/// What is read.
const TYPED: Typed = Typed {
    what: "password",
    // Of the line as it is read, in bytes; one that reaches it is too long in any case.
    longest: 1024,
    otherwise: ", or set WYE_ADMIN_PASSWORD",
};

/// Options of `wye admin`.
#[derive(Debug, Args)]
pub(crate) struct Admin {
    /// Folder for everything the gateway keeps
    #[arg(long, value_name = "DIR", env = "WYE_DATA", default_value = "wye-data", global = true)]
    data: PathBuf,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Make a user
    ///
    /// The first one must be an administrator; the set-up code is worth nothing from then on.
    Create {
        /// The name to log in with
        name: String,
        /// What the user may do: admin, operator or viewer
        #[arg(long, default_value = "admin", value_parser = role)]
        role: Role,
    },
    /// Give a user another password, and end the user's sessions and tokens
    ResetPassword {
        /// The name to log in with
        name: String,
        /// Take the second factor away, too
        #[arg(long)]
        totp: bool,
    },
}

fn role(name: &str) -> Result<Role, String> {
    Role::parse(name).ok_or_else(|| "write admin, operator or viewer".to_owned())
}

pub(super) async fn admin(admin: Admin) -> Result<(), Failure> {
    let auth = open(&admin.data).await?;
    let console = Principal::console();
    match admin.what {
        What::Create { name, role } => {
            let password = password()?;
            let made = auth.create_user(&console, NewUser { name: &name, password: &password, role }).await;
            let made = made.map_err(|error| refused(&name, &error))?;
            say(&format!("{} is there, with the role {}", made.name, made.role));
        }
        What::ResetPassword { name, totp } => {
            // Before the password is asked for.
            let user = auth.user_named(&console, &name).await.map_err(|error| refused(&name, &error))?;
            let password = password()?;
            let done = auth.reset_password(&console, &user.id, &password, totp).await;
            done.map_err(|error| refused(&name, &error))?;
            let factor = if totp && user.totp { "; the second factor is off" } else { "" };
            say(&format!("{} has a new password{factor}; every session and token has ended", user.name));
        }
    }
    Ok(())
}

fn refused(name: &str, error: &AuthError) -> Failure {
    match error {
        AuthError::NotFound => Failure::asked(format!("there is no user {name:?}")),
        AuthError::LastAdmin => Failure::asked("the first user must be an administrator: use --role admin"),
        AuthError::Invalid { .. } | AuthError::Taken => Failure::asked(error.to_string()),
        _ => Failure::happened(error.to_string()),
    }
}

/// Opens the database. The master key is needed only to remove what is sealed.
async fn open(data: &Path) -> Result<Auth, Failure> {
    let home = Home::open(data)?;
    let keys = Master::of(&home, variable(master::VARIABLE))?.keys();
    let db = match variable("DATABASE_URL") {
        Some(url) => Db::postgres(&url).await,
        None => Db::sqlite(&home.file(DATABASE)).await,
    };
    let db = db.map_err(|error| Failure::happened(error.to_string()))?;
    let clock = Arc::new(ProcessClock::start());
    let secrets = Arc::new(Secrets::new(db.clone(), keys, Arc::<ProcessClock>::clone(&clock)));
    Ok(Auth::new(db, secrets, clock))
}

/// The password: of the environment, asked for on a terminal, or the first line of standard input. Never an argument,
/// which everybody on the machine could read.
fn password() -> Result<Secret, Failure> {
    if let Some(given) = variable(PASSWORD) {
        return Ok(Secret::new(given));
    }
    if !typed::is_terminal() {
        return TYPED.line();
    }
    let first = TYPED.hidden("Password: ")?;
    if first == TYPED.hidden("Again: ")? {
        Ok(first)
    } else {
        Err(Failure::asked("the two are not the same"))
    }
}
