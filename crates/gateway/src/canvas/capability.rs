//! Capabilities: tokens that open the canvas to whoever has the address. Each
//! belongs to a connection, ends with it, and expires by itself; only hashes are
//! kept.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::hash;
use crate::secrets::Secret;

/// How long a capability works.
pub const TTL_MS: i64 = 10 * 60 * 1_000;
/// Capabilities of one connection; the oldest goes when there are more.
const MAX_EACH: usize = 8;

/// Capabilities that are out.
#[derive(Debug, Clone, Default)]
pub struct Capabilities(Arc<Mutex<Out>>);

#[derive(Debug, Default)]
struct Out {
    grants: HashMap<[u8; 32], Grant>,
    conns: HashMap<Arc<str>, Holder>,
}

#[derive(Debug)]
struct Grant {
    conn_id: Arc<str>,
    expires_at_ms: i64,
}

/// A connection that may have capabilities.
#[derive(Debug)]
struct Holder {
    /// How it reaches this gateway: `http://HOST:PORT`.
    base: String,
    /// Its capabilities, oldest first.
    own: VecDeque<[u8; 32]>,
}

/// A new capability.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// Its address, without anything behind the token. A secret.
    pub url: String,
    /// When it stops to work, epoch milliseconds.
    pub expires_at_ms: i64,
}

impl Capabilities {
    fn lock(&self) -> MutexGuard<'_, Out> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection is there, and reaches this gateway at `base`.
    pub fn arrive(&self, conn_id: &Arc<str>, base: String) {
        self.lock().conns.insert(Arc::clone(conn_id), Holder { base, own: VecDeque::new() });
    }

    /// A connection is gone, and so are its capabilities.
    pub fn leave(&self, conn_id: &str) {
        let mut out = self.lock();
        let own = out.conns.remove(conn_id).map(|holder| holder.own).unwrap_or_default();
        for grant in own {
            out.grants.remove(&grant);
        }
    }

    /// A new capability for a connection that is there. Those it has go on until
    /// they expire.
    #[must_use]
    pub fn issue(&self, conn_id: &str, now_ms: i64) -> Option<Issued> {
        let token = Secret::random();
        let mut out = self.lock();
        let Out { grants, conns } = &mut *out;
        let (conn_id, _) = conns.get_key_value(conn_id)?;
        let conn_id = Arc::clone(conn_id);
        let holder = conns.get_mut(&conn_id)?;
        while let Some(oldest) = holder.own.front() {
            let works = grants.get(oldest).is_some_and(|grant| now_ms < grant.expires_at_ms);
            if works && holder.own.len() < MAX_EACH {
                break;
            }
            grants.remove(oldest);
            holder.own.pop_front();
        }
        let (own, expires_at_ms) = (hash(token.expose()), now_ms + TTL_MS);
        holder.own.push_back(own);
        grants.insert(own, Grant { conn_id, expires_at_ms });
        let url = format!("{}/__openclaw__/cap/{}", holder.base, token.expose());
        Some(Issued { url, expires_at_ms })
    }

    /// The connection that a token belongs to, while it works. Looked up by its
    /// hash, so how long that takes says nothing about other tokens.
    #[must_use]
    pub fn owner(&self, token: &str, now_ms: i64) -> Option<Arc<str>> {
        let presented = hash(token);
        let out = self.lock();
        let grant = out.grants.get(&presented).filter(|grant| now_ms < grant.expires_at_ms)?;
        Some(Arc::clone(&grant.conn_id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(issued: &Issued) -> &str {
        issued.url.rsplit('/').next().unwrap()
    }

    #[test]
    fn a_capability_ends_with_its_time_or_its_connection() {
        let capabilities = Capabilities::default();
        let (one, two): (Arc<str>, Arc<str>) = ("one".into(), "two".into());
        assert_eq!(capabilities.issue("one", 0), None, "nobody is there");
        capabilities.arrive(&one, "http://desk:7".to_owned());
        capabilities.arrive(&two, "http://desk:7".to_owned());
        let first = capabilities.issue("one", 0).unwrap();
        assert!(first.url.starts_with("http://desk:7/__openclaw__/cap/"), "{first:?}");
        assert_eq!((token(&first).len(), first.expires_at_ms), (43, TTL_MS));
        let later = capabilities.issue("one", TTL_MS - 1).unwrap();
        let other = capabilities.issue("two", 0).unwrap();
        assert_eq!(capabilities.owner(token(&first), TTL_MS - 1), Some(one.clone()));
        assert_eq!(capabilities.owner(token(&first), TTL_MS), None);
        assert_eq!(capabilities.owner(token(&later), TTL_MS), Some(one));
        capabilities.leave("one");
        assert_eq!(capabilities.owner(token(&later), TTL_MS), None);
        assert_eq!(capabilities.owner(token(&other), 1), Some(two));
        assert_eq!((capabilities.owner("", 1), capabilities.issue("one", 1)), (None, None));
    }

    #[test]
    fn what_one_connection_has_is_bounded() {
        let capabilities = Capabilities::default();
        capabilities.arrive(&"one".into(), "http://desk:7".to_owned());
        let all: Vec<Issued> = (0..20).map(|now| capabilities.issue("one", now).unwrap()).collect();
        let works = all.iter().filter(|issued| capabilities.owner(token(issued), 20).is_some()).count();
        assert_eq!((works, capabilities.lock().grants.len()), (MAX_EACH, MAX_EACH));
        assert!(capabilities.owner(token(&all[19]), 20).is_some());
        capabilities.issue("one", TTL_MS * 2).unwrap();
        assert_eq!(capabilities.lock().grants.len(), 1, "what expired is forgotten");
        capabilities.leave("one");
        assert!(capabilities.lock().grants.is_empty() && capabilities.lock().conns.is_empty());
    }
}
