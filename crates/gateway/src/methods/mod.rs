//! One file per method, named after it: `device/pair/list.rs` is
//! `device.pair.list`. This table is the only list there is; dispatch, schemas,
//! hello-ok and docs are made from it.

mod connect;
mod device;
mod gateway;
mod health;
mod last_heartbeat;
mod status;
mod system;
mod system_event;
mod system_presence;

use crate::rpc::{MethodDef, method};
use postern_protocol::{pairing, system as wire};

/// Every method, by name.
pub static METHODS: &[MethodDef] = &[
    method::<connect::Connect>(),
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
    method::<wire::GatewayIdentityGet>(),
    method::<wire::Health>(),
    method::<wire::LastHeartbeat>(),
    method::<wire::Status>(),
    method::<wire::SystemEvent>(),
    method::<wire::SystemInfo>(),
    method::<wire::SystemPresence>(),
];
