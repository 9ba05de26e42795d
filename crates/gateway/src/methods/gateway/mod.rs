//! Methods under `gateway.`.

mod identity;
