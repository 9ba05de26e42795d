//! Who is connected, and how events reach them: one registry, events rendered
//! once and shared, every queue bounded.
//!
//! A mutex for facts: it is never held over an await and no other service is
//! called under it. Numbers (`seq`) belong to the connection's [`Outbox`].

mod follow;
mod outbox;
mod principal;
mod versions;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use postern_protocol::Dialect;
use postern_protocol::access::{Role, Scope};
use postern_protocol::call::{Audience, Event, OnSlow};
use postern_protocol::close::CloseReason;
use postern_protocol::connect::StateVersion;
use postern_protocol::frame::render_event_head;
use postern_protocol::identity::DeviceId;
use tokio_util::sync::CancellationToken;

pub use postern_protocol::connect::AuthMethod;

pub use follow::Following;
pub use outbox::{Closing, Drained, OutFrame, Outbox, Tail};
pub use principal::{Declared, MissingScopes, Principal};
pub use versions::Versions;

/// How long after a change of the secret connections end that used the old one.
const CLOSE_SOON: std::time::Duration = std::time::Duration::from_millis(150);

/// One live connection: who it is and what waits to be written to it.
#[derive(Debug)]
pub struct Conn {
    /// Who.
    pub principal: Principal,
    /// Its queue.
    pub outbox: Outbox,
    closed: CancellationToken,
}

impl Conn {
    /// A connection that is not registered yet.
    #[must_use]
    pub fn new(principal: Principal, max_buffered_bytes: usize) -> Self {
        Self { principal, outbox: Outbox::new(max_buffered_bytes), closed: CancellationToken::new() }
    }

    /// Completes when the socket is gone.
    pub async fn disconnected(&self) {
        self.closed.cancelled().await;
    }
}

/// The registry of live connections.
#[derive(Debug, Clone, Default)]
pub struct Hub(Arc<Mutex<Registry>>);

#[derive(Debug, Default)]
struct Registry {
    conns: HashMap<Arc<str>, (u64, Arc<Conn>)>,
    next: u64,
    devices: HashMap<DeviceId, usize>,
    operators: usize,
    nodes: usize,
    follows: follow::Follows,
    /// Events handed to connections.
    sent: u64,
}

impl Hub {
    fn lock(&self) -> MutexGuard<'_, Registry> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a connection reachable by events and by [`Hub::close_where`].
    pub fn register(&self, conn: &Arc<Conn>) {
        let mut registry = self.lock();
        let number = registry.next;
        registry.next += 1;
        registry.conns.insert(Arc::clone(&conn.principal.conn_id), (number, Arc::clone(conn)));
        if let Some(device) = &conn.principal.device_id {
            *registry.devices.entry(device.clone()).or_default() += 1;
        }
        *registry.count(conn.principal.role) += 1;
        registry.follows.arrive(number, conn);
    }

    /// Forgets a connection whose socket is gone.
    pub fn unregister(&self, conn: &Conn) {
        conn.closed.cancel();
        conn.outbox.discard();
        let mut registry = self.lock();
        let Some((number, _)) = registry.conns.remove(&conn.principal.conn_id) else { return };
        registry.follows.leave(number);
        *registry.count(conn.principal.role) -= 1;
        let Some(device) = &conn.principal.device_id else { return };
        if let Some(count) = registry.devices.get_mut(device) {
            *count -= 1;
            if *count == 0 {
                registry.devices.remove(device);
            }
        }
    }

    /// Renders an event once and queues it for everyone who may see it.
    pub fn publish<E: Event>(&self, event: &E) {
        self.publish_versioned(event, None);
    }

    /// The same with `stateVersion`, for `presence` and `health`.
    pub fn publish_versioned<E: Event>(&self, event: &E, version: Option<StateVersion>) {
        let Some(heads) = Heads::of(event, version) else { return };
        self.publish_where(E::ON_SLOW, |conn| {
            audience_allows(E::AUDIENCE, &conn.principal).then(|| heads.for_dialect(conn.principal.dialect))
        });
    }

    /// The same for those that `allowed` chooses instead, where an event's audience
    /// does not say it all.
    pub fn publish_if<E: Event>(&self, event: &E, allowed: impl Fn(&Principal) -> bool) {
        let Some(heads) = Heads::of(event, None) else { return };
        self.publish_where(E::ON_SLOW, |conn| {
            allowed(&conn.principal).then(|| heads.for_dialect(conn.principal.dialect))
        });
    }

    /// Queues, for each connection, the head that `choose` gives it. Heads come
    /// from [`event_head`]; this is the one way to fan out.
    pub fn publish_where(&self, on_slow: OnSlow, mut choose: impl FnMut(&Conn) -> Option<Bytes>) {
        let mut registry = self.lock();
        let Registry { conns, sent, .. } = &mut *registry;
        for (_, conn) in conns.values() {
            if let Some(head) = choose(conn) {
                *sent += 1;
                conn.outbox.push_event(head, on_slow);
            }
        }
    }

    /// Queues an event for one connection; it carries no number. False when
    /// that connection is gone or takes nothing any more.
    pub fn send_to<E: Event>(&self, conn_id: &str, event: &E) -> bool {
        let Some(heads) = Heads::of(event, None) else { return false };
        let conn = self.lock().conns.get(conn_id).map(|(_, conn)| Arc::clone(conn));
        conn.is_some_and(|conn| conn.outbox.push_targeted(heads.for_dialect(conn.principal.dialect), E::ON_SLOW))
    }

    /// The nodes that are connected from this address.
    #[must_use]
    pub fn nodes_at(&self, ip: IpAddr) -> Vec<Arc<Conn>> {
        let registry = self.lock();
        if registry.nodes == 0 {
            return Vec::new();
        }
        let is_there = |conn: &&Arc<Conn>| {
            let who = &conn.principal;
            who.role == Role::Node && who.remote_ip == ip && !conn.outbox.is_closing()
        };
        registry.conns.values().map(|(_, conn)| conn).filter(is_there).cloned().collect()
    }

    /// Whether a connection is there and nobody has decided to close it.
    #[must_use]
    pub fn is_open(&self, conn_id: &str) -> bool {
        self.open(conn_id).is_some()
    }

    /// A connection that is there and that nobody has decided to close.
    #[must_use]
    pub fn open(&self, conn_id: &str) -> Option<Arc<Conn>> {
        self.conn(conn_id).filter(|conn| !conn.outbox.is_closing())
    }

    /// Closes every connection that `matches`, at once and without sending what
    /// is queued; returns how many.
    pub fn close_where(&self, matches: impl Fn(&Principal) -> bool, reason: &CloseReason) -> usize {
        let chosen: Vec<_> = {
            let registry = self.lock();
            let hits = registry.conns.values().filter(|(_, conn)| matches(&conn.principal));
            hits.map(|(_, conn)| Arc::clone(conn)).collect()
        };
        for conn in &chosen {
            conn.outbox.close(reason.clone(), false);
        }
        chosen.len()
    }

    /// The same a moment later, so that what they are being told now still
    /// arrives; those that come meanwhile stay.
    pub fn close_soon(
        &self,
        matches: fn(&Principal) -> bool,
        reason: CloseReason,
    ) -> impl Future<Output = ()> + Send + use<> {
        let chosen: Vec<Arc<Conn>> = {
            let registry = self.lock();
            let hits = registry.conns.values().filter(|(_, conn)| matches(&conn.principal));
            hits.map(|(_, conn)| Arc::clone(conn)).collect()
        };
        async move {
            tokio::time::sleep(CLOSE_SOON).await;
            chosen.iter().for_each(|conn| conn.outbox.close(reason.clone(), true));
        }
    }

    /// Closes everything after what is queued was sent.
    pub fn close_all(&self, reason: &CloseReason) {
        for (_, conn) in self.lock().conns.values() {
            conn.outbox.close(reason.clone(), true);
        }
    }

    /// Sends keepalive pings and drops peers that answered none of the last two.
    pub fn ping_all(&self) {
        for (_, conn) in self.lock().conns.values() {
            conn.outbox.ping(2);
        }
    }

    /// Drops peers that did not answer the last ping, and asks the others again.
    pub fn drop_silent(&self) {
        for (_, conn) in self.lock().conns.values() {
            conn.outbox.ping(1);
        }
    }

    /// Whether the device has a live connection.
    #[must_use]
    pub fn is_device_connected(&self, device_id: &str) -> bool {
        self.lock().devices.contains_key(&DeviceId::from_stored(device_id.to_owned()))
    }

    /// Bytes that wait to be read by clients.
    #[must_use]
    pub fn queued_bytes(&self) -> usize {
        self.lock().conns.values().map(|(_, conn)| conn.outbox.queued_bytes()).sum()
    }

    /// Events handed to connections by [`Hub::publish_where`].
    #[must_use]
    pub fn events_sent(&self) -> u64 {
        self.lock().sent
    }

    /// Operators and nodes that are connected.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        let registry = self.lock();
        (registry.operators, registry.nodes)
    }
}

impl Registry {
    fn count(&mut self, role: Role) -> &mut usize {
        match role {
            Role::Operator => &mut self.operators,
            Role::Node => &mut self.nodes,
        }
    }
}

/// The shared part of an event's frame, in the words of each generation.
struct Heads {
    v4: Bytes,
    v3: Option<Bytes>,
}

impl Heads {
    fn of<E: Event>(event: &E, version: Option<StateVersion>) -> Option<Self> {
        let v3 = event.in_v3().and_then(|payload| render(E::NAME, &payload, version));
        Some(Self { v4: render(E::NAME, event, version)?, v3 })
    }

    fn for_dialect(&self, dialect: Dialect) -> Bytes {
        match (&self.v3, dialect) {
            (Some(v3), Dialect::V3) => v3.clone(),
            _ => self.v4.clone(),
        }
    }
}

/// The shared part of an event's frame.
#[must_use]
pub fn event_head<E: Event>(event: &E) -> Option<Bytes> {
    render(E::NAME, event, None)
}

/// The same in the words of protocol 3.
#[must_use]
pub fn event_head_v3<E: Event>(event: &E) -> Option<Bytes> {
    match event.in_v3() {
        Some(payload) => render(E::NAME, &payload, None),
        None => event_head(event),
    }
}

fn render<P: serde::Serialize>(name: &str, payload: &P, version: Option<StateVersion>) -> Option<Bytes> {
    match render_event_head(name, payload, version) {
        Ok(head) => Some(Bytes::from(head)),
        Err(error) => {
            tracing::error!(event = name, %error, "An event could not be rendered.");
            None
        }
    }
}

/// Who receives what (`frames-and-events.md §3`).
#[must_use]
pub fn audience_allows(audience: Audience, principal: &Principal) -> bool {
    let scope = match audience {
        Audience::Everyone => return true,
        Audience::Addressee => return false,
        Audience::Scope(scope) => scope,
    };
    let guarded_in_v3 = matches!(scope, Scope::Approvals | Scope::Pairing);
    match (principal.dialect, principal.role) {
        (Dialect::V3, _) if !guarded_in_v3 => true,
        (_, Role::Operator) => principal.scopes.allows(scope),
        (_, Role::Node) => false,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use postern_protocol::access::ScopeSet;
    use postern_protocol::connect::ClientInfo;
    use postern_protocol::system::{Shutdown, Tick};

    pub(crate) fn principal(role: Role, scopes: &[Scope], dialect: Dialect) -> Principal {
        Principal {
            conn_id: uuid::Uuid::new_v4().to_string().into(),
            role,
            scopes: ScopeSet::of(scopes),
            device_id: None,
            client: ClientInfo::default(),
            dialect,
            local: true,
            remote_ip: IpAddr::from([127, 0, 0, 1]),
            auth_method: AuthMethod::Token,
            declared: None,
            is_page: false,
            opened_by: None,
        }
    }

    fn drain(conn: &Conn) -> Vec<(String, Tail)> {
        let mut frames = Vec::new();
        conn.outbox.drain(usize::MAX, |frame| {
            frames.push((String::from_utf8(frame.head.to_vec()).unwrap(), frame.tail));
        });
        frames
    }

    #[test]
    fn audience_follows_scope_and_generation() {
        use Audience::{Everyone, Scope as Needs};
        let read = Needs(Scope::Read);
        let pairing = Needs(Scope::Pairing);
        let table = [
            (Everyone, Role::Node, vec![], Dialect::V4, true),
            (read, Role::Node, vec![], Dialect::V4, false),
            (read, Role::Node, vec![], Dialect::V3, true),
            (read, Role::Operator, vec![], Dialect::V4, false),
            (read, Role::Operator, vec![], Dialect::V3, true),
            (read, Role::Operator, vec![Scope::Write], Dialect::V4, true),
            (pairing, Role::Operator, vec![Scope::Write], Dialect::V3, false),
            (pairing, Role::Operator, vec![Scope::Admin], Dialect::V3, true),
            (pairing, Role::Node, vec![], Dialect::V3, false),
        ];
        for (audience, role, scopes, dialect, want) in table {
            let who = principal(role, &scopes, dialect);
            assert_eq!(audience_allows(audience, &who), want, "{audience:?} {role} {scopes:?} {dialect:?}");
        }
    }

    #[test]
    fn broadcasts_are_shared_and_numbered_per_connection() {
        let hub = Hub::default();
        let first = Arc::new(Conn::new(principal(Role::Operator, &[Scope::Read], Dialect::V4), 1_000));
        hub.register(&first);
        hub.publish(&Tick { ts: 1 });
        let second = Arc::new(Conn::new(principal(Role::Node, &[], Dialect::V4), 1_000));
        hub.register(&second);
        hub.publish(&Tick { ts: 2 });
        assert!(hub.send_to(&second.principal.conn_id, &Shutdown { reason: "x".into(), restart_expected_ms: None }));
        let tails: Vec<_> = drain(&first).into_iter().map(|(_, tail)| tail).collect();
        assert_eq!(tails, [Tail::Seq(1), Tail::Seq(2)]);
        let frames = drain(&second);
        assert_eq!(frames[0], (r#"{"type":"event","event":"tick","payload":{"ts":2}"#.to_owned(), Tail::Seq(1)));
        assert_eq!(frames[1].1, Tail::Brace);
    }

    #[test]
    fn closing_and_counting_follow_the_registry() {
        let hub = Hub::default();
        let mut who = principal(Role::Operator, &[], Dialect::V4);
        let device = DeviceId::from_stored("d1".into());
        who.device_id = Some(device.clone());
        let conn = Arc::new(Conn::new(who, 1_000));
        hub.register(&conn);
        assert!(hub.is_device_connected("d1"));
        assert_eq!(hub.counts(), (1, 0));
        let hit = |who: &Principal| who.device_id.as_ref() == Some(&device);
        assert_eq!(hub.close_where(hit, &CloseReason::client_invalidated("device removed")), 1);
        assert!(!hub.send_to(&conn.principal.conn_id, &Tick { ts: 1 }), "it takes nothing any more");
        assert_eq!(conn.outbox.drain(usize::MAX, drop).closing.unwrap().reason.code, 4001);
        hub.unregister(&conn);
        hub.unregister(&conn);
        assert!(!hub.is_device_connected("d1"));
        assert_eq!(hub.counts(), (0, 0));
    }
}
