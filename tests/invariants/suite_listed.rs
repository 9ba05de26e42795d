//! A test file without its `mod` line is never compiled, so it passes whatever it says.

use super::source_tree::{read, sources};

/// The `mod` lines that `folder/mod.rs` lacks.
fn forgotten(folder: &str) -> Vec<String> {
    let list = read(&format!("{folder}/mod.rs"));
    let listed = |name: &str| list.lines().any(|line| line.trim_start_matches("pub(crate) ") == format!("mod {name};"));
    let files = sources(folder);
    let names = files.iter().filter_map(|file| file.path.strip_prefix(&format!("{folder}/"))?.strip_suffix(".rs"));
    let mods = names.map(|name| name.strip_suffix("/mod").unwrap_or(name));
    mods.filter(|name| *name != "mod" && !name.contains('/') && !listed(name))
        .map(|name| format!("mod {name};"))
        .collect()
}

#[test]
fn every_test_file_is_compiled() {
    for folder in ["tests/suite", "tests/invariants", "tests/harness"] {
        let lines = forgotten(folder);
        assert!(lines.is_empty(), "add to {folder}/mod.rs: {}", lines.join(" "));
    }
}
