//! Finding and reading the configuration: the file, the environment, and providers that run on this machine.

use std::path::{Path, PathBuf};
use std::time::Duration;

use wye_config::{Config, Format, Sources};

use crate::command::{Failure, Source};

/// How long a local provider may take to accept a connection before it counts as not running.
const LOCAL_PATIENCE: Duration = Duration::from_millis(200);

/// Names looked for where no file is given.
const NAMES: [&str; 4] = ["wye.yaml", "wye.yml", "wye.toml", "wye.json"];

/// Environment variables of a command's own making, before the process's.
pub(crate) type Extra<'a> = &'a [(&'a str, String)];

/// The file that will be read, if any.
pub(crate) fn file(source: &Source) -> Option<PathBuf> {
    source.config.clone().or_else(|| {
        let folders = [Path::new(""), &source.data];
        folders.iter().flat_map(|folder| NAMES.map(|name| folder.join(name))).find(|path| path.is_file())
    })
}

/// A configuration and the text it was read from, if from any.
pub(crate) struct Loaded {
    pub(crate) config: Config,
    pub(crate) text: Option<String>,
}

/// Reads the configuration.
///
/// # Errors
/// With every problem, one line each, as `file:line:column: path: message`.
pub(crate) async fn config(source: &Source, extra: Extra<'_>) -> Result<Loaded, Failure> {
    let path = file(source);
    let text = match &path {
        None => None,
        Some(path) => Some(std::fs::read_to_string(path).map_err(|error| {
            Failure::asked(format!("{}: the configuration cannot be read: {error}", path.display()))
        })?),
    };
    let name = path.as_deref().map_or_else(String::new, |p| p.display().to_string());
    let config = parse(text.as_deref().map(|text| (text, name.as_str())), extra).await?;
    Ok(Loaded { config, text })
}

/// Reads a configuration from its text; `None`: from the environment alone.
pub(crate) async fn parse(text: Option<(&str, &str)>, extra: Extra<'_>) -> Result<Config, Failure> {
    let env = |name: &str| {
        extra
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.clone())
            .or_else(|| variable(name))
    };
    let file = |path: &str| std::fs::read_to_string(path);
    let candidates =
        wye_config::local_candidates(&Sources { env: &env, vault: &|_| None, file: &file, local: &[] });
    let mut local = Vec::new();
    for (id, base_url) in candidates {
        if answers(&base_url).await {
            local.push(id);
        }
    }
    let sources = Sources { env: &env, vault: &|_| None, file: &file, local: &local };
    let Some((text, name)) = text else {
        return Ok(wye_config::from_environment(&sources));
    };
    wye_config::load(text, Format::of_name(name), &sources).map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(|problem| format!("{name}:{problem}")).collect();
        let count =
            if lines.len() == 1 { "1 problem".to_owned() } else { format!("{} problems", lines.len()) };
        Failure::asked(format!("{}\n{count} in the configuration", lines.join("\n")))
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is where the environment is read; values are passed down"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Whether something accepts connections at this address.
async fn answers(base_url: &str) -> bool {
    let rest = base_url.split_once("://").map_or(base_url, |(_, rest)| rest);
    let host = rest.split('/').next().unwrap_or(rest);
    let address = if host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok()) {
        host.to_owned()
    } else {
        format!("{host}:80")
    };
    let connecting = tokio::net::TcpStream::connect(address);
    matches!(tokio::time::timeout(LOCAL_PATIENCE, connecting).await, Ok(Ok(_)))
}
