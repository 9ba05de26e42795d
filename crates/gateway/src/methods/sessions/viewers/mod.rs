//! Methods under `sessions.viewers.`.

mod set;
