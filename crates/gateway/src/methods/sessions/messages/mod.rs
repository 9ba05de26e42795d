//! Methods under `sessions.messages.`.

mod subscribe;
mod unsubscribe;
