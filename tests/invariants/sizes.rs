//! A file holds one topic: at most 500 lines without its tests. (Functions are clippy's business: `clippy.toml`.)

use super::source_tree::{Source, sources};

const MAX_LINES: usize = 500;

/// Files that are longer, each with the length it may not exceed. Entries leave this list; none is added.
const EXCEPTIONS: &[(&str, usize)] = &[];

fn complaint(file: &Source, exceptions: &[(&str, usize)]) -> Option<String> {
    let lines = file.without_tests().lines().count();
    let excepted = exceptions.iter().find(|(path, _)| *path == file.path).map(|(_, most)| *most);
    match excepted {
        Some(_) if lines <= MAX_LINES => Some(format!("{}: fits now, so take it out of EXCEPTIONS", file.path)),
        Some(most) if lines < most => Some(format!("{}: shrank, so write {lines} for {most}", file.path)),
        Some(most) if lines == most => None,
        None if lines <= MAX_LINES => None,
        _ => Some(format!("{}: {lines} lines without tests", file.path)),
    }
}

#[test]
fn no_file_is_longer_than_500_lines() {
    let files: Vec<Source> = ["crates", "bench", "tests"].into_iter().flat_map(sources).collect();
    let complaints: Vec<String> = files.iter().filter_map(|file| complaint(file, EXCEPTIONS)).collect();
    assert!(
        complaints.is_empty(),
        "{}\nSplit a long file by meaning (a folder with a mod.rs), never into `_part2`; long tests go to `NAME/tests.rs`.",
        complaints.join("\n")
    );
    let gone = EXCEPTIONS.iter().find(|(path, _)| !files.iter().any(|file| file.path == *path));
    assert!(gone.is_none(), "{gone:?} is not in the repository any more: take it out of EXCEPTIONS");
}

#[test]
fn the_exception_list_only_shrinks() {
    let file = |lines: usize| Source { path: "crates/a.rs".into(), text: "x\n".repeat(lines) };
    let listed = &[("crates/a.rs", 600)][..];
    assert_eq!(complaint(&file(500), &[]), None);
    assert_eq!(complaint(&file(501), &[]).as_deref(), Some("crates/a.rs: 501 lines without tests"));
    assert_eq!(complaint(&file(600), listed), None);
    assert_eq!(complaint(&file(601), listed).as_deref(), Some("crates/a.rs: 601 lines without tests"));
    assert_eq!(complaint(&file(590), listed).as_deref(), Some("crates/a.rs: shrank, so write 590 for 600"));
    assert_eq!(complaint(&file(500), listed).as_deref(), Some("crates/a.rs: fits now, so take it out of EXCEPTIONS"));
}
