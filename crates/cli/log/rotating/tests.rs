//! The file under everything that can happen to it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use super::*;

/// Moves only with [`advance`]; one for each test, since each is a process of its own or takes turns.
static NOW: AtomicI64 = AtomicI64::new(1_767_225_600_000);

fn now() -> i64 {
    // The files have real times, so the clock starts in their future.
    NOW.load(Ordering::SeqCst).max(crate::env::now_ms())
}

fn keep(file_bytes: u64) -> LogKeep {
    LogKeep { file_bytes, files: 3, age: Duration::from_secs(14 * 86_400), total_bytes: 4_000 }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

#[test]
fn old_lines_move_on_and_the_oldest_go() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("logs/p.log");
    let mut log = Rotating::new(Place::new(&path, keep(10)), crate::env::now_ms);
    assert!(!path.exists());
    for line in ["one-\n", "two-\n", "three\n", "four-\n", "five-\n", "six--\n", "seven-longer\n"] {
        log.write_all(line.as_bytes()).unwrap();
    }
    drop(log);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&folder.path().join("logs")), mode(&path)), (0o700, 0o600));
    }
    assert_eq!(read(&path), "seven-longer\n");
    assert_eq!(read(&older(&path, 1)), "six--\n");
    assert_eq!(read(&older(&path, 3)), "four-\n");
    assert!(!older(&path, 4).exists());
    // A later start goes on in the same file until it is full.
    let mut again = Rotating::new(Place::new(&path, keep(100)), crate::env::now_ms);
    again.write_all(b"x\n").unwrap();
    assert_eq!(read(&path), "seven-longer\nx\n");
}

/// What others were restarted by: 46 GB of log. Here all files together stay below their bound, also those of before.
#[test]
fn a_folder_full_of_old_files_becomes_small() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.log");
    for number in 1..=400 {
        fs::write(older(&path, number), "x".repeat(900)).unwrap();
    }
    // Sparse, so that it costs nothing here.
    File::create(&path).unwrap().set_len(46_000_000_000).unwrap();
    let mut log = Rotating::new(Place::new(&path, keep(1_000)), crate::env::now_ms);
    let size = || {
        let files = fs::read_dir(folder.path()).unwrap().flatten();
        files.map(|file| file.metadata().unwrap().len()).sum::<u64>()
    };
    for _ in 0..500 {
        log.write_all(&[&[b'y'; 49], b"\n".as_slice()].concat()).unwrap();
        assert!(size() <= 4_000, "{}", size());
    }
    assert!(fs::read_dir(folder.path()).unwrap().count() <= 4);
}

#[test]
fn a_new_day_begins_a_new_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.log");
    let mut log = Rotating::new(Place::new(&path, keep(1_000)), now);
    log.write_all(b"today\n").unwrap();
    NOW.store(now() + DAY_MS, Ordering::SeqCst);
    log.write_all(b"tomorrow\n").unwrap();
    log.write_all(b"still\n").unwrap();
    assert_eq!((read(&path).as_str(), read(&older(&path, 1)).as_str()), ("tomorrow\nstill\n", "today\n"));
    // Old files go when they are too old, not only when there are too many.
    NOW.store(now() + 20 * DAY_MS, Ordering::SeqCst);
    log.write_all(b"later\n").unwrap();
    assert_eq!(keep::numbers(&path), [0; 0]);
    assert_eq!(read(&path), "later\n");
}

#[cfg(unix)]
#[test]
fn whatever_happens_to_the_file_the_next_lines_find_a_place() {
    use std::os::unix::fs::PermissionsExt as _;
    static CLOCK: AtomicI64 = AtomicI64::new(0);
    fn clock() -> i64 {
        // Two seconds pass between any two lines.
        crate::env::now_ms() + CLOCK.fetch_add(2_000, Ordering::SeqCst)
    }
    let folder = tempfile::tempdir().unwrap();
    let logs = folder.path().join("logs");
    let path = logs.join("p.log");
    let mut log = Rotating::new(Place::new(&path, keep(1_000)), clock);
    log.write_all(b"one\n").unwrap();
    fs::remove_file(&path).unwrap();
    log.write_all(b"two\n").unwrap();
    assert_eq!(read(&path), "two\n");
    fs::remove_dir_all(&logs).unwrap();
    log.write_all(b"three\n").unwrap();
    assert_eq!(read(&path), "three\n");
    // Another program that turns logs moves it away.
    fs::rename(&path, logs.join("moved")).unwrap();
    log.write_all(b"four\n").unwrap();
    assert_eq!((read(&path).as_str(), read(&logs.join("moved")).as_str()), ("four\n", "three\n"));
    // A link in its place is refused, and once it is gone lines come again.
    fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink(logs.join("moved"), &path).unwrap();
    assert!(log.write_all(b"five\n").unwrap_err().to_string().contains("not a regular file"));
    assert_eq!(read(&logs.join("moved")), "three\n");
    fs::remove_file(&path).unwrap();
    log.write_all(b"six\n").unwrap();
    assert_eq!(read(&path), "six\n");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    // A file where the folder should be.
    fs::remove_dir_all(&logs).unwrap();
    fs::write(&logs, "in the way").unwrap();
    assert!(log.write_all(b"seven\n").is_err());
    fs::remove_file(&logs).unwrap();
    log.write_all(b"eight\n").unwrap();
    assert_eq!(read(&path), "eight\n");
}

#[test]
fn another_place_is_used_from_the_next_line_on() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("one.log"), folder.path().join("other/two.log"));
    let place = Place::new(&one, keep(1_000));
    let mut log = Rotating::new(place.clone(), crate::env::now_ms);
    log.write_all(b"one\n").unwrap();
    place.set(&two, keep(5));
    log.write_all(b"two\n").unwrap();
    log.write_all(b"three\n").unwrap();
    assert_eq!((read(&one).as_str(), read(&two).as_str()), ("one\n", "three\n"));
    assert_eq!(read(&older(&two, 1)), "two\n");
}
