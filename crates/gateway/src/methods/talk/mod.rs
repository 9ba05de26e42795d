//! `talk.*`: voice conversations.

mod config;
mod mode;
