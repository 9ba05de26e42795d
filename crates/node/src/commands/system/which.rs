//! `system.which`: where programs are.

use std::collections::BTreeMap;

use postern_tools::exec::find_program;
use serde::Deserialize;
use serde_json::json;

use crate::commands::{Host, Invoke};
use crate::refusal::{Outcome, Refusal, read};

/// Names of one question.
const MOST: usize = 512;

#[derive(Deserialize)]
struct WhichParams {
    bins: Vec<String>,
}

pub(crate) fn which(host: &Host, call: &Invoke) -> Outcome {
    let params: WhichParams = read(&call.command, &call.params)?;
    if params.bins.len() > MOST {
        return Err(Refusal::invalid(format!("bins has more than {MOST} names")));
    }
    let search = host.options.command_env.get("PATH").map(String::as_str);
    let found: BTreeMap<&str, String> = params
        .bins
        .iter()
        .map(|name| name.trim())
        .filter(|name| !name.is_empty() && !name.contains(['/', '\\']))
        .filter_map(|name| Some((name, find_program(name, search)?.to_string_lossy().into_owned())))
        .collect();
    Ok(json!({ "bins": found }))
}
