//! `postern agents files`: the files that shape an agent.

use std::path::Path;

use postern_protocol::agents::{
    AgentsFilesGet, AgentsFilesGetParams, AgentsFilesGetResult, AgentsFilesList, AgentsFilesListParams,
    AgentsFilesListResult, AgentsFilesSet, AgentsFilesSetParams,
};

use crate::args::{AgentFilesArgs, AgentFilesCommand};
use crate::commands::{Context, read};
use crate::env::now_ms;
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{ago, harmless, printable};
use crate::table::Table;

pub(super) async fn run(cx: &Context, args: &AgentFilesArgs) -> Outcome {
    let agent_id = args.id.clone();
    match args.command.as_ref().unwrap_or(&AgentFilesCommand::List) {
        AgentFilesCommand::List => {
            cx.ask::<AgentsFilesList>(AgentsFilesListParams { agent_id }, |answer| table(answer, now_ms())).await
        }
        AgentFilesCommand::Get { name } => get(cx, AgentsFilesGetParams { agent_id, name: name.clone() }).await,
        AgentFilesCommand::Set { name, file } => {
            let params = AgentsFilesSetParams { agent_id, name: name.clone(), content: content(file)? };
            cx.ask::<AgentsFilesSet>(params, |done| format!("written: {}", printable(&done.file.path))).await
        }
    }
}

fn table(answer: &AgentsFilesListResult, now_ms: i64) -> String {
    let mut table = Table::new(["NAME", "BYTES", "WRITTEN"]);
    for file in &answer.files {
        let written = file.updated_at_ms.map(|then| ago(then, now_ms)).unwrap_or_default();
        let size = file.size.map(|size| size.to_string()).unwrap_or_default();
        table.row([file.name.clone(), size, if file.missing { "not there".to_owned() } else { written }]);
    }
    format!("{}\n{}", printable(&answer.workspace), table.render())
}

async fn get(cx: &Context, params: AgentsFilesGetParams) -> Outcome {
    let gateway = cx.connect().await?;
    let answer = gateway.ask::<AgentsFilesGet>(&params).await?;
    gateway.close().await;
    cx.output.content(&answer, || {
        let file = read::<AgentsFilesGetResult>(&answer)?.file;
        let missing = || Failure::new(Exit::Failed, format!("{} is not there", printable(&file.path)));
        file.content.as_deref().map(harmless).ok_or_else(missing)
    })
}

fn content(path: &Path) -> Outcome<String> {
    let shown = printable(&path.display().to_string());
    if path == Path::new("-") {
        return std::io::read_to_string(std::io::stdin())
            .map_err(|error| Failure::new(Exit::Failed, format!("standard input: {error}")));
    }
    std::fs::read_to_string(path).map_err(|error| Failure::usage(format!("{shown}: {error}")))
}
