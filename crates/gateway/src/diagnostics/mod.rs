//! A bundle of facts for a bug report: one zip archive of bounded size, without
//! secrets and without anything that was said. Every text in it goes through the
//! [`Redactor`](crate::logs::Redactor), whatever has redacted it before.

mod parts;

use std::io::{self, Cursor, Write as _};

use postern_protocol::doctor::{DiagnosticsBundleEntry, DoctorReport};
use zip::write::SimpleFileOptions;

use crate::doctor::{Doctor, DoctorError, Patient};
use crate::store::{DatabaseFacts, examine};

/// Bytes of one text before compression.
const MOST_OF_ONE: usize = 2 * 1024 * 1024;
/// Bytes of all of them: an archive is smaller than this, whatever is in it.
const MOST: usize = 8 * 1024 * 1024;

/// What happened instead of a bundle.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The doctor failed.
    #[error(transparent)]
    Doctor(#[from] DoctorError),
    /// The archive could not be made.
    #[error("the bundle could not be made: {0}")]
    Io(#[from] io::Error),
}

/// The archive and what is inside.
pub struct Bundle {
    /// A name for the file.
    pub name: String,
    /// The archive.
    pub archive: Vec<u8>,
    /// What is inside.
    pub entries: Vec<DiagnosticsBundleEntry>,
}

/// Makes a bundle. `status` is what a gateway that runs says about itself.
///
/// # Errors
/// [`BundleError`]; that something is broken is what it reports, and no error.
pub async fn bundle(doctor: &Doctor, status: Option<serde_json::Value>) -> Result<Bundle, BundleError> {
    let report = doctor.run(None).await?;
    let database = doctor.patient().paths.database();
    let facts = if database.exists() {
        examine(&database).await.map_err(|error| error.to_string())
    } else {
        Ok(DatabaseFacts::default())
    };
    let doctor = doctor.clone();
    let made = tokio::task::spawn_blocking(move || make(doctor.patient(), &report, &facts, status));
    Ok(made.await.map_err(io::Error::other)??)
}

fn make(
    patient: &Patient,
    report: &DoctorReport,
    facts: &Result<DatabaseFacts, String>,
    status: Option<serde_json::Value>,
) -> io::Result<Bundle> {
    patient.learn_secrets();
    let mut archive = Archive::new();
    for (name, text) in parts::all(patient, report, facts, status) {
        archive.add(&name, &patient.redactor.redact(&text))?;
    }
    let when = jiff::Timestamp::from_millisecond(patient.clock.now_ms()).unwrap_or_default();
    let name = format!("postern-bundle-{}.zip", when.strftime("%Y%m%d-%H%M%S"));
    let (archive, entries) = archive.finish()?;
    Ok(Bundle { name, archive, entries })
}

struct Archive {
    zip: zip::ZipWriter<Cursor<Vec<u8>>>,
    entries: Vec<DiagnosticsBundleEntry>,
    room: usize,
}

impl Archive {
    fn new() -> Self {
        Self { zip: zip::ZipWriter::new(Cursor::new(Vec::new())), entries: Vec::new(), room: MOST }
    }

    /// Adds a text, or its end when it is too long: what happened last tells most.
    fn add(&mut self, name: &str, text: &str) -> io::Result<()> {
        let text = end_of(text, MOST_OF_ONE.min(self.room));
        self.room -= text.len();
        self.zip.start_file(name, SimpleFileOptions::default()).map_err(io::Error::other)?;
        self.zip.write_all(text.as_bytes())?;
        self.entries.push(DiagnosticsBundleEntry { name: name.to_owned(), size: text.len() as u64 });
        Ok(())
    }

    fn finish(self) -> io::Result<(Vec<u8>, Vec<DiagnosticsBundleEntry>)> {
        let archive = self.zip.finish().map_err(io::Error::other)?;
        Ok((archive.into_inner(), self.entries))
    }
}

fn end_of(text: &str, most: usize) -> &str {
    let from = text.len().saturating_sub(most);
    let from = (from..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    &text[from..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_has_an_end() {
        let mut archive = Archive::new();
        for number in 0..9 {
            archive.add(&format!("{number}.txt"), &"ä".repeat(MOST_OF_ONE)).unwrap();
        }
        let (bytes, entries) = archive.finish().unwrap();
        assert!(entries.iter().map(|entry| entry.size).sum::<u64>() <= MOST as u64);
        assert!(bytes.len() < MOST);
        assert_eq!(end_of("abä", 1), "");
        assert_eq!(end_of("abä", 3), "bä");
    }
}
