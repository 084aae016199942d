//! The commands.

mod admin;
mod check;
mod config;
mod demo;
mod encoder;
mod import;
mod keys;
mod models;
mod route;
mod serve;
mod sim;
mod template;
mod typed;
mod vault;
mod why;

use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use wye_server::Console;

use crate::telemetry::say;

/// Said where there is nobody to ask.
const NO_PROVIDER: &str = "no provider is configured: set a key such as OPENAI_API_KEY, or write a configuration \
                           file (`wye schema` describes every setting)";

/// The LLM gateway that picks the right model for every request, and tells you why.
#[derive(Debug, Parser)]
#[command(name = "wye", version, max_term_width = 100, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the gateway
    ///
    /// Without a configuration file, providers are switched on by the keys found under their SDKs' environment names
    /// (OPENAI_API_KEY, ANTHROPIC_API_KEY, GEMINI_API_KEY, …) and a local Ollama is found by itself.
    ///
    /// Standard output: one line with the address; with --records, then one line of JSON for every request. Logs go to
    /// standard error; RUST_LOG=debug shows more. A changed file is taken over within a second, and on SIGHUP with the files and
    /// variables it names; a bad one is refused. SIGTERM and Ctrl-C let running answers end, a second one does not.
    ///
    /// What it remembers is kept in the data folder (SQLite), or in the PostgreSQL database that DATABASE_URL names.
    /// Gateways that name the same Valkey or Redis server in VALKEY_URL (redis://HOST:PORT) share all limits and budgets.
    /// Secrets are sealed under WYE_MASTER_KEY, or under the key file that the first start makes in the data folder.
    ///
    /// Exits with 0 after a stop, 1 if something failed, 2 if it cannot do what it was asked.
    Serve(Running),
    /// Run the gateway with a simulated fleet of providers, and print lines to try it with
    ///
    /// Nothing leaves this machine and no key is needed. Clients of its own ask all the time, so that there is something to
    /// see in the console; its users and their password are printed, and made only where the demo listens on this machine
    /// alone. With --config, your file is used instead of the built-in one;
    /// in it, ${WYE_DEMO_FLEET} is the fleet's address, and your own providers are called as they are.
    Demo(demo::Demo),
    /// Run only the simulated fleet of providers
    ///
    /// Each provider of the script is served below its own name, as in http://127.0.0.1:9931/NAME/v1. While it runs,
    /// GET /_sim/received tells what came, and PUT /_sim/script changes the script.
    Sim(sim::Sim),
    /// Check a configuration file and say everything that is wrong with it
    ///
    /// Exits with 0 if `wye serve` would start with it, 2 if not.
    Check(Source),
    /// Print the configuration's JSON Schema
    ///
    /// It describes every setting and its default; editors complete and check a file with it.
    Schema,
    /// List the names that clients may send as model
    ///
    /// One name a line, with what stands behind it; separated by a tab unless the output is a terminal. Nobody is
    /// called: provider/* stands for any model of that provider, listed or not.
    Models(Source),
    /// Show ready sets of routes, and add them
    ///
    /// GopherGate's groups, SmartRoute's tiers and LLM Gateway's fixed order, over whatever models there are. What is added
    /// goes into the data folder, or into DATABASE_URL, and is changed like any other route.
    Template(template::Templates),
    /// Turn another gateway's configuration into one of ours, and say what became of each thing
    ///
    /// Reads LiteLLM's config.yaml, LLM Gateway's config.yaml, SmartRoute's config.json, GopherGate's .env and database,
    /// a pg_dump of SMLGateway's database as text, and Bifrost's config.json. Models keep the names they were called by.
    /// What comes out loads; secrets are not in it, only their names, which the report lists.
    ///
    /// Exits with 0 also if not everything could be mapped, 2 if the file cannot be read.
    Import(import::Import),
    /// Export, import and restore the configuration that the database holds
    ///
    /// Works on the data folder, or on DATABASE_URL; a gateway that runs on it takes changes over within 2 seconds.
    Config(config::Config),
    /// Make, list and switch off client keys
    ///
    /// Works on the data folder, or on DATABASE_URL; a gateway that runs on it takes changes over within 2 seconds.
    Keys(keys::Keys),
    /// Keep secrets, and replace the master key that they are sealed under
    ///
    /// Works on the data folder, or on DATABASE_URL; a gateway that runs on it takes changes over within 2 seconds.
    Vault(vault::Vault),
    /// Make users of the admin API, and give them new passwords
    ///
    /// Works on the data folder, or on DATABASE_URL, whether or not a gateway runs on it. The password is asked for on
    /// the terminal, or read from WYE_ADMIN_PASSWORD or a line of standard input.
    Admin(admin::Admin),
    /// Install the local encoder, which tells by itself what texts mean
    ///
    /// With it, gateways tell requests apart without asking anybody: see `embeddings` in the configuration.
    Encoder(encoder::EncoderOf),
    /// Tell why a request went where it went
    ///
    /// What was known of it, whom it might have gone to and why it did not, what was called, and what it cost. Works on
    /// the data folder, or on DATABASE_URL, whether or not a gateway runs on it.
    Why(why::Why),
    /// Tell where a prompt would go, and why
    ///
    /// What it is thought to be about and how hard, the letters that said so, and who would be called. Nothing is sent. Works on
    /// the data folder, or on DATABASE_URL, as a gateway would that has just started.
    Route(route::Route),
}

/// Where the configuration comes from.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Source {
    /// Configuration file (YAML, TOML or JSON) [default: wye.yaml, .yml, .toml or .json here or in the data folder, if there is one]
    #[arg(long, short, value_name = "FILE", env = "WYE_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// Folder for everything the gateway keeps; also searched for the configuration
    #[arg(long, value_name = "DIR", env = "WYE_DATA", default_value = "wye-data")]
    pub(crate) data: PathBuf,
}

/// How a gateway is run.
#[derive(Debug, Clone, Args)]
pub(crate) struct Running {
    #[command(flatten)]
    pub(crate) source: Source,
    /// Address to listen on; port 0 takes any free one [default: 127.0.0.1:9930]
    #[arg(long, short, value_name = "ADDR")]
    pub(crate) listen: Option<SocketAddr>,
    /// Write a line of JSON for every request to standard output, as `log.stdout: true` does
    #[arg(long, env = "WYE_RECORDS")]
    pub(crate) records: bool,
    /// Serve the console from this folder, not the one inside the binary: for those who work on it
    #[arg(long, value_name = "DIR", env = "WYE_CONSOLE")]
    pub(crate) console: Option<PathBuf>,
}

impl Running {
    /// As a configuration says, and nothing else.
    pub(crate) fn of(source: Source) -> Self {
        Self { source, listen: None, records: false, console: None }
    }

    /// The console.
    pub(crate) fn console(&self) -> Console {
        self.console.clone().map_or_else(Console::embedded, Console::of_folder)
    }
}

/// Why a command failed, and the process's exit code: 1 for what happened, 2 for what was asked.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) message: String,
    pub(crate) exit_code: u8,
}

impl Failure {
    /// Something went wrong.
    pub(crate) fn happened(message: impl Into<String>) -> Self {
        Self { message: message.into(), exit_code: 1 }
    }

    /// The command cannot do what it was asked.
    pub(crate) fn asked(message: impl Into<String>) -> Self {
        Self { message: message.into(), exit_code: 2 }
    }
}

/// Runs the command.
pub(crate) fn run(cli: Cli) -> Result<(), Failure> {
    match cli.command {
        Command::Serve(running) => in_runtime(serve::serve(running)),
        Command::Demo(demo) => in_runtime(demo::demo(demo)),
        Command::Sim(sim) => in_runtime(sim::sim(sim)),
        Command::Check(source) => in_runtime(check::check(source)),
        Command::Models(source) => in_runtime(models::models(source)),
        Command::Template(templates) => in_runtime(template::template(templates)),
        Command::Import(import) => in_runtime(import::import(import)),
        Command::Config(config) => in_runtime(config::config(config)),
        Command::Keys(keys) => in_runtime(keys::keys(keys)),
        Command::Vault(vault) => in_runtime(vault::vault(vault)),
        Command::Admin(admin) => in_runtime(admin::admin(admin)),
        Command::Why(why) => in_runtime(why::why(why)),
        Command::Route(route) => in_runtime(route::route(route)),
        Command::Encoder(encoder) => encoder::encoder(encoder),
        Command::Schema => {
            say(&serde_json::to_string_pretty(&wye_config::schema()).unwrap_or_default());
            Ok(())
        }
    }
}

fn in_runtime(command: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::happened(format!("the runtime does not start: {error}")))?;
    let ended = runtime.block_on(command);
    // Connections to providers that lie idle have nothing to finish.
    runtime.shutdown_background();
    ended
}
