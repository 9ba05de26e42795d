//! Methods under `gateway.`.

mod identity_get;
