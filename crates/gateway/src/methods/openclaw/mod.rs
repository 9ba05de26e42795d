//! Methods under `openclaw.`.

mod approval;
