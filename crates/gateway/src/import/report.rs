//! What was taken and what was left, by kind of thing.

use std::path::Path;

use postern_protocol::backup::{ImportArea, ImportLeft, ImportReport};

/// Lines of one kind that are told; more are counted.
const MOST: usize = 200;
/// The kinds, in the order in which they are told.
const AREAS: [&str; 9] =
    ["config", "workspaces", "sessions", "devices", "keys", "approvals", "cron", "other", "agents"];

/// A report that grows.
#[derive(Debug, Default)]
pub(super) struct Report {
    areas: Vec<ImportArea>,
}

impl Report {
    fn area(&mut self, name: &str) -> &mut ImportArea {
        let index = self.areas.iter().position(|area| area.area == name).unwrap_or_else(|| {
            self.areas.push(ImportArea { area: name.to_owned(), ..ImportArea::default() });
            self.areas.len() - 1
        });
        &mut self.areas[index]
    }

    pub(super) fn took(&mut self, area: &str, what: impl Into<String>) {
        let area = self.area(area);
        if area.took.len() < MOST {
            area.took.push(what.into());
        }
    }

    pub(super) fn left(&mut self, area: &str, what: impl Into<String>, why: impl Into<String>) {
        let area = self.area(area);
        if area.left.len() < MOST {
            area.left.push(ImportLeft { what: what.into(), why: why.into() });
        }
    }

    pub(super) fn already(&mut self, area: &str) {
        self.area(area).already += 1;
    }

    pub(super) fn finish(mut self, from: &Path, dry_run: bool) -> ImportReport {
        let place = |area: &ImportArea| AREAS.iter().position(|name| *name == area.area).unwrap_or(AREAS.len());
        self.areas.sort_by_key(place);
        let changed = self.areas.iter().any(|area| !area.took.is_empty());
        ImportReport {
            from: from.display().to_string(),
            dry_run,
            areas: self.areas,
            needs_restart: changed && !dry_run,
        }
    }
}
