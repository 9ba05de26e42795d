//! The configuration file is edited by hand and by programs: whatever it holds, it is read or refused with problems, never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let _ = postern_gateway::config::parse(text);
});
