//! The program from outside: real process, real sockets, one topic per file.

mod agent_runs;
mod agents;
mod agents_files;
mod approvals;
mod approvals_rules;
mod approvals_runs;
mod auth;
mod auth_not_configured;
mod auth_secrets;
mod backup;
mod bind;
mod bundle;
mod canary;
mod canvas;
mod chat;
mod chat_abort;
mod chat_again;
mod chat_follow;
mod chat_queue;
mod chat_shown;
mod chat_tools;
mod cli;
mod cli_chat;
mod cli_config;
mod cli_devices;
mod cli_errors;
mod cli_nodes;
mod cli_talk;
mod config_crash;
mod config_file;
mod config_fuzz;
mod config_live;
mod config_page;
mod config_secret_references;
mod config_sources;
mod config_wire;
mod crash;
mod credentials;
mod desktop_sign_in;
mod desktop_window;
mod device_proof;
#[cfg(target_os = "linux")]
mod discovery;
mod disk;
mod dispatch;
mod doctor;
mod events;
mod faults;
mod faults_memory;
mod faults_secrets;
mod faults_streams;
mod first_frame;
mod handshake;
mod handshake_params;
mod handshake_refusals;
mod health;
mod history;
mod hostility;
mod http;
mod idempotency;
mod import;
mod limits;
mod listening;
mod lock;
mod logs;
mod logs_strangers;
mod logs_tail;
mod metadata;
mod metrics;
mod models;
mod node_events;
#[cfg(unix)]
mod node_host;
#[cfg(unix)]
mod node_host_browser;
#[cfg(unix)]
mod node_host_gateway;
#[cfg(unix)]
mod node_host_life;
#[cfg(target_os = "linux")]
mod node_host_media;
#[cfg(target_os = "linux")]
mod node_host_service;
mod node_invoke;
#[cfg(target_os = "linux")]
mod node_network;
mod nodes;
mod nodes_granted;
mod origins;
mod otel;
mod pairing;
mod pairing_decisions;
mod pairing_networks;
mod presence;
mod profiles;
mod proxies;
mod rate_limit;
mod remote;
mod restore;
mod revocation;
mod roles;
mod run_crash;
mod run_crash_polite;
mod run_disk;
mod schemas;
mod scopes;
mod scopes_granted;
#[cfg(target_os = "linux")]
mod service;
mod service_files;
mod sessions;
mod sessions_changes;
mod sessions_keys;
mod sessions_watched;
mod setup_codes;
mod shutdown;
mod slow_consumer;
mod starts;
mod state_rights;
mod status;
#[cfg(unix)]
mod tailscale;
#[cfg(unix)]
mod tailscale_identity;
mod tls;
mod tls_files;
mod tokens;
mod tool_faults;
mod trusted_proxy;
#[cfg(target_os = "linux")]
mod trusted_proxy_nginx;
#[cfg(target_os = "linux")]
mod tunnel;
mod two_stage;
mod ui_files;
mod ui_questions;
mod update;
mod update_crash;
mod update_trial;
mod upgrades;
mod usage;
mod voicewake;
mod wake;
mod wire_frames;
mod wizard;
mod wizard_cli;
