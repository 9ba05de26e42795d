//! Methods under `gateway.restart.`.

mod preflight;
mod request;
