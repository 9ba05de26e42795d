//! Sockets in, frames out: the listener, HTTP, and one task per connection.

pub mod conn;
pub mod holder;
pub mod http;
pub mod listener;
pub mod peer;
pub mod preauth;
pub mod quiet;
pub mod socket;
pub mod upgrade;
