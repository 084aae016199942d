//! File, items and secrets become one configuration, checked as a whole. Nothing is served from here.

use std::sync::Arc;

use wye_config::{Config, Layers, Problem, Sources};
use wye_store::config_log::{ItemKey, Items};

use super::{Around, ChangeError, Writer};

/// A configuration that is right as a whole.
pub(super) struct Assembled {
    pub(super) config: Arc<Config>,
    pub(super) file_items: Items,
    pub(super) shadowed: Vec<ItemKey>,
    pub(super) restart: Vec<String>,
}

/// What comes of everything the writer holds. `booted` is what the process was started with, at the first time `None`.
pub(super) fn assemble(
    around: &Around,
    writer: &Writer,
    booted: Option<&Config>,
) -> Result<Assembled, Vec<Problem>> {
    let sources = Sources {
        env: &*around.env,
        file: &*around.file,
        local: &writer.file.local,
        vault: &|name| writer.opened.get(name).cloned(),
    };
    let file = writer.file.text.as_ref().map(|(text, format)| (text.as_str(), *format));
    let layered = wye_config::load_layers(&Layers { file, items: &writer.items }, &sources)?;
    let mut config = layered.config;
    config.listen = around.listen.unwrap_or(config.listen);
    let restart = booted.map_or_else(Vec::new, |booted| wye_config::boot_changes(booted, &config));
    // Until a restart it listens where it does.
    config.listen = booted.map_or(config.listen, |booted| booted.listen);
    if config.keys.is_empty() && !config.listen.ip().is_loopback() && !config.access.allow_open {
        let message = format!(
            "without client keys the gateway serves only this machine, but it is to listen on {}: add `keys:` to the \
             configuration, or listen on 127.0.0.1",
            config.listen
        );
        return Err(vec![anywhere(message)]);
    }
    Ok(Assembled {
        config: Arc::new(config),
        file_items: layered.file_items,
        shadowed: layered.shadowed,
        restart: restart.into_iter().map(Into::into).collect(),
    })
}

/// A problem that stands nowhere in a text.
pub(super) fn anywhere(message: String) -> Problem {
    Problem { path: String::new(), line: 0, column: 0, message }
}

/// What the builder says is wrong.
pub(super) fn problems(lines: Vec<String>) -> ChangeError {
    ChangeError::Invalid(lines.into_iter().map(anywhere).collect())
}
