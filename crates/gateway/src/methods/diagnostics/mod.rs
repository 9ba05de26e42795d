//! Methods under `diagnostics.`.

mod bundle;
