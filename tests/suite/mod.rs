//! The program from outside: real process, real sockets, one topic per file.

mod handshake;
mod handshake_params;
