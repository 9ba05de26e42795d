//! A file that would let strangers in: whose doing that is, and what is served
//! instead.
//!
//! Flags that would are refused, because whoever typed them is there to correct
//! them. A file may have been changed by anybody while nobody looks: it must not
//! cost the gateway, so this machine alone is served until it is corrected.

use postern_protocol::tailscale::TailscaleMode;

use super::path::is_within;
use super::resolve::resolve;
use super::{Auth, AuthMode, Bind, Config, ConfigProblem, Overrides, RawConfig, refuse_exposed};

/// What the file lets in, whatever flags and environment add. `config` is what
/// both of them come to.
pub(super) fn of_file(raw: &RawConfig, config: &Config, overrides: &Overrides) -> Option<ConfigProblem> {
    let problem = refuse_exposed(config, true).err()?;
    let is_refused = |raw: &RawConfig, overrides: &Overrides| {
        let config = resolve(raw, overrides).config;
        refuse_exposed(&config, true).is_err()
    };
    let by_file = is_refused(raw, &overrides.of_file_alone()) && !is_refused(&RawConfig::default(), overrides);
    by_file.then_some(problem)
}

/// Settings that decide who is let in, each with what is in it.
const DECIDES: [&str; 10] = [
    "gateway.allowRealIpFallback",
    "gateway.auth.allowTailscale",
    "gateway.auth.mode",
    "gateway.auth.password",
    "gateway.auth.token",
    "gateway.auth.trustedProxy",
    "gateway.bind",
    "gateway.customBindHost",
    "gateway.tailscale",
    "gateway.trustedProxies",
];

/// Whether a mistake in this setting leaves open who would be let in.
pub(super) fn depends_on(path: &str) -> bool {
    DECIDES.iter().any(|one| is_within(path, one) || is_within(one, path))
}

/// Leaves nobody but this machine in.
pub(super) fn close(config: &mut Config, overrides: &Overrides) {
    config.bind = Bind::Loopback;
    config.tailscale.mode = TailscaleMode::Off;
    if refuse_exposed(config, true).is_err() {
        // A proxy of this machine, with which every program could name any user.
        config.auth = Auth { mode: AuthMode::Token, token: overrides.token.clone(), ..Config::default().auth };
    }
}
