//! The configuration: its mistakes, and what it lets in.

use postern_protocol::connect::AuthMode;

use super::super::finding::Finding;
use super::super::patient::Patient;
use crate::config::{Bind, refuse_exposed};

/// Problems that are listed.
const LISTED: usize = 20;

pub(super) fn config(patient: &Patient) -> Finding {
    let loaded = patient.config();
    let path = patient.paths.config_path.display();
    if !loaded.exists && loaded.problems.is_empty() {
        return Finding::ok(format!("{path} does not exist; the defaults hold"));
    }
    if !loaded.problems.is_empty() {
        let lines = loaded.problems.iter().map(ToString::to_string).take(LISTED);
        let lines: Vec<String> = loaded.warnings.iter().cloned().chain(lines).collect();
        return Finding::fail(lines.join("\n"))
            .fix("correct the file, or go back to a version that was kept")
            .command(format!("{} config validate", patient.host.command));
    }
    if loaded.warnings.is_empty() {
        return Finding::ok(format!("{path} is valid"));
    }
    let lines: Vec<String> = loaded.warnings.iter().take(LISTED).cloned().collect();
    Finding::warn(lines.join("\n")).fix("what is told here is ignored or unwise; the gateway runs all the same")
}

pub(super) fn exposure(patient: &Patient) -> Finding {
    let loaded = patient.config();
    let config = &loaded.config;
    let has_secret = config.auth.mode != AuthMode::None;
    if let Err(problem) = refuse_exposed(config, has_secret) {
        return Finding::fail(problem.to_string()).fix("choose a way to sign in, or listen on loopback");
    }
    let told = match config.bind {
        Bind::Loopback | Bind::Auto => "only programs on this machine can reach it",
        Bind::Lan => "everybody in the local network can reach it",
        Bind::Tailnet => "the devices of the tailnet can reach it",
        Bind::Custom(_) => "whoever reaches its address can reach it",
    };
    let sign_in = match config.auth.mode {
        AuthMode::None => "nobody is asked who they are",
        AuthMode::Token => "a token is asked for",
        AuthMode::Password => "a password is asked for",
        AuthMode::TrustedProxy => "the proxy says who it is",
    };
    let detail = format!("{told}; {sign_in}");
    if config.auth.mode == AuthMode::None {
        return Finding::warn(detail).fix("every program of every user of this machine is an administrator of the gateway; choose gateway.auth.mode \"token\"");
    }
    Finding::ok(detail)
}

pub(super) fn proxy(patient: &Patient) -> Finding {
    let loaded = patient.config();
    let config = &loaded.config;
    if config.trusted_proxies.is_empty() {
        return Finding::skipped("no proxy is trusted (gateway.trustedProxies)");
    }
    let wide = config.trusted_proxies.iter().find(|net| net.prefix_len() < 8);
    if let Some(net) = wide {
        return Finding::fail(format!(
            "gateway.trustedProxies has {net}: whoever is there can claim to be any address"
        ))
        .fix("name the address of the proxy alone");
    }
    Finding::ok(format!(
        "forwarded addresses are believed from {}; the proxy must set X-Forwarded-For itself and pass Upgrade on",
        config.trusted_proxies.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    ))
}

pub(super) fn tls(patient: &Patient) -> Finding {
    let (settings, now_ms) = (patient.config().config.tls.clone(), patient.clock.now_ms());
    let check = match crate::tls::examine(&settings, &patient.paths.state_dir, now_ms) {
        Ok(None) if !settings.enabled => return Finding::skipped("TLS is off (gateway.tls.enabled)"),
        Ok(None) => return Finding::ok("a certificate is made when the gateway starts"),
        Ok(Some(check)) => check,
        Err(problem) => {
            return Finding::fail(problem)
                .fix("put certificate and key there, or remove gateway.tls.certPath and keyPath");
        }
    };
    let file = check.file.display();
    if let Some(exposed) = check.exposed {
        return Finding::fail(exposed).fix("make the key private, and change it when somebody else uses this machine");
    }
    let days = (check.not_after_ms - now_ms) / 86_400_000;
    match check.expiry {
        Some(expiry) if days <= 0 => Finding::fail(format!("{file} {expiry}")).fix("put a new certificate there"),
        Some(expiry) => Finding::warn(format!("{file} {expiry}")).fix("put a new certificate there"),
        None => Finding::ok(format!("{file} is valid for {days} days, and its key is private")),
    }
}
