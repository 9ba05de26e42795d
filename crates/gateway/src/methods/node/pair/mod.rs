//! Methods under `node.pair.`.

mod approve;
mod list;
mod reject;
mod remove;
mod request;
mod verify;
