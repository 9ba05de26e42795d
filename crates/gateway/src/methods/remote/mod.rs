//! `remote.*`: reaching the gateway from elsewhere.

mod status;
