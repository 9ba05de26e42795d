//! Methods under `sessions.observer.`.

mod visibility;
