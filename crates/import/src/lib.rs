//! Another gateway's configuration becomes ours, with a report of each thing that was mapped, changed or left out.
//!
//! **Invariants:** pure: no files, no environment, no clock. What comes out loads without problems, whatever came in.
//! No secret of the input stands in the configuration or the report, only its name. Nothing that was written there is
//! dropped without a word.

mod address;
mod bifrost;
mod dotenv;
mod draft;
mod dump;
mod field;
mod finish;
mod gopher_gate;
mod kind;
mod lite_llm;
mod llm_gateway;
mod report;
mod rows;
mod smart_route;
mod sml_gateway;
mod vendor;

use wye_config::{Content, Format, Problem, Tree, tree};
use wye_types::Secret;

pub use kind::Kind;
pub use report::{Fate, Finding, Report, Unsealed};
pub use rows::Rows;

use draft::Draft;
use field::At;

/// What is imported.
#[derive(Debug, Clone)]
pub enum Input<'a> {
    /// A text file.
    Text(&'a str),
    /// Tables of a database.
    Tables(&'a [Rows]),
}

/// What came of it.
#[derive(Debug)]
pub struct Imported {
    /// The configuration, as YAML.
    pub yaml: String,
    /// What became of each thing.
    pub report: Report,
    /// The secrets that stood in the input, under the names by which the configuration calls them (`vault:NAME`).
    pub secrets: Vec<(String, Secret)>,
}

/// Imports the configuration of another gateway. Only a GopherGate may have two inputs: its `.env` and its tables.
///
/// # Errors
/// Why the input cannot be read, with lines. What can be read but not mapped is in the report instead.
pub fn import(kind: Kind, inputs: &[Input<'_>]) -> Result<Imported, Vec<Problem>> {
    let mut draft = Draft::new(kind);
    match kind {
        Kind::GopherGate => gopher_gate::map(inputs, &mut draft)?,
        Kind::SmlGateway => sml_gateway::map(text(inputs)?, &mut draft)?,
        Kind::LiteLlm => lite_llm::map(&root(inputs, Format::Yaml)?, &mut draft)?,
        Kind::LlmGateway => llm_gateway::map(&root(inputs, Format::Yaml)?, &mut draft)?,
        Kind::SmartRoute => smart_route::map(&root(inputs, Format::Json)?, &mut draft)?,
        Kind::Bifrost => bifrost::map(&root(inputs, Format::Json)?, &mut draft)?,
    }
    Ok(finish::finish(draft))
}

/// A problem of the input as a whole.
fn problem(line: usize, path: &str, message: impl Into<String>) -> Problem {
    Problem { path: path.to_owned(), line, column: 1, message: message.into() }
}

fn text<'a>(inputs: &[Input<'a>]) -> Result<&'a str, Vec<Problem>> {
    match inputs {
        [Input::Text(text)] => Ok(text),
        _ => Err(vec![problem(
            1,
            "",
            "this is a database; give the text file that the gateway was configured by",
        )]),
    }
}

/// The input's tree, which is a table.
fn root(inputs: &[Input<'_>], format: Format) -> Result<Tree, Vec<Problem>> {
    let tree = tree(text(inputs)?, format)?;
    match tree.value {
        Content::Table(_) => Ok(tree),
        _ => Err(vec![problem(tree.line, "", "this is no table of settings; give the gateway's own file")]),
    }
}

/// That a section which the kind cannot do without is there.
fn demand<'t>(root: &'t Tree, section: &str, kind: Kind) -> Result<At<'t>, Vec<Problem>> {
    At::root(root).get(section).ok_or_else(|| {
        let message = format!("there is no {section} in it, so this is no configuration of {}", kind.title());
        vec![problem(1, "", message)]
    })
}
