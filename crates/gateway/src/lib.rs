//! The gateway as a library: sockets in, frames out.
//!
//! Bytes → frame → principal → method → service → event → bytes, one direction;
//! inner layers never name outer ones.
//!
//! | folder | owns |
//! |---|---|
//! | [`wire`] | the listener, HTTP, the handshake, one task per connection |
//! | [`rpc`] | from a parsed request to exactly one answer |
//! | [`methods`] | one file per method, named after it |
//! | [`schemas`] | the JSON Schemas of all of that, as the program carries them |
//! | [`hub`] | who is connected, fan-out of events |
//! | [`devices`] | device identities, pairing, tokens, setup codes |
//! | [`desktop`] | desktop apps that are attached, and the cookies of their windows |
//! | [`canvas`] | pages that agents write and nodes show |
//! | [`auth`] | the shared secret and how often it may be guessed |
//! | [`sessions`], [`runs`] | conversations; from a message to its answer |
//! | [`agents`], [`models`], [`tools`], [`approvals`], [`usage`] | who answers, with what, doing what, spending what |
//! | [`assistant`] | slash commands, and answers while no model is connected |
//! | [`voicewake`], [`skills`] | words that wake devices; what skills call |
//! | [`ui`] | the files of the web app |
//! | [`wizard`] | first-time setup |
//! | [`service`], [`starts`], [`doctor`], [`diagnostics`] | who keeps the gateway running, how it went, what is wrong, what to send |
//! | [`metrics`] | figures for a monitoring system |
//! | [`tailscale`] | the owner's tailnet: who is in it, showing the gateway there |
//! | [`discovery`] | being found on the local network, and finding |
//! | [`presence`], [`health`], [`system`], [`logs`], [`wake`] | what the gateway tells about itself |
//! | [`tls`] | the certificate of the gateway's port |
//! | [`remote`] | from where it is reached |
//! | [`update`], [`restart`] | newer releases; starting again |
//! | [`config`], [`secrets`], [`store`] | what lasts |
//! | [`import`] | what other gateways of the ecosystem left |
//! | [`backup`] | all of that in one archive, and back |
//!
//! Start with [`start`]. Everything from outside comes in
//! [`options::Options`]; there are no globals.

/// Target of the spans that traces are made of. Nothing but an exporter asks for
/// it, and what nobody asks for costs nothing.
pub const TRACE_TARGET: &str = "postern_trace";

pub mod agents;
pub mod approvals;
pub mod assistant;
pub mod auth;
mod background;
pub mod backup;
mod boot;
pub mod canvas;
pub mod config;
pub mod desktop;
pub mod devices;
pub mod diagnostics;
pub mod discovery;
pub mod doctor;
pub mod gateway;
pub mod health;
pub mod hub;
pub mod import;
pub mod logs;
pub mod methods;
pub mod metrics;
pub mod models;
pub mod nodes;
pub mod options;
mod packed;
pub mod presence;
pub mod private;
pub mod program;
pub mod remote;
pub mod restart;
pub mod rpc;
pub mod runs;
pub mod schemas;
pub mod secrets;
pub mod service;
pub mod sessions;
pub mod settings;
pub mod skills;
pub mod starts;
pub mod state_folder;
pub mod store;
pub mod system;
pub mod tailscale;
pub mod tasks;
pub mod tls;
pub mod tools;
pub mod ui;
pub mod update;
pub mod usage;
pub mod voicewake;
pub mod wake;
pub mod wire;
pub mod wizard;

pub use boot::{AGENT_MARKER, StartError, start};
pub use gateway::Running;
pub use options::{Clock, Host, Limits, Options, Paths};
pub use wire::rescue::rescue;
