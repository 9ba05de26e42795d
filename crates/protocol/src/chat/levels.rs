//! The settings of a conversation that have a scale (`methods.md §4`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! level {
    ($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
        pub enum $name {
            $($(#[$word_doc])* #[serde(rename = $word)] $variant),+
        }

        impl $name {
            /// Every level, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The wire word.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }

            /// Reads the wire word, in any case.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|level| level.as_str().eq_ignore_ascii_case(text.trim()))
            }
        }
    };
}

level!(
    /// How long a model may think before it answers.
    ThinkingLevel {
        /// Not at all.
        Off = "off",
        /// A moment.
        Minimal = "minimal",
        /// Briefly.
        Low = "low",
        /// As usual.
        Medium = "medium",
        /// Long.
        High = "high",
        /// As long as it can.
        XHigh = "xhigh",
    }
);
level!(
    /// Whether tool calls are shown while a run is under way.
    VerboseLevel {
        /// No.
        Off = "off",
        /// Yes.
        On = "on",
        /// With their results.
        Full = "full",
    }
);
level!(
    /// Whether the model's thoughts are shown.
    ReasoningLevel {
        /// No.
        Off = "off",
        /// After the answer.
        On = "on",
        /// While they come.
        Stream = "stream",
    }
);
level!(
    /// Whether commands may run outside the usual limits.
    ElevatedLevel {
        /// No.
        Off = "off",
        /// Yes.
        On = "on",
        /// After somebody approved.
        Ask = "ask",
        /// Without asking.
        Full = "full",
    }
);
level!(
    /// What becomes of a message while the agent still answers an earlier one.
    QueueMode {
        /// It is answered afterwards, on its own.
        Followup = "followup",
        /// It is told to the model at the next step of the running answer.
        Steer = "steer",
        /// Waiting messages are answered together.
        Collect = "collect",
        /// The running answer is stopped.
        Interrupt = "interrupt",
    }
);

#[expect(clippy::derivable_impls, reason = "the macro above writes the enum")]
impl Default for QueueMode {
    fn default() -> Self {
        Self::Followup
    }
}
