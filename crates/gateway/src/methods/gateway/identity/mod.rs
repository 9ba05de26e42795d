//! Methods under `gateway.identity.`.

mod get;
