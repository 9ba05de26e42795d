//! Devices, pairing requests, device tokens and setup codes
//! (`methods.md §7`, `handshake.md §8`).

mod device;
mod request;
mod scopes;
mod setup;
mod token;

pub use device::*;
pub use request::*;
pub use scopes::*;
pub use setup::*;
pub use token::*;
