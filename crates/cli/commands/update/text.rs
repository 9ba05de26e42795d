//! Updates in words.

use std::sync::atomic::{AtomicU64, Ordering};

use postern_gateway::update::Progress;
use postern_protocol::system::Nullable;
use postern_protocol::update::{
    UpdateMode, UpdateOffer, UpdateOutcome, UpdatePhase, UpdateRunChanged, UpdateSlot, UpdateStatusResult, UpdateStep,
};

use super::Context;
use crate::output::{ago, harmless, printable};

/// Lines of notes that are shown.
const MAX_NOTES: usize = 40;

pub(super) fn offer(offer: &UpdateOffer) -> String {
    let size = offer.size_bytes.map(|bytes| format!(", {}", size(bytes))).unwrap_or_default();
    let mut text = format!(
        "{} is there (channel {}{size}); {} runs",
        printable(&offer.latest_version),
        printable(&offer.channel),
        offer.current_version
    );
    for line in offer.notes.iter().flat_map(|notes| notes.lines()).take(MAX_NOTES) {
        text += &format!("\n  {}", harmless(line));
    }
    text
}

pub(super) fn status(status: &UpdateStatusResult, now_ms: i64) -> String {
    let slot = match status.current.slot {
        UpdateSlot::Installed => "as installed",
        UpdateSlot::A => "updated, slot a",
        UpdateSlot::B => "updated, slot b",
    };
    let mut lines = vec![format!("{:<11}  {} ({slot})", "version", status.current.version)];
    let mut fact = |name: &str, fact: String| lines.push(format!("{name:<11}  {fact}"));
    match (&status.update_available, &status.unavailable) {
        (Nullable::Value(offered), _) => fact("available", offer(offered)),
        (Nullable::Null, Some(reason)) => fact("updates", format!("none: {}", printable(reason))),
        (Nullable::Null, None) if status.last_checked_at_ms.is_some() => fact("available", "nothing newer".to_owned()),
        (Nullable::Null, None) => {}
    }
    if status.mode == UpdateMode::Slots && status.unavailable.is_none() {
        fact("channel", format!("{}, by itself: {}", printable(&status.channel), printable(&status.auto)));
    }
    if let Some(checked) = status.last_checked_at_ms {
        let problem = status.last_check_error.as_ref().map(|error| format!(", which failed: {}", printable(error)));
        fact("checked", format!("{}{}", ago(checked, now_ms), problem.unwrap_or_default()));
    }
    if status.hold {
        fact("hold", "updates are stopped; --unhold lets them happen".to_owned());
    }
    if let Some(previous) = &status.previous_version {
        fact("before", format!("{} (--revert goes back)", printable(previous)));
    }
    if let Nullable::Value(sentinel) = &status.sentinel {
        let what = match (sentinel.phase, sentinel.status) {
            (UpdatePhase::Staged, _) => "is staged; the next start tries it",
            (UpdatePhase::Trial | UpdatePhase::Reverting, _) => "is being tried",
            (_, UpdateOutcome::Ok) if sentinel.phase == UpdatePhase::Confirmed => "works",
            _ => "was not kept",
        };
        let reason = sentinel.reason.as_ref().map(|reason| format!(": {}", printable(reason))).unwrap_or_default();
        let version = if sentinel.phase == UpdatePhase::Reverted && sentinel.status == UpdateOutcome::Ok {
            &sentinel.from_version
        } else {
            &sentinel.to_version
        };
        fact("last update", format!("{} {what}{reason}, {}", printable(version), ago(sentinel.ts, now_ms)));
    }
    lines.join("\n")
}

pub(super) fn steps(steps: &[UpdateStep]) -> String {
    let line = |step: &UpdateStep| {
        let how = if step.ok { "ok" } else { "failed" };
        format!("  {:<9}  {how}  {} ms", printable(&step.name), step.duration_ms)
    };
    steps.iter().map(line).collect::<Vec<_>>().join("\n")
}

pub(super) fn progress(changed: &UpdateRunChanged) -> Option<String> {
    let (got, total) = (changed.downloaded_bytes?, changed.total_bytes?);
    (changed.phase == UpdatePhase::Downloaded).then(|| format!("  {} of {}", size(got), size(total)))
}

/// What was shown of a download, so that not every piece is a line.
#[derive(Debug, Default)]
pub(super) struct Shown(AtomicU64);

impl Shown {
    pub(super) fn show(&self, cx: &Context, progress: &Progress<'_>) {
        let tenth = progress.got.saturating_mul(10) / progress.size.max(1);
        if progress.phase == UpdatePhase::Downloaded && self.0.swap(tenth, Ordering::Relaxed) != tenth {
            cx.output.note(&format!("  {} of {}", size(progress.got), size(progress.size)));
        }
    }
}

fn size(bytes: u64) -> String {
    const KIB: u64 = 1024;
    match bytes {
        0..KIB => format!("{bytes} bytes"),
        KIB..0x10_0000 => format!("{} KiB", bytes / KIB),
        _ => format!("{}.{} MiB", bytes >> 20, ((bytes & 0xf_ffff) * 10) >> 20),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_naturally() {
        assert_eq!(
            [size(3), size(2_048), size(23 << 20), size((5 << 20) + (1 << 19))],
            ["3 bytes", "2 KiB", "23.0 MiB", "5.5 MiB"]
        );
    }

    #[test]
    fn notes_of_a_release_cannot_command_the_terminal() {
        let offered = UpdateOffer {
            current_version: "0.1.0".into(),
            latest_version: "0.2.0".into(),
            channel: "stable".into(),
            notes: Some("one\n\u{1b}[2Jtwo".into()),
            published_at_ms: None,
            size_bytes: Some(1 << 20),
        };
        assert_eq!(offer(&offered), "0.2.0 is there (channel stable, 1.0 MiB); 0.1.0 runs\n  one\n  \u{fffd}[2Jtwo");
    }
}
