//! `postern gateway`: runs the gateway in the foreground until it is told to stop.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::Ipv4Addr;
use std::time::Duration;

use postern_gateway::config::{AuthMode, BindMode, ConfigProblem, GatewayMode, Overrides, load, written_mode};
use postern_gateway::secrets::Secret;
use postern_gateway::state_folder::FolderError;
use postern_gateway::store::StoreError;
use postern_gateway::{Clock, Limits, Options, Paths, Running, StartError};
use serde_json::{Value, json};

use crate::args::{AuthArg, GatewayArgs, TailscaleArg};
use crate::commands::Context;
use crate::credentials::{self, Credentials};
use crate::env::{Given, LimitSettings, Settings, now_ms};
use crate::exit::{Exit, Failure, Outcome};
use crate::hidden;
use crate::local;
use crate::log::{self, Console, Verbosity};
use crate::page;
use crate::web_app;

pub(crate) mod check;
mod descriptors;
mod rounds;
pub(crate) mod signals;
pub(crate) mod supervision;
mod trial;
mod update;

use rounds::End;
pub(crate) use update::program;

/// The gateway's own work is light; these two keep one slow caller from holding
/// up the rest.
const WORKERS: usize = 2;
/// How long whatever hangs outside the gateway may delay the end.
const PATIENCE: Duration = Duration::from_secs(1);

pub(crate) fn run(cx: &Context, args: &GatewayArgs) -> Outcome {
    if let Some(url) = cx.settings.url.as_ref().filter(|given| given.by == "--url") {
        return Err(Failure::usage(format!(
            "--url {} names a gateway to talk to, and this command runs one",
            url.value
        ))
        .hint("say where it listens with --port and --bind"));
    }
    let paths = local::paths(&cx.settings);
    let overrides = overrides(&cx.settings, args)?;
    refuse_mistakes(&paths, &overrides)?;
    if args.check {
        let client = is_client(args, &paths, &overrides);
        let client = client.then(|| ConfigProblem::new("gateway.mode", format!("is remote: {CLIENT_HINT}")));
        return check::run(cx, &paths, &overrides, client);
    }
    refuse_client(args, &paths, &overrides)?;
    let verbosity = if args.verbose { Verbosity::Detailed } else { Verbosity::Usual };
    let console = if cx.output.is_json() { Console::Error } else { Console::Output };
    let logging = load(&paths, &overrides).config.logging.clone();
    let log = log::start(&cx.settings, verbosity, (&logging.file(&paths), console), &logging)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .thread_name("postern")
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Exit::Internal, format!("the runtime cannot start: {error}")))?;
    let end = runtime.block_on(rounds::run(cx, paths, overrides, args.supervised));
    runtime.shutdown_timeout(PATIENCE);
    match end? {
        End::Stopped => Ok(()),
        End::Become(program, port) => {
            // What was logged so far is on its way before this process is another.
            drop(log);
            update::become_program(&program, port)
        }
    }
}

/// What the gateway of this profile is started with.
pub(crate) fn options(settings: &Settings, credentials: &Credentials, paths: Paths, overrides: Overrides) -> Options {
    page::forget(&settings.state_dir);
    Options {
        paths,
        overrides,
        clock: Clock::new(now_ms),
        secrets: credentials.store.clone(),
        limits: limits(&settings.limits),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        program: update::program(),
        plugins: Vec::new(),
        notices: credentials.warning.iter().cloned().collect(),
        command_env: settings.command_env.clone(),
        host: crate::commands::service::host(settings),
        redactor: settings.redactor.clone(),
        apply_logging: Some(settings.logging.hook()),
        ui: web_app::files(),
    }
}

/// A file that is wrong starts in safe mode; flags that are wrong are refused,
/// because whoever typed them is there to correct them.
pub(crate) fn refuse_mistakes(paths: &Paths, overrides: &Overrides) -> Outcome {
    let of_file = load(paths, &overrides.of_file_alone()).problems;
    let loaded = load(paths, overrides);
    if loaded.exposing {
        // Flags by themselves would not: this machine alone is served.
        return Ok(());
    }
    let problems = loaded.problems;
    let of_flags = problems.iter().filter(|problem| !of_file.iter().any(|known| known.path == problem.path));
    let lines: Vec<String> = of_flags.map(ToString::to_string).collect();
    if lines.is_empty() { Ok(()) } else { Err(Failure::usage(lines.join("\n"))) }
}

/// What to do where the file makes this machine a client.
const CLIENT_HINT: &str = "to run a gateway here: postern config set gateway.mode local; or once, beside the one \
                           elsewhere: postern gateway --allow-unconfigured";

fn is_client(args: &GatewayArgs, paths: &Paths, overrides: &Overrides) -> bool {
    !args.allow_unconfigured && written_mode(paths, overrides) == Some(GatewayMode::Remote)
}

/// Commands of this profile talk to a gateway elsewhere: one that runs here would
/// be reached by none of them.
pub(crate) fn refuse_client(args: &GatewayArgs, paths: &Paths, overrides: &Overrides) -> Outcome {
    if !is_client(args, paths, overrides) {
        return Ok(());
    }
    let message = format!("gateway.mode is remote in {}: this machine is a client", paths.config_path.display());
    Err(Failure::new(Exit::ConfigInvalid, message).hint(CLIENT_HINT))
}

fn ready(running: &Running, paths: &Paths) -> Value {
    json!({
        "event": "ready",
        "url": running.url(),
        "port": running.port(),
        "stateDir": paths.state_dir,
        "configPath": paths.config_path,
        "tlsFingerprint": running.tls_fingerprint(),
        "authMode": running.auth_mode().as_str(),
        "pid": std::process::id(),
        "version": env!("CARGO_PKG_VERSION"),
    })
}

fn banner(cx: &Context, running: &Running, paths: &Paths, credentials: &Credentials) -> String {
    let program = cx.settings.program();
    let mut addresses = vec![running.url()];
    addresses.extend(running.urls().into_iter().filter(|url| *url != running.url()));
    let config = paths.config_path.display();
    let sign_in = match running.auth_mode() {
        AuthMode::Token => format!("with a token: `{program} token` prints it"),
        AuthMode::Password => "with the password that was set".to_owned(),
        AuthMode::None => "nobody is asked; only this machine can connect".to_owned(),
        AuthMode::TrustedProxy => "through the reverse proxy, which says who calls".to_owned(),
    };
    let mut facts = vec![("address", addresses.join("\n               "))];
    if running.services().config().control_ui.enabled {
        let page = running.url().replacen("ws", "http", 1);
        facts.push(("page", format!("{page} (`{program} dashboard` opens it, signed in)")));
    }
    facts.extend(running.tls_fingerprint().map(|fingerprint| ("certificate", format!("sha256 {fingerprint}"))));
    facts.extend([
        ("sign in", sign_in),
        ("try", format!("{program} chat")),
        ("phone", format!("{program} pair")),
        ("state", paths.state_dir.display().to_string()),
        (
            "config",
            if paths.config_path.exists() { config.to_string() } else { format!("{config} (none yet; not needed)") },
        ),
        ("credentials", credentials.place(&cx.settings.state_dir)),
        ("stop", "Ctrl-C".to_owned()),
    ]);
    let mut text = format!("postern {} is ready: a gateway for personal agents\n", env!("CARGO_PKG_VERSION"));
    for (name, fact) in facts {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {name:<11}  {fact}");
    }
    for warning in running.warnings() {
        let _ = writeln!(text, "  {:<11}  {}", "warning", warning.replace('\n', "\n               "));
    }
    text
}

pub(crate) fn overrides(settings: &Settings, args: &GatewayArgs) -> Outcome<Overrides> {
    let flag = args.bind.as_ref().map(|value| Given { value: value.clone(), by: "--bind".to_owned() });
    let password = password(settings, args)?;
    let (bind, custom_bind_host) = bind(flag.as_ref().or(settings.bind.as_ref()))?;
    Ok(Overrides {
        port: args.port.or(settings.port),
        default_port: Some(settings.default_port),
        bind,
        custom_bind_host,
        auth_mode: args.auth.map(|mode| match mode {
            AuthArg::Token => AuthMode::Token,
            AuthArg::Password => AuthMode::Password,
            AuthArg::None => AuthMode::None,
            AuthArg::TrustedProxy => AuthMode::TrustedProxy,
        }),
        token: settings.token.as_ref().map(|given| given.value.clone()),
        password,
        tailscale: args.tailscale.map(TailscaleArg::mode),
        discovery_off: settings.nearby.off.is_some(),
        machine: settings.nearby.machine.clone(),
        canvas_off: settings.canvas.off.is_some(),
        canvas_port: settings.canvas.port.as_ref().map(|given| given.value),
        variables: settings.variables.clone(),
        given_by: given_by(settings, args),
        read_only: settings.config_read_only.clone(),
    })
}

/// The password that is demanded: that of `--password-file`, else the one that was given.
fn password(settings: &Settings, args: &GatewayArgs) -> Outcome<Option<Secret>> {
    let given = settings.password.as_ref();
    let Some(file) = &args.password_file else { return Ok(given.map(|given| given.value.clone())) };
    if given.is_some_and(|given| given.by == "--password") {
        return Err(Failure::usage("--password and --password-file both give the password").hint("leave one out"));
    }
    hidden::password_file(file).map(Some)
}

/// What decides a setting in place of the file.
fn given_by(settings: &Settings, args: &GatewayArgs) -> BTreeMap<&'static str, String> {
    let port = args.port.map(|_| "--port".to_owned());
    let port = port.or_else(|| settings.port.map(|_| "POSTERN_GATEWAY_PORT".to_owned()));
    let flag = |given: bool, name: &str| given.then(|| name.to_owned());
    let by = [
        ("gateway.port", port),
        ("gateway.bind", flag(args.bind.is_some(), "--bind").or_else(|| Some(settings.bind.as_ref()?.by.clone()))),
        ("gateway.auth.mode", flag(args.auth.is_some(), "--auth")),
        ("gateway.auth.token", settings.token.as_ref().map(|given| given.by.clone())),
        (
            "gateway.auth.password",
            flag(args.password_file.is_some(), "--password-file")
                .or_else(|| Some(settings.password.as_ref()?.by.clone())),
        ),
        ("discovery.mdns.mode", settings.nearby.off.clone()),
        ("canvasHost.enabled", settings.canvas.off.clone()),
        ("canvasHost.port", settings.canvas.port.as_ref().map(|given| given.by.clone())),
        ("gateway.tailscale.mode", flag(args.tailscale.is_some(), "--tailscale")),
    ];
    by.into_iter().filter_map(|(path, by)| Some((path, by?))).collect()
}

fn bind(given: Option<&Given<String>>) -> Outcome<(Option<BindMode>, Option<Ipv4Addr>)> {
    let Some(Given { value, by }) = given else { return Ok((None, None)) };
    match (value.parse::<BindMode>(), value.parse::<Ipv4Addr>()) {
        (Ok(mode), _) => Ok((Some(mode), None)),
        (_, Ok(address)) => Ok((Some(BindMode::Custom), Some(address))),
        _ => Err(Failure::usage(format!("{by}: `{value}` is no place to listen"))
            .hint("use loopback, lan, tailnet, auto, custom or an IPv4 address of this machine")),
    }
}

fn limits(settings: &LimitSettings) -> Limits {
    let usual = Limits::default();
    Limits {
        handshake_timeout: settings.handshake_timeout.unwrap_or(usual.handshake_timeout),
        preauth_per_ip: settings.preauth_per_ip.unwrap_or(usual.preauth_per_ip),
        tick_interval: settings.tick_interval.unwrap_or(usual.tick_interval),
        // Strangers get a quarter of the descriptors at most, so that there are
        // always some for the clients that belong here.
        preauth_total: usual.preauth_total.min(descriptors::raise() / 4),
        ..usual
    }
}

/// Why the gateway did not start, and what can be done about it.
pub(crate) fn failure(error: &StartError, settings: &Settings) -> Failure {
    let failed = |exit| Failure::new(exit, error.to_string());
    match error {
        // These say themselves who is in the way and what to do.
        StartError::PortInUse { .. } | StartError::Folder(FolderError::InUse { .. }) => failed(Exit::InUse),
        StartError::Folder(FolderError::NotWritable { .. })
        | StartError::Store(StoreError::NotWritable(_) | StoreError::DiskFull(_)) => failed(Exit::StateUnwritable),
        StartError::Store(_) | StartError::Restore(_) => failed(Exit::Failed),
        StartError::Internal(_) => failed(Exit::Internal),
        StartError::Exposed(_) | StartError::Tls(_) => failed(Exit::ConfigInvalid),
        StartError::Secrets(error) => {
            let failure = credentials::failure(error.clone());
            match failure.exit {
                Exit::KeychainMissing => {
                    failure.hint("unlock it, or choose files: POSTERN_CREDENTIALS=file (new keys; devices pair again)")
                }
                _ => failure,
            }
        }
        StartError::Bind { .. } => {
            let by = settings.bind.as_ref().map_or("--bind and --port", |given| given.by.as_str());
            failed(Exit::Failed).hint(format!("check {by}"))
        }
    }
}

#[cfg(test)]
#[path = "serve/tests.rs"]
mod tests;
