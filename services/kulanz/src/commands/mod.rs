//! One file per subcommand.

mod audit;
mod check;
mod clock;
mod decisions;
pub(crate) mod dev;
mod experiment;
mod import;
mod law;
mod migrate;
mod outbox;
mod policy;
mod serve;
mod simulate;
mod statement;
mod token;

use std::process::ExitCode;

use kulanz_chassis::{Settings, telemetry};

use crate::cli::{Command, StatementCommand};

/// Runs a subcommand.
pub async fn run(command: Command, settings: Settings) -> anyhow::Result<ExitCode> {
    match command {
        Command::Dev(args) => dev::run(args, settings).await?,
        Command::Serve { part } => serve::run(part, settings).await?,
        Command::Law(command) => return law::run(&command),
        Command::Experiment(command) => return experiment::run(&command),
        Command::Policy(command) => return policy::run(&command),
        Command::Simulate(args) => simulate::run(&args)?,
        command => return tool(command, settings).await,
    }
    Ok(ExitCode::SUCCESS)
}

/// The commands that do one thing and end.
async fn tool(command: Command, settings: Settings) -> anyhow::Result<ExitCode> {
    let guard = telemetry::init(&settings.telemetry, "tools")?;
    let result = match command {
        Command::Migrate => migrate::run(&settings).await.map(|()| ExitCode::SUCCESS),
        Command::Import(args) => import::run(&args, &settings).await,
        Command::Statement(StatementCommand::Import { file, access }) => {
            statement::run(&file, &access, &settings).await.map(|()| ExitCode::SUCCESS)
        }
        Command::Token(args) => token::run(&args, &settings).map(|()| ExitCode::SUCCESS),
        Command::Clock(command) => clock::run(command, &settings).await.map(|()| ExitCode::SUCCESS),
        Command::Outbox(command) => {
            outbox::run(command, &settings).await.map(|()| ExitCode::SUCCESS)
        }
        Command::Audit(command) => audit::run(command, &settings).await,
        Command::Decisions(command) => decisions::run(command, &settings).await,
        Command::Check => check::run(&settings).await,
        Command::Dev(_)
        | Command::Serve { .. }
        | Command::Law(_)
        | Command::Experiment(_)
        | Command::Policy(_)
        | Command::Simulate(_) => Ok(ExitCode::SUCCESS),
    };
    guard.shutdown();
    result
}
