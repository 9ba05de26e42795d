//! The output of a command in bounded memory: its beginning, its end, and how much was left out between them.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::tool::Progress;

/// The shortest time between two reports of progress.
const REPORT_EVERY: Duration = Duration::from_millis(200);
/// Bytes kept for one report; what comes faster is not reported.
const MAX_REPORT_BYTES: usize = 4 * 1024;

/// What was kept.
#[derive(Debug)]
pub struct Captured {
    /// Beginning and end, with a note between them where something was left out.
    pub text: String,
    /// All bytes the command wrote.
    pub total: u64,
    /// Bytes that are not in `text`.
    pub omitted: u64,
}

#[derive(Debug)]
pub(super) struct Capture {
    head: Vec<u8>,
    head_limit: usize,
    tail: VecDeque<u8>,
    tail_limit: usize,
    total: u64,
    progress: Progress,
    unreported: Vec<u8>,
    next_report: Instant,
}

impl Capture {
    pub(super) fn new(limit: usize, progress: Progress) -> Self {
        let head_limit = limit / 2;
        Self {
            head: Vec::new(),
            head_limit,
            tail: VecDeque::new(),
            tail_limit: limit - head_limit,
            total: 0,
            progress,
            unreported: Vec::new(),
            next_report: Instant::now(),
        }
    }

    pub(super) fn total(&self) -> u64 {
        self.total
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.total += bytes.len() as u64;
        let room = self.head_limit.saturating_sub(self.head.len()).min(bytes.len());
        let (first, rest) = bytes.split_at(room);
        self.head.extend_from_slice(first);
        let rest = rest.get(rest.len().saturating_sub(self.tail_limit)..).unwrap_or_default();
        let surplus = (self.tail.len() + rest.len()).saturating_sub(self.tail_limit);
        self.tail.drain(..surplus.min(self.tail.len()));
        self.tail.extend(rest);
        let room = MAX_REPORT_BYTES.saturating_sub(self.unreported.len()).min(bytes.len());
        self.unreported.extend(bytes.iter().take(room));
        self.report_if_due();
    }

    /// When the next report is due; nothing while there is nothing to report.
    pub(super) fn next_report(&self) -> Option<Instant> {
        (!self.unreported.is_empty()).then_some(self.next_report)
    }

    pub(super) fn report_if_due(&mut self) {
        let now = Instant::now();
        if self.unreported.is_empty() || now < self.next_report {
            return;
        }
        self.next_report = now + REPORT_EVERY;
        let kept = incomplete_end(&self.unreported);
        let rest = self.unreported.split_off(self.unreported.len() - kept);
        let whole = std::mem::replace(&mut self.unreported, rest);
        if !whole.is_empty() {
            self.progress.report(String::from_utf8_lossy(&whole));
        }
    }

    pub(super) fn finish(self) -> Captured {
        let Self { head, mut tail, total, .. } = self;
        let kept = head.len() + tail.len();
        let omitted = total - kept as u64;
        if omitted == 0 {
            let mut bytes = head;
            bytes.extend(tail);
            return Captured { text: String::from_utf8_lossy(&bytes).into_owned(), total, omitted };
        }
        let head = head.get(..head.len() - incomplete_end(&head)).unwrap_or_default();
        // The end begins within a character as likely as not.
        let broken = tail.iter().take(3).take_while(|byte| **byte & 0xc0 == 0x80).count();
        tail.drain(..broken);
        let omitted = total - (head.len() + tail.len()) as u64;
        let text = format!(
            "{}\n[… {omitted} bytes left out …]\n{}",
            String::from_utf8_lossy(head),
            String::from_utf8_lossy(tail.make_contiguous())
        );
        Captured { text, total, omitted }
    }
}

/// How many bytes at the end are the beginning of a character whose rest has not come yet.
fn incomplete_end(bytes: &[u8]) -> usize {
    for back in 1..=3.min(bytes.len()) {
        let Some(byte) = bytes.get(bytes.len() - back) else { return 0 };
        let length = match byte {
            0xc0..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf7 => 4,
            0x80..=0xbf => continue,
            _ => return 0,
        };
        return if length > back { back } else { 0 };
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[tokio::test]
    async fn beginning_and_end_are_kept_and_the_gap_is_told() {
        let mut capture = Capture::new(10, Progress::none());
        for piece in ["abc", "defgh", "ijklmnop", "qrs"] {
            capture.push(piece.as_bytes());
        }
        let captured = capture.finish();
        assert_eq!(captured.text, "abcde\n[… 9 bytes left out …]\nopqrs");
        assert_eq!((captured.total, captured.omitted), (19, 9));
    }

    #[tokio::test]
    async fn reports_are_bounded_and_never_split_a_character() {
        let (progress, mut reports) = Progress::bounded(1000);
        let mut capture = Capture::new(100, progress);
        capture.push(&"ä".as_bytes()[..1]);
        capture.push(&"ä".as_bytes()[1..]);
        for _ in 0..1000 {
            capture.push(&[b'x'; 1000]);
        }
        assert!(capture.unreported.len() <= MAX_REPORT_BYTES);
        tokio::time::sleep_until(capture.next_report().expect("something is unreported")).await;
        capture.report_if_due();
        let mut all = String::new();
        while let Ok(report) = reports.try_recv() {
            all.push_str(&report);
        }
        assert!(all.starts_with("äx"), "{all:?}");
        assert!(all.len() <= 2 * MAX_REPORT_BYTES);
    }

    proptest! {
        #[test]
        fn memory_is_bounded_and_nothing_is_miscounted(pieces in proptest::collection::vec("\\PC{0,20}", 0..40), limit in 0_usize..60) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("runtime");
            let _in_runtime = runtime.enter();
            let mut capture = Capture::new(limit, Progress::none());
            pieces.iter().for_each(|piece| capture.push(piece.as_bytes()));
            prop_assert!(capture.head.len() + capture.tail.len() <= limit);
            let whole = pieces.concat();
            let captured = capture.finish();
            prop_assert_eq!(captured.total, whole.len() as u64);
            if whole.len() <= limit {
                prop_assert_eq!(captured.text, whole);
            } else {
                let whole_characters = !captured.text.contains(char::REPLACEMENT_CHARACTER);
                prop_assert!(whole_characters || whole.contains(char::REPLACEMENT_CHARACTER));
                let marker = format!("[… {} bytes left out …]", captured.omitted);
                prop_assert!(captured.text.contains(&marker));
            }
        }
    }
}
