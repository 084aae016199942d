//! The binary `wye`: commands and wiring.
//!
//! **Invariant:** the only reader of the environment; holds no logic of the request path.

mod boot;
mod catalog;
mod command;
mod encoder;
mod environment;
mod home;
mod load;
mod master;
mod record;
mod reload;
mod state;
mod telemetry;

use std::process::ExitCode;

use clap::Parser;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = command::Cli::parse();
    telemetry::start();
    match command::run(cli) {
        Ok(()) => {
            telemetry::finish();
            ExitCode::SUCCESS
        }
        Err(failure) => {
            telemetry::complain(&failure.message);
            ExitCode::from(failure.exit_code)
        }
    }
}
