//! A setting in a patch: left alone, taken away, or given a value.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// One setting of a patch. An absent key leaves it alone, `null` clears it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Patched<T> {
    /// Left as it is.
    #[default]
    Keep,
    /// Taken away; the default holds again.
    Clear,
    /// This value from now on.
    Set(T),
}

impl<T> Patched<T> {
    /// Whether nothing is said about it.
    #[must_use]
    pub const fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }

    /// The value, if there is one.
    #[must_use]
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Keep | Self::Clear => None,
        }
    }

    /// Does to `target` what the patch says.
    pub fn apply(self, target: &mut Option<T>) {
        match self {
            Self::Keep => {}
            Self::Clear => *target = None,
            Self::Set(value) => *target = Some(value),
        }
    }

    /// Another type of value, which may be refused.
    ///
    /// # Errors
    /// What `read` says.
    pub fn try_map<U, E>(self, read: impl FnOnce(T) -> Result<U, E>) -> Result<Patched<U>, E> {
        Ok(match self {
            Self::Keep => Patched::Keep,
            Self::Clear => Patched::Clear,
            Self::Set(value) => Patched::Set(read(value)?),
        })
    }
}

impl<T: Serialize> Serialize for Patched<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patched<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Clear, Self::Set))
    }
}

impl<T: JsonSchema> JsonSchema for Patched<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("Patched{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Option::<T>::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Patch {
        #[serde(default, skip_serializing_if = "Patched::is_keep")]
        label: Patched<String>,
    }

    #[test]
    fn absent_null_and_a_value_are_three_things() {
        for (text, label) in [
            ("{}", Patched::Keep),
            (r#"{"label":null}"#, Patched::Clear),
            (r#"{"label":"x"}"#, Patched::Set("x".to_owned())),
        ] {
            let patch: Patch = serde_json::from_str(text).unwrap();
            assert_eq!(patch, Patch { label });
            assert_eq!(serde_json::to_string(&patch).unwrap(), text);
        }
    }

    #[test]
    fn a_patch_is_applied() {
        let mut target = Some(1);
        Patched::Keep.apply(&mut target);
        assert_eq!(target, Some(1));
        Patched::Set(2).apply(&mut target);
        assert_eq!(target, Some(2));
        Patched::Clear.apply(&mut target);
        assert_eq!(target, None);
    }
}
