//! Clients switch on codes: every code and close reason of the tables in `crates/protocol` must occur in a test.

use super::source_tree::{Source, read, sources};

const ERRORS: &str = "crates/protocol/src/error.rs";
const CLOSES: &str = "crates/protocol/src/close.rs";

/// Codes that nothing sends yet, each with what will. Entries leave this list with the feature; none is added.
const NOT_SENT_YET: &[(&str, &str)] = &[("NotLinked", "messaging channels"), ("AgentTimeout", "agent runs")];

/// `(Variant, WIRE_WORD)` of every `Self::Variant => "WIRE_WORD"`.
fn codes(table: &str) -> Vec<(&str, &str)> {
    let arms = table.lines().filter_map(|line| line.trim().strip_prefix("Self::")?.split_once(" => \""));
    arms.filter_map(|(variant, word)| Some((variant, word.strip_suffix("\",")?))).collect()
}

/// `(constructor, text)` of every close reason; the text is empty where the caller gives it.
fn close_reasons(table: &str) -> Vec<(&str, &str)> {
    let constructors = table.split("    pub fn ").skip(1).filter(|body| body.contains("-> Self {"));
    constructors
        .filter_map(|body| Some((body.split_once('(')?.0, body.split('"').nth(1).unwrap_or_default())))
        .collect()
}

fn files_outside(paths: &[&str]) -> Vec<Source> {
    let files = ["crates", "tests"].into_iter().flat_map(sources);
    files
        .filter(|file| !paths.contains(&file.path.as_str()) && file.path != "tests/invariants/error_codes.rs")
        .collect()
}

#[test]
fn every_error_code_occurs_in_a_test() {
    let table = read(ERRORS);
    let codes = codes(&table);
    assert!(codes.len() > 20, "{ERRORS}: the table was not found, only {codes:?}");
    // The tests of the table itself prove the spelling, not that anybody sends the code.
    let files = files_outside(&[ERRORS]);
    let complaints: Vec<String> = codes.iter().filter_map(|code| complaint(&files, *code)).collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

fn complaint(files: &[Source], (variant, word): (&str, &str)) -> Option<String> {
    let (path, quoted) = (format!("Code::{variant}"), format!("{word}\""));
    let waits = NOT_SENT_YET.iter().any(|(name, _)| *name == variant);
    let mut server = files.iter().filter(|file| file.path.starts_with("crates/gateway/"));
    let sent = server.any(|file| names_path(file.without_tests(), &path));
    let tested = files.iter().any(|file| names_path(file.tests(), &path) || file.tests().contains(&quoted));
    match (waits, sent, tested) {
        (true, false, _) | (false, _, true) => None,
        (true, true, _) => Some(format!("{word} is sent now: take {variant} out of NOT_SENT_YET and test it")),
        (false, _, false) => {
            Some(format!("{word} occurs in no test: provoke it in tests/suite and assert on the code"))
        }
    }
}

#[test]
fn every_close_reason_occurs_in_a_test() {
    let table = read(CLOSES);
    let reasons = close_reasons(&table);
    assert!(reasons.len() > 8, "{CLOSES}: the table was not found, only {reasons:?}");
    let files = files_outside(&[]);
    let found =
        |tests: &str, name: &str, text: &str| tests.contains(name) || (!text.is_empty() && tests.contains(text));
    let tested = |(name, text): &&(&str, &str)| files.iter().any(|file| found(file.tests(), name, text));
    let missing: Vec<_> = reasons.iter().filter(|reason| !tested(reason)).collect();
    assert!(
        missing.is_empty(),
        "no test names these close reasons or their texts: {missing:?}; provoke each and assert on code and text"
    );
}

/// Whether `path` stands in the text as a whole word, so that `Code::Auth` is not found in `Code::AuthRequired`.
fn names_path(text: &str, path: &str) -> bool {
    text.match_indices(path).any(|(at, _)| !text[at + path.len()..].starts_with(|c: char| c.is_alphanumeric()))
}

#[test]
fn the_tables_are_read_as_written() {
    assert_eq!(
        codes("  Self::NotPaired => \"NOT_PAIRED\",\n Self::A | Self::B => Self::C,"),
        [("NotPaired", "NOT_PAIRED")]
    );
    let table =
        "    pub fn full() -> Self {\n Self::new(1013, \"busy\", true)\n }\n    pub fn text(&self) -> &str { \"x\" }";
    assert_eq!(close_reasons(table), [("full", "busy")]);
    assert!(names_path("Code::Auth)", "Code::Auth") && !names_path("Code::AuthRequired", "Code::Auth"));
}
