//! Sockets in, frames out: the listener, HTTP, and one task per connection.

mod api;
mod canvas;
pub mod conn;
mod desktop;
pub mod http;
pub mod listener;
mod metrics;
pub mod peer;
pub mod preauth;
pub mod quiet;
pub mod refused_proxies;
pub mod rescue;
mod secure;
pub mod socket;
mod ui;
pub mod upgrade;
