//! Presence, health, status and the other methods about the gateway itself
//! (`methods.md §1`, `frames-and-events.md §4, §8`).

mod health;
mod machine;
mod presence;
mod status;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::call::{Audience, Event, OnSlow};

pub use health::*;
pub use machine::*;
pub use presence::*;
pub use status::*;

/// Event `tick`.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Tick {
    /// Epoch milliseconds.
    pub ts: i64,
}

impl Event for Tick {
    const NAME: &'static str = "tick";
    const AUDIENCE: Audience = Audience::Everyone;
    const ON_SLOW: OnSlow = OnSlow::Drop;
}

/// Event `shutdown`.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Shutdown {
    /// Why the gateway stops.
    #[schemars(length(min = 1))]
    pub reason: String,
    /// Milliseconds until it should be back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restart_expected_ms: Option<u64>,
}

impl Event for Shutdown {
    const NAME: &'static str = "shutdown";
    const AUDIENCE: Audience = Audience::Everyone;
    const ON_SLOW: OnSlow = OnSlow::Close;
}

/// A value for which the wire contract itself says `null`, unlike an `Option`
/// in results, which is absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Nullable<T> {
    /// The value.
    Value(T),
    /// JSON `null`.
    #[default]
    Null,
}

impl<T: JsonSchema> JsonSchema for Nullable<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("Nullable{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let value = generator.subschema_for::<T>();
        schemars::json_schema!({"anyOf": [value, {"type": "null"}]})
    }
}

impl<T> From<Option<T>> for Nullable<T> {
    fn from(option: Option<T>) -> Self {
        option.map_or(Self::Null, Self::Value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_stays_null_where_the_contract_says_so() {
        let recent = RecentSession { key: "k".into(), updated_at: Nullable::Null, age: Nullable::Value(3) };
        let text = serde_json::to_string(&recent).unwrap();
        assert_eq!(text, r#"{"key":"k","updatedAt":null,"age":3}"#);
        assert_eq!(serde_json::from_str::<RecentSession>(&text).unwrap(), recent);
    }
}
