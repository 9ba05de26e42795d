//! Pictures and videos of nodes. They go to files that only this user may read,
//! never to a terminal.

use std::fmt;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use postern_gateway::private;
use postern_gateway::secrets::Secret;
use serde_json::{Value, json};

use crate::exit::{Exit, Failure, Outcome};
use crate::output::printable;

/// A picture or video that was written down.
pub(super) struct Kept {
    path: PathBuf,
    bytes: usize,
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}  ({} bytes)", printable(&self.path.to_string_lossy()), self.bytes)
    }
}

/// Writes the picture or video of an answer to a file and puts the file's path in
/// its place; nothing when there is none in it.
pub(super) fn keep(answer: &mut Value, command: &str, out: Option<&Path>) -> Outcome<Option<Kept>> {
    let Some(payload) = answer["payload"].as_object_mut() else { return none(out) };
    let (Some(Value::String(format)), true) = (payload.get("format").cloned(), payload.contains_key("base64")) else {
        return none(out);
    };
    let text = match payload.remove("base64") {
        Some(Value::String(text)) => text,
        _ => return Err(unreadable(command)),
    };
    let content = STANDARD.decode(text.trim()).map_err(|_| unreadable(command))?;
    let path = match out {
        Some(path) => {
            private::write(path, &content).map_err(|error| unwritable(path, &error))?;
            path.to_owned()
        }
        None => fresh(command, &format, &content)?,
    };
    payload.insert("path".to_owned(), json!(path.to_string_lossy()));
    payload.insert("bytes".to_owned(), json!(content.len()));
    // The same text once more, picture and all.
    answer["payloadJSON"] = Value::Null;
    Ok(Some(Kept { path, bytes: content.len() }))
}

/// Somebody who wants a file is told that there is none.
fn none(out: Option<&Path>) -> Outcome<Option<Kept>> {
    match out {
        None => Ok(None),
        Some(path) => Err(Failure::new(
            Exit::Failed,
            format!("the node sent no picture or video, so {} was not written", printable(&path.to_string_lossy())),
        )),
    }
}

fn fresh(command: &str, format: &str, content: &[u8]) -> Outcome<PathBuf> {
    let word = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).take(8).collect::<String>();
    let ending = match word(format).to_ascii_lowercase() {
        ending if ending.is_empty() => "bin".to_owned(),
        ending => ending,
    };
    let name = format!("postern-{}-{}.{ending}", command.replace('.', "-"), &Secret::random().expose()[..12]);
    let path = std::env::temp_dir().join(name);
    let mut file =
        private::options().write(true).create_new(true).open(&path).map_err(|error| unwritable(&path, &error))?;
    file.write_all(content).map_err(|error| unwritable(&path, &error))?;
    Ok(path)
}

fn unreadable(command: &str) -> Failure {
    Failure::new(
        Exit::Failed,
        format!("the node's answer to {} holds no readable picture or video", printable(command)),
    )
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(Exit::Failed, format!("{}: {error}", printable(&path.to_string_lossy())))
        .hint("--out FILE names another place")
}
