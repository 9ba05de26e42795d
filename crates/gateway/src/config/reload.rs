//! Which settings take effect while the gateway runs, and which with the next
//! start (`storage-and-config.md §1.2`).

use super::Config;
use super::path::is_within;

/// When a changed section takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// At once; no connection is dropped.
    Live,
    /// With the next start.
    Restart,
}

/// A part of the configuration that changes as one.
pub struct Section {
    /// Path of its settings in the file.
    pub path: &'static str,
    /// When a change takes effect.
    pub when: When,
    differs: fn(&Config, &Config) -> bool,
    keep: fn(&mut Config, &Config),
}

/// Every field of [`Config`] is in exactly one section: one that is missing here
/// does not compile.
macro_rules! sections {
    ($($field:ident: $path:literal, $when:ident;)+) => {
        /// Every section, in the order of [`Config`].
        pub static SECTIONS: &[Section] = &[$(Section {
            path: $path,
            when: When::$when,
            differs: |a, b| a.$field != b.$field,
            keep: |to, from| to.$field.clone_from(&from.$field),
        }),+];

        /// Makes the list above complete.
        const fn _every_field(config: &Config) {
            let Config { $($field: _),+ } = config;
        }
    };
}

sections! {
    mode: "gateway.mode", Restart;
    port: "gateway.port", Restart;
    bind: "gateway.bind", Restart;
    auth: "gateway.auth", Live;
    tailscale: "gateway.tailscale", Live;
    metrics: "gateway.metrics", Live;
    trusted_proxies: "gateway.trustedProxies", Live;
    allow_real_ip_fallback: "gateway.allowRealIpFallback", Live;
    control_ui: "gateway.controlUi", Live;
    public_origin: "gateway.publicOrigin", Live;
    seam_color: "ui", Live;
    strict_transport_security: "gateway.http", Live;
    pairing: "gateway.pairing", Live;
    nodes: "gateway.nodes", Live;
    tls: "gateway.tls", Restart;
    remote: "gateway.remote", Live;
    reload: "gateway.reload", Live;
    update: "update", Live;
    backup: "backup", Live;
    canvas_host: "canvasHost", Restart;
    logging: "logging", Live;
    session: "session", Live;
    agents: "agents.list", Live;
    agent_defaults: "agents.defaults", Live;
    models: "models", Live;
    tools: "tools", Live;
    mcp: "mcp", Live;
    limits: "usage", Live;
    discovery: "discovery", Live;
}

/// Sections that differ, with when they take effect.
pub fn changed<'a>(before: &'a Config, after: &'a Config) -> impl Iterator<Item = &'static Section> + 'a {
    SECTIONS.iter().filter(|section| (section.differs)(before, after))
}

/// Whether a change of the setting at `path` waits for the next start.
#[must_use]
pub fn needs_restart(path: &str) -> bool {
    SECTIONS.iter().any(|section| section.when == When::Restart && is_within(path, section.path))
}

/// When a change of the setting at `path` takes effect; `None` for a part of the
/// file in which some settings wait and others do not.
#[must_use]
pub fn when(path: &str) -> Option<When> {
    if needs_restart(path) {
        return Some(When::Restart);
    }
    let is_inside = |section: &Section| {
        let rest = section.path.strip_prefix(path);
        path.is_empty() || rest.is_some_and(|rest| rest.starts_with('.'))
    };
    let waits = SECTIONS.iter().any(|section| section.when == When::Restart && is_inside(section));
    (!waits).then_some(When::Live)
}

/// What `wanted` looks like in a gateway that runs with `running`: sections that
/// wait for the next start stay as they are. Their paths.
pub(crate) fn hold_back(wanted: &mut Config, running: &Config) -> Vec<&'static str> {
    let waiting = changed(running, wanted).filter(|section| section.when == When::Restart);
    let waiting: Vec<&Section> = waiting.collect();
    waiting.iter().for_each(|section| (section.keep)(wanted, running));
    waiting.iter().map(|section| section.path).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{AuthMode, Bind, Overrides, parse, resolve};
    use super::*;

    fn config(text: &str) -> Config {
        resolve::resolve(&parse(text).unwrap(), &Overrides::default()).config
    }

    /// One file per section that changes it and nothing else.
    fn example(path: &str) -> &'static str {
        match path {
            "gateway.mode" => "{ gateway: { mode: 'remote' } }",
            "gateway.port" => "{ gateway: { port: 1 } }",
            "gateway.bind" => "{ gateway: { bind: 'lan' } }",
            "gateway.auth" => "{ gateway: { auth: { token: 'x' } } }",
            "gateway.tailscale" => "{ gateway: { tailscale: { resetOnExit: true } } }",
            "gateway.metrics" => "{ gateway: { metrics: { enabled: false } } }",
            "gateway.trustedProxies" => "{ gateway: { trustedProxies: ['10.0.0.1'] } }",
            "gateway.allowRealIpFallback" => "{ gateway: { allowRealIpFallback: true } }",
            "gateway.controlUi" => "{ gateway: { controlUi: { enabled: false } } }",
            "gateway.publicOrigin" => "{ gateway: { publicOrigin: 'https://gate.example' } }",
            "ui" => "{ ui: { seamColor: '#123456' } }",
            "gateway.http" => "{ gateway: { http: { securityHeaders: { strictTransportSecurity: 'max-age=1' } } } }",
            "gateway.pairing" => "{ gateway: { pairing: { trustOwnTailnet: true } } }",
            "gateway.nodes" => "{ gateway: { nodes: { strict: true } } }",
            "gateway.reload" => "{ gateway: { reload: { mode: 'off' } } }",
            "logging" => "{ logging: { level: 'error' } }",
            "gateway.tls" => "{ gateway: { tls: { enabled: true } } }",
            "update" => "{ update: { hold: true } }",
            "backup" => "{ backup: { keep: 3 } }",
            "canvasHost" => "{ canvasHost: { enabled: false } }",
            "gateway.remote" => "{ gateway: { remote: { url: 'wss://house.example' } } }",
            "session" => "{ session: { mainKey: 'home' } }",
            "agents.list" => "{ agents: { list: [{ id: 'ada' }] } }",
            "agents.defaults" => "{ agents: { defaults: { timeoutSeconds: 5 } } }",
            "models" => "{ models: { discovery: { enabled: false } } }",
            "tools" => "{ tools: { deny: ['exec'] } }",
            "mcp" => "{ mcp: { servers: { a: { command: 'a' } } } }",
            "usage" => "{ usage: { limits: { dailyTokens: 9 } } }",
            "discovery" => "{ discovery: { mdns: { mode: 'minimal' } } }",
            other => panic!("write an example for {other}"),
        }
    }

    #[test]
    fn every_section_changes_when_it_says() {
        let running = Config::default();
        for section in SECTIONS {
            let wanted = config(example(section.path));
            let paths: Vec<_> = changed(&running, &wanted).map(|section| section.path).collect();
            assert_eq!(paths, [section.path]);
            let mut held = wanted.clone();
            let waiting = hold_back(&mut held, &running);
            match section.when {
                When::Live => assert_eq!((held, waiting), (wanted, vec![]), "{}", section.path),
                When::Restart => assert_eq!((held, waiting), (running.clone(), vec![section.path])),
            }
            assert_eq!(needs_restart(section.path), section.when == When::Restart);
        }
    }

    #[test]
    fn paths_find_their_section() {
        assert!(needs_restart("gateway.port") && needs_restart("gateway.bind"));
        assert_eq!((when("gateway.port"), when("session.mainKey")), (Some(When::Restart), Some(When::Live)));
        assert_eq!((when("gateway"), when("")), (None, None), "some of them wait");
        assert!(!needs_restart("gateway.portal") && !needs_restart("gateway.auth.token"));
        let mut wanted = config("{ gateway: { bind: 'lan', auth: { mode: 'password', password: 'p' } } }");
        assert_eq!(hold_back(&mut wanted, &Config::default()), ["gateway.bind"]);
        assert_eq!((wanted.bind, wanted.auth.mode), (Bind::Loopback, AuthMode::Password));
    }
}
