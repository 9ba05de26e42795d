//! Reading logs that grow, move, shrink and are no text.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

use proptest::prelude::*;

use super::*;

struct Folder {
    dir: tempfile::TempDir,
}

impl Folder {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("p.log")
    }

    fn append(&self, text: impl AsRef<[u8]>) {
        let mut file = fs::OpenOptions::new().create(true).append(true).open(self.path()).unwrap();
        file.write_all(text.as_ref()).unwrap();
    }

    /// Gives the newest file the number 1, as the writer does.
    fn turn(&self) {
        for number in (1..70).rev() {
            drop(fs::rename(older(&self.path(), number), older(&self.path(), number + 1)));
        }
        fs::rename(self.path(), older(&self.path(), 1)).unwrap();
    }

    fn ask(&self, cursor: Option<u64>, mark: Option<&str>) -> Piece {
        self.read(&Ask { cursor, mark, lines: 500, bytes: 250_000 })
    }

    fn read(&self, ask: &Ask<'_>) -> Piece {
        super::read(&self.path(), ask).unwrap()
    }
}

#[test]
fn new_lines_only_and_never_half_of_one() {
    let log = Folder::new();
    assert_eq!(log.ask(None, None), Piece::default());
    assert!(log.ask(Some(7), None).reset);
    log.append("one\ntwo\nthr");
    let first = log.ask(None, None);
    assert_eq!((first.lines.as_slice(), first.cursor, first.size), (["one".into(), "two".into()].as_slice(), 8, 11));
    assert!(!first.truncated && !first.reset);
    for mark in [None, Some(first.mark.as_str())] {
        let next = log.ask(Some(8), mark);
        assert_eq!((next.lines.len(), next.cursor), (0, 8));
    }
    log.append("ee — größer\n");
    for mark in [None, Some(first.mark.as_str())] {
        let next = log.ask(Some(8), mark);
        assert_eq!((next.lines.as_slice(), next.cursor), (["three — größer".to_owned()].as_slice(), next.size));
    }
    // A cursor that nobody gave begins with the next line.
    assert_eq!(log.ask(Some(5), None).lines, ["three — größer"]);
    // From the beginning on.
    assert_eq!(log.ask(Some(0), None).lines.len(), 3);
}

#[test]
fn what_does_not_fit_is_skipped_without_a_mark_and_kept_with_one() {
    let log = Folder::new();
    for number in 0..100 {
        log.append(format!("line {number:03}\n"));
    }
    let newest = log.read(&Ask { cursor: None, mark: None, lines: 3, bytes: 1_000 });
    assert_eq!(newest.lines, ["line 097", "line 098", "line 099"]);
    assert!(newest.truncated && newest.cursor == newest.size);
    let few_bytes = log.read(&Ask { cursor: None, mark: None, lines: 500, bytes: 20 });
    assert_eq!(few_bytes.lines, ["line 098", "line 099"]);
    let skipped = log.read(&Ask { cursor: Some(9), mark: None, lines: 500, bytes: 20 });
    assert_eq!(skipped.lines, ["line 098", "line 099"]);
    assert!(skipped.truncated && !skipped.reset);

    let (mut seen, mut cursor) = (Vec::new(), 0);
    let mark = newest.mark;
    loop {
        let piece = log.read(&Ask { cursor: Some(cursor), mark: Some(&mark), lines: 7, bytes: 50 });
        assert!(!piece.truncated && !piece.reset);
        if piece.lines.is_empty() {
            break;
        }
        assert!(piece.lines.len() <= 5);
        seen.extend(piece.lines);
        cursor = piece.cursor;
    }
    assert_eq!(seen, (0..100).map(|number| format!("line {number:03}")).collect::<Vec<_>>());
}

#[test]
fn a_new_file_is_followed_from_the_rest_of_the_old_one() {
    let log = Folder::new();
    log.append("a1\na2\n");
    let start = log.ask(None, None);
    log.append("a3\n");
    log.turn();
    log.append("b1\n");
    log.turn();
    log.append("c1\nc2\n");
    let piece = log.ask(Some(start.cursor), Some(&start.mark));
    assert_eq!(piece.lines, ["a3", "b1", "c1", "c2"]);
    assert!(!piece.reset && piece.cursor == piece.size);
    assert_eq!(log.ask(Some(piece.cursor), Some(&piece.mark)).lines.len(), 0);
    // In small steps the cursor stays in the file that it is of.
    let (mut cursor, mut mark, mut seen) = (start.cursor, start.mark.clone(), Vec::new());
    while seen.len() < 4 {
        let piece = log.read(&Ask { cursor: Some(cursor), mark: Some(&mark), lines: 1, bytes: 250_000 });
        (cursor, mark) = (piece.cursor, piece.mark);
        assert_eq!(piece.lines.len(), 1);
        seen.extend(piece.lines);
    }
    assert_eq!(seen, ["a3", "b1", "c1", "c2"]);
    assert_eq!(log.ask(Some(0), Some("oldest")).lines, ["a1", "a2", "a3", "b1", "c1", "c2"]);
    // Without a mark: told that it is another file, once it is shorter.
    let piece = log.ask(Some(9), None);
    assert!(piece.reset && piece.lines == ["c1", "c2"]);
    // The old one is gone.
    for number in 1..=2 {
        fs::remove_file(older(&log.path(), number)).unwrap();
    }
    let piece = log.ask(Some(start.cursor), Some(&start.mark));
    assert!(piece.reset && piece.lines == ["c1", "c2"]);
}

#[test]
fn a_file_that_stopped_in_the_middle_of_a_line_is_read_to_its_end() {
    let log = Folder::new();
    log.append("a1\n");
    let start = log.ask(None, None);
    log.append("a2 was cut");
    log.turn();
    log.append("b1\n");
    let piece = log.ask(Some(start.cursor), Some(&start.mark));
    assert_eq!(piece.lines, ["a2 was cut", "b1"]);
}

#[test]
fn a_file_that_began_empty_or_was_cut_off() {
    let log = Folder::new();
    log.append("");
    let empty = log.ask(None, None);
    assert_eq!((empty.cursor, empty.mark.as_str()), (0, ""));
    log.append("one\n");
    assert_eq!(log.ask(Some(0), Some("")).lines, ["one"]);
    let piece = log.ask(Some(0), Some(""));
    fs::write(log.path(), "").unwrap();
    assert!(log.ask(Some(piece.cursor), Some(&piece.mark)).reset);
    assert!(log.ask(Some(piece.cursor), None).reset);
}

#[test]
fn lines_longer_than_an_answer_do_not_stop_the_reader() {
    let log = Folder::new();
    log.append(format!("a\n{}\nb\n", "ä".repeat(200_000)));
    let mark = log.ask(None, None).mark;
    let (mut cursor, mut lengths) = (0, Vec::new());
    for _ in 0..3 {
        let piece = log.read(&Ask { cursor: Some(cursor), mark: Some(&mark), lines: 1, bytes: 1_001 });
        lengths.push(piece.lines[0].chars().count());
        assert!(!piece.lines[0].contains('\u{fffd}'));
        cursor = piece.cursor;
    }
    assert_eq!(lengths, [1, 501, 1]);
    let newest = log.read(&Ask { cursor: None, mark: None, lines: 5, bytes: 1_000 });
    assert_eq!(newest.lines, ["b"]);
    log.append(format!("{}\n", "x".repeat(5_000)));
    let newest = log.read(&Ask { cursor: None, mark: None, lines: 5, bytes: 100 });
    assert!(newest.truncated && newest.lines.len() == 1 && newest.lines[0].starts_with('…'), "{newest:?}");
    assert_eq!(newest.cursor, newest.size);
}

#[cfg(unix)]
#[test]
fn links_and_folders_are_not_read() {
    let log = Folder::new();
    let other = log.dir.path().join("secret");
    fs::write(&other, "secret\n").unwrap();
    std::os::unix::fs::symlink(&other, log.path()).unwrap();
    let ask = Ask { cursor: None, mark: None, lines: 5, bytes: 100 };
    assert!(super::read(&log.path(), &ask).unwrap_err().to_string().contains("not a regular file"));
    fs::remove_file(log.path()).unwrap();
    fs::create_dir(log.path()).unwrap();
    assert!(super::read(&log.path(), &ask).is_err());
    fs::remove_dir(log.path()).unwrap();
    log.append("fine\n");
    std::os::unix::fs::symlink(&other, older(&log.path(), 1)).unwrap();
    assert!(super::read(&log.path(), &Ask { cursor: Some(1), mark: Some("0000"), ..ask }).is_err());
}

proptest! {
    /// Whatever is written, in whatever pieces, and however often a new file is begun: a reader that gives back
    /// cursor and mark sees every line once, in order.
    #[test]
    fn every_line_once(
        steps in prop::collection::vec((0_u8..8, "[a-zäß€ ]{0,40}"), 1..60),
        lines in 1_usize..6,
        bytes in 150_usize..400,
    ) {
        let log = Folder::new();
        log.append("first\n");
        let (mut cursor, mut mark) = (0, log.ask(None, None).mark);
        let (mut written, mut seen) = (vec!["first".to_owned()], Vec::new());
        let catch_up = |cursor: &mut u64, mark: &mut String, seen: &mut Vec<String>, rounds: usize| {
            for _ in 0..rounds {
                let piece = log.read(&Ask { cursor: Some(*cursor), mark: Some(mark), lines, bytes });
                assert!(!piece.reset && !piece.truncated, "{piece:?}");
                assert!(piece.lines.len() <= lines);
                (*cursor, *mark) = (piece.cursor, piece.mark);
                seen.extend(piece.lines);
            }
        };
        for (number, (what, text)) in steps.iter().enumerate() {
            match what {
                0 if log.path().exists() => log.turn(),
                1 | 2 => catch_up(&mut cursor, &mut mark, &mut seen, 1),
                _ => {
                    // A number, because the writer's lines begin with a time.
                    let line = format!("{number} {text}");
                    let half = line.floor_char_boundary(line.len() / 2);
                    log.append(&line[..half]);
                    if *what == 3 {
                        catch_up(&mut cursor, &mut mark, &mut seen, 1);
                    }
                    log.append(format!("{}\n", &line[half..]));
                    written.push(line);
                }
            }
        }
        catch_up(&mut cursor, &mut mark, &mut seen, 200);
        prop_assert_eq!(seen, written);
    }
}
