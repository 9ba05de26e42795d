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

use crate::rpc::export::MethodTypes;
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

/// Makes of one list the table of methods and the table of their types. Only the schema tests look at the second one,
/// so that nothing which makes schemas from types is in the program.
macro_rules! tables {
    ($($call:ty,)*) => {
        /// Every method, by name.
        pub static METHODS: &[MethodDef] = &[$(method::<$call>(),)*];
        /// What their params and results are made of, in the same order.
        pub static METHOD_TYPES: &[MethodTypes] = &[$(MethodTypes::of::<$call>(),)*];
    };
}

tables! {
    wire_chat::Agent,
    wire_agents::AgentIdentityGet,
    wire_chat::AgentWait,
    wire_agents::AgentsCreate,
    wire_agents::AgentsDelete,
    wire_agents::AgentsFilesGet,
    wire_agents::AgentsFilesList,
    wire_agents::AgentsFilesSet,
    wire_agents::AgentsList,
    wire_agents::AgentsUpdate,
    wire_backup::BackupCreate,
    wire_backup::BackupList,
    wire_backup::BackupRead,
    wire_backup::BackupRemove,
    wire_backup::BackupRestore,
    wire_backup::BackupUpload,
    wire_backup::BackupVerify,
    wire_chat::ChatAbort,
    wire_chat::ChatHistory,
    wire_chat::ChatInject,
    wire_chat::ChatMessageGet,
    wire_chat::ChatMetadata,
    wire_chat::ChatSend,
    wire_chat::ChatStartup,
    wire_agents::CommandsList,
    wire_config::ConfigApply,
    wire_config::ConfigGet,
    wire_config::ConfigOpenFile,
    wire_config::ConfigPatch,
    wire_config::ConfigRestore,
    wire_config::ConfigSchema,
    wire_config::ConfigSchemaLookup,
    wire_config::ConfigSet,
    wire_config::ConfigVersions,
    connect::Connect,
    wire_desktop::DesktopAttach,
    wire_desktop::DesktopGet,
    wire_desktop::DesktopSet,
    wire_desktop::DesktopUpdate,
    pairing::DevicePairApprove,
    pairing::DevicePairList,
    pairing::DevicePairReject,
    pairing::DevicePairRemove,
    pairing::DevicePairRename,
    pairing::DevicePairSetupCode,
    pairing::DevicePairSetupStatus,
    pairing::DeviceScopesRequestUpgrade,
    pairing::DeviceScopesWaitUpgrade,
    pairing::DeviceTokenRevoke,
    pairing::DeviceTokenRotate,
    wire_doctor::DiagnosticsBundle,
    wire_doctor::DoctorFix,
    wire_doctor::DoctorRun,
    wire_environments::EnvironmentsList,
    wire_environments::EnvironmentsStatus,
    wire_approvals::ExecApprovalGet,
    wire_approvals::ExecApprovalList,
    wire_approvals::ExecApprovalRequest,
    wire_approvals::ExecApprovalResolve,
    wire_approvals::ExecApprovalWaitDecision,
    wire_approvals::ExecApprovalsGet,
    wire_approvals::ExecApprovalsNodeGet,
    wire_approvals::ExecApprovalsNodeSet,
    wire_approvals::ExecApprovalsSet,
    wire_system::GatewayIdentityGet,
    wire_restart::GatewayRestartPreflight,
    wire_restart::GatewayRestartRequest,
    wire_system::Health,
    wire_backup::ImportOpenclaw,
    wire_system::LastHeartbeat,
    wire_logs::LogsTail,
    wire_models::ModelsAuthLogin,
    wire_models::ModelsAuthLogout,
    wire_models::ModelsAuthStatus,
    wire_models::ModelsList,
    wire_models::ModelsProbe,
    wire_nodes::NodeDescribe,
    wire_nodes::NodeEvent,
    wire_nodes::NodeInvoke,
    wire_nodes::NodeInvokeSend,
    wire_nodes::NodeInvokeProgress,
    wire_nodes::NodeInvokeReport,
    wire_nodes::NodeList,
    wire_nodes::NodePairApprove,
    wire_nodes::NodePairList,
    wire_nodes::NodePairReject,
    wire_nodes::NodePairRemove,
    wire_nodes::NodePairRequest,
    wire_nodes::NodePairVerify,
    wire_canvas::NodePluginSurfaceRefresh,
    wire_nodes::NodePendingAck,
    wire_nodes::NodePendingDrain,
    wire_nodes::NodePendingEnqueue,
    wire_nodes::NodePendingPull,
    wire_nodes::NodeRename,
    wire_approvals::OpenclawApprovalList,
    wire_approvals::PluginApprovalList,
    wire_canvas::PluginSurfaceRefresh,
    wire_approvals::QuestionList,
    wire_remote::RemoteStatus,
    wire_service::ServiceStatus,
    wire_chat::SessionsAbort,
    wire_sessions::SessionsCompact,
    wire_sessions::SessionsCreate,
    wire_sessions::SessionsDelete,
    wire_sessions::SessionsDescribe,
    wire_sessions::SessionsGet,
    wire_sessions::SessionsGroupsList,
    wire_sessions::SessionsList,
    wire_sessions::SessionsMessagesSubscribe,
    wire_sessions::SessionsMessagesUnsubscribe,
    wire_sessions::SessionsObserverVisibility,
    wire_sessions::SessionsPatch,
    wire_sessions::SessionsPatchMany,
    wire_sessions::SessionsPreview,
    wire_chat::SessionsRecover,
    wire_sessions::SessionsReset,
    wire_sessions::SessionsResolve,
    wire_sessions::SessionsSearch,
    wire_chat::SessionsSend,
    wire_chat::SessionsSteer,
    wire_sessions::SessionsSubscribe,
    wire_sessions::SessionsUnsubscribe,
    wire_usage::SessionsUsage,
    wire_usage::SessionsUsageLogs,
    wire_usage::SessionsUsageTimeseries,
    wire_sessions::SessionsViewersSet,
    wire_skills::SkillsBins,
    wire_system::Status,
    wire_system::SystemEvent,
    wire_system::SystemPresence,
    wire_tailscale::TailscaleSet,
    wire_tailscale::TailscaleStatus,
    wire_talk::TalkConfig,
    wire_talk::TalkMode,
    wire_tools::ToolsCatalog,
    wire_tools::ToolsEffective,
    wire_tools::ToolsInvoke,
    wire_system::SystemInfo,
    wire_update::UpdateCheck,
    wire_update::UpdateHold,
    wire_update::UpdateRevert,
    wire_update::UpdateRun,
    wire_update::UpdateStatus,
    wire_usage::Usage,
    wire_usage::UsageCost,
    wire_usage::UsageOverride,
    wire_usage::UsageStatus,
    wire_voicewake::VoiceWakeGet,
    wire_voicewake::VoiceWakeRoutingGet,
    wire_voicewake::VoiceWakeRoutingSet,
    wire_voicewake::VoiceWakeSet,
    wire_wizard::WizardCancel,
    wire_wizard::WizardNext,
    wire_wizard::WizardStart,
    wire_wizard::WizardStatus,
}
