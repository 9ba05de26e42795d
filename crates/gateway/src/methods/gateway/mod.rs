//! Methods under `gateway.`.

mod identity;
mod restart;
