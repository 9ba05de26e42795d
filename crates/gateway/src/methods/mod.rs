//! One file per method, named after it: `device/pair/list.rs` is
//! `device.pair.list`. This table is the only list there is; dispatch, schemas,
//! hello-ok and docs are made from it.

mod agent;
mod agents;
mod backup;
mod chat;
mod commands;
mod config;
mod connect;
mod desktop;
mod device;
mod diagnostics;
mod doctor;
mod environments;
mod exec;
mod gateway;
mod health;
mod import;
mod last_heartbeat;
mod logs;
mod models;
pub(crate) mod node;
mod openclaw;
mod plugin;
mod question;
mod remote;
mod service;
mod sessions;
mod skills;
mod status;
mod system;
mod system_event;
mod system_presence;
mod tailscale;
mod talk;
mod tools;
mod update;
mod usage;
mod voicewake;
mod wizard;

use crate::rpc::{MethodDef, method};
use postern_protocol::backup as wire_backup;
use postern_protocol::canvas as wire_canvas;
use postern_protocol::logs as wire_logs;
use postern_protocol::{
    agents as wire_agents, approvals as wire_approvals, chat as wire_chat, desktop as wire_desktop,
    models as wire_models, nodes as wire_nodes, pairing, remote as wire_remote, sessions as wire_sessions,
    system as wire_system, tailscale as wire_tailscale, tools as wire_tools, update as wire_update,
    usage as wire_usage, wizard as wire_wizard,
};
use postern_protocol::{config as wire_config, restart as wire_restart};
use postern_protocol::{doctor as wire_doctor, service as wire_service};
use postern_protocol::{
    environments as wire_environments, skills as wire_skills, talk as wire_talk, voicewake as wire_voicewake,
};

/// Every method, by name.
pub static METHODS: &[MethodDef] = &[
    method::<wire_chat::Agent>(),
    method::<wire_agents::AgentIdentityGet>(),
    method::<wire_chat::AgentWait>(),
    method::<wire_agents::AgentsCreate>(),
    method::<wire_agents::AgentsDelete>(),
    method::<wire_agents::AgentsFilesGet>(),
    method::<wire_agents::AgentsFilesList>(),
    method::<wire_agents::AgentsFilesSet>(),
    method::<wire_agents::AgentsList>(),
    method::<wire_agents::AgentsUpdate>(),
    method::<wire_backup::BackupCreate>(),
    method::<wire_backup::BackupList>(),
    method::<wire_backup::BackupRead>(),
    method::<wire_backup::BackupRemove>(),
    method::<wire_backup::BackupRestore>(),
    method::<wire_backup::BackupUpload>(),
    method::<wire_backup::BackupVerify>(),
    method::<wire_chat::ChatAbort>(),
    method::<wire_chat::ChatHistory>(),
    method::<wire_chat::ChatInject>(),
    method::<wire_chat::ChatMessageGet>(),
    method::<wire_chat::ChatMetadata>(),
    method::<wire_chat::ChatSend>(),
    method::<wire_chat::ChatStartup>(),
    method::<wire_agents::CommandsList>(),
    method::<wire_config::ConfigApply>(),
    method::<wire_config::ConfigGet>(),
    method::<wire_config::ConfigOpenFile>(),
    method::<wire_config::ConfigPatch>(),
    method::<wire_config::ConfigRestore>(),
    method::<wire_config::ConfigSchema>(),
    method::<wire_config::ConfigSchemaLookup>(),
    method::<wire_config::ConfigSet>(),
    method::<wire_config::ConfigVersions>(),
    method::<connect::Connect>(),
    method::<wire_desktop::DesktopAttach>(),
    method::<wire_desktop::DesktopGet>(),
    method::<wire_desktop::DesktopSet>(),
    method::<wire_desktop::DesktopUpdate>(),
    method::<pairing::DevicePairApprove>(),
    method::<pairing::DevicePairList>(),
    method::<pairing::DevicePairReject>(),
    method::<pairing::DevicePairRemove>(),
    method::<pairing::DevicePairRename>(),
    method::<pairing::DevicePairSetupCode>(),
    method::<pairing::DevicePairSetupStatus>(),
    method::<pairing::DeviceScopesRequestUpgrade>(),
    method::<pairing::DeviceScopesWaitUpgrade>(),
    method::<pairing::DeviceTokenRevoke>(),
    method::<pairing::DeviceTokenRotate>(),
    method::<wire_doctor::DiagnosticsBundle>(),
    method::<wire_doctor::DoctorFix>(),
    method::<wire_doctor::DoctorRun>(),
    method::<wire_environments::EnvironmentsList>(),
    method::<wire_environments::EnvironmentsStatus>(),
    method::<wire_approvals::ExecApprovalGet>(),
    method::<wire_approvals::ExecApprovalList>(),
    method::<wire_approvals::ExecApprovalRequest>(),
    method::<wire_approvals::ExecApprovalResolve>(),
    method::<wire_approvals::ExecApprovalWaitDecision>(),
    method::<wire_approvals::ExecApprovalsGet>(),
    method::<wire_approvals::ExecApprovalsNodeGet>(),
    method::<wire_approvals::ExecApprovalsNodeSet>(),
    method::<wire_approvals::ExecApprovalsSet>(),
    method::<wire_system::GatewayIdentityGet>(),
    method::<wire_restart::GatewayRestartPreflight>(),
    method::<wire_restart::GatewayRestartRequest>(),
    method::<wire_system::Health>(),
    method::<wire_backup::ImportOpenclaw>(),
    method::<wire_system::LastHeartbeat>(),
    method::<wire_logs::LogsTail>(),
    method::<wire_models::ModelsAuthLogin>(),
    method::<wire_models::ModelsAuthLogout>(),
    method::<wire_models::ModelsAuthStatus>(),
    method::<wire_models::ModelsList>(),
    method::<wire_models::ModelsProbe>(),
    method::<wire_nodes::NodeDescribe>(),
    method::<wire_nodes::NodeEvent>(),
    method::<wire_nodes::NodeInvoke>(),
    method::<wire_nodes::NodeInvokeSend>(),
    method::<wire_nodes::NodeInvokeProgress>(),
    method::<wire_nodes::NodeInvokeReport>(),
    method::<wire_nodes::NodeList>(),
    method::<wire_nodes::NodePairApprove>(),
    method::<wire_nodes::NodePairList>(),
    method::<wire_nodes::NodePairReject>(),
    method::<wire_nodes::NodePairRemove>(),
    method::<wire_nodes::NodePairRequest>(),
    method::<wire_nodes::NodePairVerify>(),
    method::<wire_canvas::NodePluginSurfaceRefresh>(),
    method::<wire_nodes::NodePendingAck>(),
    method::<wire_nodes::NodePendingDrain>(),
    method::<wire_nodes::NodePendingEnqueue>(),
    method::<wire_nodes::NodePendingPull>(),
    method::<wire_nodes::NodeRename>(),
    method::<wire_approvals::OpenclawApprovalList>(),
    method::<wire_approvals::PluginApprovalList>(),
    method::<wire_canvas::PluginSurfaceRefresh>(),
    method::<wire_approvals::QuestionList>(),
    method::<wire_remote::RemoteStatus>(),
    method::<wire_service::ServiceStatus>(),
    method::<wire_chat::SessionsAbort>(),
    method::<wire_sessions::SessionsCompact>(),
    method::<wire_sessions::SessionsCreate>(),
    method::<wire_sessions::SessionsDelete>(),
    method::<wire_sessions::SessionsDescribe>(),
    method::<wire_sessions::SessionsGet>(),
    method::<wire_sessions::SessionsGroupsList>(),
    method::<wire_sessions::SessionsList>(),
    method::<wire_sessions::SessionsMessagesSubscribe>(),
    method::<wire_sessions::SessionsMessagesUnsubscribe>(),
    method::<wire_sessions::SessionsObserverVisibility>(),
    method::<wire_sessions::SessionsPatch>(),
    method::<wire_sessions::SessionsPatchMany>(),
    method::<wire_sessions::SessionsPreview>(),
    method::<wire_chat::SessionsRecover>(),
    method::<wire_sessions::SessionsReset>(),
    method::<wire_sessions::SessionsResolve>(),
    method::<wire_sessions::SessionsSearch>(),
    method::<wire_chat::SessionsSend>(),
    method::<wire_chat::SessionsSteer>(),
    method::<wire_sessions::SessionsSubscribe>(),
    method::<wire_sessions::SessionsUnsubscribe>(),
    method::<wire_usage::SessionsUsage>(),
    method::<wire_usage::SessionsUsageLogs>(),
    method::<wire_usage::SessionsUsageTimeseries>(),
    method::<wire_sessions::SessionsViewersSet>(),
    method::<wire_skills::SkillsBins>(),
    method::<wire_system::Status>(),
    method::<wire_system::SystemEvent>(),
    method::<wire_system::SystemPresence>(),
    method::<wire_tailscale::TailscaleSet>(),
    method::<wire_tailscale::TailscaleStatus>(),
    method::<wire_talk::TalkConfig>(),
    method::<wire_talk::TalkMode>(),
    method::<wire_tools::ToolsCatalog>(),
    method::<wire_tools::ToolsEffective>(),
    method::<wire_tools::ToolsInvoke>(),
    method::<wire_system::SystemInfo>(),
    method::<wire_update::UpdateCheck>(),
    method::<wire_update::UpdateHold>(),
    method::<wire_update::UpdateRevert>(),
    method::<wire_update::UpdateRun>(),
    method::<wire_update::UpdateStatus>(),
    method::<wire_usage::Usage>(),
    method::<wire_usage::UsageCost>(),
    method::<wire_usage::UsageOverride>(),
    method::<wire_usage::UsageStatus>(),
    method::<wire_voicewake::VoiceWakeGet>(),
    method::<wire_voicewake::VoiceWakeRoutingGet>(),
    method::<wire_voicewake::VoiceWakeRoutingSet>(),
    method::<wire_voicewake::VoiceWakeSet>(),
    method::<wire_wizard::WizardCancel>(),
    method::<wire_wizard::WizardNext>(),
    method::<wire_wizard::WizardStart>(),
    method::<wire_wizard::WizardStatus>(),
];
