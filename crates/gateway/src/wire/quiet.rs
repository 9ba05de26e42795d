//! A gate for log lines about bad input: a few per second get through, the rest
//! are counted, so that an attacker can neither fill the disk nor slow us down.

use std::sync::Mutex;
use std::sync::PoisonError;

/// Lines that get through per second.
const PER_SECOND: u32 = 5;

/// Counts the lines of one kind.
#[derive(Debug, Default)]
pub struct QuietLog(Mutex<(i64, u32, u64)>);

impl QuietLog {
    /// Calls `log` with the number of lines that were left out before it, or
    /// leaves this one out too.
    pub fn line(&self, now_ms: i64, log: impl FnOnce(u64)) {
        let left_out = {
            let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let second = now_ms / 1000;
            if state.0 != second {
                (state.0, state.1) = (second, 0);
            }
            if state.1 >= PER_SECOND {
                state.2 += 1;
                return;
            }
            state.1 += 1;
            std::mem::take(&mut state.2)
        };
        log(left_out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_becomes_a_few_lines_and_a_count() {
        let quiet = QuietLog::default();
        let mut lines = Vec::new();
        for _ in 0..1_000 {
            quiet.line(500, |left_out| lines.push(left_out));
        }
        quiet.line(1_000, |left_out| lines.push(left_out));
        assert_eq!(lines, [0, 0, 0, 0, 0, 995]);
    }
}
