//! Params against their JSON Schema, with messages that name the place
//! (`at /client/id: must be string`) and never repeat a value: it may be a secret.

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{ValidationError, Validator};
use serde_json::Value;

/// Compiles a schema that this crate generated.
///
/// # Errors
/// When it is not a valid schema: a bug, shown by the schema tests.
pub fn compile(schema: &Value) -> Result<Validator, String> {
    jsonschema::options().build(schema).map_err(|error| error.to_string())
}

/// All problems in one line, or `None` when the params fit.
#[must_use]
pub fn problems(validator: &Validator, params: &Value) -> Option<String> {
    if validator.is_valid(params) {
        return None;
    }
    if is_large(params) {
        // Listing every problem of a large document takes as much memory again
        // for each of them.
        return validator.validate(params).err().map(|error| describe(&error));
    }
    const SHOWN: usize = 5;
    let mut texts: Vec<String> = validator.iter_errors(params).map(|error| describe(&error)).take(SHOWN).collect();
    texts.dedup();
    Some(texts.join("; "))
}

/// More values than a person wrote.
fn is_large(value: &Value) -> bool {
    fn count(value: &Value, left: &mut usize) {
        *left = left.saturating_sub(1);
        match value {
            Value::Array(items) if *left > 0 => items.iter().for_each(|item| count(item, left)),
            Value::Object(map) if *left > 0 => map.values().for_each(|item| count(item, left)),
            _ => {}
        }
    }
    let mut left = 1_000;
    count(value, &mut left);
    left == 0
}

/// Params that fit, ready for their type: JSON has one kind of number, so `1.0`
/// is as good an integer as `1`.
///
/// # Errors
/// All problems in one line.
pub fn read(validator: &Validator, mut params: Value) -> Result<Value, String> {
    if let Some(problems) = problems(validator, &params) {
        return Err(problems);
    }
    whole_numbers(&mut params);
    Ok(params)
}

fn whole_numbers(value: &mut Value) {
    const MAX_SAFE: f64 = 9_007_199_254_740_991.0;
    match value {
        Value::Array(items) => items.iter_mut().for_each(whole_numbers),
        Value::Object(map) => map.values_mut().for_each(whole_numbers),
        Value::Number(number) if number.is_f64() => {
            let whole = number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() <= MAX_SAFE);
            #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53")]
            if let Some(float) = whole {
                *value = Value::from(float as i64);
            }
        }
        _ => {}
    }
}

fn describe(error: &ValidationError<'_>) -> String {
    if let Some(inner) = leading(error) {
        return describe(inner);
    }
    let path = error.instance_path().as_str();
    let what = requirement(error.kind());
    match (path, error.kind()) {
        ("", ValidationErrorKind::Required { .. }) => what,
        ("", _) => format!("at root: {what}"),
        _ => format!("at {}: {what}", cut(path)),
    }
}

/// An optional field is "this or null": the problem is with "this".
fn leading<'a, 'e>(error: &'a ValidationError<'e>) -> Option<&'a ValidationError<'e>> {
    let (ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context }) = error.kind() else {
        return None;
    };
    if words(context).is_some() {
        return None;
    }
    context.iter().flatten().find(|error| !is_null_type(error))
}

/// A path can hold keys that the client made up.
fn cut(path: &str) -> &str {
    path.char_indices().nth(120).map_or(path, |(end, _)| &path[..end])
}

fn requirement(kind: &ValidationErrorKind) -> String {
    match kind {
        ValidationErrorKind::Required { property } => {
            format!("must have required property '{}'", property.as_str().unwrap_or_default())
        }
        ValidationErrorKind::Type { kind: TypeKind::Single(kind) } => format!("must be {kind}"),
        ValidationErrorKind::Type { kind: TypeKind::Multiple(kinds) } => {
            // `null` is in every optional field; naming it helps nobody.
            let names: Vec<_> = kinds.iter().map(|kind| kind.to_string()).filter(|name| name != "null").collect();
            format!("must be {}", names.join(" or "))
        }
        ValidationErrorKind::Enum { options } => format!("must be one of {}", listed(options).join(", ")),
        ValidationErrorKind::Constant { expected_value } => format!("must be {expected_value}"),
        ValidationErrorKind::MinLength { limit } => format!("must have at least {limit} characters"),
        ValidationErrorKind::MaxLength { limit } => format!("must have at most {limit} characters"),
        ValidationErrorKind::MinItems { limit } => format!("must have at least {limit} items"),
        ValidationErrorKind::MaxItems { limit } => format!("must have at most {limit} items"),
        ValidationErrorKind::Minimum { limit } => format!("must be at least {limit}"),
        ValidationErrorKind::Maximum { limit } => format!("must be at most {limit}"),
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => words(context)
            .map_or_else(
                || "must match one of the allowed forms".to_owned(),
                |words| format!("must be one of {}", words.join(", ")),
            ),
        other => format!("breaks the rule '{}'", other.keyword()),
    }
}

/// The words that are allowed, when the choice is between words.
fn words(context: &[Vec<ValidationError<'_>>]) -> Option<Vec<String>> {
    let errors = context.iter().flatten().filter(|error| !is_null_type(error));
    let groups: Option<Vec<Vec<String>>> = errors
        .map(|error| match error.kind() {
            ValidationErrorKind::Constant { expected_value } => Some(vec![expected_value.to_string()]),
            ValidationErrorKind::Enum { options } => Some(listed(options)),
            _ => None,
        })
        .collect();
    groups.map(|groups| groups.concat()).filter(|words| !words.is_empty())
}

fn listed(options: &Value) -> Vec<String> {
    options.as_array().map(|words| words.iter().map(ToString::to_string).collect()).unwrap_or_default()
}

fn is_null_type(error: &ValidationError<'_>) -> bool {
    matches!(error.kind(), ValidationErrorKind::Type { kind: TypeKind::Single(kind) } if kind.to_string() == "null")
}

#[cfg(test)]
mod tests {
    use super::*;
    use postern_protocol::connect::ConnectParams;
    use postern_protocol::pairing::PairingDecisionParams;
    use postern_protocol::schema::{Direction, schema_of};
    use serde_json::json;

    #[track_caller]
    fn check(params: &Value, expect: Option<&str>) {
        let validator = compile(&schema_of::<PairingDecisionParams>(Direction::Input)).unwrap();
        assert_eq!(problems(&validator, params).as_deref(), expect);
    }

    #[test]
    fn problems_name_the_place() {
        check(&json!({"requestId": "r", "deviceId": null, "later": true}), None);
        check(&json!({}), Some("must have required property 'requestId'"));
        check(&json!({"requestId": 5}), Some("at /requestId: must be string"));
        check(&json!({"requestId": ""}), Some("at /requestId: must have at least 1 characters"));
        check(&json!({"requestId": "r", "deviceId": 5}), Some("at /deviceId: must be string"));
        check(&json!([]), Some("at root: must be object"));
    }

    #[test]
    fn connect_params_say_which_client_field_is_wrong() {
        let validator = compile(&schema_of::<ConnectParams>(Direction::Input)).unwrap();
        let good = json!({"minProtocol": 4, "maxProtocol": 4,
            "client": {"id": "cli", "mode": "cli", "version": "1", "platform": "linux"}});
        assert_eq!(problems(&validator, &good), None);
        for field in ["id", "mode", "version", "platform"] {
            let mut bad = good.clone();
            bad["client"].as_object_mut().unwrap().remove(field);
            assert_eq!(
                problems(&validator, &bad).unwrap(),
                format!("at /client: must have required property '{field}'")
            );
        }
        let mut bad = good.clone();
        bad["client"]["mode"] = json!("king");
        assert!(problems(&validator, &bad).unwrap().starts_with("at /client/mode: must be one of"), "{bad}");
        let mut bad = good;
        bad["auth"] = json!({"token": 7});
        assert_eq!(problems(&validator, &bad).unwrap(), "at /auth/token: must be string");
    }
}
