//! Which model answers. Pure: what is configured, chosen and found comes in.

use postern_models::{ModelInfo, ModelRef};

use crate::config::ModelChoice;

/// Provider of the built-in assistant.
const BUILTIN_PROVIDER: &str = "postern";
/// Its name.
const BUILTIN_MODEL: &str = "assistant";

/// The built-in assistant: it answers when there is no model, and is none.
#[must_use]
pub fn builtin() -> ModelRef {
    ModelRef::new(BUILTIN_PROVIDER, BUILTIN_MODEL)
}

/// Whether this is the built-in assistant.
#[must_use]
pub fn is_builtin(model: &ModelRef) -> bool {
    model.provider == BUILTIN_PROVIDER
}

/// Who chose a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChoiceSource {
    /// Somebody, for this conversation.
    Session,
    /// The agent's own setting.
    Agent,
    /// `agents.defaults.model`.
    Defaults,
    /// Nobody; it was found on this machine.
    Discovered,
    /// Nobody, and none was found.
    Builtin,
}

impl ChoiceSource {
    /// The word used in lists.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Agent => "agent",
            Self::Defaults => "defaults",
            Self::Discovered => "discovered",
            Self::Builtin => "builtin",
        }
    }
}

/// The model that answers, and those that are asked when it cannot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// Asked first.
    pub primary: ModelRef,
    /// Asked in this order when it cannot answer. Never the first one again, never the built-in assistant.
    pub fallbacks: Vec<ModelRef>,
    /// Who chose it.
    pub source: ChoiceSource,
}

impl Resolved {
    /// Whether the built-in assistant answers.
    #[must_use]
    pub fn is_builtin(&self) -> bool {
        is_builtin(&self.primary)
    }
}

/// The first of: the session's choice, the agent's, the one of the defaults, what was found. A choice that is not
/// written `provider/model` is passed over.
pub(super) fn choose(
    (session, agent, defaults): (Option<&str>, Option<&ModelChoice>, Option<&ModelChoice>),
    discovered: Option<ModelRef>,
) -> Resolved {
    let configured = [(agent, ChoiceSource::Agent), (defaults, ChoiceSource::Defaults)];
    let configured = configured.into_iter().find_map(|(choice, source)| {
        let choice = choice?;
        Some((ModelRef::parse(&choice.primary).ok()?, choice.fallbacks.as_slice(), source))
    });
    let session = session.and_then(|written| ModelRef::parse(written).ok());
    let (primary, fallbacks, source) = match (session, configured, discovered) {
        (Some(model), configured, _) => {
            (model, configured.map_or(&[][..], |(_, fallbacks, _)| fallbacks), ChoiceSource::Session)
        }
        (None, Some(configured), _) => configured,
        (None, None, Some(found)) => (found, &[][..], ChoiceSource::Discovered),
        (None, None, None) => (builtin(), &[][..], ChoiceSource::Builtin),
    };
    let fallbacks = if is_builtin(&primary) { &[][..] } else { fallbacks };
    let mut others: Vec<ModelRef> = Vec::new();
    for model in fallbacks.iter().filter_map(|written| ModelRef::parse(written).ok()) {
        if model != primary && !is_builtin(&model) && !others.contains(&model) {
            others.push(model);
        }
    }
    Resolved { primary, fallbacks: others, source }
}

/// A text that names no model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnknownModel(String);

/// Reads `provider/model`, or the id or name of exactly one listed model. `is_known` says whether the provider of a
/// model is known.
pub(super) fn read(
    written: &str,
    listed: &[ModelInfo],
    is_known: impl Fn(&ModelRef) -> bool,
) -> Result<ModelRef, UnknownModel> {
    let written = written.trim();
    let shown: String = written.chars().filter(|c| !c.is_control()).take(80).collect();
    if written.eq_ignore_ascii_case(BUILTIN_MODEL) || ModelRef::parse(written).is_ok_and(|model| model == builtin()) {
        return Ok(builtin());
    }
    let same = |text: &str| text.eq_ignore_ascii_case(written);
    let named = |info: &&ModelInfo| same(&info.spec.id) || info.spec.name.as_deref().is_some_and(same);
    let exact = ModelRef::parse(written).ok().filter(|model| is_known(model));
    let mut found = listed.iter().filter(named).map(ModelInfo::reference);
    match (exact, found.next(), found.next()) {
        (Some(model), _, _) | (None, Some(model), None) => Ok(model),
        (None, Some(one), Some(other)) => {
            Err(UnknownModel(format!("model {shown:?} is ambiguous: write {one} or {other}")))
        }
        (None, None, _) => {
            let fix = "write provider/model, for example openai/gpt-5-mini; models.list has those that can be asked";
            Err(UnknownModel(format!("unknown model {shown:?}: {fix}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use postern_models::{ModelSource, ModelSpec};

    use super::*;

    fn choice(primary: &str, fallbacks: &[&str]) -> ModelChoice {
        ModelChoice { primary: primary.into(), fallbacks: fallbacks.iter().map(|&text| text.into()).collect() }
    }

    #[test]
    fn the_nearest_choice_wins() {
        use ChoiceSource::{Agent, Builtin, Defaults, Discovered, Session};
        let agent = choice("a/one", &["b/two", "a/one", "b/two", "postern/assistant", "broken"]);
        let defaults = choice("d/m", &["d/n"]);
        let found = Some(ModelRef::new("ollama", "q"));
        #[rustfmt::skip]
        let expect = [
            (Some("s/m"), Some(&agent), Some(&defaults), found.clone(), "s/m", &["b/two", "a/one"][..], Session),
            (Some("b/two"), Some(&agent), None, None, "b/two", &["a/one"], Session),
            (Some("s/m"), None, Some(&defaults), None, "s/m", &["d/n"], Session),
            (Some("s/m"), None, None, None, "s/m", &[], Session),
            (Some("broken"), Some(&agent), None, None, "a/one", &["b/two"], Agent),
            (Some("postern/assistant"), Some(&agent), None, None, "postern/assistant", &[], Session),
            (None, Some(&agent), Some(&defaults), found.clone(), "a/one", &["b/two"], Agent),
            (None, None, Some(&defaults), found.clone(), "d/m", &["d/n"], Defaults),
            (None, None, None, found, "ollama/q", &[], Discovered),
            (None, None, None, None, "postern/assistant", &[], Builtin),
        ];
        for (session, agent, defaults, found, primary, fallbacks, source) in expect {
            let got = choose((session, agent, defaults), found);
            let names: Vec<String> = got.fallbacks.iter().map(ToString::to_string).collect();
            assert_eq!((got.primary.to_string().as_str(), got.source), (primary, source), "{session:?}");
            assert_eq!(names, fallbacks, "{session:?} {source:?}");
        }
    }

    #[test]
    fn a_model_is_read_as_people_write_it() {
        let info = |provider: &str, id: &str, name: Option<&str>| ModelInfo {
            provider: provider.into(),
            spec: ModelSpec { name: name.map(Into::into), ..ModelSpec::named(id) },
            source: ModelSource::Configured,
            available: true,
        };
        let listed = [info("a", "m1", Some("Big One")), info("a", "m2", None), info("b", "m2", None)];
        let read = |text: &str| read(text, &listed, |model| model.provider == "a" || model.provider == "b");
        for (text, want) in [
            (" a/anything ", "a/anything"),
            ("m1", "a/m1"),
            ("big one", "a/m1"),
            ("b/m2", "b/m2"),
            ("Assistant", "postern/assistant"),
            ("postern/assistant", "postern/assistant"),
        ] {
            assert_eq!(read(text).unwrap().to_string(), want, "{text}");
        }
        assert!(read("m2").unwrap_err().to_string().contains("write a/m2 or b/m2"));
        for text in ["", "nobody/m", "m9", "postern/other", "a b/c"] {
            assert!(read(text).unwrap_err().to_string().starts_with("unknown model"), "{text}");
        }
    }
}
