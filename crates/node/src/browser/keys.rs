//! Keys by the names that pages know them by.

use serde_json::{Value, json};

/// What the browser has to be told of a key: code and number, and the text that it writes.
const NAMED: [(&str, &str, u32, &str); 16] = [
    ("Enter", "Enter", 13, "\r"),
    ("Tab", "Tab", 9, ""),
    ("Escape", "Escape", 27, ""),
    ("Backspace", "Backspace", 8, ""),
    ("Delete", "Delete", 46, ""),
    ("ArrowLeft", "ArrowLeft", 37, ""),
    ("ArrowUp", "ArrowUp", 38, ""),
    ("ArrowRight", "ArrowRight", 39, ""),
    ("ArrowDown", "ArrowDown", 40, ""),
    ("Home", "Home", 36, ""),
    ("End", "End", 35, ""),
    ("PageUp", "PageUp", 33, ""),
    ("PageDown", "PageDown", 34, ""),
    (" ", "Space", 32, " "),
    ("Space", "Space", 32, " "),
    ("F5", "F5", 116, ""),
];

/// Params of the events that press and release a key, such as `Enter`, `a` or `Control+a`.
pub(super) fn press(key: &str) -> Option<[Value; 2]> {
    let mut modifiers = 0_u32;
    let mut parts: Vec<&str> = if key.len() > 1 && key != "+" { key.split('+').collect() } else { vec![key] };
    let name = parts.pop().filter(|name| !name.is_empty())?;
    for part in parts {
        modifiers |= match part {
            "Alt" => 1,
            "Control" | "Ctrl" => 2,
            "Meta" | "Command" => 4,
            "Shift" => 8,
            _ => return None,
        };
    }
    let known = NAMED.iter().find(|(known, ..)| known.eq_ignore_ascii_case(name));
    let (key, code, number, text) = match known {
        Some((key, code, number, text)) => (*key, (*code).to_owned(), *number, *text),
        None => {
            let mut characters = name.chars();
            let (Some(character), None) = (characters.next(), characters.next()) else { return None };
            let upper = character.to_ascii_uppercase();
            let code = if upper.is_ascii_alphabetic() { format!("Key{upper}") } else { String::new() };
            (name, code, if upper.is_ascii_alphanumeric() { u32::from(upper) } else { 0 }, name)
        }
    };
    let mut down = json!({
        "type": if text.is_empty() || modifiers & 7 != 0 { "rawKeyDown" } else { "keyDown" },
        "key": key,
        "code": code,
        "windowsVirtualKeyCode": number,
        "modifiers": modifiers,
    });
    let mut up = down.clone();
    up["type"] = "keyUp".into();
    if down["type"] == "keyDown" {
        down["text"] = text.into();
    }
    Some([down, up])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_names_and_modifiers() {
        let [down, up] = press("Enter").unwrap();
        assert_eq!(
            (&down["text"], &down["windowsVirtualKeyCode"], &up["type"]),
            (&json!("\r"), &json!(13), &json!("keyUp"))
        );
        let [down, _] = press("Control+a").unwrap();
        assert_eq!(
            (&down["type"], &down["modifiers"], &down["code"]),
            (&json!("rawKeyDown"), &json!(2), &json!("KeyA"))
        );
        assert_eq!(press("+").unwrap()[0]["text"], json!("+"));
        assert!(press("Hyper+a").is_none() && press("nonsense").is_none());
    }
}
