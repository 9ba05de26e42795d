//! Which connections follow which conversation, and under which name.
//!
//! Protocol 3 knows no subscriptions: its connections receive every
//! conversation, under the key they wrote last for it. A connection of protocol
//! 4 receives the conversations that it has named; until it has named one, it
//! receives all, as a plain listener expects.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use bytes::Bytes;
use postern_protocol::Dialect;
use postern_protocol::access::{Role, Scope};
use postern_protocol::call::{Audience, OnSlow};

use super::{Conn, Hub, Principal, audience_allows};

/// Conversations that one connection follows; beyond it the first are forgotten.
const MOST_FOLLOWED: usize = 256;

/// How a connection came to follow a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Following {
    /// It named it in a call.
    Named,
    /// It asked for its messages (`sessions.messages.subscribe`).
    Messages,
}

/// Who follows what; lives in the registry, under its lock.
#[derive(Debug, Default)]
pub(super) struct Follows {
    sessions: HashMap<Arc<str>, BTreeSet<u64>>,
    of: HashMap<u64, Follower>,
    /// Connections that receive every conversation.
    listeners: BTreeSet<u64>,
    /// Connections that asked for changes of the list of sessions.
    list_subscribers: BTreeSet<u64>,
}

#[derive(Debug)]
struct Follower {
    conn: Arc<Conn>,
    /// The key as this connection wrote it, by canonical key.
    written: HashMap<Arc<str>, Box<str>>,
    order: std::collections::VecDeque<Arc<str>>,
    messages: HashSet<Arc<str>>,
}

impl Follows {
    pub(super) fn arrive(&mut self, number: u64, conn: &Arc<Conn>) {
        let who = &conn.principal;
        // Nodes of protocol 4 hear of the sessions that they named, and of no other.
        if who.dialect == Dialect::V3 || who.role == Role::Operator {
            self.listeners.insert(number);
        }
        self.of.insert(
            number,
            Follower {
                conn: Arc::clone(conn),
                written: HashMap::new(),
                order: std::collections::VecDeque::new(),
                messages: HashSet::new(),
            },
        );
    }

    pub(super) fn leave(&mut self, number: u64) {
        self.listeners.remove(&number);
        self.list_subscribers.remove(&number);
        let Some(follower) = self.of.remove(&number) else { return };
        for session in follower.order {
            self.forget(&session, number);
        }
    }

    fn forget(&mut self, session: &Arc<str>, number: u64) {
        let Some(conns) = self.sessions.get_mut(session) else { return };
        conns.remove(&number);
        if conns.is_empty() {
            self.sessions.remove(session);
        }
    }

    fn follow(&mut self, number: u64, session: &str, written: &str, how: Following) {
        let Some(follower) = self.of.get_mut(&number) else { return };
        let session: Arc<str> = match follower.written.get_key_value(session) {
            Some((known, _)) => Arc::clone(known),
            None => session.into(),
        };
        if how == Following::Messages {
            follower.messages.insert(Arc::clone(&session));
        }
        let known = follower.written.insert(Arc::clone(&session), written.into()).is_some();
        if follower.conn.principal.dialect == Dialect::V4 {
            self.listeners.remove(&number);
        }
        if known {
            return;
        }
        follower.order.push_back(Arc::clone(&session));
        let oldest = if follower.order.len() > MOST_FOLLOWED { follower.order.pop_front() } else { None };
        if let Some(oldest) = &oldest {
            follower.written.remove(oldest);
            follower.messages.remove(oldest);
        }
        self.sessions.entry(session).or_default().insert(number);
        if let Some(oldest) = oldest {
            self.forget(&oldest, number);
        }
    }

    fn unfollow(&mut self, number: u64, session: &str) {
        let Some(follower) = self.of.get_mut(&number) else { return };
        let Some((session, _)) = follower.written.remove_entry(session) else { return };
        follower.order.retain(|known| *known != session);
        follower.messages.remove(&session);
        self.forget(&session, number);
    }

    /// Followers of a session and listeners, each once.
    fn receivers(&self, session: &str) -> impl Iterator<Item = (&Follower, Option<&str>)> {
        let followers = self.sessions.get(session);
        let only_listening =
            self.listeners.iter().filter(move |number| !followers.is_some_and(|set| set.contains(number)));
        let all = followers.into_iter().flatten().chain(only_listening);
        all.filter_map(|number| self.of.get(number))
            .map(move |follower| (follower, follower.written.get(session).map(|written| &**written)))
    }
}

impl Hub {
    /// Notes that a connection follows a session and how it wrote the key.
    pub fn follow(&self, conn_id: &str, session: &str, written: &str, how: Following) {
        let mut registry = self.lock();
        if let Some(number) = registry.conns.get(conn_id).map(|(number, _)| *number) {
            registry.follows.follow(number, session, written, how);
        }
    }

    /// Forgets that a connection named a session.
    pub fn unfollow(&self, conn_id: &str, session: &str) {
        let mut registry = self.lock();
        let Some(number) = registry.conns.get(conn_id).map(|(number, _)| *number) else { return };
        registry.follows.unfollow(number, session);
    }

    /// Ends what `sessions.messages.subscribe` began; the connection still
    /// receives `chat` and `agent` of a session that it named.
    pub fn unfollow_messages(&self, conn_id: &str, session: &str) {
        let mut registry = self.lock();
        let Some(number) = registry.conns.get(conn_id).map(|(number, _)| *number) else { return };
        if let Some(follower) = registry.follows.of.get_mut(&number) {
            follower.messages.remove(session);
        }
    }

    /// Turns changes of the list of sessions on or off for a connection.
    pub fn subscribe_list(&self, conn_id: &str, wanted: bool) {
        let mut registry = self.lock();
        let Some(number) = registry.conns.get(conn_id).map(|(number, _)| *number) else { return };
        if wanted {
            registry.follows.list_subscribers.insert(number);
        } else {
            registry.follows.list_subscribers.remove(&number);
        }
    }

    /// Whether anybody asked for changes of the list of sessions.
    #[must_use]
    pub fn has_list_subscribers(&self) -> bool {
        !self.lock().follows.list_subscribers.is_empty()
    }

    /// Queues an event of a conversation for whoever follows it. `choose` gets the
    /// connection and the key as it wrote it, if it did.
    pub fn publish_session(
        &self,
        session: &str,
        on_slow: impl Fn(Dialect) -> OnSlow,
        mut choose: impl FnMut(&Conn, Option<&str>) -> Option<Bytes>,
    ) {
        let registry = self.lock();
        for (follower, written) in registry.follows.receivers(session) {
            let conn = &follower.conn;
            let is_addressed = conn.principal.role == Role::Node && written.is_some();
            if !is_addressed && !audience_allows(Audience::Scope(Scope::Read), &conn.principal) {
                continue;
            }
            let Some(head) = choose(conn, written) else { continue };
            let on_slow = on_slow(conn.principal.dialect);
            if is_addressed {
                conn.outbox.push_targeted(head, on_slow);
            } else {
                conn.outbox.push_event(head, on_slow);
            }
        }
    }

    /// Queues an event for connections that asked for a session's messages.
    pub fn publish_messages(&self, session: &str, head: &Bytes, on_slow: OnSlow) {
        let registry = self.lock();
        let numbers = registry.follows.sessions.get(session).into_iter().flatten();
        for follower in numbers.filter_map(|number| registry.follows.of.get(number)) {
            if follower.messages.contains(session)
                && audience_allows(Audience::Scope(Scope::Read), &follower.conn.principal)
            {
                follower.conn.outbox.push_event(head.clone(), on_slow);
            }
        }
    }

    /// Whether anybody asked for a session's messages.
    #[must_use]
    pub fn has_message_subscribers(&self, session: &str) -> bool {
        let registry = self.lock();
        let mut numbers = registry.follows.sessions.get(session).into_iter().flatten();
        numbers.any(|number| registry.follows.of.get(number).is_some_and(|one| one.messages.contains(session)))
    }

    /// Queues an event for connections that asked for changes of the list.
    pub fn publish_list(&self, head: &Bytes, on_slow: OnSlow) {
        let registry = self.lock();
        let subscribers = &registry.follows.list_subscribers;
        for follower in subscribers.iter().filter_map(|number| registry.follows.of.get(number)) {
            if audience_allows(Audience::Scope(Scope::Read), &follower.conn.principal) {
                follower.conn.outbox.push_event(head.clone(), on_slow);
            }
        }
    }

    /// Queues an event for connections that asked for a session's messages or for
    /// changes of the list, each once.
    pub fn publish_watchers(&self, session: &str, head: &Bytes, on_slow: OnSlow) {
        let registry = self.lock();
        let follows = &registry.follows;
        let of_session = follows.sessions.get(session).into_iter().flatten();
        let wants = |number: &&u64| follows.of.get(number).is_some_and(|follower| follower.messages.contains(session));
        let numbers: BTreeSet<u64> = of_session.filter(wants).chain(&follows.list_subscribers).copied().collect();
        for follower in numbers.iter().filter_map(|number| follows.of.get(number)) {
            if audience_allows(Audience::Scope(Scope::Read), &follower.conn.principal) {
                follower.conn.outbox.push_event(head.clone(), on_slow);
            }
        }
    }

    /// Whether any connection is such.
    #[must_use]
    pub fn any(&self, is_such: impl Fn(&Principal) -> bool) -> bool {
        self.lock().conns.values().any(|(_, conn)| is_such(&conn.principal))
    }

    /// A live connection.
    #[must_use]
    pub fn conn(&self, conn_id: &str) -> Option<Arc<Conn>> {
        self.lock().conns.get(conn_id).map(|(_, conn)| Arc::clone(conn))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::principal;
    use super::*;

    fn connect(hub: &Hub, dialect: Dialect) -> Arc<Conn> {
        let conn = Arc::new(Conn::new(principal(Role::Operator, &[Scope::Read], dialect), 100_000));
        hub.register(&conn);
        conn
    }

    fn told(hub: &Hub, session: &str, conn: &Arc<Conn>) -> Option<Option<String>> {
        let mut told = None;
        hub.publish_session(
            session,
            |_| OnSlow::Drop,
            |to, written| {
                if to.principal.conn_id == conn.principal.conn_id {
                    told = Some(written.map(str::to_owned));
                }
                None
            },
        );
        told
    }

    #[test]
    fn protocol_4_receives_what_it_named_and_before_that_everything() {
        let hub = Hub::default();
        let conn = connect(&hub, Dialect::V4);
        assert_eq!(told(&hub, "agent:main:a", &conn), Some(None));
        hub.follow(&conn.principal.conn_id, "agent:main:a", "a", Following::Named);
        assert_eq!(told(&hub, "agent:main:a", &conn), Some(Some("a".into())));
        assert_eq!(told(&hub, "agent:main:b", &conn), None);
        hub.unregister(&conn);
        assert_eq!(told(&hub, "agent:main:a", &conn), None);
        assert!(hub.lock().follows.sessions.is_empty());
    }

    #[test]
    fn protocol_3_receives_everything_under_its_own_names() {
        let hub = Hub::default();
        let conn = connect(&hub, Dialect::V3);
        hub.follow(&conn.principal.conn_id, "agent:main:main", "main", Following::Named);
        assert_eq!(told(&hub, "agent:main:main", &conn), Some(Some("main".into())));
        assert_eq!(told(&hub, "agent:main:b", &conn), Some(None));
    }

    #[test]
    fn a_connection_follows_a_bounded_number() {
        let hub = Hub::default();
        let conn = connect(&hub, Dialect::V4);
        for n in 0..MOST_FOLLOWED + 10 {
            hub.follow(&conn.principal.conn_id, &format!("s{n}"), "x", Following::Messages);
        }
        assert_eq!(hub.lock().follows.sessions.len(), MOST_FOLLOWED);
        assert!(!hub.has_message_subscribers("s0"));
        assert!(hub.has_message_subscribers(&format!("s{}", MOST_FOLLOWED + 9)));
    }

    #[test]
    fn the_list_is_told_to_those_who_asked() {
        let hub = Hub::default();
        let conn = connect(&hub, Dialect::V4);
        assert!(!hub.has_list_subscribers());
        hub.subscribe_list(&conn.principal.conn_id, true);
        hub.publish_list(&Bytes::from_static(b"{\"x\":1"), OnSlow::Drop);
        let mut frames = 0;
        conn.outbox.drain(usize::MAX, |_| frames += 1);
        assert_eq!(frames, 1);
        hub.subscribe_list(&conn.principal.conn_id, false);
        assert!(!hub.has_list_subscribers());
    }
}
