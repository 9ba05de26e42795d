//! The environment of a command: a fixed base, and what a call adds, unless that would change which code runs.

use std::collections::BTreeMap;

use thiserror::Error;

/// Variables one call may add.
const MAX_VARIABLES: usize = 64;
/// Names and values of one call together, in bytes.
const MAX_BYTES: usize = 64 * 1024;

/// Beginnings of names that load or configure code: dynamic linkers, shells, package and version tools.
const REFUSED_PREFIXES: &[&str] =
    &["LD_", "DYLD_", "BASH_FUNC_", "GIT_", "NPM_CONFIG_", "PIP_", "CARGO_", "RUSTC", "DOCKER_", "GLIBC_", "POSTERN_"];

/// Names that choose a program, a library path, a start-up file or another user's settings.
const REFUSED_NAMES: &[&str] = &[
    "PATH",
    "PATHEXT",
    "COMSPEC",
    "HOME",
    "USERPROFILE",
    "USER",
    "LOGNAME",
    "SHELL",
    "IFS",
    "ENV",
    "CDPATH",
    "BASH_ENV",
    "BASHOPTS",
    "SHELLOPTS",
    "PS4",
    "PROMPT_COMMAND",
    "ZDOTDIR",
    "FPATH",
    "PYTHONPATH",
    "PYTHONHOME",
    "PYTHONSTARTUP",
    "PYTHONINSPECT",
    "PYTHONBREAKPOINT",
    "PYTHONUSERBASE",
    "PYTHONWARNINGS",
    "PYTHONEXECUTABLE",
    "PYTHONPYCACHEPREFIX",
    "NODE_OPTIONS",
    "NODE_PATH",
    "NODE_REPL_EXTERNAL_MODULE",
    "PERL5LIB",
    "PERLLIB",
    "PERL5OPT",
    "PERL5DB",
    "RUBYLIB",
    "RUBYOPT",
    "GEM_HOME",
    "GEM_PATH",
    "LUA_PATH",
    "LUA_CPATH",
    "LUA_INIT",
    "PHPRC",
    "PHP_INI_SCAN_DIR",
    "JAVA_TOOL_OPTIONS",
    "_JAVA_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "CLASSPATH",
    "JAVA_HOME",
    "GOFLAGS",
    "GOROOT",
    "MAVEN_OPTS",
    "GRADLE_OPTS",
    "DOTNET_STARTUP_HOOKS",
    "CORECLR_PROFILER_PATH",
    "COR_PROFILER_PATH",
    "R_PROFILE",
    "R_PROFILE_USER",
    "R_ENVIRON",
    "R_ENVIRON_USER",
    "EDITOR",
    "VISUAL",
    "PAGER",
    "MANPAGER",
    "LESSOPEN",
    "LESSCLOSE",
    "BROWSER",
    "SUDO_ASKPASS",
    "SSH_ASKPASS",
    "SSH_AUTH_SOCK",
    "VIMINIT",
    "EXINIT",
    "INPUTRC",
    "MAKEFLAGS",
    "MFLAGS",
    "TAR_OPTIONS",
    "RSYNC_RSH",
    "GCONV_PATH",
    "LOCPATH",
    "NLSPATH",
    "HOSTALIASES",
    "RESOLV_HOST_CONF",
    "TERMINFO",
    "TERMINFO_DIRS",
    "OPENSSL_CONF",
    "OPENSSL_ENGINES",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "CURL_CA_BUNDLE",
    "REQUESTS_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "NODE_TLS_REJECT_UNAUTHORIZED",
    "CURL_HOME",
    "WGETRC",
    "NETRC",
    "KUBECONFIG",
    "XDG_CONFIG_HOME",
    "XDG_CONFIG_DIRS",
    "XDG_DATA_DIRS",
    "AWS_CONFIG_FILE",
    "PSMODULEPATH",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "FTP_PROXY",
    "SYSTEMROOT",
    "WINDIR",
    "TMPDIR",
    "TEMP",
    "TMP",
];

/// Why a variable was refused.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum EnvError {
    /// Not a portable name.
    #[error("`env`: {0:?} is not a variable name (letters, digits and `_`, not starting with a digit)")]
    Name(String),
    /// It would change which code runs.
    #[error(
        "`env.{0}` may not be set: it changes which code runs or whose settings are used; set it in the command itself, where it is seen"
    )]
    Refused(String),
    /// A value no process can be given.
    #[error("`env.{0}` contains a NUL byte")]
    Nul(String),
    /// More than is allowed.
    #[error("`env` has too much: at most {MAX_VARIABLES} variables and {MAX_BYTES} bytes")]
    TooMuch,
}

/// Base and additions together: what the child gets, and nothing else.
pub(super) fn complete(
    base: &BTreeMap<String, String>,
    added: &BTreeMap<String, String>,
    pty: bool,
) -> Result<BTreeMap<String, String>, EnvError> {
    let bytes: usize = added.iter().map(|(name, value)| name.len() + value.len()).sum();
    if added.len() > MAX_VARIABLES || bytes > MAX_BYTES {
        return Err(EnvError::TooMuch);
    }
    let mut env = base.clone();
    for (name, value) in added {
        check(name, value)?;
        env.insert(name.clone(), value.clone());
    }
    if pty {
        env.entry("TERM".to_owned()).or_insert_with(|| "xterm-256color".to_owned());
        if cfg!(unix) {
            // The terminal library sets this one by itself when it is missing; then the plan would not be complete.
            env.entry("SHELL".to_owned()).or_insert_with(|| "/bin/sh".to_owned());
        }
    }
    Ok(env)
}

fn check(name: &str, value: &str) -> Result<(), EnvError> {
    let portable = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && name.bytes().next().is_some_and(|byte| !byte.is_ascii_digit());
    if !portable {
        return Err(EnvError::Name(name.chars().take(80).collect()));
    }
    // Compared without case: Windows knows no case here, and some tools read lower-case twins (`http_proxy`).
    let upper = name.to_ascii_uppercase();
    if REFUSED_NAMES.contains(&upper.as_str()) || REFUSED_PREFIXES.iter().any(|prefix| upper.starts_with(prefix)) {
        return Err(EnvError::Refused(name.to_owned()));
    }
    if value.contains('\0') {
        return Err(EnvError::Nul(name.to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn names_that_choose_code_are_refused_in_any_case() {
        for name in [
            "LD_PRELOAD",
            "ld_preload",
            "DYLD_INSERT_LIBRARIES",
            "PATH",
            "Path",
            "BASH_ENV",
            "NODE_OPTIONS",
            "GIT_SSH_COMMAND",
            "PYTHONSTARTUP",
            "HOME",
            "https_proxy",
            "IFS",
            "RUSTC_WRAPPER",
        ] {
            let refused = complete(&BTreeMap::new(), &map(&[(name, "x")]), false);
            assert_eq!(refused, Err(EnvError::Refused(name.to_owned())));
        }
    }

    #[test]
    fn odd_names_values_and_amounts_are_refused() {
        for name in ["", "1A", "A B", "A=B", "A\0", "Ä", "BASH_FUNC_x%%"] {
            assert!(
                matches!(complete(&BTreeMap::new(), &map(&[(name, "x")]), false), Err(EnvError::Name(_))),
                "{name:?}"
            );
        }
        assert_eq!(complete(&BTreeMap::new(), &map(&[("A", "\0")]), false), Err(EnvError::Nul("A".to_owned())));
        let long = "x".repeat(MAX_BYTES);
        assert_eq!(complete(&BTreeMap::new(), &map(&[("A", &long)]), false), Err(EnvError::TooMuch));
    }

    #[test]
    fn the_child_gets_base_and_additions_and_nothing_else() {
        let env = complete(&map(&[("PATH", "/bin"), ("LANG", "C")]), &map(&[("LANG", "de"), ("X", "1")]), false);
        assert_eq!(env, Ok(map(&[("LANG", "de"), ("PATH", "/bin"), ("X", "1")])));
    }

    #[test]
    fn a_terminal_adds_what_its_library_would_add_unseen() {
        let env = complete(&BTreeMap::new(), &BTreeMap::new(), true).expect("no additions");
        assert!(env.contains_key("TERM"));
        assert_eq!(env.contains_key("SHELL"), cfg!(unix));
    }
}
