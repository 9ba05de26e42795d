//! What the owner says about MCP servers, and how much they get: time, output, restarts.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use http::{HeaderName, HeaderValue};
use url::Url;

/// Headers that the protocol itself sets.
const RESERVED_HEADERS: [&str; 8] = [
    "accept",
    "content-type",
    "content-length",
    "host",
    "transfer-encoding",
    "mcp-session-id",
    "last-event-id",
    "mcp-protocol-version",
];
/// Shorter values would hide half of every message.
const MIN_SECRET: usize = 6;

/// One server (`mcp.servers.<name>`).
#[derive(Debug, Clone)]
pub struct McpServerConfig {
    /// Its name in the configuration.
    pub name: String,
    /// How it is reached.
    pub transport: McpTransport,
}

/// How a server is reached.
#[derive(Clone)]
pub enum McpTransport {
    /// A child process that speaks JSON-RPC lines on its standard input and output.
    Stdio {
        /// The program; looked for in the `PATH` of the environment it gets.
        command: String,
        /// Its arguments.
        args: Vec<String>,
        /// Added to [`McpOptions::base_env`].
        env: BTreeMap<String, String>,
        /// Where it runs.
        cwd: Option<PathBuf>,
    },
    /// A server that speaks streamable HTTP.
    Http {
        /// Its endpoint. Redirects are not followed.
        url: String,
        /// Sent with every request to that URL and to nothing else.
        headers: BTreeMap<String, String>,
    },
}

/// Names only: values are secrets more often than not.
impl fmt::Debug for McpTransport {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdio { command, args, env, cwd } => to
                .debug_struct("Stdio")
                .field("command", command)
                .field("args", &args.len())
                .field("env", &env.keys())
                .field("cwd", cwd)
                .finish(),
            Self::Http { url, headers } => {
                let host = Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
                to.debug_struct("Http").field("host", &host).field("headers", &headers.keys()).finish()
            }
        }
    }
}

impl McpTransport {
    /// `stdio` or `http`.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Stdio { .. } => "stdio",
            Self::Http { .. } => "http",
        }
    }

    /// What must not be in any message: values of `env` and `headers`, the URL with its query, the arguments.
    pub(super) fn secrets(&self) -> Secrets {
        let mut values: Vec<String> = Vec::new();
        match self {
            Self::Stdio { args, env, .. } => {
                values.extend(env.values().cloned());
                // `--token=…` and `--token …` alike; plain flags are no secret.
                let arguments = args.iter().map(|arg| arg.split_once('=').map_or(arg.as_str(), |(_, value)| value));
                values.extend(arguments.filter(|arg| !arg.starts_with('-')).map(str::to_owned));
            }
            Self::Http { url, headers } => {
                for value in headers.values() {
                    values.push(value.clone());
                    // The token of `Bearer token` on its own.
                    values.extend(value.split_once(' ').map(|(_, token)| token.trim().to_owned()));
                }
                values.push(url.clone());
                values.extend(Url::parse(url).map(String::from));
                values.extend(url.split_once('?').map(|(_, query)| query.to_owned()));
            }
        }
        values.retain(|value| value.len() >= MIN_SECRET);
        values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        Secrets(values)
    }
}

/// Values that are taken out of messages.
#[derive(Clone, Default)]
pub(super) struct Secrets(Vec<String>);

impl Secrets {
    /// `text` with every value replaced.
    pub(super) fn scrub(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, value| text.replace(value.as_str(), "<hidden>"))
    }
}

/// Reads the headers of an HTTP server.
///
/// # Errors
/// Names the header, never its value.
pub(super) fn headers(configured: &BTreeMap<String, String>) -> Result<Vec<(HeaderName, HeaderValue)>, String> {
    let read = configured.iter().map(|(name, value)| {
        let Ok(header) = HeaderName::try_from(name.as_str()) else {
            return Err(format!("headers: `{name}` is not a header name"));
        };
        if RESERVED_HEADERS.contains(&header.as_str()) {
            return Err(format!("headers: `{name}` is set by the protocol; remove it"));
        }
        let Ok(mut value) = HeaderValue::try_from(value.as_str()) else {
            return Err(format!("headers: the value of `{name}` has characters a header cannot hold"));
        };
        value.set_sensitive(true);
        Ok((header, value))
    });
    read.collect()
}

/// Reads the endpoint of an HTTP server.
///
/// # Errors
/// Says what is wrong with it without repeating it.
pub(super) fn endpoint(url: &str) -> Result<Url, String> {
    let url = Url::parse(url).map_err(|problem| format!("url: {problem}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("url: the scheme must be http or https".into());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("url: put the user name and password into headers.Authorization".into());
    }
    Ok(url)
}

/// What every server gets.
#[derive(Debug, Clone)]
pub struct McpOptions {
    /// The environment of child processes before their own `env`.
    pub base_env: BTreeMap<String, String>,
    /// The longest a server may take to start and list its tools.
    pub connect_timeout: Duration,
    /// The longest one call may take, starting the server included.
    pub call_timeout: Duration,
    /// The wait after a failed start; doubled with every further one.
    pub backoff: Duration,
    /// The longest such wait.
    pub max_backoff: Duration,
    /// The time a child process has to end by itself once its input is closed.
    pub kill_grace: Duration,
    /// Bytes of text one call gives back at most.
    pub max_output_bytes: usize,
}

impl Default for McpOptions {
    fn default() -> Self {
        Self {
            base_env: BTreeMap::new(),
            connect_timeout: Duration::from_secs(30),
            call_timeout: Duration::from_secs(120),
            backoff: Duration::from_secs(1),
            max_backoff: Duration::from_secs(60),
            kill_grace: Duration::from_secs(1),
            max_output_bytes: 200_000,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
        entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn secrets_are_in_neither_debug_output_nor_messages() {
        let http = McpTransport::Http {
            url: "https://mcp.test/x?key=canary-query".into(),
            headers: map(&[("Authorization", "Bearer canary-token"), ("x-api-key", "canary-key")]),
        };
        let stdio = McpTransport::Stdio {
            command: "server".into(),
            args: vec!["--token=canary-arg".into(), "canary-bare".into(), "--verbose".into()],
            env: map(&[("TOKEN", "canary-env"), ("N", "1")]),
            cwd: None,
        };
        for transport in [&http, &stdio] {
            assert!(!format!("{transport:?}").contains("canary"), "{transport:?}");
        }
        let said = "get https://mcp.test/x?key=canary-query with canary-token, Bearer canary-token, canary-key: 1";
        assert_eq!(http.secrets().scrub(said), "get <hidden> with <hidden>, <hidden>, <hidden>: 1");
        let said = "TOKEN=canary-env canary-arg canary-bare --verbose 1";
        assert_eq!(stdio.secrets().scrub(said), "TOKEN=<hidden> <hidden> <hidden> --verbose 1");
    }

    #[test]
    fn headers_and_urls_are_checked_without_being_repeated() {
        assert_eq!(headers(&map(&[("Authorization", "Bearer x"), ("X-Y", "z")])).unwrap().len(), 2);
        for (name, value) in
            [("a b", "canary"), ("Host", "canary"), ("Mcp-Session-Id", "canary"), ("x", "canary\r\ny: z")]
        {
            let problem = headers(&map(&[(name, value)])).unwrap_err();
            assert!(problem.contains(name) && !problem.contains("canary"), "{problem}");
        }
        assert!(endpoint("https://mcp.test/x").is_ok());
        for url in ["ftp://mcp.test/canary", "https://canary@mcp.test/", "canary"] {
            assert!(!endpoint(url).unwrap_err().contains("canary"), "{url}");
        }
    }
}
