//! A recording that a program makes, as an answer.

use std::time::Duration;

use serde_json::{Value, json};

use super::helper::{Helper, Scratch};
use crate::commands::{Host, Invoke};
use crate::refusal::{Outcome, Refusal};

/// The longest recording.
const LONGEST: Duration = Duration::from_secs(60);

/// A recording.
pub(crate) struct Shot<'a> {
    host: &'a Host,
    call: &'a Invoke,
    file: Scratch,
    format: &'static str,
}

impl<'a> Shot<'a> {
    /// A file for one recording of this format.
    pub(crate) fn new(host: &'a Host, call: &'a Invoke, format: &'static str) -> Self {
        Self { host, call, file: Scratch::new(host, format), format }
    }

    /// The file that the program is to write.
    pub(crate) fn path(&self) -> String {
        self.file.path()
    }

    /// Lets the program make it.
    pub(crate) async fn take(self, helper: Helper, facts: Value) -> Outcome {
        helper.run(self.host, self.call).await?;
        let base64 = self.file.base64(self.call.link.room()).await?;
        let mut answer = json!({ "format": self.format, "base64": base64 });
        if let (Some(answer), Value::Object(facts)) = (answer.as_object_mut(), facts) {
            answer.extend(facts);
        }
        Ok(answer)
    }
}

/// How long a recording is to be, of what was asked for.
pub(crate) fn seconds(duration_ms: Option<u64>) -> Outcome<f64> {
    let asked = Duration::from_millis(duration_ms.unwrap_or(3_000));
    if asked.is_zero() || asked > LONGEST {
        return Err(Refusal::invalid(format!("durationMs must be from 1 to {}", LONGEST.as_millis())));
    }
    Ok(asked.as_secs_f64())
}
