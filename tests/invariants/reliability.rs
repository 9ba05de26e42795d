//! `docs/reliability.md` promises tests by name; a promise whose test is gone is none.

use super::source_tree::read;

/// Where a name of the document leads, and the function it means.
fn place(name: &str) -> (String, &str) {
    let (file, test) = name.rsplit_once("::").unwrap_or((name, ""));
    let path = if file.contains('/') { file.to_owned() } else { format!("tests/suite/{file}.rs") };
    (path, test)
}

#[test]
fn every_named_test_exists() {
    let document = read("docs/reliability.md");
    let names: Vec<&str> = document.split('`').skip(1).step_by(2).filter(|name| name.contains("::")).collect();
    let names: Vec<&str> = names.into_iter().filter(|name| *name != "file::test").collect();
    assert!(names.len() > 40, "only {} names were found", names.len());
    let missing: Vec<&str> = names
        .into_iter()
        .filter(|name| {
            let (path, test) = place(name);
            !read(&path).contains(&format!("fn {test}("))
        })
        .collect();
    assert!(missing.is_empty(), "docs/reliability.md names tests that do not exist: {}", missing.join(", "));
}
