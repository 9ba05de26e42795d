//! The wire of the gateway: everything both ends must agree on, and nothing else.
//!
//! One WebSocket carries three kinds of JSON text frames. The client sends
//! `{"type":"req","id","method","params"?}`; the server answers each with one
//! `{"type":"res","id","ok","payload"|"error"}` and pushes
//! `{"type":"event","event","payload"?,"seq"?,"stateVersion"?}`. The first
//! request must be `connect`; its answer is `hello-ok` or an error and a close.
//!
//! | file | owns |
//! |---|---|
//! | [`frame`] | parsing requests, rendering responses and events |
//! | [`connect`] | challenge, connect params, hello-ok |
//! | [`identity`] | Ed25519 device identities, signature payloads v1, v2, v3 |
//! | [`access`] | roles, scopes and what implies what |
//! | [`error`], [`close`] | the two tables of refusals |
//! | [`call`] | typed calls and events shared by client and gateway |
//! | [`pairing`], [`system`], [`chat`], [`agents`] | payload types of the methods by topic |
//! | [`desktop`] | the desktop app and its window |
//! | [`canvas`] | surfaces for the web views of clients |
//! | [`talk`], [`voicewake`] | voice conversations, and the words that begin them |
//! | [`environments`], [`skills`] | machines to work on; what skills call |
//! | [`wizard`] | first-time setup |
//! | [`config`], [`restart`] | the configuration, and planned restarts |
//! | [`remote`] | from where the gateway is reached |
//! | [`tailscale`] | the gateway in the owner's tailnet |
//! | [`doctor`], [`service`] | what is wrong, and who keeps the gateway running |
//! | [`logs`] | the gateway's log |
//! | [`ids`] | newtypes with their constraints |
//! | [`schema`] | how schemas are generated |
//!
//! No I/O, no clock, no tokio: both ends and every test link this crate.

pub mod access;
pub mod agents;
pub mod approvals;
pub mod backup;
pub mod call;
pub mod canvas;
pub mod chat;
pub mod close;
pub mod config;
pub mod connect;
pub mod desktop;
pub mod doctor;
pub mod environments;
pub mod error;
pub mod frame;
pub mod hex;
pub mod identity;
pub mod ids;
pub mod logs;
pub mod models;
pub mod nodes;
pub mod pairing;
pub mod remote;
pub mod restart;
pub mod schema;
pub mod service;
pub mod sessions;
pub mod skills;
pub mod system;
pub mod tailscale;
pub mod talk;
pub mod tools;
pub mod update;
pub mod usage;
pub mod voicewake;
pub mod wizard;

/// Newest protocol generation this crate speaks (`README.md, Version policy`).
pub const PROTOCOL_VERSION: u32 = 4;
/// Oldest protocol generation this crate speaks.
pub const MIN_PROTOCOL_VERSION: u32 = 3;
/// Port a gateway listens on unless told otherwise.
pub const DEFAULT_PORT: u16 = 18789;

/// The generation a connection is served in for its whole life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dialect {
    /// Releases around January 2026.
    V3,
    /// Current releases.
    V4,
}

impl Dialect {
    /// The number that `hello-ok.protocol` carries.
    #[must_use]
    pub const fn number(self) -> u32 {
        match self {
            Self::V3 => 3,
            Self::V4 => 4,
        }
    }

    /// Picks the generation for a client that speaks `min..=max`, or `None`
    /// when the ranges do not meet.
    #[must_use]
    pub fn negotiate(min: u32, max: u32) -> Option<Self> {
        let negotiated = max.min(PROTOCOL_VERSION);
        if negotiated < min || negotiated < MIN_PROTOCOL_VERSION {
            return None;
        }
        Some(if negotiated == 3 { Self::V3 } else { Self::V4 })
    }
}

#[cfg(test)]
mod tests {
    use super::Dialect;

    #[test]
    fn negotiation_takes_the_newest_common_generation() {
        let expect = [
            ((3, 3), Some(Dialect::V3)),
            ((4, 4), Some(Dialect::V4)),
            ((3, 4), Some(Dialect::V4)),
            ((1, 9), Some(Dialect::V4)),
            ((1, 2), None),
            ((5, 5), None),
            ((4, 3), None),
        ];
        for ((min, max), want) in expect {
            assert_eq!(Dialect::negotiate(min, max), want, "{min}..{max}");
        }
    }
}
