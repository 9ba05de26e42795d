//! How often one device may change what it asks for. Each change is an audit row
//! and an event to every approver; repeating the same ask costs neither and is
//! not counted.

use std::collections::HashMap;

/// Changes that one device may make in [`WINDOW_MS`].
const MAX_CHANGES: u32 = 10;
/// Milliseconds after which the count starts anew.
const WINDOW_MS: i64 = 60_000;
/// Devices remembered; made-up ones beyond it make all be forgotten.
const MAX_DEVICES: usize = 4_096;

/// Changes by device.
#[derive(Debug, Default)]
pub(super) struct Churn(HashMap<String, (u32, i64)>);

impl Churn {
    /// Counts a change.
    ///
    /// # Errors
    /// Milliseconds to wait when there were too many.
    pub(super) fn count(&mut self, device_id: &str, now_ms: i64) -> Result<(), u64> {
        if self.0.len() >= MAX_DEVICES {
            self.0.retain(|_, (_, since)| (0..WINDOW_MS).contains(&(now_ms - *since)));
            if self.0.len() >= MAX_DEVICES {
                self.0.clear();
            }
        }
        let (changes, since) = self.0.entry(device_id.to_owned()).or_insert((0, now_ms));
        if !(0..WINDOW_MS).contains(&(now_ms - *since)) {
            (*changes, *since) = (0, now_ms);
        }
        if *changes >= MAX_CHANGES {
            return Err((*since + WINDOW_MS - now_ms).unsigned_abs());
        }
        *changes += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_changes_a_minute_for_each_device() {
        let mut churn = Churn::default();
        for _ in 0..MAX_CHANGES {
            assert_eq!(churn.count("a", 1_000), Ok(()));
        }
        assert_eq!(churn.count("a", 2_000), Err(59_000));
        assert_eq!(churn.count("b", 2_000), Ok(()));
        assert_eq!(churn.count("a", 61_000), Ok(()));
    }

    #[test]
    fn memory_is_bounded() {
        let mut churn = Churn::default();
        for n in 0..MAX_DEVICES * 2 {
            assert_eq!(churn.count(&n.to_string(), 0), Ok(()));
        }
        assert!(churn.0.len() <= MAX_DEVICES);
    }
}
