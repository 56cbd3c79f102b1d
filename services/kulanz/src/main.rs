//! The one binary of Kulanz: every role of the constellation and the tools around it.

use std::process::ExitCode;

use clap::Parser;
use kulanz::cli::Cli;

/// The command line or the configuration is wrong (`EX_USAGE`), as `sysexits.h` numbers it.
const WRONG_USE: u8 = 64;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let settings = match kulanz_chassis::Settings::load(cli.config.as_deref()) {
        Ok(settings) => settings,
        Err(error) => return fail(&error.into(), WRONG_USE),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.into(), 1),
    };
    match runtime.block_on(kulanz::run(cli.command, settings)) {
        Ok(code) => code,
        Err(error) => fail(&error, 1),
    }
}

#[expect(clippy::print_stderr, reason = "this is where a failed command says why")]
fn fail(error: &anyhow::Error, code: u8) -> ExitCode {
    let causes: Vec<_> = error.chain().map(kulanz::told).collect();
    eprintln!("kulanz: {}", causes.join(": "));
    ExitCode::from(code)
}
