//! `wye template`: ready sets of routes, shown or added.

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use wye_config::{TEMPLATES, Template};

use super::config::author;
use super::{Failure, Source};
use crate::load;
use crate::state::State;
use crate::telemetry::say;

/// Options of `wye template`.
#[derive(Debug, Args)]
pub(crate) struct Templates {
    #[command(flatten)]
    source: Source,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List them, one a line: name and what it is
    List,
    /// Print the routes of one, as they would stand in the configuration file
    Show {
        /// Its name
        #[arg(value_parser = names())]
        name: String,
        /// Add them to what the database holds instead, as one change; none of them may be there yet
        #[arg(long)]
        add: bool,
    },
}

fn names() -> PossibleValuesParser {
    TEMPLATES.map(|template| template.name).into()
}

pub(super) async fn template(templates: Templates) -> Result<(), Failure> {
    let Templates { source, what } = templates;
    let (name, add) = match what {
        What::List => {
            let lines = TEMPLATES.map(|template| format!("{}\t{}", template.name, template.about));
            say(&lines.join("\n"));
            return Ok(());
        }
        What::Show { name, add } => (name, add),
    };
    let Some(template) = Template::of(&name) else {
        return Err(Failure::asked(format!("there is no template {name}")));
    };
    if !add {
        say(template.text.trim_end());
        return Ok(());
    }
    let file = load::name(&source);
    let state = State::of_command(source).await?;
    let author = author(&state, &format!("wye template show {name} --add"));
    let base = state.configurator.current().version;
    let added = state.configurator.add(base, template.items(), author).await;
    let current = added.map_err(|error| load::refused(&file, &error))?;
    say(&format!("version {} {}", current.version, current.hash));
    Ok(())
}
