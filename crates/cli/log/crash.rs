//! What a panic leaves behind: a file with what happened and where, without
//! secrets, and a line in the log. Few files are kept, and a request that panics
//! again and again does not fill the disk.

use std::any::Any;
use std::backtrace::Backtrace;
use std::fs;
use std::io::{self, Write as _};
use std::panic::PanicHookInfo;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use postern_gateway::logs::{Redactor, iso_time};
use postern_gateway::private;
use serde_json::{Value, json};

use crate::env::now_ms;

/// Files that are kept.
const KEPT: usize = 10;
/// Files that one process writes; afterwards the log has to do.
const MOST: u32 = 20;
/// Longest message and backtrace, bytes.
const MOST_TEXT: usize = 64 * 1024;

/// From now on panics of this process are written down in `folder`.
pub(super) fn watch(folder: &Path, redactor: Redactor) {
    let (folder, written) = (folder.to_owned(), AtomicU32::new(0));
    std::panic::set_hook(Box::new(move |info| report(&folder, &redactor, &written, info)));
}

fn report(folder: &Path, redactor: &Redactor, written: &AtomicU32, info: &PanicHookInfo<'_>) {
    let message = redactor.redact(words(info.payload())).into_owned();
    let location = info.location().map(ToString::to_string).unwrap_or_default();
    let thread = std::thread::current().name().unwrap_or_default().to_owned();
    let place = (written.fetch_add(1, Ordering::AcqRel) < MOST).then(|| {
        let backtrace = Backtrace::force_capture().to_string();
        let crash = json!({
            "time": iso_time(now_ms()),
            "version": env!("CARGO_PKG_VERSION"),
            "pid": std::process::id(),
            "thread": thread,
            "location": location,
            "message": cut(&message),
            "backtrace": cut(&redactor.redact(&backtrace)),
        });
        write(folder, now_ms(), &crash)
    });
    match place {
        Some(Ok(file)) => tracing::error!(location, thread, file = %file.display(), "Panicked: {message}"),
        Some(Err(error)) => tracing::error!(location, thread, %error, "Panicked: {message}"),
        None => tracing::error!(location, thread, "Panicked again: {message}"),
    }
}

fn words(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&'static str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("(no message)")
}

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(MOST_TEXT)]
}

fn write(folder: &Path, now_ms: i64, crash: &Value) -> io::Result<PathBuf> {
    private::make_folder(folder)?;
    prune(folder)?;
    let stamp = iso_time(now_ms).replace(':', "-");
    // Two in one millisecond have names of their own.
    let names = (0..KEPT).map(|number| match number {
        0 => format!("crash-{stamp}.json"),
        number => format!("crash-{stamp}-{number}.json"),
    });
    let mut last = io::Error::from(io::ErrorKind::AlreadyExists);
    for name in names {
        let path = folder.join(name);
        match private::options().write(true).create_new(true).open(&path) {
            Ok(mut file) => return file.write_all(format!("{crash:#}\n").as_bytes()).map(|()| path),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Makes room for one more.
fn prune(folder: &Path) -> io::Result<()> {
    let is_crash =
        |name: &str| name.starts_with("crash-") && Path::new(name).extension().is_some_and(|end| end == "json");
    let names = fs::read_dir(folder)?.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(|name| is_crash(name)).collect();
    // Times in their names sort as text.
    names.sort();
    let surplus = (names.len() + 1).saturating_sub(KEPT);
    names.iter().take(surplus).try_for_each(|name| fs::remove_file(folder.join(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_files_are_kept_and_the_oldest_go() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("postern.log"), "x").unwrap();
        for number in 0..15 {
            let path = write(folder.path(), number / 2, &json!({"number": number})).unwrap();
            assert!(path.file_name().unwrap().to_str().unwrap().starts_with("crash-1970-01-01T00-00-00.00"));
        }
        let mut names: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names.len(), KEPT + 1, "{names:?}");
        let newest = fs::read_to_string(folder.path().join("crash-1970-01-01T00-00-00.007Z.json")).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&newest).unwrap()["number"], 14);
    }

    #[test]
    fn messages_of_every_kind() {
        assert_eq!(words(&"text"), "text");
        assert_eq!(words(&"owned".to_owned()), "owned");
        assert_eq!(words(&7_u8), "(no message)");
        assert_eq!(cut(&"ä".repeat(MOST_TEXT)).len(), MOST_TEXT);
    }
}
