//! Aligned tables for people, and ids cut to what tells them apart.

use comfy_table::presets::NOTHING;

use crate::output::printable;

/// Fewest characters of an id that are shown.
const SHORTEST: usize = 8;

/// Rows under a header, aligned, without lines.
pub(crate) struct Table(comfy_table::Table);

impl Table {
    /// A table with these columns.
    pub(crate) fn new<const N: usize>(header: [&str; N]) -> Self {
        let mut table = comfy_table::Table::new();
        table.load_style(NOTHING).set_header(header);
        Self(table)
    }

    /// Adds a row; `-` stands for what is not known.
    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.0.add_row(cells.map(|cell| if cell.is_empty() { "-".to_owned() } else { printable(&cell) }));
    }

    /// The lines, each indented by two, without trailing spaces.
    pub(crate) fn render(mut self) -> String {
        for column in self.0.column_iter_mut() {
            column.set_padding((2, 0));
        }
        self.0.trim_fmt()
    }
}

/// How many characters of these ids must be shown so that no two look the same.
/// What is shown can be typed back as the start of an id.
pub(crate) fn distinct_length<'a>(ids: impl IntoIterator<Item = &'a str>) -> usize {
    let mut ids: Vec<&str> = ids.into_iter().collect();
    ids.sort_unstable();
    ids.dedup();
    let shared = ids.windows(2).map(|pair| common_start(pair[0], pair[1])).max();
    shared.map_or(SHORTEST, |shared| SHORTEST.max(shared + 1))
}

fn common_start(one: &str, other: &str) -> usize {
    one.chars().zip(other.chars()).take_while(|(a, b)| a == b).count()
}

/// The first `length` characters.
pub(crate) fn cut(id: &str, length: usize) -> String {
    id.chars().take(length).collect()
}

/// A key's fingerprint in groups of eight, for comparing with another screen.
pub(crate) fn grouped(fingerprint: &str) -> String {
    let characters: Vec<char> = fingerprint.chars().collect();
    let groups: Vec<String> = characters.chunks(8).map(|group| group.iter().collect()).collect();
    groups.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_no_line_ends_in_spaces() {
        let mut table = Table::new(["ID", "NAME", "ROLE"]);
        table.row(["56475aa7".into(), "desk".into(), "operator".into()]);
        table.row(["01".into(), String::new(), "a\u{1b}[31m".into()]);
        assert_eq!(
            table.render(),
            "  ID        NAME  ROLE\n  56475aa7  desk  operator\n  01        -     a\u{fffd}[31m"
        );
    }

    #[test]
    fn ids_are_cut_only_as_far_as_they_stay_distinct() {
        assert_eq!(distinct_length(["aaaaaaaaaaaa", "bbbbbbbbbbbb"]), 8);
        assert_eq!(distinct_length(["aaaaaaaaaa01", "aaaaaaaaaa02", "c"]), 12);
        assert_eq!(distinct_length(["same", "same"]), 8);
        assert_eq!(distinct_length([]), 8);
        assert_eq!(cut("56475aa75463474c", 8), "56475aa7");
        assert_eq!(cut("ab", 8), "ab");
        assert_eq!(grouped("56475aa75463474c02"), "56475aa7 5463474c 02");
    }
}
