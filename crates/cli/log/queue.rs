//! From whoever logs to the writer. Whoever logs never waits: a reader that
//! stands still, a full disk or a closed pipe costs lines, not the gateway. What
//! was lost is told when lines get through again.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use postern_gateway::logs::Redactor;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

use super::entry::Entry;
use super::form::Form;
use crate::env::now_ms;

/// Lines that may wait to be written.
const WAITING: usize = 1_024;

/// Where lines end.
pub(super) struct Sink {
    pub(super) form: Form,
    pub(super) out: Box<dyn Write + Send>,
    pub(super) redactor: Redactor,
    pub(super) shapes: Arc<AtomicBool>,
}

impl Sink {
    fn write(&mut self, mut entry: Entry) -> std::io::Result<()> {
        entry.redact(&self.redactor, self.shapes.load(Ordering::Acquire));
        let line = self.form.line(&entry);
        self.out.write_all(line.as_bytes()).and_then(|()| self.out.flush())
    }
}

#[derive(Default)]
struct Counts {
    waiting: AtomicUsize,
    lost: AtomicUsize,
}

/// Lines that are still on their way. Dropping it gives them a moment.
pub(super) struct Rest(Arc<Counts>);

impl Drop for Rest {
    fn drop(&mut self) {
        let deadline = Instant::now() + Duration::from_millis(200);
        while self.0.waiting.load(Ordering::Acquire) > 0 && Instant::now() < deadline {
            std::thread::yield_now();
        }
    }
}

/// Takes events.
pub(super) struct Feed {
    queue: SyncSender<Entry>,
    counts: Arc<Counts>,
}

impl Feed {
    /// Starts the writer, which ends with the feed.
    pub(super) fn start(sink: Sink) -> (Self, Rest) {
        let (queue, entries) = sync_channel(WAITING);
        let counts = Arc::new(Counts::default());
        let written = Arc::clone(&counts);
        std::thread::spawn(move || write_all(&entries, sink, &written));
        let rest = Rest(Arc::clone(&counts));
        (Self { queue, counts }, rest)
    }

    fn push(&self, entry: Entry) {
        self.counts.waiting.fetch_add(1, Ordering::AcqRel);
        if self.queue.try_send(entry).is_err() {
            self.counts.waiting.fetch_sub(1, Ordering::AcqRel);
            self.counts.lost.fetch_add(1, Ordering::AcqRel);
        }
    }
}

impl<S: Subscriber> Layer<S> for Feed {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        self.push(Entry::of(event, now_ms()));
    }
}

fn write_all(entries: &Receiver<Entry>, mut sink: Sink, counts: &Counts) {
    // Makes ready what is slow to make, before the first line has to wait for it.
    drop(sink.redactor.redact(""));
    let mut why = None;
    for entry in entries {
        match sink.write(entry) {
            Ok(()) => tell_lost(&mut sink, counts, &mut why),
            Err(error) => {
                counts.lost.fetch_add(1, Ordering::AcqRel);
                if why.is_none() && sink.form == Form::Json {
                    // Once: whoever looks at the terminal should know why the file stands still.
                    let told = format!("postern: the log cannot be written: {error}; it goes on when it can\n");
                    drop(std::io::stderr().write_all(told.as_bytes()));
                }
                why = Some(error.to_string());
            }
        }
        counts.waiting.fetch_sub(1, Ordering::AcqRel);
    }
}

fn tell_lost(sink: &mut Sink, counts: &Counts, why: &mut Option<String>) {
    let lost = counts.lost.swap(0, Ordering::AcqRel);
    if lost == 0 {
        return;
    }
    let why = why.take().unwrap_or_else(|| "more was said than could be written".to_owned());
    let told = format!("Lines were lost before this one: {lost}. Why: {why}");
    if sink.write(Entry::new(now_ms(), Level::WARN, "postern::log", told)).is_err() {
        counts.lost.fetch_add(lost, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Mutex;

    use super::*;

    /// A disk that is full for its first three writes.
    #[derive(Clone, Default)]
    struct Disk(Arc<Mutex<(usize, Vec<u8>)>>);

    impl Write for Disk {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            let mut disk = self.0.lock().unwrap();
            disk.0 += 1;
            if disk.0 <= 3 {
                return Err(io::Error::from(io::ErrorKind::StorageFull));
            }
            disk.1.extend_from_slice(line);
            Ok(line.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_that_could_not_be_written_are_counted_when_it_goes_on() {
        let disk = Disk::default();
        let sink = Sink {
            form: Form::Human { colour: false },
            out: Box::new(disk.clone()),
            redactor: Redactor::default(),
            shapes: Arc::new(AtomicBool::new(true)),
        };
        let (feed, rest) = Feed::start(sink);
        for number in 1..=5 {
            feed.push(Entry::new(0, Level::INFO, "postern", format!("line {number} with sk-proj-4f9aB2c3D4e5F6g7H8")));
        }
        while rest.0.waiting.load(Ordering::Acquire) > 0 {
            std::thread::yield_now();
        }
        let text = String::from_utf8(disk.0.lock().unwrap().1.clone()).unwrap();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 3, "{text}");
        assert!(lines[0].ends_with("line 4 with [redacted]") && lines[2].contains("line 5"), "{text}");
        assert!(lines[1].contains("Lines were lost before this one: 3.") && lines[1].contains("storage"), "{text}");
    }
}
