//! `{ source: "env", provider: "default", id: "NAME" }` in place of a secret: it stands
//! for the variable, like `${NAME}`, and names no secret itself.

use jsonc_parser::ast;
use serde_json::Value;

use super::document::{Kind, Member};
use super::schema::{follow, is_marked};
use super::variables::{Lookup, is_name};

const FORM: &str = "write { source: \"env\", provider: \"default\", id: \"NAME\" }, or the secret itself";

/// Whether the schema is that of a secret for which a reference may stand.
pub(super) fn may_stand(schema: &Value) -> bool {
    let choices = follow(schema).get("anyOf").and_then(Value::as_array);
    let is_section =
        |choice: &Value| follow(choice).get("properties").is_some_and(|known| known.get("source").is_some());
    is_marked(schema) && choices.is_some_and(|choices| choices.iter().any(is_section))
}

/// The secret that a reference stands for.
///
/// # Errors
/// What is wrong with it; no value of it is repeated that may be a secret.
pub(super) fn resolve(members: &[Member], lookup: &Lookup) -> Result<String, String> {
    let known = ["source", "provider", "id"];
    if members.iter().any(|member| !known.contains(&member.name.as_str())) {
        return Err(format!("has more than a reference to a secret has; {FORM}"));
    }
    let text = |name: &str| {
        let member = members.iter().rfind(|member| member.name == name)?;
        if let Kind::Text(text) = &member.value.kind { Some(text.as_str()) } else { None }
    };
    if text("source") != Some("env") {
        return Err(format!("takes secrets from the environment only, not from files or programs; {FORM}"));
    }
    if members.iter().any(|member| member.name == "provider") && text("provider") != Some("default") {
        return Err(format!("has a provider that there is not; {FORM}"));
    }
    let Some(name) = text("id").filter(|id| is_name(id)) else {
        return Err(format!("needs the name of a variable as id; {FORM}"));
    };
    lookup.get(name).map(str::to_owned).ok_or_else(|| {
        format!(
            "refers to the variable {name}, which is not set; set it in the environment, in .env in the state folder or \
             under env.vars"
        )
    })
}

/// Whether these members are a reference, which may be shown. What only looks like one
/// is hidden like any secret.
fn is_reference<'a>(members: impl Iterator<Item = (&'a str, Option<&'a str>)>) -> bool {
    let constant = |id: &str| is_name(id) && !id.bytes().any(|byte| byte.is_ascii_lowercase());
    let mut has_source = false;
    let mut all = members;
    let fits = all.all(|(name, text)| match (name, text) {
        ("source", Some("env" | "file" | "exec")) => {
            has_source = true;
            true
        }
        ("provider", Some("default")) => true,
        ("id", Some(id)) => constant(id),
        _ => false,
    });
    fits && has_source
}

/// The same of a value.
pub(super) fn is_one(value: &Value) -> bool {
    let members = value.as_object().map(|members| members.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    members.is_some_and(is_reference)
}

/// The same of a piece of text.
pub(super) fn is_written(object: &ast::Object<'_>) -> bool {
    is_reference(object.properties.iter().map(|property| {
        let text = property.value.as_string_lit().map(|text| text.value.as_ref());
        (property.name.as_str(), text)
    }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_is_a_reference_may_be_shown() {
        for (value, shown) in [
            (json!({"source": "env", "provider": "default", "id": "GATEWAY_TOKEN"}), true),
            (json!({"source": "env", "id": "A1"}), true),
            (json!({"source": "env", "id": "s3cretvalue"}), false),
            (json!({"id": "GATEWAY_TOKEN"}), false),
            (json!({"source": "env", "id": "A", "value": "x"}), false),
            (json!({"source": "vault", "id": "A"}), false),
            (json!("text"), false),
        ] {
            assert_eq!(is_one(&value), shown, "{value}");
        }
    }
}
