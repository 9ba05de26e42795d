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
use postern_protocol::system as wire;

/// Every method, by name.
pub static METHODS: &[MethodDef] = &[
    method::<connect::Connect>(),
    method::<wire::GatewayIdentityGet>(),
    method::<wire::Health>(),
    method::<wire::LastHeartbeat>(),
    method::<wire::Status>(),
    method::<wire::SystemEvent>(),
    method::<wire::SystemInfo>(),
    method::<wire::SystemPresence>(),
];
