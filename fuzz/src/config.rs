//! The configuration file is edited by hand and by programs: whatever it holds, it is read, or refused
//! with problems that say where; never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use postern_gateway::config::{self, ConfigProblem};

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let read = config::parse(text);
    assert_eq!(read, config::parse(text), "read two ways");
    if let Err(problems) = read {
        assert!(!problems.is_empty(), "refused without a reason");
        // JSON5 knows four characters that end a line.
        let lines = text.split(['\n', '\r', '\u{2028}', '\u{2029}']).count();
        problems.iter().for_each(|problem| check(problem, lines));
    }
});

fn check(problem: &ConfigProblem, lines: usize) {
    let shown = problem.to_string();
    // Every problem of the contents has a line; the check against the schema must be the one that finds it.
    let line = problem.line.unwrap_or_else(|| panic!("a problem without its line: {shown}"));
    assert!((1..=lines).contains(&line), "{shown}: the file has {lines} lines");
    assert!(!problem.message.is_empty());
}
