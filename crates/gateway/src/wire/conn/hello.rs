//! From admitted to connected: the principal, its registration, hello-ok and
//! its entry in the presence list (`handshake.md §10`).

use std::sync::Arc;

use postern_protocol::Dialect;
use postern_protocol::access::{Role, Scope, ScopeSet};
use postern_protocol::call::Rendered;
use postern_protocol::close::CloseReason;
use postern_protocol::connect::{ClientMode, ConnectParams, HelloAuth, HelloOk, Policy, ServerInfo, Snapshot};
use postern_protocol::frame::render_ok;
use postern_protocol::pairing::ApprovedVia;
use postern_protocol::system::PresenceEntry;

use super::admission::Admitted;
use super::believed::Believed;
use super::refusal::Refusal;
use super::surfaces::{self, Surfaces};
use crate::devices::{Claim, Standing, clean, clean_option};
use crate::gateway::Services;
use crate::hub::{AuthMethod, Conn, Declared, OutFrame, Principal};
use crate::nodes::Origin;
use crate::presence::Source;
use crate::wire::desktop;
use crate::wire::peer::Peer;

/// Registers the connection and queues hello-ok as its first frame.
pub(super) fn welcome(
    services: &Arc<Services>,
    peer: &Peer,
    mut params: ConnectParams,
    (mut admitted, believed): (Admitted, &Believed),
    request_id: &str,
) -> Result<Arc<Conn>, Refusal> {
    let auth = hello_auth(&mut admitted);
    let policy = Policy::of(admitted.dialect, tick_ms(services));
    let conn = Arc::new(Conn::new(principal(peer, &mut params, &admitted), policy.max_buffered_bytes));
    // Registered first and judged again after that: a device that is revoked at
    // this very moment is either refused here or closed by the revocation. The same
    // goes for a secret that is replaced.
    services.hub.register(&conn);
    if !services.is_ready() {
        // Shutdown has spoken to those who were registered before.
        services.hub.unregister(&conn);
        return Err(Refusal::silent(CloseReason::service_restart()));
    }
    if !believed.still_holds(services, admitted.auth_method) {
        services.hub.unregister(&conn);
        return Err(Refusal::judged_anew().answering(request_id));
    }
    let hello = still_admitted(services, &admitted, &conn.principal)
        .then(|| hello(services, &conn.principal, (auth, policy), surfaces::of(services, peer, &conn.principal)))
        .and_then(|hello| render_ok(request_id, &hello).ok());
    let Some(text) = hello else {
        services.hub.unregister(&conn);
        services.canvas.capabilities().leave(&conn.principal.conn_id);
        return Err(Refusal::silent(CloseReason::client_invalidated("approval withdrawn")));
    };
    conn.outbox.push_first(OutFrame::whole(text));
    announce(services, &conn);
    Ok(conn)
}

fn tick_ms(services: &Services) -> u64 {
    u64::try_from(services.limits.tick_interval.as_millis()).unwrap_or(u64::MAX)
}

fn principal(peer: &Peer, params: &mut ConnectParams, admitted: &Admitted) -> Principal {
    let declared = Declared {
        caps: params.caps.take().unwrap_or_default(),
        commands: params.commands.take().unwrap_or_default(),
        permissions: params.permissions.take().unwrap_or_default(),
        path_env: params.path_env.take(),
    };
    let empty = declared.caps.is_empty() && declared.commands.is_empty() && declared.permissions.is_empty();
    Principal {
        conn_id: uuid::Uuid::new_v4().to_string().into(),
        role: admitted.role,
        scopes: admitted.scopes,
        device_id: match (&admitted.identity, &admitted.window) {
            (Some(identity), _) => Some(identity.device_id.clone()),
            (None, Some(window)) => Some(window.device_id.clone()),
            (None, None) => None,
        },
        client: std::mem::take(&mut params.client),
        dialect: admitted.dialect,
        local: peer.local,
        remote_ip: peer.ip,
        auth_method: admitted.auth_method,
        declared: (!empty || admitted.role == Role::Node).then(|| Box::new(declared)),
        is_page: peer.origin.is_some(),
        opened_by: admitted.window.as_ref().map(|window| Arc::clone(&window.opener)),
    }
}

fn still_admitted(services: &Services, admitted: &Admitted, principal: &Principal) -> bool {
    if let Some(window) = &admitted.window {
        return desktop::grant(services, &window.opener).is_some_and(|(_, granted)| granted.covers(principal.scopes));
    }
    let Some(identity) = &admitted.identity else { return true };
    let claim = Claim {
        device_id: &identity.device_id,
        public_key: &identity.public_key,
        role: principal.role,
        scopes: principal.scopes,
        client: &principal.client,
        remote_ip: Some(principal.remote_ip),
        browser_origin: None,
    };
    let token_works = admitted.token.as_ref().is_none_or(|token| {
        services.devices.verify_token(&identity.device_id, principal.role, &token.device_token).is_ok()
    });
    token_works && services.devices.standing(&claim) == Standing::Approved
}

fn hello_auth(admitted: &mut Admitted) -> Option<HelloAuth> {
    let token = admitted.token.take();
    if admitted.dialect == Dialect::V3 && token.is_none() {
        return None;
    }
    let further = std::mem::take(&mut admitted.further_tokens);
    let auth = HelloAuth {
        role: admitted.role,
        scopes: admitted.scopes,
        method: (admitted.dialect == Dialect::V4).then_some(admitted.auth_method),
        device_token: token.as_ref().map(|token| token.device_token.clone()),
        issued_at_ms: token.as_ref().map(|token| token.issued_at_ms),
        device_tokens: (!further.is_empty()).then_some(further),
    };
    admitted.token = token;
    Some(auth)
}

fn hello(
    services: &Services,
    who: &Principal,
    (auth, policy): (Option<HelloAuth>, Policy),
    surfaces: Surfaces,
) -> HelloOk {
    let v4 = who.dialect == Dialect::V4;
    HelloOk {
        kind: "hello-ok".to_owned(),
        protocol: who.dialect.number(),
        server: ServerInfo {
            version: services.version.clone(),
            conn_id: who.conn_id.to_string(),
            host: (!v4).then(|| services.host.clone()),
            boot_id: v4.then(|| services.boot_id.clone()),
        },
        features: services.features.clone(),
        snapshot: snapshot(services, who, v4),
        canvas_host_url: surfaces.canvas_host_url,
        plugin_surface_urls: surfaces.urls,
        auth,
        policy,
    }
}

fn snapshot(services: &Services, who: &Principal, v4: bool) -> Snapshot {
    let sees_paths = !v4 || who.scopes.allows(Scope::Admin);
    let path = |path: &std::path::Path| sees_paths.then(|| path.display().to_string());
    // Presence is read before the versions, so the versions are never too old.
    let presence =
        if who.role == Role::Node && v4 { Rendered::render(&Vec::new()) } else { Ok(services.presence.snapshot()) };
    Snapshot {
        presence: presence.unwrap_or_else(|_| services.presence.snapshot()),
        health: services.health.latest(),
        state_version: services.versions.now(),
        uptime_ms: services.uptime_ms(),
        config_path: path(&services.paths.config_path),
        state_dir: path(&services.paths.state_dir),
        session_defaults: Some(services.session_defaults()),
        auth_mode: v4.then_some(services.auth_mode()),
    }
}

/// Key of a connection's presence entry; command lines, back ends and probes
/// have none (`handshake.md §10`).
pub(super) fn presence_key(who: &Principal) -> Option<String> {
    let silent = match who.dialect {
        Dialect::V3 => who.client.id == "cli",
        Dialect::V4 => matches!(who.client.mode, ClientMode::Cli | ClientMode::Backend | ClientMode::Probe),
    };
    match (silent, who.role, &who.device_id) {
        (true, ..) => None,
        (false, Role::Node, Some(device)) => Some(device.to_string()),
        (false, ..) => Some(who.conn_id.to_string()),
    }
}

fn announce(services: &Services, conn: &Arc<Conn>) {
    let who = &conn.principal;
    tracing::info!(
        conn = %who.conn_id,
        ip = %who.remote_ip,
        local = who.local,
        role = %who.role,
        scopes = %who.scopes,
        device = who.device_id.as_ref().map_or("", |id| id.short()),
        client = ?who.client.known_id(),
        protocol = who.dialect.number(),
        auth = ?who.auth_method,
        "Connected."
    );
    if who.opened_by.is_none() {
        // A window is not the device that it speaks for.
        services.devices.note_seen(who, "connect");
    }
    if let Some(key) = presence_key(who) {
        let entry = presence_entry(who, services.clock.now_ms());
        services.presence.upsert(&key, entry, Source::Connection(Arc::clone(&who.conn_id)));
    }
    if who.role == Role::Node {
        services.nodes.arrive(conn, &node_origin(services, who));
        services.voicewake.greet(who);
    }
}

/// What the device was approved as. Being on this machine counts only together
/// with the shared secret: that pair paired it without asking, too.
fn node_origin(services: &Services, who: &Principal) -> Origin {
    let Some(pinned) = who.device_id.as_ref().and_then(|id| services.devices.pinned(id)) else {
        return Origin::default();
    };
    let knows_secret = matches!(who.auth_method, AuthMethod::Token | AuthMethod::Password);
    let is_own = who.local && knows_secret && services.config().pairing.auto_approve_local;
    let is_trusted = match pinned.approved_via {
        ApprovedVia::SetupCode => true,
        ApprovedVia::Local => is_own,
        ApprovedVia::Operator | ApprovedVia::TrustedProxy | ApprovedVia::Tailscale | ApprovedVia::ListedAddress => {
            false
        }
    };
    let is_unseen = pinned.approved_via == ApprovedVia::ListedAddress;
    Origin { platform: pinned.platform, device_family: pinned.device_family, is_trusted, is_unseen }
}

fn presence_entry(who: &Principal, now_ms: i64) -> PresenceEntry {
    let client = &who.client;
    let operator_scopes =
        (who.role == Role::Operator).then_some(who.scopes).filter(|scopes| *scopes != ScopeSet::EMPTY);
    PresenceEntry {
        host: clean_option(client.display_name.as_deref()).or_else(|| clean(&client.id)),
        ip: (!who.remote_ip.is_loopback()).then(|| who.remote_ip.to_string()),
        version: clean(&client.version),
        platform: clean(&client.platform),
        device_family: clean_option(client.device_family.as_deref()),
        model_identifier: clean_option(client.model_identifier.as_deref()),
        mode: Some(client.mode.as_str().to_owned()),
        reason: Some(if who.role == Role::Node { "node-connected" } else { "connect" }.to_owned()),
        ts: now_ms,
        device_id: who.device_id.as_ref().map(ToString::to_string),
        roles: Some(vec![who.role]),
        scopes: operator_scopes,
        instance_id: clean_option(client.instance_id.as_deref()),
        ..PresenceEntry::default()
    }
}
