//! `models.list`: which models there are (`methods.md §4`).

use postern_models::{Cost, InputKind, ModelSource};
use postern_protocol::Dialect;
use postern_protocol::access::{Access, Scope};
use postern_protocol::models::{
    ModelCost, ModelInput, ModelRow, ModelsList, ModelsListParams, ModelsListResult, ModelsView, ThinkingChoice,
    UnavailableReason,
};

use crate::models::{Listed, Unavailable};
use crate::rpc::{Cx, Method, RpcError, RpcResult};

impl Method for ModelsList {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, params: ModelsListParams) -> RpcResult<ModelsListResult> {
        let default = cx.agents.default_id();
        let wanted = params.agent_id.as_deref().unwrap_or(&default);
        let agent = cx.agents.get(wanted.trim()).ok_or_else(|| RpcError::invalid("agentId names no agent"))?;
        if params.refresh == Some(true) {
            cx.models.look_again().await;
        }
        let chosen: Vec<_> = cx.agents.list().iter().filter_map(|agent| agent.model.clone()).collect();
        let models = cx.models.list(agent.model.as_ref(), &chosen).await;
        let view = params.view.unwrap_or(ModelsView::Default);
        let shown = models.into_iter().filter(|listed| is_shown(listed, view));
        let dialect = cx.principal().dialect;
        let with_cost = params.include_cost == Some(true);
        Ok(ModelsListResult { models: shown.map(|listed| row(&cx, listed, (dialect, with_cost))).collect() })
    }
}

fn is_shown(listed: &Listed, view: ModelsView) -> bool {
    match view {
        ModelsView::All => true,
        ModelsView::Default => listed.info.available || listed.is_configured(),
        ModelsView::Configured => listed.is_configured() && !listed.is_builtin(),
        ModelsView::ProviderConfig => listed.info.source == ModelSource::Configured && !listed.is_only_chosen(),
    }
}

fn row(cx: &Cx, listed: Listed, (dialect, with_cost): (Dialect, bool)) -> ModelRow {
    let (model, tags) = (listed.info.reference(), tags(&listed));
    let spec = listed.info.spec;
    let mut row = ModelRow {
        name: spec.name.filter(|name| !name.trim().is_empty()).unwrap_or_else(|| spec.id.clone()),
        id: spec.id,
        provider: listed.info.provider,
        context_window: spec.context_window,
        reasoning: spec.reasoning,
        ..ModelRow::default()
    };
    if dialect == Dialect::V3 {
        return row;
    }
    let levels = cx.models.thinking_levels(&model).iter().map(|level| level.as_str());
    row.tags = Some(tags).filter(|tags| !tags.is_empty());
    row.available = Some(listed.unavailable.is_none());
    row.unavailable_reason = listed.unavailable.and_then(reason);
    row.thinking_levels = Some(levels.map(|id| ThinkingChoice { id: id.to_owned(), label: id.to_owned() }).collect());
    // Clients that know the list by its schema take nothing else: only who asks is told.
    row.cost = spec.cost.filter(|_| with_cost).map(cost);
    row.input = Some(spec.input.into_iter().map(input).collect()).filter(|kinds: &Vec<_>| !kinds.is_empty());
    row
}

fn tags(listed: &Listed) -> Vec<String> {
    let built_in = listed.is_builtin();
    let all = [
        (listed.is_default, "default"),
        (listed.is_fallback, "fallback"),
        (listed.is_configured() && !built_in, "configured"),
        (listed.info.source == ModelSource::Discovered, "discovered"),
        (built_in, "built-in"),
    ];
    all.into_iter().filter(|(has, _)| *has).map(|(_, tag)| tag.to_owned()).collect()
}

const fn reason(why: Unavailable) -> Option<UnavailableReason> {
    match why {
        Unavailable::MissingKey => Some(UnavailableReason::MissingAuth),
        Unavailable::KeyRefused => Some(UnavailableReason::AuthFailed),
        // The wire has no word for it.
        Unavailable::UnknownProvider => None,
    }
}

const fn cost(cost: Cost) -> ModelCost {
    let Cost { input, output, cache_read, cache_write } = cost;
    ModelCost { input, output, cache_read, cache_write }
}

const fn input(kind: InputKind) -> ModelInput {
    match kind {
        InputKind::Text => ModelInput::Text,
        InputKind::Image => ModelInput::Image,
    }
}
