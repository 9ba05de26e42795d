//! Changes to the text of a configuration that keep its comments, its order and
//! its layout. Nothing here reads or writes a file.
//!
//! Every change is verified: the new text is read again and must mean exactly
//! what was asked for, else nothing is changed.

use jsonc_parser::ParseOptions;
use jsonc_parser::cst::{CstArray, CstInputValue, CstNode, CstObject, CstObjectProp, CstRootNode};
use serde_json::{Map, Value};

use super::ConfigProblem;
use super::path::{SettingPath, Step};
use super::read::{document, json5, patch};

/// Why a text was not changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The text is no JSON5, so nothing in it can be found.
    #[error("{}", .0.first().map(ToString::to_string).unwrap_or_default())]
    Unreadable(Vec<ConfigProblem>),
    /// The path goes through something that is no section or list.
    #[error("{path}: is not a section, so it has no {wanted}")]
    NotASection {
        /// What was found.
        path: String,
        /// What was looked for in it.
        wanted: String,
    },
    /// The list is shorter.
    #[error("{path}: has {len} elements; the next one is [{len}]")]
    OutOfList {
        /// The list.
        path: String,
        /// Its length.
        len: usize,
    },
    /// Not a path, a patch or a value that a configuration can hold.
    #[error("{0}")]
    Unusable(String),
    /// What was written cannot be used, with every place.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Refused(Vec<ConfigProblem>),
    /// Only the owner may change this setting.
    #[error("{0} protects the gateway and cannot be changed by an agent")]
    Protected(String),
    /// A text whose layout is beyond this editor.
    #[error("this file is laid out in a way that cannot be edited without losing something; edit it by hand")]
    Beyond,
}

/// Sets one setting; sections on the way are made.
///
/// # Errors
/// [`EditError`]; the path must lead through sections and lists.
pub fn set(text: &str, path: &SettingPath, value: &Value) -> Result<String, EditError> {
    let before = value_of(text)?;
    let mut wanted = before.clone();
    *place(&mut wanted, &path.0, &mut SettingPath::default())? = value.clone();
    rewrite(text, &before, &wanted)
}

/// Removes one setting. Removing one that is not there changes nothing.
///
/// # Errors
/// [`EditError`] when the text is no JSON5.
pub fn unset(text: &str, path: &SettingPath) -> Result<String, EditError> {
    let before = value_of(text)?;
    let mut wanted = before.clone();
    let Some((last, way)) = path.0.split_last() else {
        return rewrite(text, &before, &Value::Object(Map::new()));
    };
    let parent = way.iter().try_fold(&mut wanted, |node, step| child_mut(node, step));
    match (parent, last) {
        (Some(Value::Object(members)), Step::Key(name)) => drop(members.shift_remove(name)),
        (Some(Value::Array(elements)), step) => {
            if let Some(index) = index_of(step).filter(|index| *index < elements.len()) {
                elements.remove(index);
            }
        }
        _ => {}
    }
    rewrite(text, &before, &wanted)
}

/// Applies a merge patch (RFC 7396): `null` removes, sections are merged, all
/// else replaces.
///
/// # Errors
/// [`EditError`]; the patch must be a section.
pub fn merge_patch(text: &str, patch: &Value) -> Result<String, EditError> {
    patch_with(text, patch, &[], false)
}

/// The same, but a list whose elements all have an `id` is merged by it, unless
/// its path is in `replace`.
///
/// # Errors
/// [`EditError`]; the patch must be a section.
pub fn merge_patch_by_id(text: &str, patch: &Value, replace: &[String]) -> Result<String, EditError> {
    patch_with(text, patch, replace, true)
}

/// Makes the text mean `wanted`, changing only what differs.
///
/// # Errors
/// [`EditError`] when the text is no JSON5.
pub fn replace_document(text: &str, wanted: &Value) -> Result<String, EditError> {
    rewrite(text, &value_of(text)?, wanted)
}

/// The setting at a path of a document.
#[must_use]
pub fn get<'v>(document: &'v Value, path: &SettingPath) -> Option<&'v Value> {
    path.0.iter().try_fold(document, |node, step| match (node, step) {
        (Value::Object(members), Step::Key(name)) => members.get(name),
        (Value::Array(elements), step) => elements.get(index_of(step)?),
        _ => None,
    })
}

/// What a text means as a patch: other than in a document, `null` says something.
///
/// # Errors
/// [`EditError`] when the text is no JSON5 section.
pub fn patch_of(text: &str) -> Result<Value, EditError> {
    let value = patch(text).map_err(EditError::Unreadable)?;
    match value {
        Value::Object(_) => Ok(value),
        _ => Err(EditError::Unusable("a patch is a section: { … }".to_owned())),
    }
}

/// What a text means as a document; an empty one is an empty section.
///
/// # Errors
/// [`EditError::Unreadable`] with the line.
pub fn value_of(text: &str) -> Result<Value, EditError> {
    let value = document(text).map_err(EditError::Unreadable)?;
    match value {
        Value::Null => Ok(Value::Object(Map::new())),
        Value::Object(_) => Ok(value),
        _ => Err(EditError::Unusable("a configuration is a section: { … }".to_owned())),
    }
}

fn patch_with(text: &str, patch: &Value, replace: &[String], by_id: bool) -> Result<String, EditError> {
    if !patch.is_object() {
        return Err(EditError::Unusable("a patch is a section: { … }".to_owned()));
    }
    let before = value_of(text)?;
    let mut wanted = before.clone();
    Patch { replace, by_id }.apply(&mut wanted, patch, &SettingPath::default());
    rewrite(text, &before, &wanted)
}

struct Patch<'a> {
    replace: &'a [String],
    by_id: bool,
}

impl Patch<'_> {
    fn apply(&self, target: &mut Value, patch: &Value, path: &SettingPath) {
        match patch {
            Value::Object(changes) => {
                if !target.is_object() {
                    *target = Value::Object(Map::new());
                }
                let Value::Object(members) = target else { return };
                members.retain(|name, _| !changes.get(name).is_some_and(Value::is_null));
                for (name, change) in changes.iter().filter(|(_, change)| !change.is_null()) {
                    let member = members.entry(name.clone()).or_insert(Value::Null);
                    self.apply(member, change, &path.key(name));
                }
            }
            Value::Array(changes) if self.merges(target, changes, path) => self.by_id(target, changes, path),
            other => *target = other.clone(),
        }
    }

    fn merges(&self, target: &Value, changes: &[Value], path: &SettingPath) -> bool {
        let has_id = |element: &Value| element.get("id").is_some_and(Value::is_string);
        let replaced = self.replace.iter().any(|listed| *listed == path.to_string());
        let elements = target.as_array();
        self.by_id
            && !replaced
            && !changes.is_empty()
            && changes.iter().all(has_id)
            && elements.is_some_and(|elements| elements.iter().all(has_id))
    }

    fn by_id(&self, target: &mut Value, changes: &[Value], path: &SettingPath) {
        let Value::Array(elements) = target else { return };
        for change in changes {
            let known = elements.iter().position(|element| element.get("id") == change.get("id"));
            let index = known.unwrap_or_else(|| {
                elements.push(Value::Null);
                elements.len() - 1
            });
            self.apply(&mut elements[index], change, &path.index(index));
        }
    }
}

/// The place of a path, made when it is not there.
fn place<'v>(node: &'v mut Value, way: &[Step], at: &mut SettingPath) -> Result<&'v mut Value, EditError> {
    let Some((step, rest)) = way.split_first() else { return Ok(node) };
    if node.is_null() {
        *node = match step {
            Step::Key(_) => Value::Object(Map::new()),
            Step::Index(_) => Value::Array(Vec::new()),
        };
    }
    match node {
        Value::Object(members) if matches!(step, Step::Key(_)) => {
            let Step::Key(name) = step else { return Err(EditError::Beyond) };
            at.0.push(step.clone());
            place(members.entry(name.clone()).or_insert(Value::Null), rest, at)
        }
        Value::Array(elements) if index_of(step).is_some() => {
            let index = index_of(step).unwrap_or_default();
            if index > elements.len() {
                return Err(EditError::OutOfList { path: at.to_string(), len: elements.len() });
            }
            if index == elements.len() {
                elements.push(Value::Null);
            }
            at.0.push(Step::Index(index));
            place(&mut elements[index], rest, at)
        }
        _ => Err(EditError::NotASection { path: at.to_string(), wanted: SettingPath(vec![step.clone()]).to_string() }),
    }
}

fn child_mut<'v>(node: &'v mut Value, step: &Step) -> Option<&'v mut Value> {
    match (node, step) {
        (Value::Object(members), Step::Key(name)) => members.get_mut(name),
        (Value::Array(elements), step) => elements.get_mut(index_of(step)?),
        _ => None,
    }
}

/// `list.0` is as good as `list[0]`.
fn index_of(step: &Step) -> Option<usize> {
    match step {
        Step::Index(index) => Some(*index),
        Step::Key(name) => name.parse().ok(),
    }
}

fn rewrite(text: &str, before: &Value, wanted: &Value) -> Result<String, EditError> {
    if before == wanted {
        return Ok(text.to_owned());
    }
    let (mark, body) = match text.strip_prefix('\u{feff}') {
        Some(body) => ("\u{feff}", body),
        None => ("", text),
    };
    if body.trim().is_empty() {
        let written = serde_json::to_string_pretty(wanted).map_err(|_| EditError::Beyond)?;
        return verified(format!("{mark}{written}\n"), wanted);
    }
    let options: ParseOptions = json5();
    let root = CstRootNode::parse(body, &options).map_err(|_| EditError::Beyond)?;
    match (root.value(), wanted) {
        (Some(node), Value::Object(members)) if node.as_object().is_some() => {
            let object = node.as_object().ok_or(EditError::Beyond)?;
            change_object(&object, members);
        }
        _ => root.set_value(input(wanted)),
    }
    verified(format!("{mark}{root}"), wanted)
}

fn verified(text: String, wanted: &Value) -> Result<String, EditError> {
    if value_of(&text).ok().as_ref() == Some(wanted) { Ok(text) } else { Err(EditError::Beyond) }
}

fn change_object(object: &CstObject, wanted: &Map<String, Value>) {
    for property in object.properties() {
        let name = property.decoded_name().unwrap_or_default();
        // `null` means absent already.
        let says_nothing = property.value().is_some_and(|node| node.as_null_keyword().is_some());
        if !wanted.contains_key(&name) && !says_nothing {
            property.remove();
        }
    }
    for (name, value) in wanted {
        // Of a name that is written twice the last one counts.
        let mut written: Vec<CstObjectProp> = object.properties();
        written.retain(|property| property.decoded_name().as_deref() == Some(name));
        match written.pop() {
            Some(property) => change_property(&property, value),
            None => drop(object.append(name, input(value))),
        }
    }
}

fn change_property(property: &CstObjectProp, wanted: &Value) {
    match property.value() {
        Some(node) if means(&node, wanted) => {}
        Some(node) => match (wanted, node.as_object(), node.as_array()) {
            (Value::Object(members), Some(object), _) => change_object(&object, members),
            (Value::Array(elements), _, Some(array)) => change_array(&array, elements),
            _ => property.set_value(input(wanted)),
        },
        None => property.set_value(input(wanted)),
    }
}

fn change_array(array: &CstArray, wanted: &[Value]) {
    let before = array.elements();
    // One that is gone from the middle takes only its own lines along.
    if before.len() == wanted.len() + 1
        && let Some(gone) = (0..before.len()).find(|gone| {
            let rest = before.iter().enumerate().filter(|(index, _)| index != gone).map(|(_, node)| node);
            rest.zip(wanted).all(|(node, value)| means(node, value))
        })
    {
        before[gone].clone().remove();
        return;
    }
    for (node, value) in before.iter().zip(wanted) {
        if means(node, value) {
            continue;
        }
        match (value, node.as_object(), node.as_array()) {
            (Value::Object(members), Some(object), _) => change_object(&object, members),
            (Value::Array(elements), _, Some(inner)) => change_array(&inner, elements),
            _ => drop(replace(node.clone(), input(value))),
        }
    }
    for node in before.into_iter().skip(wanted.len()) {
        node.remove();
    }
    for value in wanted.iter().skip(array.elements().len()) {
        array.append(input(value));
    }
}

fn replace(node: CstNode, value: CstInputValue) -> Option<CstNode> {
    if let Some(object) = node.as_object() {
        return object.replace_with(value);
    }
    if let Some(array) = node.as_array() {
        return array.replace_with(value);
    }
    if let Some(text) = node.as_string_lit() {
        return text.replace_with(value);
    }
    if let Some(number) = node.as_number_lit() {
        return number.replace_with(value);
    }
    if let Some(truth) = node.as_boolean_lit() {
        return truth.replace_with(value);
    }
    if let Some(word) = node.as_word_lit() {
        return word.replace_with(value);
    }
    node.as_null_keyword()?.replace_with(value)
}

/// Whether a node already says this, so that its spelling can stay.
fn means(node: &CstNode, value: &Value) -> bool {
    document(&node.to_string()).is_ok_and(|written| written == *value)
}

fn input(value: &Value) -> CstInputValue {
    match value {
        Value::Null => CstInputValue::Null,
        Value::Bool(truth) => CstInputValue::Bool(*truth),
        Value::Number(number) => CstInputValue::Number(number.to_string()),
        Value::String(text) => CstInputValue::String(text.clone()),
        Value::Array(elements) => CstInputValue::Array(elements.iter().map(input).collect()),
        Value::Object(members) => {
            CstInputValue::Object(members.iter().map(|(name, value)| (name.clone(), input(value))).collect())
        }
    }
}

#[cfg(test)]
#[path = "edit/tests.rs"]
mod tests;
