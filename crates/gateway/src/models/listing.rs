//! The list of models: which, from where, and why one cannot be asked.

use postern_models::{ModelInfo, ModelRef, ModelSource, ModelSpec};

use super::choice::{Resolved, builtin, is_builtin};
use super::{ChoiceSource, ModelService};
use crate::config::ModelChoice;

/// Why a model cannot be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unavailable {
    /// Its provider has no key.
    MissingKey,
    /// Its provider refused the key.
    KeyRefused,
    /// Its provider is not known.
    UnknownProvider,
}

/// One model of the list.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// What is known of it.
    pub info: ModelInfo,
    /// Why it cannot be asked.
    pub unavailable: Option<Unavailable>,
    /// It answers unless somebody chooses another.
    pub is_default: bool,
    /// It is asked when the default cannot answer.
    pub is_fallback: bool,
    /// It is the choice of an agent or of the defaults.
    pub is_chosen: bool,
}

impl Listed {
    /// Whether it is the built-in assistant.
    #[must_use]
    pub fn is_builtin(&self) -> bool {
        is_builtin(&self.info.reference())
    }

    /// Whether only an agent's choice names it, and no provider has it.
    #[must_use]
    pub fn is_only_chosen(&self) -> bool {
        self.unavailable == Some(Unavailable::UnknownProvider)
    }

    /// Whether the configuration names it.
    #[must_use]
    pub fn is_configured(&self) -> bool {
        self.is_chosen || self.info.source == ModelSource::Configured
    }
}

impl ModelService {
    /// Every model there is, the built-in assistant last. `agent` is the choice whose default is marked; `chosen`
    /// are all choices of agents, which are listed also when nobody knows them.
    pub async fn list(&self, agent: Option<&ModelChoice>, chosen: &[ModelChoice]) -> Vec<Listed> {
        let resolved = self.resolve(None, agent);
        let config = self.0.config.now();
        let defaults = config.agent_defaults.model.as_ref();
        let chosen: Vec<ModelRef> = chosen.iter().chain(defaults).flat_map(references).collect();
        let mut models = self.0.models().catalogue_with_keys().await;
        for model in &chosen {
            if !is_builtin(model) && !models.iter().any(|info| info.reference() == *model) {
                models.push(self.0.models().find(model).unwrap_or_else(|| unknown(model)));
            }
        }
        let mut rows: Vec<Listed> = models.into_iter().map(|info| self.row(info, &resolved, &chosen)).collect();
        rows.sort_by(|a, b| (&a.info.provider, &a.info.spec.id).cmp(&(&b.info.provider, &b.info.spec.id)));
        rows.push(assistant(&resolved));
        rows
    }

    fn row(&self, info: ModelInfo, resolved: &Resolved, chosen: &[ModelRef]) -> Listed {
        let model = info.reference();
        let unavailable = if self.0.models().find(&model).is_none() {
            Some(Unavailable::UnknownProvider)
        } else if !info.available {
            Some(Unavailable::MissingKey)
        } else {
            self.is_refused(&info.provider).then_some(Unavailable::KeyRefused)
        };
        Listed {
            unavailable,
            is_default: resolved.primary == model,
            is_fallback: resolved.fallbacks.contains(&model),
            is_chosen: chosen.contains(&model),
            info,
        }
    }
}

fn references(choice: &ModelChoice) -> impl Iterator<Item = ModelRef> {
    let written = std::iter::once(&choice.primary).chain(&choice.fallbacks);
    written.filter_map(|written| ModelRef::parse(written).ok())
}

fn unknown(model: &ModelRef) -> ModelInfo {
    let (provider, spec) = (model.provider.clone(), ModelSpec::named(model.model.as_str()));
    ModelInfo { provider, spec, source: ModelSource::Configured, available: false }
}

fn assistant(resolved: &Resolved) -> Listed {
    let ModelRef { provider, model } = builtin();
    let spec = ModelSpec {
        name: Some("Built-in assistant".to_owned()),
        reasoning: Some(false),
        input: vec![postern_models::InputKind::Text],
        ..ModelSpec::named(model)
    };
    Listed {
        info: ModelInfo { provider, spec, source: ModelSource::Static, available: true },
        unavailable: None,
        is_default: resolved.source == ChoiceSource::Builtin,
        is_fallback: false,
        is_chosen: false,
    }
}
