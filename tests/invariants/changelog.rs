//! CHANGELOG.md is written with the change, not at release time.

use super::source_tree::read;

#[test]
fn the_changelog_starts_with_unreleased() {
    let text = read("CHANGELOG.md");
    let first = text.lines().find(|line| line.starts_with("## "));
    assert_eq!(
        first,
        Some("## [Unreleased]"),
        "the first section of CHANGELOG.md must be `## [Unreleased]`: add it above the version just released"
    );
    let entries = text.split("\n## ").nth(1).map_or(0, |section| section.matches("\n- ").count());
    let released = text.matches("\n## ").count() > 1;
    assert!(entries > 0 || released, "CHANGELOG.md tells users nothing: write what changed under `## [Unreleased]`");
}
