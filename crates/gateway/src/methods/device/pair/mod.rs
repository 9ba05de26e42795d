//! Methods under `device.pair.`.

mod approve;
mod list;
mod reject;
mod remove;
mod rename;
mod setup_code;
mod setup_status;
