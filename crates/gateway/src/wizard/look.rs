//! Looks at configuration, models and addresses before the first question.

use std::collections::BTreeMap;

use postern_models::{KeyStatus, ModelSource, ProviderStatus};

use super::WizardParts;
use super::facts::{Facts, ProviderFact};
use crate::models::Listed;

/// What there is; an error says why nothing can be set up.
pub(super) async fn around(parts: &WizardParts) -> Result<Facts, String> {
    let written = parts.config.read()?;
    // Somebody who sets up has perhaps just started one of them.
    parts.models.look_again().await;
    let listed = parts.models.list(None, &[]).await;
    let providers = parts.models.providers(true).await;
    let tailnet = parts.own_addresses.iter().find(|ip| crate::system::is_tailnet(**ip));
    Ok(Facts {
        model: model(&written),
        written,
        tailnet: tailnet.map(ToString::to_string),
        providers: offer(providers.into_iter().map(|(status, _)| status), &listed),
        place: parts.config.place(),
    })
}

fn model(written: &serde_json::Value) -> Option<String> {
    let choice = written.pointer("/agents/defaults/model")?;
    choice.as_str().or_else(|| choice.get("primary")?.as_str()).map(str::to_owned)
}

/// Providers worth offering: what runs here first, then what has a key, then the
/// rest. A local one that is not running is left out.
fn offer(all: impl Iterator<Item = ProviderStatus>, listed: &[Listed]) -> Vec<ProviderFact> {
    let mut models: BTreeMap<&str, Vec<(String, String)>> = BTreeMap::new();
    let mut found: Vec<&str> = Vec::new();
    for row in listed.iter().filter(|row| !row.is_builtin()) {
        let name = row.info.spec.name.clone().filter(|name| !name.trim().is_empty());
        let pair = (row.info.spec.id.clone(), name.unwrap_or_else(|| row.info.spec.id.clone()));
        models.entry(&row.info.provider).or_default().push(pair);
        if row.info.source == ModelSource::Discovered {
            found.push(&row.info.provider);
        }
    }
    let facts = all.map(|status| ProviderFact {
        needs_key: status.needs_key,
        takes_key: status.needs_key || (status.is_configured && !found.contains(&status.provider.as_str())),
        has_key: status.key == KeyStatus::Ok,
        is_found: found.contains(&status.provider.as_str()),
        models: models.get(status.provider.as_str()).cloned().unwrap_or_default(),
        name: status.display_name,
        id: status.provider,
    });
    let mut facts: Vec<ProviderFact> = facts.filter(|fact| fact.needs_key || !fact.models.is_empty()).collect();
    facts.sort_by_key(|fact| (!fact.is_found, !fact.has_key));
    facts
}
