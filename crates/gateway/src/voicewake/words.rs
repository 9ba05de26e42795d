//! What somebody wrote for words and routes, checked. Pure.

use std::collections::HashSet;

use postern_protocol::voicewake::{
    VoiceWakeRoute, VoiceWakeRouteParams, VoiceWakeRouting, VoiceWakeRoutingParams, VoiceWakeTarget,
    VoiceWakeTargetParams,
};

use super::VoiceWakeError;

/// Words when nobody chose any.
pub(super) const USUAL: [&str; 3] = ["openclaw", "claude", "computer"];
/// Most words and routes.
const MAX_WORDS: usize = 32;
/// Longest word, characters.
const MAX_WORD: usize = 64;
/// Longest session key, characters.
const MAX_KEY: usize = 512;

fn wrong(field: impl Into<String>, what: impl Into<String>) -> VoiceWakeError {
    VoiceWakeError::Invalid { field: field.into(), what: what.into() }
}

/// Words as they are kept: trimmed, none of them blank, never none.
pub(super) fn words(written: &[String]) -> Result<Vec<String>, VoiceWakeError> {
    let mut kept = Vec::new();
    for (index, word) in written.iter().enumerate() {
        let word = one_line(word, &format!("triggers[{index}]"))?;
        if !word.is_empty() {
            kept.push(word);
        }
        if kept.len() > MAX_WORDS {
            return Err(wrong("triggers", format!("takes at most {MAX_WORDS} words")));
        }
    }
    if kept.is_empty() {
        kept.extend(USUAL.map(str::to_owned));
    }
    Ok(kept)
}

fn one_line(text: &str, field: &str) -> Result<String, VoiceWakeError> {
    if text.trim().chars().any(char::is_control) {
        return Err(wrong(field, "must be one line without control characters"));
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() > MAX_WORD {
        return Err(wrong(field, format!("takes at most {MAX_WORD} characters")));
    }
    Ok(text)
}

/// Routes as they are kept.
pub(super) fn routing(written: VoiceWakeRoutingParams, now_ms: i64) -> Result<VoiceWakeRouting, VoiceWakeError> {
    if written.version.is_some_and(|version| version != 1) {
        return Err(wrong("config.version", "must be 1"));
    }
    let wanted = written.routes.unwrap_or_default();
    if wanted.len() > MAX_WORDS {
        return Err(wrong("config.routes", format!("takes at most {MAX_WORDS} routes")));
    }
    let default_target = written.default_target.map(|to| target(to, "config.defaultTarget")).transpose()?;
    let mut known = HashSet::new();
    let mut routes = Vec::with_capacity(wanted.len());
    for (index, VoiceWakeRouteParams { trigger, target: to }) in wanted.into_iter().enumerate() {
        let field = format!("config.routes[{index}]");
        let trigger = spoken(&one_line(&trigger, &format!("{field}.trigger"))?);
        if trigger.is_empty() {
            return Err(wrong(format!("{field}.trigger"), "must have a word"));
        }
        if !known.insert(trigger.clone()) {
            return Err(wrong(format!("{field}.trigger"), format!("is there twice: \"{trigger}\"")));
        }
        routes.push(VoiceWakeRoute { trigger, target: target(to, &format!("{field}.target"))? });
    }
    let default_target = default_target.unwrap_or_default();
    Ok(VoiceWakeRouting { version: 1, default_target, routes, updated_at_ms: now_ms })
}

/// A word as it is heard: lower case, no punctuation around words.
fn spoken(text: &str) -> String {
    let words = text.split(' ').map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn target(written: VoiceWakeTargetParams, field: &str) -> Result<VoiceWakeTarget, VoiceWakeError> {
    let given = [written.mode.is_some(), written.agent_id.is_some(), written.session_key.is_some()];
    if given.into_iter().filter(|given| *given).count() != 1 {
        return Err(wrong(field, "takes exactly one of mode, agentId and sessionKey"));
    }
    let agent_id = written.agent_id.map(|id| id.trim().to_lowercase());
    if agent_id.as_deref().is_some_and(|id| !crate::agents::is_id(id)) {
        return Err(wrong(format!("{field}.agentId"), "must be the id of an agent"));
    }
    let session_key = written.session_key.map(|key| key.trim().to_owned());
    let is_key = |key: &String| !key.is_empty() && key.chars().count() <= MAX_KEY && !key.contains(char::is_control);
    if session_key.as_ref().is_some_and(|key| !is_key(key)) {
        return Err(wrong(format!("{field}.sessionKey"), format!("must be 1 to {MAX_KEY} characters of one line")));
    }
    Ok(VoiceWakeTarget { mode: written.mode, agent_id, session_key })
}

#[cfg(test)]
mod tests {
    use super::*;
    use postern_protocol::voicewake::VoiceWakeMode;

    fn list(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn words_are_trimmed_and_bounded_and_never_none() {
        assert_eq!(words(&list(&[" hey ", "", "robot  wake"])).unwrap(), ["hey", "robot wake"]);
        assert_eq!(words(&list(&[" ", ""])).unwrap(), USUAL);
        assert_eq!(words(&vec!["x".repeat(64); 32]).unwrap().len(), 32);
        let blanks: Vec<String> = (0..40).map(|n| if n < 32 { "x".to_owned() } else { " ".to_owned() }).collect();
        assert_eq!(words(&blanks).unwrap().len(), 32);
        for (written, field) in [
            (vec!["x".to_owned(); 33], "triggers "),
            (vec!["ä".repeat(65)], "triggers[0] "),
            (list(&["ok", "a\u{1b}b"]), "triggers[1] "),
        ] {
            let error = words(&written).unwrap_err().to_string();
            assert!(error.starts_with(field), "{error}");
        }
    }

    #[test]
    fn routes_are_kept_as_they_are_heard() {
        let agent = |id: &str| VoiceWakeTargetParams { agent_id: Some(id.into()), ..VoiceWakeTargetParams::default() };
        let route = |trigger: &str, target| VoiceWakeRouteParams { trigger: trigger.into(), target };
        let written = |routes| VoiceWakeRoutingParams { routes: Some(routes), ..VoiceWakeRoutingParams::default() };
        let kept = routing(written(vec![route(" Hey, Bot!! ", agent("Ada"))]), 7).unwrap();
        assert_eq!((kept.routes[0].trigger.as_str(), kept.updated_at_ms), ("hey bot", 7));
        assert_eq!(kept.routes[0].target.agent_id.as_deref(), Some("ada"));
        let both = VoiceWakeTargetParams { mode: Some(VoiceWakeMode::Current), ..agent("ada") };
        let none = VoiceWakeTargetParams::default();
        for (routes, field) in [
            (vec![route("a", both)], "config.routes[0].target "),
            (vec![route("a", none)], "config.routes[0].target "),
            (vec![route("a", agent("../x"))], "config.routes[0].target.agentId "),
            (vec![route("...", agent("ada"))], "config.routes[0].trigger "),
            (vec![route("hey bot", agent("ada")), route("Hey, bot.", agent("eve"))], "config.routes[1].trigger "),
            (vec![route("a", agent("ada")); 33], "config.routes "),
        ] {
            let error = routing(written(routes), 0).unwrap_err().to_string();
            assert!(error.starts_with(field), "{error}");
        }
    }
}
