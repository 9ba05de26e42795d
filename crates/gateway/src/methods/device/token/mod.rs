//! Methods under `device.token.`.

mod revoke;
mod rotate;
