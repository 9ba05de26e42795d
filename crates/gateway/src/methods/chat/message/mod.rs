//! Methods under `chat.message.`.

mod get;
