//! Methods under `device.`.
