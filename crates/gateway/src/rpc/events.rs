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

use super::export::EventTypes;

/// Row of the event table.
pub struct EventDef {
    /// Wire name.
    pub name: &'static str,
    /// Who receives it on protocol 4.
    pub audience: Audience,
    /// What a slow receiver costs.
    pub on_slow: OnSlow,
}

const fn event<E: Event>() -> EventDef {
    EventDef { name: E::NAME, audience: E::AUDIENCE, on_slow: E::ON_SLOW }
}

/// Makes of one list the table of events and the table of their types, which only the schema tests look at. An event
/// whose payload differs on protocol 3 has that type behind a colon.
macro_rules! tables {
    ($($event:ident $(: $v3:ident)?,)*) => {
        /// Every event the gateway sends, by name.
        pub static EVENTS: &[EventDef] = &[$(event::<$event>(),)*];
        /// What their payloads are made of, in the same order.
        pub static EVENT_TYPES: &[EventTypes] = &[$(EventTypes::of::<$event>()$(.with_v3::<$v3>())?,)*];
    };
}

tables! {
    AgentEvent,
    BackupProgress,
    ChatEvent,
    ConfigChanged,
    ConnectChallenge,
    DesktopSettingsRequested,
    DevicesChanged,
    PairingRequest,
    PairingResolved,
    SetupCompleted,
    ApprovalRequested: OldApprovalRequested,
    ApprovalResolved: OldApprovalResolved,
    HealthSnapshot,
    NodeHostStatsChanged,
    NodeInvokeCancel,
    NodeInvokeInput,
    NodeInvokeProgressed,
    NodeInvokeRequest,
    NodePairRequested,
    NodePairResolved,
    NodePresence,
    PresenceChanged,
    SessionMessage,
    SessionOperation,
    SessionsChanged,
    Shutdown,
    TalkModeChanged,
    Tick,
    UpdateAvailable,
    UpdateRunChanged,
    VoiceWakeTriggers,
    VoiceWakeRoutingResult,
}
