//! Methods under `service.`.

mod status;
