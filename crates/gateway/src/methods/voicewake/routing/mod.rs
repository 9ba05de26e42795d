//! `voicewake.routing.*`: which conversation a word begins.

mod get;
mod set;
