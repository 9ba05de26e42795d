//! Methods under `device.scopes.`.

mod request_upgrade;
mod wait_upgrade;
