//! The table of events; hello-ok and the schemas are made from it.

use postern_protocol::approvals::{ApprovalRequested, ApprovalResolved};
use postern_protocol::call::{Audience, Event, OnSlow};
use postern_protocol::chat::{AgentEvent, ChatEvent};
use postern_protocol::connect::ConnectChallenge;
use postern_protocol::pairing::{DevicesChanged, PairingRequest, PairingResolved, SetupCompleted};
use postern_protocol::sessions::{SessionMessage, SessionOperation, SessionsChanged};
use postern_protocol::system::{HealthSnapshot, PresenceChanged, Shutdown, Tick};

/// Row of the event table.
pub struct EventDef {
    /// Wire name.
    pub name: &'static str,
    /// Who receives it on protocol 4.
    pub audience: Audience,
    /// What a slow receiver costs.
    pub on_slow: OnSlow,
    /// Adds the payload's schema to a bundle and names it there.
    pub export: fn(&mut super::export::Bundle) -> String,
}

const fn event<E: Event>() -> EventDef {
    EventDef { name: E::NAME, audience: E::AUDIENCE, on_slow: E::ON_SLOW, export: super::export::export_event::<E> }
}

/// Every event the gateway sends, by name.
pub static EVENTS: &[EventDef] = &[
    event::<AgentEvent>(),
    event::<ChatEvent>(),
    event::<ConnectChallenge>(),
    event::<DevicesChanged>(),
    event::<PairingRequest>(),
    event::<PairingResolved>(),
    event::<SetupCompleted>(),
    event::<ApprovalRequested>(),
    event::<ApprovalResolved>(),
    event::<HealthSnapshot>(),
    event::<PresenceChanged>(),
    event::<SessionMessage>(),
    event::<SessionOperation>(),
    event::<SessionsChanged>(),
    event::<Shutdown>(),
    event::<Tick>(),
];
