//! What there is before the first question: the questions offer it, and what
//! does not change is not written.

use serde_json::Value;

/// The machine and the configuration as they are.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    /// What is written in the configuration file.
    pub(super) written: Value,
    /// A tailnet address of this machine, when it has one.
    pub(super) tailnet: Option<String>,
    /// Where language models come from, in the order in which they are offered.
    pub(super) providers: Vec<ProviderFact>,
    /// The model that answers now, when somebody chose it: `provider/model`.
    pub(super) model: Option<String>,
    /// The file that will be written, for people.
    pub(super) place: String,
}

/// One provider of language models.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ProviderFact {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) needs_key: bool,
    /// A key is asked for; some that need none take one.
    pub(super) takes_key: bool,
    pub(super) has_key: bool,
    /// It was found running on this machine.
    pub(super) is_found: bool,
    /// Models that are known of it: id and name.
    pub(super) models: Vec<(String, String)>,
}

impl Facts {
    /// What is written at a dotted path.
    pub(super) fn at(&self, path: &str) -> Option<&Value> {
        path.split('.').try_fold(&self.written, |value, name| value.get(name))
    }

    /// A word that is written at a dotted path.
    pub(super) fn word(&self, path: &str) -> Option<&str> {
        self.at(path).and_then(Value::as_str)
    }

    pub(super) fn provider(&self, id: &str) -> Option<&ProviderFact> {
        self.providers.iter().find(|provider| provider.id == id)
    }
}
