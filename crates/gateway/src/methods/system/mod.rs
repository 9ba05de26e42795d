//! Methods under `system.`.

mod info;
