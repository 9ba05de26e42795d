//! `postern agents`: who can answer, and what makes each of them what it is.

use postern_protocol::agents::{
    AgentsCreate, AgentsCreateParams, AgentsDelete, AgentsDeleteParams, AgentsList, AgentsListResult, AgentsUpdate,
    AgentsUpdateParams,
};
use postern_protocol::call::NoParams;
use postern_protocol::system::Nullable;

use super::Context;
use crate::args::{AgentAddArgs, AgentDeleteArgs, AgentIdentityArgs, AgentsArgs, AgentsCommand};
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{confirm, printable, somebody_is_there};
use crate::table::Table;

mod files;

pub(crate) async fn run(cx: &Context, args: &AgentsArgs) -> Outcome {
    match args.command.as_ref().unwrap_or(&AgentsCommand::List) {
        AgentsCommand::List => cx.ask::<AgentsList>(NoParams::default(), table).await,
        AgentsCommand::Add(args) => add(cx, args).await,
        AgentsCommand::Delete(args) => delete(cx, args).await,
        AgentsCommand::SetIdentity(args) => set_identity(cx, args).await,
        AgentsCommand::Files(args) => files::run(cx, args).await,
    }
}

fn table(answer: &AgentsListResult) -> String {
    let mut table = Table::new(["ID", "NAME", "MODEL", "WORKSPACE"]);
    for agent in &answer.agents {
        let default = if agent.id == answer.default_id { " (default)" } else { "" };
        let look = agent.identity.as_ref();
        let name = agent.name.as_ref().or_else(|| look?.name.as_ref()).cloned().unwrap_or_default();
        let emoji = look.and_then(|look| look.emoji.clone()).unwrap_or_default();
        table.row([
            format!("{}{default}", agent.id),
            format!("{emoji} {name}").trim().to_owned(),
            agent.model.as_ref().map(|model| model.primary.clone()).unwrap_or_default(),
            agent.workspace.clone().unwrap_or_default(),
        ]);
    }
    table.render()
}

async fn add(cx: &Context, args: &AgentAddArgs) -> Outcome {
    let params = AgentsCreateParams {
        name: args.name.clone(),
        workspace: args.workspace.clone(),
        model: args.model.clone(),
        emoji: args.emoji.clone(),
        avatar: None,
    };
    cx.ask::<AgentsCreate>(params, |made| {
        let (id, folder) = (printable(&made.agent_id), printable(&made.workspace));
        format!("made: {id}, its files are in {folder}\n  talk to it with: postern chat --agent {id}")
    })
    .await
}

async fn delete(cx: &Context, args: &AgentDeleteArgs) -> Outcome {
    let ask = !args.yes && !cx.output.is_json() && somebody_is_there();
    if !args.yes && !ask {
        return Err(Failure::usage("deleting an agent must be confirmed").hint("add --yes"));
    }
    if ask && !confirm(&format!("Delete the agent {}?", printable(&args.id))) {
        return Err(Failure::new(Exit::Failed, "nothing was deleted"));
    }
    let params = AgentsDeleteParams { agent_id: args.id.clone(), delete_files: args.files.then_some(true) };
    cx.ask::<AgentsDelete>(params, |done| {
        let mut lines = vec![format!("deleted: {}", printable(&done.agent_id))];
        let kept = done.failed.iter().flatten();
        lines.extend(kept.map(|folder| format!("  stays: {}: {}", printable(&folder.path), printable(&folder.reason))));
        let gone = done.removed.iter().flatten();
        lines.extend(gone.map(|folder| format!("  in the trash of the state folder: {}", printable(&folder.path))));
        lines.join("\n")
    })
    .await
}

async fn set_identity(cx: &Context, args: &AgentIdentityArgs) -> Outcome {
    if [&args.name, &args.emoji, &args.avatar, &args.model].into_iter().all(Option::is_none) {
        return Err(Failure::usage("nothing to change").hint("add --name, --emoji, --avatar or --model"));
    }
    let params = AgentsUpdateParams {
        agent_id: args.id.clone(),
        name: args.name.clone(),
        workspace: None,
        model: args.model.clone().map(|model| if model.is_empty() { Nullable::Null } else { Nullable::Value(model) }),
        emoji: args.emoji.clone(),
        avatar: args.avatar.clone(),
    };
    cx.ask::<AgentsUpdate>(params, |done| format!("changed: {}", printable(&done.agent_id))).await
}
