//! The client against a gateway that does exactly what a test tells it, over
//! real sockets on this machine.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod calls;
mod events;
mod gateway;
mod handshake;
mod reconnect;
mod refusals;
mod tls;
mod tokens;
