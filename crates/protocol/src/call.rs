//! What a call and an event are, as types: name, params and result stand in one
//! place, and client, gateway, schemas and docs derive from it.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::access::Scope;

/// A method of the wire: `client.call::<M>(params)` is typed by it.
pub trait Call {
    /// Wire name, for example `device.pair.list`.
    const NAME: &'static str;
    /// What the caller sends.
    type Params: Serialize + DeserializeOwned + JsonSchema + Send + 'static;
    /// What it gets back.
    type Output: Serialize + DeserializeOwned + JsonSchema + Send + 'static;
}

/// Who receives an event on protocol 4 (`frames-and-events.md §3`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Every connection, nodes included.
    Everyone,
    /// Operators that hold this scope. Protocol 3 guards only
    /// [`Scope::Approvals`] and [`Scope::Pairing`]; other events of this kind
    /// reach every protocol 3 connection.
    Scope(Scope),
    /// One connection that it is addressed to, whatever its scopes; never broadcast.
    Addressee,
}

/// What happens to an event whose receiver reads too slowly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnSlow {
    /// It is left out; its number is used up, so the receiver sees a gap.
    Drop,
    /// The connection is closed with `slow consumer`.
    Close,
}

/// A push of the wire.
pub trait Event: Serialize + DeserializeOwned + JsonSchema {
    /// Wire name, for example `presence`.
    const NAME: &'static str;
    /// Who receives it.
    const AUDIENCE: Audience;
    /// What a slow receiver costs.
    const ON_SLOW: OnSlow;

    /// The payload for protocol 3, where it differs.
    #[must_use]
    fn in_v3(&self) -> Option<serde_json::Value> {
        None
    }
}

/// A value kept as the JSON it was rendered to once, so that answering a
/// thousand readers serialises it once.
pub struct Rendered<T> {
    json: Arc<RawValue>,
    of: PhantomData<fn() -> T>,
}

impl<T: Serialize> Rendered<T> {
    /// Renders the value.
    ///
    /// # Errors
    /// When it cannot be expressed in JSON.
    pub fn render(value: &T) -> serde_json::Result<Self> {
        Ok(Self { json: serde_json::value::to_raw_value(value)?.into(), of: PhantomData })
    }
}

impl<T> Rendered<T> {
    /// Takes JSON that is known to be a rendered `T`.
    #[must_use]
    pub fn from_raw(json: Arc<RawValue>) -> Self {
        Self { json, of: PhantomData }
    }

    /// The JSON text.
    #[must_use]
    pub fn json(&self) -> &str {
        self.json.get()
    }
}

impl<T: DeserializeOwned> Rendered<T> {
    /// Reads the value back.
    ///
    /// # Errors
    /// When a newer peer sent a shape that this crate cannot read.
    pub fn read(&self) -> serde_json::Result<T> {
        serde_json::from_str(self.json())
    }
}

impl<T> Clone for Rendered<T> {
    fn clone(&self) -> Self {
        Self { json: Arc::clone(&self.json), of: PhantomData }
    }
}

impl<T> fmt::Debug for Rendered<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.json())
    }
}

impl<T> Serialize for Rendered<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json.serialize(serializer)
    }
}

impl<'de, T> Deserialize<'de> for Rendered<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::from_raw(Box::<RawValue>::deserialize(deserializer)?.into()))
    }
}

impl<T: JsonSchema> JsonSchema for Rendered<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> std::borrow::Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// Params of a method that takes none; any object is accepted.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct NoParams {}

/// `{"ok":true}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Acknowledged {
    /// Always true; a failure is an error frame.
    pub ok: bool,
}

impl Acknowledged {
    /// The only value there is.
    pub const YES: Self = Self { ok: true };
}
