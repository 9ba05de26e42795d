//! The program from outside: real process, real sockets, one topic per file.

mod handshake;
mod handshake_params;
mod first_frame;
mod handshake_refusals;
mod device_proof;
mod schemas;
mod wire_frames;
mod pairing;
mod pairing_decisions;
mod upgrades;
mod metadata;
mod tokens;
mod dispatch;
mod two_stage;
mod setup_codes;
mod revocation;
mod rate_limit;
mod events;
mod presence;
mod health;
mod status;
