//! Providers' keys, rules for commands, schedules, and what has no place here.

use std::collections::BTreeMap;

use postern_protocol::approvals::ExecRules;
use serde_json::{Value, json};

use super::caution::without_wide_modes;
use super::config::at;
use super::home::Home;
use super::report::Report;
use super::{ImportError, Target};
use crate::agents::is_id;
use crate::approvals::{RULES_KEY, is_broad_pattern, is_usable_pattern};
use crate::config::Config;
use crate::models::secret_name;
use crate::secrets::Secret;
use crate::store::{self, Change, Table};

/// Where schedules wait until there is somebody who keeps them.
const SCHEDULES: &str = "imported-cron-jobs";
/// The gateway's own token, in the credential store.
const GATEWAY_TOKEN: &str = "gateway-token";

/// Keys and the gateway token go to the credential store, where there is none yet.
pub(super) async fn keys(
    home: &Home,
    source: &Value,
    (target, config): (&Target, &Config),
    report: &mut Report,
) -> Result<(), ImportError> {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    for agent in home.folders("agents") {
        let file = format!("agents/{agent}/agent/auth-profiles.json");
        let profiles = home.document("keys", &file, report).unwrap_or_default();
        for (name, profile) in profiles["profiles"].as_object().into_iter().flatten() {
            let provider = profile["provider"].as_str().unwrap_or_else(|| name.split(':').next().unwrap_or_default());
            match (profile["type"].as_str(), profile["key"].as_str()) {
                (Some("api_key"), Some(key)) => {
                    found.entry(provider.to_owned()).or_insert_with(|| key.to_owned());
                }
                (Some(kind), _) => {
                    let why = format!("a sign-in of kind {kind}; give an API key: postern models auth {provider}");
                    report.left("keys", format!("{agent}: {name}"), why);
                }
                (None, _) => report.left("keys", format!("{agent}: {name}"), "says not what it is"),
            }
        }
    }
    for (id, provider) in at(source, "models.providers").and_then(Value::as_object).into_iter().flatten() {
        match &provider["apiKey"] {
            Value::Null => {}
            Value::String(key) if !key.contains("${") => {
                found.entry(id.clone()).or_insert_with(|| key.to_owned());
            }
            _ => {
                let why = format!("refers to a key that is kept elsewhere; give it here: postern models auth {id}");
                report.left("keys", format!("models.providers.{id}.apiKey"), why);
            }
        }
    }
    for (provider, key) in found {
        let shape = (8..=2048).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_id(&provider) || !shape {
            report.left("keys", provider, "is not the shape of a key");
            continue;
        }
        keep(target, &secret_name(&provider), Secret::new(key), (&provider, report)).await?;
    }
    let token = at(source, "gateway.auth.token").and_then(Value::as_str).filter(|token| !token.contains("${"));
    if let Some(token) = token {
        if config.auth.token.is_some() {
            report.left("keys", "gateway.auth.token", "this gateway's configuration has a token of its own");
        } else {
            keep(target, GATEWAY_TOKEN, Secret::new(token), ("gateway.auth.token", report)).await?;
        }
    }
    Ok(())
}

async fn keep(
    target: &Target,
    name: &str,
    value: Secret,
    (shown, report): (&str, &mut Report),
) -> Result<(), ImportError> {
    match target.secrets.get(name).await? {
        Some(known) if known == value => report.already("keys"),
        Some(_) => report.left("keys", shown, "there is another here already; it stays"),
        None => {
            report.took("keys", shown);
            if target.store.is_some() {
                target.secrets.set(name, &value).await?;
            }
        }
    }
    Ok(())
}

/// Rules for commands: entries that are not here yet. Modes are only taken where
/// there are no rules at all.
pub(super) async fn rules(home: &Home, target: &Target, report: &mut Report) -> Result<(), ImportError> {
    let Some(mut source) = home.document("approvals", "exec-approvals.json", report) else { return Ok(()) };
    if let Some(members) = source.as_object_mut() {
        members.remove("socket");
    }
    let Ok(mut theirs) = serde_json::from_value::<ExecRules>(source) else {
        report.left("approvals", "exec-approvals.json", "has not the shape of rules");
        return Ok(());
    };
    let known = known_document(target, RULES_KEY).await?;
    let fresh = known.is_none();
    let mut ours: ExecRules = known.and_then(|body| serde_json::from_str(&body).ok()).unwrap_or_default();
    ours.version = 1;
    leave_wide_modes(&mut theirs, report);
    if fresh {
        ours.defaults.clone_from(&theirs.defaults);
    }
    let mut added = 0;
    for (id, agent) in theirs.agents.into_iter().flatten() {
        let is_new = !ours.agents.iter().flatten().any(|(known, _)| *known == id);
        let entry = ours.agents.get_or_insert_default().entry(id.clone()).or_default();
        if is_new {
            entry.modes = agent.modes;
        }
        for mut allowed in agent.allowlist.into_iter().flatten() {
            if let (Some(rest), Some(user)) = (allowed.pattern.strip_prefix("~/"), home.user_home()) {
                allowed.pattern = format!("{}/{rest}", user.display());
            }
            let list = entry.allowlist.get_or_insert_default();
            if !is_usable_pattern(&allowed.pattern) {
                report.left("approvals", format!("{id}: {}", allowed.pattern), "is no absolute path of a program");
            } else if is_broad_pattern(&allowed.pattern) {
                report.left(
                    "approvals",
                    format!("{id}: {}", allowed.pattern),
                    "would let programs run that run anything; allow single programs yourself",
                );
            } else if list.iter().any(|known| known.pattern == allowed.pattern) {
                report.already("approvals");
            } else {
                report.took("approvals", format!("{id}: {}", allowed.pattern));
                list.push(allowed);
                added += 1;
            }
        }
    }
    if let (Some(store), true) = (&target.store, added > 0 || fresh) {
        let body = serde_json::to_string(&ours).unwrap_or_default();
        store.enqueue(vec![Change::Put { table: Table::Meta, key: RULES_KEY.to_owned(), body }]).await?;
    }
    Ok(())
}

/// Modes that let everything run, or ask nobody, are their owner's to set.
fn leave_wide_modes(rules: &mut ExecRules, report: &mut Report) {
    let why = "lets more commands run without a question; set it yourself if you want that, with exec.approvals.set";
    let of_agents = rules.agents.iter_mut().flatten().map(|(id, agent)| (id.as_str(), &mut agent.modes));
    let all = rules.defaults.iter_mut().map(|modes| ("defaults", modes)).chain(of_agents);
    for (whose, modes) in all {
        for mode in without_wide_modes(modes) {
            report.left("approvals", format!("{whose}: {mode}"), why);
        }
    }
}

async fn known_document(target: &Target, key: &str) -> Result<Option<String>, ImportError> {
    let database = target.paths.database();
    if !database.exists() {
        return Ok(None);
    }
    let documents = store::documents(&database, Table::Meta).await?;
    Ok(documents.into_iter().find(|(known, _)| known == key).map(|(_, body)| body))
}

/// Schedules are kept as they are: nothing runs them yet, and nothing is lost.
pub(super) async fn schedules(home: &Home, target: &Target, report: &mut Report) -> Result<(), ImportError> {
    let Some(source) = home.document("cron", "cron/jobs.json", report) else { return Ok(()) };
    let jobs = source["jobs"].as_array().cloned().unwrap_or_default();
    let known = known_document(target, SCHEDULES).await?;
    let known: Value = known.and_then(|body| serde_json::from_str(&body).ok()).unwrap_or_else(|| json!({"jobs": []}));
    let mut kept = known["jobs"].as_array().cloned().unwrap_or_default();
    let before = kept.len();
    for job in jobs {
        let Some(id) = job["id"].as_str().map(str::to_owned) else {
            report.left("cron", "a job", "has no id");
            continue;
        };
        if kept.iter().any(|known| known["id"] == id.as_str()) {
            report.already("cron");
            continue;
        }
        let name = job["name"].as_str().unwrap_or(&id);
        report.took("cron", format!("{name}: kept for later, it does not run yet"));
        kept.push(job);
    }
    if let (Some(store), true) = (&target.store, kept.len() > before) {
        let body = json!({ "jobs": kept }).to_string();
        store.enqueue(vec![Change::Put { table: Table::Meta, key: SCHEDULES.to_owned(), body }]).await?;
    }
    Ok(())
}

/// What is there and has no place here.
pub(super) fn others(home: &Home, report: &mut Report) {
    const LEFT: [(&str, &str); 9] = [
        ("state/openclaw.sqlite", "a database of a newer release; export its conversations there"),
        ("credentials", "channels are not there yet; they are connected anew"),
        ("settings/voicewake.json", "there is no voice wake yet"),
        ("settings/tts.json", "there is no speech yet"),
        ("skills", "there are no skills yet"),
        ("hooks", "there are no hooks yet"),
        ("media", "pictures of conversations are in them; other files stay there"),
        ("browser", "there is no browser control yet"),
        ("node.json", "the settings of a node host; they stay with it"),
    ];
    for (name, why) in LEFT {
        if home.path().join(name).exists() {
            report.left("other", name, why);
        }
    }
}
