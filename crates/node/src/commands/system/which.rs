//! `system.which`: where programs are.

use std::collections::BTreeMap;
use std::sync::Arc;

use postern_tools::exec::find_program;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::commands::{Host, Invoke, blocking};
use crate::refusal::{Outcome, Refusal, read};

/// Names of one question.
const MOST: usize = 512;

#[derive(Deserialize)]
struct WhichParams {
    bins: Vec<String>,
}

pub(crate) async fn which(host: &Arc<Host>, call: &Invoke) -> Outcome {
    let params: WhichParams = read(&call.command, &call.params)?;
    if params.bins.len() > MOST {
        return Err(Refusal::invalid(format!("bins has more than {MOST} names")));
    }
    let host = Arc::clone(host);
    blocking(move || Ok(found(&params.bins, host.options.command_env.get("PATH").map(String::as_str)))).await
}

fn found(bins: &[String], search: Option<&str>) -> Value {
    let found: BTreeMap<&str, String> = bins
        .iter()
        .map(|name| name.trim())
        .filter(|name| !name.is_empty() && !name.contains(['/', '\\']))
        .filter_map(|name| Some((name, find_program(name, search)?.to_string_lossy().into_owned())))
        .collect();
    json!({ "bins": found })
}
