//! `postern`: the program around the gateway library and the client. Reads
//! arguments and environment, runs one command, ends with a documented code.
//!
//! The command line is [`run`]; the desktop app uses [`host`], so that both find
//! the same state, the same keys and the same gateway.

use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::Parser as _;

use crate::args::{Cli, Command, GatewayCommand};
use crate::commands::Context;
use crate::env::{Environment, Settings};
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{Format, Output};

mod agent_guard;
mod args;
mod commands;
mod connection;
mod credentials;
mod endpoint;
mod env;
mod exit;
mod hidden;
pub mod host;
mod interrupt;
mod keychain;
mod local;
mod log;
mod output;
mod page;
mod qr;
mod refusal;
mod serve;
mod table;
mod web_app;

/// Runs the command line of this process.
#[must_use]
pub fn run() -> ExitCode {
    run_with(env::arguments())
}

/// Runs a command line, the name of the program first.
#[must_use]
pub fn run_with(arguments: Vec<OsString>) -> ExitCode {
    // A panic has printed itself by then; the code tells scripts that it was one.
    catch_unwind(AssertUnwindSafe(|| program(&arguments))).unwrap_or(Exit::Internal).into()
}

fn program(arguments: &[OsString]) -> Exit {
    let environment = Environment::of_process();
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => return usage(&error, arguments, &environment),
    };
    let format = if cli.global.json { Format::Json } else { Format::Text };
    let output = Output::new(format, environment.colour());
    let settings = match Settings::resolve(&environment, &cli.flags()) {
        Ok(settings) => settings,
        Err(failure) => return output.failure(&failure),
    };
    let output = output.called(settings.program());
    let cx = Context { settings, output };
    match execute(&cx, &cli.command) {
        Ok(()) => Exit::Ok,
        Err(failure) => cx.output.failure(&failure),
    }
}

/// Help and version are answers; everything else is a mistake, worded by clap
/// with what was probably meant.
fn usage(error: &clap::Error, arguments: &[OsString], environment: &Environment) -> Exit {
    // The arguments could not be read, so the wish for JSON is looked for by hand.
    if error.use_stderr() && arguments.iter().any(|argument| argument == "--json") {
        let text = error.render().to_string();
        let message = text.trim().strip_prefix("error: ").unwrap_or(text.trim()).to_owned();
        return Output::new(Format::Json, environment.colour()).failure(&Failure::usage(message));
    }
    // Nobody is left to tell when even this cannot be printed.
    let _ = error.print();
    if error.use_stderr() { Exit::Usage } else { Exit::Ok }
}

fn execute(cx: &Context, command: &Command) -> Outcome {
    agent_guard::check(cx, command)?;
    match command {
        Command::Gateway(args) => match &args.command {
            None => serve::run(cx, &args.run),
            Some(GatewayCommand::Run(run)) => serve::run(cx, run),
            Some(GatewayCommand::Call(args)) => runtime()?.block_on(commands::call::run(cx, args)),
            Some(GatewayCommand::Health(args)) => runtime()?.block_on(commands::health::run(cx, args)),
            Some(GatewayCommand::Probe) => runtime()?.block_on(commands::status::run(cx)),
            Some(GatewayCommand::Discover(_)) => runtime()?.block_on(commands::discover::run(cx)),
            Some(GatewayCommand::Service(command)) => runtime()?.block_on(commands::service::run(cx, Some(command))),
        },
        Command::Protocol(args) => commands::protocol::run(cx, args),
        Command::ReleaseManifest(args) => commands::update::release::run(cx, args),
        Command::Completions(args) => commands::completions::run(cx, args),
        asking => runtime()?.block_on(ask(cx, asking)),
    }
}

/// Commands that talk to a gateway or to the credential store.
async fn ask(cx: &Context, command: &Command) -> Outcome {
    match command {
        Command::Setup(args) => commands::setup::run(cx, args).await,
        Command::Config(args) => commands::config::run(cx, args).await,
        Command::Backup(args) => commands::backup::run(cx, args).await,
        Command::Import(args) => commands::import::run(cx, args).await,
        Command::Restore(args) => commands::backup::restore(cx, args).await,
        Command::Chat(args) => commands::chat::run(cx, args).await,
        Command::Agent(args) => commands::agent::run(cx, args).await,
        Command::Sessions(args) => commands::sessions::run(cx, args).await,
        Command::Agents(args) => commands::agents::run(cx, args).await,
        Command::Models(args) => commands::models::run(cx, args).await,
        Command::Approvals(args) => commands::approvals::run(cx, args).await,
        Command::Usage(args) => commands::usage::run(cx, args).await,
        Command::Update(args) => commands::update::run(cx, args).await,
        Command::Status => commands::status::run(cx).await,
        Command::Health(args) => commands::health::run(cx, args).await,
        Command::Devices(args) => commands::devices::run(cx, args).await,
        Command::Pair(args) => commands::pair::run(cx, args).await,
        Command::Service(args) => commands::service::run(cx, args.command.as_ref()).await,
        Command::Doctor(args) => commands::doctor::run(cx, args).await,
        Command::Bundle(args) => commands::bundle::run(cx, args).await,
        Command::Logs(args) => commands::logs::run(cx, args).await,
        Command::Node(args) => commands::node::run(cx, args).await,
        Command::Nodes(args) => commands::nodes::run(cx, args).await,
        Command::Presence => commands::presence::run(cx).await,
        Command::Call(args) => commands::call::run(cx, args).await,
        Command::Tailscale(args) => commands::tailscale::run(cx, args).await,
        Command::Discover(_) => commands::discover::run(cx).await,
        Command::Remote(args) => commands::remote::run(cx, args).await,
        Command::Tunnel(args) => commands::tunnel::run(cx, args).await,
        Command::Token => commands::token::run(cx).await,
        Command::Dashboard(args) => commands::dashboard::run(cx, args).await,
        Command::Gateway(_) | Command::Protocol(_) | Command::Completions(_) | Command::ReleaseManifest(_) => Ok(()),
    }
}

/// One thread: a command asks one question and ends.
fn runtime() -> Outcome<tokio::runtime::Runtime> {
    let built = tokio::runtime::Builder::new_current_thread().enable_all().build();
    built.map_err(|error| Failure::new(Exit::Internal, format!("the runtime cannot start: {error}")))
}
