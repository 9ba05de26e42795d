//! `postern bundle`: a zip archive for a bug report, with or without a gateway that runs.

use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use postern_gateway::diagnostics::bundle;
use postern_gateway::doctor::Doctor;
use postern_gateway::private;
use postern_protocol::call::Call as _;
use postern_protocol::system::Status;
use serde_json::{Value, json};

use super::Context;
use crate::args::BundleArgs;
use crate::exit::{Exit, Failure, Outcome};

pub(crate) async fn run(cx: &Context, args: &BundleArgs) -> Outcome {
    let doctor = Doctor::new(super::doctor::patient(cx).await);
    let bundle =
        bundle(&doctor, status(cx).await).await.map_err(|error| Failure::new(Exit::Failed, error.to_string()))?;
    let path = args.out.clone().unwrap_or_else(|| PathBuf::from(&bundle.name));
    write_new(&path, &bundle.archive)?;
    let shown = std::path::absolute(&path).unwrap_or(path);
    let document = json!({"file": shown, "bytes": bundle.archive.len(), "entries": bundle.entries});
    cx.output.answer(&document, || {
        let mut lines = vec![format!("{} ({} KB)", shown.display(), bundle.archive.len().div_ceil(1_000))];
        lines.extend(bundle.entries.iter().map(|entry| format!("  {:>9}  {}", entry.size, entry.name)));
        lines.push("without secrets and conversations; look through it before you pass it on".to_owned());
        Ok(lines.join("\n"))
    })
}

/// What a gateway that runs says; a bundle is wanted most when none does.
async fn status(cx: &Context) -> Option<Value> {
    let gateway = cx.connect().await.ok()?;
    let answer = gateway.call(Status::NAME, json!({})).await.ok();
    gateway.close().await;
    let mut answer = answer?;
    let status = answer.as_object_mut()?;
    status.remove("sessions");
    status.remove("queuedSystemEvents");
    Some(answer)
}

/// Never in place of another file, and for this user alone.
fn write_new(path: &Path, archive: &[u8]) -> Outcome {
    let new = private::options().write(true).create_new(true).open(path);
    let written = new.and_then(|mut file| file.write_all(archive).and_then(|()| file.sync_all()));
    written.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => Failure::new(Exit::Failed, format!("{} exists already", path.display()))
            .hint("name another file with --out"),
        _ => Failure::new(Exit::Failed, format!("{}: {error}", path.display())),
    })
}
