//! What an answer shall be like. It travels as the user's message, through the gateway or straight to the provider.

use std::fmt;
use std::time::Duration;

const MARK: &str = "bench ask ";

/// One answer to be streamed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ask {
    /// Tokens, each sent on its own.
    pub(crate) tokens: u32,
    /// Characters of a token.
    pub(crate) size: u32,
    /// How long the provider thinks before the first.
    pub(crate) wait: Duration,
    /// From one token to the next.
    pub(crate) gap: Duration,
}

impl Ask {
    /// 200 tokens as fast as they go.
    pub(crate) const BURST: Self = Self { tokens: 200, size: 5, wait: Duration::ZERO, gap: Duration::ZERO };

    /// Characters of the whole answer.
    pub(crate) fn characters(self) -> u32 {
        self.tokens * self.size
    }

    /// Reads the last one in a request.
    pub(crate) fn find(body: &str) -> Option<Self> {
        let (_, text) = body.rsplit_once(MARK)?;
        let mut numbers = text.split([' ', '"', '\\', '<']).map(|number| number.parse::<u32>().ok());
        let mut next = || numbers.next().flatten();
        let (tokens, size) = (next()?, next()?);
        let mut micros = || Some(Duration::from_micros(u64::from(next()?)));
        Some(Self { tokens, size, wait: micros()?, gap: micros()? })
    }
}

impl fmt::Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tokens, size, wait, gap } = self;
        write!(f, "{MARK}{tokens} {size} {} {}", wait.as_micros(), gap.as_micros())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_one_in_a_conversation_counts() {
        let ask = Ask { wait: Duration::from_millis(20), gap: Duration::from_micros(1500), ..Ask::BURST };
        let body = format!(r#"{{"messages":[{{"content":"{}"}},{{"content":"{ask}"}}],"stream":true}}"#, Ask::BURST);
        assert_eq!(Ask::find(&body), Some(ask));
        assert_eq!(Ask::find(&format!("{ask}")), Some(ask));
        assert_eq!(Ask::find("{}"), None);
    }
}
