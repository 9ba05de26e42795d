//! The Rust type of every answer and every event reads what was captured, and writes it again as it was.

use postern_protocol::call::{Call, Event};
use postern_protocol::connect::ConnectChallenge;
use postern_protocol::{agents, approvals, chat, models, nodes, pairing, sessions, system, tools, usage};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Session, round_trip};

/// Every answer to `M` that came.
fn typed<M: Call>(session: &Session) {
    read_as::<M, M::Output>(session);
}

fn read_as<M: Call, T: Serialize + DeserializeOwned>(session: &Session) {
    let payloads: Vec<_> = session.answers.iter().filter(|(method, _)| method == M::NAME).collect();
    assert!(!payloads.is_empty(), "nobody called {}", M::NAME);
    payloads.iter().for_each(|(_, payload)| round_trip::<T>(payload));
}

fn event<E: Event>(session: &Session) {
    event_as::<E, E>(session);
}

fn event_as<E: Event, T: Serialize + DeserializeOwned>(session: &Session) {
    let frames: Vec<_> = session.frames.iter().filter(|frame| frame["event"] == E::NAME).collect();
    assert!(!frames.is_empty(), "no {} was sent", E::NAME);
    frames.iter().for_each(|frame| round_trip::<T>(&frame["payload"]));
}

pub(super) fn check_events(session: &Session, dialect: u32) {
    event::<chat::AgentEvent>(session);
    event::<chat::ChatEvent>(session);
    event::<ConnectChallenge>(session);
    event::<pairing::DevicesChanged>(session);
    event::<pairing::PairingRequest>(session);
    event::<pairing::PairingResolved>(session);
    event::<pairing::SetupCompleted>(session);
    if dialect == 3 {
        event_as::<approvals::ApprovalRequested, approvals::OldApprovalRequested>(session);
        event_as::<approvals::ApprovalResolved, approvals::OldApprovalResolved>(session);
    } else {
        event::<approvals::ApprovalRequested>(session);
        event::<approvals::ApprovalResolved>(session);
    }
    event::<system::HealthSnapshot>(session);
    event::<nodes::NodeHostStatsChanged>(session);
    event::<nodes::NodeInvokeCancel>(session);
    event::<nodes::NodeInvokeInput>(session);
    event::<nodes::NodeInvokeProgressed>(session);
    event::<nodes::NodeInvokeRequest>(session);
    event::<nodes::NodePairRequested>(session);
    event::<nodes::NodePairResolved>(session);
    event::<nodes::NodePresence>(session);
    event::<sessions::SessionMessage>(session);
    event::<sessions::SessionOperation>(session);
    event::<sessions::SessionsChanged>(session);
    event::<system::Shutdown>(session);
    event::<system::Tick>(session);
}

pub(super) fn check_answers(session: &Session) {
    of_nodes(session);
    conversations(session);
    machinery(session);
}

fn of_nodes(session: &Session) {
    typed::<nodes::NodeDescribe>(session);
    typed::<nodes::NodeEvent>(session);
    typed::<nodes::NodeInvoke>(session);
    typed::<nodes::NodeInvokeSend>(session);
    typed::<nodes::NodeInvokeProgress>(session);
    typed::<nodes::NodeInvokeReport>(session);
    typed::<nodes::NodeList>(session);
    typed::<nodes::NodePairApprove>(session);
    typed::<nodes::NodePairList>(session);
    typed::<nodes::NodePairReject>(session);
    typed::<nodes::NodePairRemove>(session);
    typed::<nodes::NodePairRequest>(session);
    typed::<nodes::NodePairVerify>(session);
    typed::<nodes::NodePendingAck>(session);
    typed::<nodes::NodePendingDrain>(session);
    typed::<nodes::NodePendingEnqueue>(session);
    typed::<nodes::NodePendingPull>(session);
    typed::<nodes::NodeRename>(session);
}

fn conversations(session: &Session) {
    typed::<chat::Agent>(session);
    typed::<agents::AgentIdentityGet>(session);
    typed::<chat::AgentWait>(session);
    typed::<agents::AgentsCreate>(session);
    typed::<agents::AgentsDelete>(session);
    typed::<agents::AgentsFilesGet>(session);
    typed::<agents::AgentsFilesList>(session);
    typed::<agents::AgentsFilesSet>(session);
    typed::<agents::AgentsList>(session);
    typed::<agents::AgentsUpdate>(session);
    typed::<chat::ChatAbort>(session);
    typed::<chat::ChatHistory>(session);
    typed::<chat::ChatInject>(session);
    typed::<chat::ChatMessageGet>(session);
    typed::<chat::ChatMetadata>(session);
    typed::<chat::ChatSend>(session);
    typed::<chat::ChatStartup>(session);
    typed::<agents::CommandsList>(session);
    typed::<chat::SessionsAbort>(session);
    typed::<sessions::SessionsCompact>(session);
    typed::<sessions::SessionsCreate>(session);
    typed::<sessions::SessionsDelete>(session);
    typed::<sessions::SessionsDescribe>(session);
    typed::<sessions::SessionsGet>(session);
    typed::<sessions::SessionsGroupsList>(session);
    typed::<sessions::SessionsList>(session);
    typed::<sessions::SessionsMessagesSubscribe>(session);
    typed::<sessions::SessionsMessagesUnsubscribe>(session);
    typed::<sessions::SessionsObserverVisibility>(session);
    typed::<sessions::SessionsPatch>(session);
    typed::<sessions::SessionsPatchMany>(session);
    typed::<sessions::SessionsPreview>(session);
    typed::<chat::SessionsRecover>(session);
    typed::<sessions::SessionsReset>(session);
    typed::<sessions::SessionsResolve>(session);
    typed::<sessions::SessionsSearch>(session);
    typed::<chat::SessionsSend>(session);
    typed::<chat::SessionsSteer>(session);
    typed::<sessions::SessionsSubscribe>(session);
    typed::<sessions::SessionsUnsubscribe>(session);
    typed::<usage::SessionsUsage>(session);
    typed::<usage::SessionsUsageLogs>(session);
    typed::<usage::SessionsUsageTimeseries>(session);
    typed::<sessions::SessionsViewersSet>(session);
    typed::<usage::Usage>(session);
    typed::<usage::UsageCost>(session);
    typed::<usage::UsageOverride>(session);
    typed::<usage::UsageStatus>(session);
}

fn machinery(session: &Session) {
    typed::<pairing::DevicePairApprove>(session);
    typed::<pairing::DevicePairList>(session);
    typed::<pairing::DevicePairReject>(session);
    typed::<pairing::DevicePairRemove>(session);
    typed::<pairing::DevicePairRename>(session);
    typed::<pairing::DevicePairSetupCode>(session);
    typed::<pairing::DevicePairSetupStatus>(session);
    typed::<pairing::DeviceScopesRequestUpgrade>(session);
    typed::<pairing::DeviceScopesWaitUpgrade>(session);
    typed::<pairing::DeviceTokenRevoke>(session);
    typed::<pairing::DeviceTokenRotate>(session);
    typed::<approvals::ExecApprovalGet>(session);
    typed::<approvals::ExecApprovalList>(session);
    typed::<approvals::ExecApprovalRequest>(session);
    typed::<approvals::ExecApprovalResolve>(session);
    typed::<approvals::ExecApprovalWaitDecision>(session);
    typed::<approvals::ExecApprovalsGet>(session);
    typed::<approvals::ExecApprovalsSet>(session);
    typed::<system::GatewayIdentityGet>(session);
    read_as::<system::Health, system::HealthSnapshot>(session);
    typed::<system::LastHeartbeat>(session);
    typed::<models::ModelsAuthLogin>(session);
    typed::<models::ModelsAuthLogout>(session);
    typed::<models::ModelsAuthStatus>(session);
    typed::<models::ModelsList>(session);
    typed::<models::ModelsProbe>(session);
    typed::<approvals::OpenclawApprovalList>(session);
    typed::<approvals::PluginApprovalList>(session);
    typed::<approvals::QuestionList>(session);
    typed::<system::Status>(session);
    typed::<system::SystemEvent>(session);
    read_as::<system::SystemPresence, Vec<system::PresenceEntry>>(session);
    typed::<tools::ToolsCatalog>(session);
    typed::<tools::ToolsEffective>(session);
    typed::<tools::ToolsInvoke>(session);
    typed::<system::SystemInfo>(session);
}
