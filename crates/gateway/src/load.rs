//! Finding and reading the configuration: the file, the environment, and providers that run on this machine.

use std::path::{Path, PathBuf};
use std::time::Duration;

use wye_admin::ChangeError;
use wye_admin::configurator::FileText;
use wye_admin::secrets::Opened;
use wye_config::{Config, Format, Items, Layers, Problem, Sources};

use crate::command::{Failure, Source};
use crate::state;

/// How long a local provider may take to accept a connection before it counts as not running.
const LOCAL_PATIENCE: Duration = Duration::from_millis(200);

/// Names looked for where no file is given.
const NAMES: [&str; 4] = ["wye.yaml", "wye.yml", "wye.toml", "wye.json"];

/// Environment variables of a command's own making, before the process's.
pub(crate) type Extra = Vec<(&'static str, String)>;

/// The file that will be read, if any.
pub(crate) fn file(source: &Source) -> Option<PathBuf> {
    source.config.clone().or_else(|| {
        let folders = [Path::new(""), &source.data];
        folders.iter().flat_map(|folder| NAMES.map(|name| folder.join(name))).find(|path| path.is_file())
    })
}

/// The file as it is now, and who runs on this machine.
pub(crate) async fn read(source: &Source, extra: &Extra) -> Result<FileText, Failure> {
    let text = match file(source) {
        None => None,
        Some(path) => {
            let text = std::fs::read_to_string(&path).map_err(|error| {
                Failure::asked(format!("{}: the configuration cannot be read: {error}", path.display()))
            })?;
            Some((text, Format::of_name(&path.display().to_string())))
        }
    };
    Ok(FileText { text, local: local(extra).await })
}

/// Ids of the providers that run on this machine.
pub(crate) async fn local(extra: &Extra) -> Vec<&'static str> {
    let candidates = {
        let env = |name: &str| look_up(extra, name);
        wye_config::local_candidates(&Sources { env: &env, file: &file_of, local: &[], vault: &|_| None })
    };
    let mut local = Vec::new();
    for (id, base_url) in candidates {
        if answers(&base_url).await {
            local.push(id);
        }
    }
    local
}

/// The configuration of the file, the environment and the database, if there is one. Nothing is changed by reading it.
///
/// # Errors
/// With every problem, one line each, as `file:line:column: path: message`.
pub(crate) async fn config(source: &Source) -> Result<Config, Failure> {
    let extra = Extra::new();
    let file = read(source, &extra).await?;
    let (items, secrets) = state::look(source).await?;
    together(&extra, &file, (&items, &secrets)).map_err(|problems| wrong(&name(source), &problems))
}

/// What file, environment, items and secrets mean together.
pub(crate) fn together(
    extra: &Extra,
    file: &FileText,
    (items, secrets): (&Items, &Opened),
) -> Result<Config, Vec<Problem>> {
    let env = |name: &str| look_up(extra, name);
    let vault = |name: &str| secrets.get(name).cloned();
    let sources = Sources { env: &env, file: &file_of, local: &file.local, vault: &vault };
    let text = file.text.as_ref().map(|(text, format)| (text.as_str(), *format));
    wye_config::load_layers(&Layers { file: text, items }, &sources).map(|layered| layered.config)
}

/// The file's name as it is shown; empty without one.
pub(crate) fn name(source: &Source) -> String {
    file(source).map_or_else(String::new, |path| path.display().to_string())
}

/// Everything that is wrong, with the file's name before what stands in it.
pub(crate) fn wrong(name: &str, problems: &[Problem]) -> Failure {
    let line = |problem: &Problem| match problem.line {
        0 => problem.to_string(),
        _ => format!("{name}:{problem}"),
    };
    let lines: Vec<String> = problems.iter().map(line).collect();
    let count = if lines.len() == 1 { "1 problem".to_owned() } else { format!("{} problems", lines.len()) };
    Failure::asked(format!("{}\n{count} in the configuration", lines.join("\n")))
}

/// Why the configuration cannot be read or changed, in words for who asked.
pub(crate) fn refused(name: &str, error: &ChangeError) -> Failure {
    match error {
        ChangeError::Invalid(problems) => wrong(name, problems),
        ChangeError::Store(wye_store::StoreError::Unavailable(_)) => Failure::happened(error.to_string()),
        _ => Failure::asked(error.to_string()),
    }
}

/// An environment variable.
pub(crate) fn look_up(extra: &Extra, name: &str) -> Option<String> {
    let known = extra.iter().find(|(known, _)| *known == name);
    known.map(|(_, value)| value.clone()).or_else(|| variable(name))
}

/// A file that the configuration refers to.
pub(crate) fn file_of(path: &str) -> std::io::Result<String> {
    std::fs::read_to_string(path)
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is where the environment is read; values are passed down"
)]
pub(crate) fn variable(name: &str) -> Option<String> {
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
