//! The table of events; hello-ok and the schemas are made from it.

use postern_protocol::approvals::{ApprovalRequested, ApprovalResolved, OldApprovalRequested, OldApprovalResolved};
use postern_protocol::backup::BackupProgress;
use postern_protocol::call::{Audience, Event, OnSlow};
use postern_protocol::chat::{AgentEvent, ChatEvent};
use postern_protocol::config::ConfigChanged;
use postern_protocol::connect::ConnectChallenge;
use postern_protocol::desktop::DesktopSettingsRequested;
use postern_protocol::nodes::{
    NodeHostStatsChanged, NodeInvokeCancel, NodeInvokeInput, NodeInvokeProgressed, NodeInvokeRequest,
    NodePairRequested, NodePairResolved, NodePresence,
};
use postern_protocol::pairing::{DevicesChanged, PairingRequest, PairingResolved, SetupCompleted};
use postern_protocol::sessions::{SessionMessage, SessionOperation, SessionsChanged};
use postern_protocol::system::{HealthSnapshot, PresenceChanged, Shutdown, Tick};
use postern_protocol::talk::TalkModeChanged;
use postern_protocol::update::{UpdateAvailable, UpdateRunChanged};
use postern_protocol::voicewake::{VoiceWakeRoutingResult, VoiceWakeTriggers};
use schemars::JsonSchema;

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
    /// The same for the payload of protocol 3, where the other does not describe it.
    pub export_v3: Option<fn(&mut super::export::Bundle) -> String>,
}

const fn event<E: Event>() -> EventDef {
    EventDef {
        name: E::NAME,
        audience: E::AUDIENCE,
        on_slow: E::ON_SLOW,
        export: super::export::export_payload::<E>,
        export_v3: None,
    }
}

/// An event whose payload for protocol 3 is `Old`.
const fn event_with_v3<E: Event, Old: JsonSchema>() -> EventDef {
    EventDef { export_v3: Some(super::export::export_payload::<Old>), ..event::<E>() }
}

/// Every event the gateway sends, by name.
pub static EVENTS: &[EventDef] = &[
    event::<AgentEvent>(),
    event::<BackupProgress>(),
    event::<ChatEvent>(),
    event::<ConfigChanged>(),
    event::<ConnectChallenge>(),
    event::<DesktopSettingsRequested>(),
    event::<DevicesChanged>(),
    event::<PairingRequest>(),
    event::<PairingResolved>(),
    event::<SetupCompleted>(),
    event_with_v3::<ApprovalRequested, OldApprovalRequested>(),
    event_with_v3::<ApprovalResolved, OldApprovalResolved>(),
    event::<HealthSnapshot>(),
    event::<NodeHostStatsChanged>(),
    event::<NodeInvokeCancel>(),
    event::<NodeInvokeInput>(),
    event::<NodeInvokeProgressed>(),
    event::<NodeInvokeRequest>(),
    event::<NodePairRequested>(),
    event::<NodePairResolved>(),
    event::<NodePresence>(),
    event::<PresenceChanged>(),
    event::<SessionMessage>(),
    event::<SessionOperation>(),
    event::<SessionsChanged>(),
    event::<Shutdown>(),
    event::<TalkModeChanged>(),
    event::<Tick>(),
    event::<UpdateAvailable>(),
    event::<UpdateRunChanged>(),
    event::<VoiceWakeTriggers>(),
    event::<VoiceWakeRoutingResult>(),
];
