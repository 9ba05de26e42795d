//! README.md promises what is there: exit codes, variables, recipes and the configuration it shows.

use std::fs;
use std::process::{Command, Output};

use super::source_tree::{read, root};

/// Runs the program with a state folder that holds this configuration.
fn postern(arguments: &[&str], configuration: &str) -> Output {
    let state = tempfile::tempdir().expect("a temporary folder");
    fs::write(state.path().join("postern.json"), configuration).expect("a writable folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_postern"));
    command.env_clear().env("POSTERN_STATE_DIR", state.path()).env("POSTERN_CREDENTIALS", "file");
    command.args(arguments).output().expect("the program runs")
}

#[test]
fn exit_codes_and_variables_of_the_help_stand_in_the_readme() {
    let help = String::from_utf8(postern(&["--help"], "{}").stdout).expect("UTF-8");
    let readme = read("README.md");
    let (_, codes) = help.split_once("Exit codes:\n").expect("the long help lists the exit codes");
    let codes =
        codes.lines().map_while(|line| line.trim().split_once("  ")).map(|(code, text)| format!("| {code} | {text} |"));
    let variables =
        help.split(|c: char| !(c.is_ascii_uppercase() || c == '_')).filter(|word| word.starts_with("POSTERN_"));
    let promised: Vec<String> = codes.chain(variables.map(str::to_owned)).collect();
    assert!(promised.len() > 20, "the help was not read: {promised:?}");
    let missing: Vec<_> = promised.iter().filter(|text| !readme.contains(text.as_str())).collect();
    assert!(missing.is_empty(), "README.md lacks: {missing:#?}");
}

#[test]
fn recipes_named_in_the_documents_exist() {
    let makefile = read("Makefile");
    for document in ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md"] {
        let text = read(document);
        let commands = text.split(['`', '\n']).filter_map(|piece| piece.strip_prefix("make "));
        let recipes: Vec<_> = commands.filter_map(|rest| rest.split_whitespace().next()).collect();
        let missing: Vec<_> = recipes.iter().filter(|name| !makefile.contains(&format!("\n{name}: ## "))).collect();
        assert!(missing.is_empty(), "{document} names recipes that the Makefile lacks: {missing:?}");
    }
}

/// Whatever is shown as configuration can be taken as it is.
#[test]
fn every_configuration_shown_is_valid() {
    let folder = fs::read_dir(root().join("docs")).expect("the documents");
    let names = folder.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let documents = names.filter(|name| name.ends_with(".md")).map(|name| format!("docs/{name}"));
    let mut checked = 0;
    for document in documents.chain(["README.md".to_owned()]) {
        for (line, shown) in configurations(&read(&document)) {
            let output = postern(&["config", "validate"], &shown);
            let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success() && !said.contains("warning"), "{document}, line {line}: {said}");
            checked += 1;
        }
    }
    assert!(checked >= 8, "only {checked} were found");
}

/// Every block of JSON5, with its line; also one that is not said to be.
fn configurations(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        let Some(kind) = line.strip_prefix("```") else { continue };
        let block: String = lines
            .by_ref()
            .map(|(_, line)| line)
            .take_while(|line| *line != "```")
            .map(|line| format!("{line}\n"))
            .collect();
        if kind == "json5" || (kind.is_empty() && block.starts_with('{')) {
            found.push((at + 1, block));
        }
    }
    found
}
