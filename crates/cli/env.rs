//! The only reader of environment, home folder and arguments. What they say is
//! resolved once, by a pure function over values, into [`Settings`].

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use postern_gateway::AGENT_MARKER;
use postern_gateway::config::Variables;
use postern_gateway::logs::Redactor;
use postern_gateway::secrets::Secret;
use postern_protocol::DEFAULT_PORT;

use crate::args::GlobalArgs;
use crate::exit::{Failure, Outcome};
use crate::log::Switch;

mod ancestors;
mod commands;
mod machine;

use ancestors::ancestors_have;
pub(crate) use machine::*;

mod canvas;
mod file;
mod nearby;
mod role;

pub(crate) use canvas::CanvasSettings;
pub(crate) use nearby::NearbySettings;
pub(crate) use role::{UPDATE_ROLE, UpdateRole};

/// Which prefixes name a variable besides `POSTERN_` (`storage-and-config.md §5`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Also {
    /// None: the variable is this program's own.
    Nothing,
    /// `OPENCLAW_`.
    OpenClaw,
    /// `OPENCLAW_` and its older spelling `CLAWDBOT_`.
    Clawdbot,
}

impl Also {
    const fn prefixes(self) -> &'static [&'static str] {
        match self {
            Self::Nothing => &["POSTERN_"],
            Self::OpenClaw => &["POSTERN_", "OPENCLAW_"],
            Self::Clawdbot => &["POSTERN_", "OPENCLAW_", "CLAWDBOT_"],
        }
    }
}

/// The environment as values, so that tests need not change the real one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Environment {
    variables: BTreeMap<String, OsString>,
    home: Option<PathBuf>,
}

/// The arguments of this process.
pub(crate) fn arguments() -> Vec<OsString> {
    std::env::args_os().collect()
}

/// Epoch milliseconds of the real clock.
#[expect(clippy::disallowed_methods, reason = "the program is where the real clock is read")]
pub(crate) fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Operating system and family as clients word them: `linux`/`Linux`.
pub(crate) const fn platform() -> (&'static str, &'static str) {
    match std::env::consts::OS.as_bytes() {
        b"macos" => ("darwin", "Mac"),
        b"windows" => ("win32", "Windows"),
        _ => ("linux", "Linux"),
    }
}

/// Home folder of the user.
pub(crate) fn home() -> Option<PathBuf> {
    std::env::home_dir()
}

/// Name of this machine, for those who approve it elsewhere.
pub(crate) fn host_name() -> Option<String> {
    let variable = |name: &str| std::env::var(name).ok();
    let named = variable("HOSTNAME").or_else(|| variable("COMPUTERNAME"));
    let name = named.or_else(|| std::fs::read_to_string("/proc/sys/kernel/hostname").ok())?;
    Some(name.trim().chars().take(64).collect()).filter(|name: &String| !name.is_empty())
}

impl Environment {
    /// What this process was started with.
    pub(crate) fn of_process() -> Self {
        let variables = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
        Self { variables: variables.collect(), home: home() }
    }

    /// A made-up environment with a home folder.
    #[cfg(test)]
    pub(crate) fn made_up(variables: &[(&str, &str)]) -> Self {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), OsString::from(value)));
        Self { variables: variables.collect(), home: Some(PathBuf::from("/home/ada")) }
    }

    /// Whether windows can be opened: elsewhere than on X11 and Wayland always.
    pub(crate) fn display(&self) -> bool {
        let set = |name: &str| self.variables.get(name).is_some_and(|value| !value.is_empty());
        cfg!(any(windows, target_os = "macos")) || set("DISPLAY") || set("WAYLAND_DISPLAY")
    }

    /// First variable that is set and not blank, with its full name.
    fn find(&self, name: &str, also: Also) -> Option<(String, &OsString)> {
        also.prefixes().iter().map(|prefix| format!("{prefix}{name}")).find_map(|full| {
            let value = self.variables.get(&full)?;
            (!value.to_string_lossy().trim().is_empty()).then_some((full, value))
        })
    }

    fn text(&self, name: &str, also: Also) -> Outcome<Option<(String, String)>> {
        let Some((full, value)) = self.find(name, also) else { return Ok(None) };
        match value.to_str() {
            Some(text) => Ok(Some((full, text.trim().to_owned()))),
            None => Err(Failure::usage(format!("{full} is not valid UTF-8"))),
        }
    }

    /// A variable that is not this program's own.
    #[cfg(feature = "otel")]
    fn foreign(&self, name: &str) -> Option<String> {
        let value = self.variables.get(name)?.to_str()?.trim();
        (!value.is_empty()).then(|| value.to_owned())
    }

    fn path(&self, name: &str, also: Also) -> Option<PathBuf> {
        self.find(name, also).map(|(_, value)| self.expand(Path::new(value)))
    }

    fn number<T: std::str::FromStr>(&self, name: &str, also: Also, range: &str) -> Outcome<Option<T>> {
        Ok(self.given_number(name, also, range)?.map(|given| given.value))
    }

    fn given_number<T: std::str::FromStr>(&self, name: &str, also: Also, range: &str) -> Outcome<Option<Given<T>>> {
        let Some((by, text)) = self.text(name, also)? else { return Ok(None) };
        match text.parse() {
            Ok(value) => Ok(Some(Given { value, by })),
            Err(_) => Err(Failure::usage(format!("{by} must be {range}, not `{text}`"))),
        }
    }

    /// The variable that switches something, unless it says no.
    fn switch(&self, name: &str, also: Also) -> Outcome<Option<String>> {
        let said = self.text(name, also)?;
        let says_no = |value: &str| ["0", "false", "no", "off"].contains(&value.to_ascii_lowercase().as_str());
        Ok(said.filter(|(_, value)| !says_no(value)).map(|(by, _)| by))
    }

    fn milliseconds(&self, name: &str, also: Also) -> Outcome<Option<Duration>> {
        let Some((full, text)) = self.text(name, also)? else { return Ok(None) };
        match text.parse() {
            Ok(number @ 1..=3_600_000) => Ok(Some(Duration::from_millis(number))),
            _ => Err(Failure::usage(format!("{full} must be milliseconds from 1 to 3600000, not `{text}`"))),
        }
    }

    fn home(&self) -> Outcome<PathBuf> {
        let named = self.find("HOME", Also::OpenClaw).map(|(_, value)| PathBuf::from(value));
        named.or_else(|| self.home.clone()).filter(|home| !home.as_os_str().is_empty()).ok_or_else(|| {
            Failure::usage("no home folder is known, so there is no place for the state")
                .hint("set POSTERN_STATE_DIR to a folder")
        })
    }

    /// `~/x` as the shell would read it; quoting in unit files often keeps the tilde.
    fn expand(&self, path: &Path) -> PathBuf {
        match (path.strip_prefix("~"), self.home()) {
            (Ok(rest), Ok(home)) => home.join(rest),
            _ => path.to_owned(),
        }
    }

    /// `VISUAL`, else `EDITOR`.
    fn editor(&self) -> Option<String> {
        let named = ["VISUAL", "EDITOR"].into_iter().filter_map(|name| self.variables.get(name)?.to_str());
        named.map(str::trim).find(|editor| !editor.is_empty()).map(str::to_owned)
    }

    /// Whether an agent of a gateway runs this program.
    pub(crate) fn agent(&self) -> bool {
        self.variables.contains_key(AGENT_MARKER) || ancestors_have(AGENT_MARKER)
    }

    /// Whether colour is wanted: `NO_COLOR` is unset or empty and the terminal is not `dumb`.
    pub(crate) fn colour(&self) -> bool {
        let set = |name: &str| self.variables.get(name).filter(|value| !value.is_empty());
        set("NO_COLOR").is_none() && set("TERM").is_none_or(|term| term != "dumb")
    }
}

/// A value together with the flag or variable it came from, for messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Given<T> {
    /// The value.
    pub(crate) value: T,
    /// `--token`, `POSTERN_GATEWAY_TOKEN`, …
    pub(crate) by: String,
}

/// Where secrets are kept (`POSTERN_CREDENTIALS`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CredentialsChoice {
    /// The OS keychain where there is one, else files.
    Auto,
    /// The OS keychain or nothing.
    Keychain,
    /// Files with mode 0600.
    File,
}

/// Caps that the environment may set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LimitSettings {
    /// From open to finished handshake.
    pub(crate) handshake_timeout: Option<Duration>,
    /// Unauthenticated sockets per address.
    pub(crate) preauth_per_ip: Option<usize>,
    /// Between ticks.
    pub(crate) tick_interval: Option<Duration>,
}

/// The file of this program.
pub(crate) fn program() -> Option<PathBuf> {
    std::env::current_exe().ok()
}

/// Everything that environment and common flags say, checked.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// Name of the profile; none for the default one.
    pub(crate) profile: Option<String>,
    /// State folder.
    pub(crate) state_dir: PathBuf,
    /// Configuration file, when one was named.
    pub(crate) config_path: Option<PathBuf>,
    /// Address of the gateway to talk to, when one was named.
    pub(crate) url: Option<Given<String>>,
    /// Gateway token, when one was given.
    pub(crate) token: Option<Given<Secret>>,
    /// Gateway password, when one was given.
    pub(crate) password: Option<Given<Secret>>,
    /// Certificate by which the gateway is known, when one was given.
    pub(crate) tls_fingerprint: Option<Given<String>>,
    /// Port from the environment.
    pub(crate) port: Option<u16>,
    /// Bind mode or address from the environment.
    pub(crate) bind: Option<Given<String>>,
    /// Port of this profile when nothing names one.
    pub(crate) default_port: u16,
    /// Where secrets are kept.
    pub(crate) credentials: CredentialsChoice,
    /// Filter of the log.
    pub(crate) log: Option<String>,
    /// Caps of the gateway.
    pub(crate) limits: LimitSettings,
    /// How long one request may take.
    pub(crate) timeout: Duration,
    /// Whether secrets may travel unencrypted to other machines.
    pub(crate) allow_plaintext: bool,
    /// Whether output may be coloured.
    pub(crate) colour: bool,
    /// Whether there is a screen to open windows on.
    pub(crate) display: bool,
    /// Being found on the network.
    pub(crate) nearby: NearbySettings,
    /// Pages that agents draw.
    pub(crate) canvas: CanvasSettings,
    /// What an update made of this process.
    pub(crate) update_role: UpdateRole,
    /// Environment of commands that agents run.
    pub(crate) command_env: BTreeMap<String, String>,
    /// Environment of programs that show something.
    pub(crate) desktop_env: BTreeMap<String, String>,
    /// Where traces go.
    #[cfg(feature = "otel")]
    pub(crate) otel_endpoint: Option<String>,
    /// Takes secrets out of what is logged.
    pub(crate) redactor: Redactor,
    /// Changes what is logged, once something is.
    pub(crate) logging: Switch,
    /// Debug builds only: a gateway panics with these words once it serves, so that tests see what that leaves behind.
    pub(crate) test_panic: Option<String>,
    /// What the configuration may refer to.
    pub(crate) variables: Variables,
    /// The variable that forbids changes of the configuration.
    pub(crate) config_read_only: Option<String>,
    /// Whether an agent of a gateway runs this program.
    pub(crate) agent: bool,
    /// The user's editor, as a shell would run it.
    pub(crate) editor: Option<String>,
}

impl Settings {
    /// How this program has to be called for the profile in use.
    pub(crate) fn program(&self) -> String {
        called(self.profile.as_deref())
    }

    /// Flags win over the environment, `POSTERN_` over its aliases.
    pub(crate) fn resolve(env: &Environment, flags: &GlobalArgs) -> Outcome<Self> {
        let profile = profile(env, flags)?;
        let state_dir = state_dir(env, profile.as_deref())?;
        let completed = env.completed(&state_dir);
        // What decides about the folder cannot come from a file in it.
        let (commands, desktop_env) = (env.for_commands(), env.for_desktop());
        let env = &completed;
        let url = given(flags.url.as_ref(), "--url", env.text("GATEWAY_URL", Also::OpenClaw)?);
        Ok(Self {
            state_dir,
            config_path: env.path("CONFIG_PATH", Also::Clawdbot),
            url: url.map(normalise_url).transpose()?,
            token: given(flags.token.as_ref(), "--token", env.text("GATEWAY_TOKEN", Also::Clawdbot)?).map(secret),
            password: given(flags.password.as_ref(), "--password", env.text("GATEWAY_PASSWORD", Also::Clawdbot)?)
                .map(secret),
            tls_fingerprint: given(
                flags.tls_fingerprint.as_ref(),
                "--tls-fingerprint",
                env.text("TLS_FINGERPRINT", Also::Nothing)?,
            ),
            port: env.number("GATEWAY_PORT", Also::Clawdbot, "a port from 0 to 65535")?,
            bind: given(None, "", env.text("GATEWAY_BIND", Also::Clawdbot)?),
            default_port: profile_port(profile.as_deref()),
            credentials: credentials(env)?,
            log: log_filter(env)?,
            limits: LimitSettings {
                handshake_timeout: match env.milliseconds("HANDSHAKE_TIMEOUT_MS", Also::OpenClaw)? {
                    Some(timeout) => Some(timeout),
                    None => env.milliseconds("TEST_HANDSHAKE_TIMEOUT_MS", Also::OpenClaw)?,
                },
                preauth_per_ip: env.number(
                    "MAX_PREAUTH_CONNECTIONS_PER_IP",
                    Also::OpenClaw,
                    "a number of connections",
                )?,
                tick_interval: env.milliseconds("TICK_INTERVAL_MS", Also::Nothing)?,
            },
            timeout: Duration::from_millis(flags.timeout.unwrap_or(10_000)),
            allow_plaintext: env.text("ALLOW_PLAINTEXT", Also::Nothing)?.is_some_and(|(_, value)| value == "1"),
            colour: env.colour(),
            display: env.display(),
            nearby: nearby::read(env)?,
            canvas: canvas::read(env)?,
            update_role: role::read(env)?,
            command_env: commands,
            desktop_env,
            variables: env.for_config(),
            #[cfg(feature = "otel")]
            otel_endpoint: env.foreign("OTEL_EXPORTER_OTLP_ENDPOINT"),
            redactor: Redactor::default(),
            logging: Switch::default(),
            test_panic: test_panic(env)?,
            config_read_only: env
                .text("CONFIG_READONLY", Also::OpenClaw)?
                .filter(|(_, value)| ["1", "true"].contains(&value.as_str()))
                .map(|(by, _)| by),
            agent: env.agent(),
            editor: env.editor(),
            profile,
        })
    }
}

/// Words to panic with, in a build for tests.
fn test_panic(env: &Environment) -> Outcome<Option<String>> {
    let words = env.text("TEST_PANIC", Also::Nothing)?.filter(|_| cfg!(debug_assertions));
    Ok(words.map(|(_, words)| words))
}

fn given(flag: Option<&String>, name: &str, variable: Option<(String, String)>) -> Option<Given<String>> {
    let from_flag = flag.map(|value| Given { value: value.trim().to_owned(), by: name.to_owned() });
    from_flag.or_else(|| variable.map(|(by, value)| Given { value, by }))
}

fn secret(given: Given<String>) -> Given<Secret> {
    Given { value: Secret::new(given.value), by: given.by }
}

fn profile(env: &Environment, flags: &GlobalArgs) -> Outcome<Option<String>> {
    let named = given(flags.profile.as_ref(), "--profile", env.text("PROFILE", Also::OpenClaw)?);
    let Some(Given { value, by }) = named.filter(|named| named.value != "default") else { return Ok(None) };
    let fits = (1..=32).contains(&value.len())
        && value.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if fits {
        return Ok(Some(value));
    }
    Err(Failure::usage(format!("{by}: `{value}` cannot name a profile"))
        .hint("a profile is 1 to 32 of a-z, 0-9 and `-`, for example `work`"))
}

/// How this program has to be called for a profile.
pub(crate) fn called(profile: Option<&str>) -> String {
    profile.map_or_else(|| "postern".to_owned(), |profile| format!("postern --profile {profile}"))
}

/// Name of a profile's folder in a home folder.
pub(crate) fn folder_name(profile: Option<&str>) -> String {
    profile.map_or_else(|| ".postern".to_owned(), |profile| format!(".postern-{profile}"))
}

/// A named folder wins; else the profile's folder in the home folder. Absolute,
/// because it is part of the keychain account and must not depend on where the
/// program was started.
fn state_dir(env: &Environment, profile: Option<&str>) -> Outcome<PathBuf> {
    let folder = match env.path("STATE_DIR", Also::Clawdbot) {
        Some(named) => named,
        None => env.home()?.join(folder_name(profile)),
    };
    std::path::absolute(&folder).map_err(|error| Failure::usage(format!("{}: {error}", folder.display())))
}

/// The default profile has the port everybody knows; others get one that is the
/// same on every start and on every machine: 20 apart, from 18809 to 26789.
pub(crate) fn profile_port(profile: Option<&str>) -> u16 {
    let Some(name) = profile else { return DEFAULT_PORT };
    // The remainder is below 400.
    DEFAULT_PORT + 20 * (1 + u16::try_from(stable_hash(name) % 400).unwrap_or_default())
}

/// FNV-1a, because the standard hasher may change between releases.
pub(crate) fn stable_hash(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

fn normalise_url(given: Given<String>) -> Outcome<Given<String>> {
    let Given { value, by } = given;
    let value = match value.split_once("://") {
        Some(("ws" | "wss", rest)) if !rest.is_empty() => value,
        Some(("http", rest)) if !rest.is_empty() => format!("ws://{rest}"),
        Some(("https", rest)) if !rest.is_empty() => format!("wss://{rest}"),
        None if !value.is_empty() => format!("ws://{value}"),
        _ => {
            return Err(Failure::usage(format!("{by}: `{value}` is not the address of a gateway"))
                .hint("it looks like ws://127.0.0.1:18789 or wss://host"));
        }
    };
    Ok(Given { value, by })
}

fn credentials(env: &Environment) -> Outcome<CredentialsChoice> {
    let Some((full, text)) = env.text("CREDENTIALS", Also::Nothing)? else { return Ok(CredentialsChoice::Auto) };
    match text.as_str() {
        "auto" => Ok(CredentialsChoice::Auto),
        "keychain" => Ok(CredentialsChoice::Keychain),
        "file" => Ok(CredentialsChoice::File),
        _ => Err(Failure::usage(format!("{full} must be auto, keychain or file, not `{text}`"))),
    }
}

fn log_filter(env: &Environment) -> Outcome<Option<String>> {
    let own = env.text("LOG", Also::Nothing)?;
    let known = env.text("LOG_LEVEL", Also::OpenClaw)?;
    Ok(own.or(known).map(|(_, filter)| filter))
}

#[cfg(test)]
#[path = "env/tests.rs"]
mod tests;
