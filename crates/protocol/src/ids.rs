//! Newtypes for the words that travel, with their constraints stated once.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A text that broke its constraint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidId(pub &'static str);

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $min:literal, $max:literal, $problem:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "String")]
        #[schemars(extend("minLength" = $min, "maxLength" = $max))]
        pub struct $name(String);

        impl $name {
            /// The text itself.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                if ($min..=$max).contains(&text.chars().count()) { Ok(Self(text)) } else { Err(InvalidId($problem)) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id!(
    /// Names one attempt of a side-effecting call; the same key never acts twice.
    IdempotencyKey, 1, 256, "must be 1 to 256 characters"
);
text_id!(
    /// Names a pairing request while it waits for a decision.
    RequestId, 1, 128, "must be 1 to 128 characters"
);
text_id!(
    /// A device as it is written in params: lower-case hex of 32 bytes for every
    /// device that the gateway paired itself.
    DeviceRef, 1, 128, "must be 1 to 128 characters"
);
text_id!(
    /// A session in any form that clients write: `main`, a bare key, `agent:ID:KEY`.
    SessionKey, 1, 512, "must be 1 to 512 characters"
);
text_id!(
    /// A person's name for a device.
    DeviceLabel, 1, 64, "must be 1 to 64 characters"
);
text_id!(
    /// Names a command while it waits for an approval, and for a while after.
    ApprovalId, 1, 128, "must be 1 to 128 characters"
);
text_id!(
    /// A command as text that somebody is to approve.
    ApprovalText, 1, 200_000, "must be 1 to 200000 characters"
);
text_id!(
    /// The name a tool is called by.
    ToolName, 1, 128, "must be 1 to 128 characters"
);
text_id!(
    /// A node: the id of its device.
    NodeRef, 1, 128, "must be 1 to 128 characters"
);
text_id!(
    /// A machine: `gateway`, or `node:ID`.
    EnvironmentId, 1, 160, "must be 1 to 160 characters"
);
text_id!(
    /// A person's name for a node.
    NodeName, 1, 96, "must be 1 to 96 characters"
);
text_id!(
    /// A command of a node.
    NodeCommand, 1, 128, "must be 1 to 128 characters"
);
text_id!(
    /// Names a call of a command until it ends.
    InvokeId, 1, 128, "must be 1 to 128 characters"
);
text_id!(
    /// A part of what goes to or comes from a command.
    StreamChunk, 0, 16_384, "must be at most 16384 characters"
);
text_id!(
    /// What happened at a node.
    NodeEventName, 1, 128, "must be 1 to 128 characters"
);
text_id!(
    /// What a node shows to be verified.
    NodeTokenText, 1, 256, "must be 1 to 256 characters"
);
text_id!(
    /// What a node is to do when it comes back.
    PendingKind, 1, 128, "must be 1 to 128 characters"
);
text_id!(
    /// Names what waits for a node.
    PendingItemId, 1, 128, "must be 1 to 128 characters"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints_hold_on_the_way_in() {
        assert!(serde_json::from_str::<IdempotencyKey>(r#""""#).is_err());
        assert!(serde_json::from_str::<IdempotencyKey>(r#""k""#).is_ok());
        let long = serde_json::to_string(&"x".repeat(65)).unwrap();
        assert!(serde_json::from_str::<DeviceLabel>(&long).is_err());
        let umlauts = serde_json::to_string(&"ä".repeat(64)).unwrap();
        assert!(serde_json::from_str::<DeviceLabel>(&umlauts).is_ok());
    }
}
