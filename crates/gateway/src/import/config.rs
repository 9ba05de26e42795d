//! Settings: each is taken alone, and only when the configuration is valid with
//! it. What is set here already stays.

use serde_json::{Map, Value, json};

use super::caution::widens;
use super::home::Home;
use super::report::Report;
use super::{ImportError, Target};
use crate::agents::is_id;
use crate::config::change::{Change, Check, change};
use crate::config::edit::{self, EditError};
use crate::config::file::read_file;
use crate::config::path::SettingPath;
use crate::config::schema::lookup;
use crate::config::versions::Cause;
use crate::config::{ConfigProblem, refuse_exposed, would_be};

/// Settings that mean the same here, in an order in which each is valid.
const SAME: [&str; 39] = [
    "env.vars",
    "gateway.tls",
    "gateway.reload",
    "gateway.remote",
    "gateway.http.securityHeaders",
    "gateway.port",
    "gateway.auth.password",
    "gateway.auth.mode",
    "gateway.auth.rateLimit",
    "gateway.auth.allowTailscale",
    "gateway.customBindHost",
    "gateway.bind",
    "gateway.trustedProxies",
    "gateway.allowRealIpFallback",
    "gateway.controlUi.enabled",
    "gateway.controlUi.basePath",
    "gateway.controlUi.allowedOrigins",
    "gateway.controlUi.allowInsecureAuth",
    "gateway.tailscale",
    "gateway.nodes.pairing.autoApproveLocal",
    "session.scope",
    "session.mainKey",
    "agents.defaults.model",
    "agents.defaults.thinkingDefault",
    "agents.defaults.timeoutSeconds",
    "agents.defaults.contextTokens",
    "agents.defaults.heartbeat.every",
    "agents.defaults.heartbeat.target",
    "agents.defaults.heartbeat.prompt",
    "tools.allow",
    "tools.deny",
    "tools.exec.security",
    "tools.exec.ask",
    "tools.web.fetch.enabled",
    "mcp.servers",
    "logging.level",
    "usage.limits",
    "canvasHost.enabled",
    "canvasHost.liveReload",
];
/// The token, in the file or in the credential store.
const TOKEN: &str = "gateway.auth.token";
/// Settings that people give in another way when theirs cannot be read here.
const SECRETS: [&str; 2] = [TOKEN, "gateway.auth.password"];
/// Settings that are taken in another way.
const ELSEWHERE: [&str; 5] =
    ["gateway.auth.token", "gateway.mode", "agents.list", "agents.defaults.workspace", "models.providers"];

/// Imports the settings; gives the text as it is, or would be, afterwards.
pub(super) fn import(home: &Home, source: &Value, target: &Target, report: &mut Report) -> Result<String, ImportError> {
    let path = &target.paths.config_path;
    let read = read_file(path).map_err(|source| ImportError::Io { path: path.clone(), source })?;
    let before = read.unwrap_or_default();
    let mut merging = Merging { text: before.clone(), target, report };
    for name in SAME {
        if let Some(value) = at(source, name) {
            merging.take(name, value.clone());
        }
    }
    merging.token(source);
    merging.providers(source);
    merging.agents(home, source);
    tell_unknown(source, merging.report);
    let text = merging.text;
    if text != before && target.store.is_some() {
        let terms =
            Change { cause: Cause::Import, check: Check::NoWorse, base: None, overrides: Some(&target.overrides) };
        let wanted = text.clone();
        change(&target.paths, &target.clock, &terms, |now| {
            if now == before {
                Ok(wanted)
            } else {
                Err(EditError::Unusable("it was changed meanwhile; try again".to_owned()))
            }
        })?;
    }
    Ok(text)
}

/// The setting at a dotted path.
pub(super) fn at<'v>(document: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(document, |node, name| node.get(name)).filter(|value| !value.is_null())
}

struct Merging<'r> {
    text: String,
    target: &'r Target,
    report: &'r mut Report,
}

impl Merging<'_> {
    fn now(&self, path: &SettingPath) -> Option<Value> {
        edit::get(&edit::value_of(&self.text).ok()?, path).cloned()
    }

    fn take(&mut self, name: &str, value: Value) {
        let Ok(path) = SettingPath::parse(name) else { return };
        match self.now(&path) {
            Some(now) if now == value => return self.report.already("config"),
            Some(_) => return self.report.left("config", name, "is set here already"),
            None => {}
        }
        if let Some(why) = widens(name, &value) {
            return self.report.left("config", name, why);
        }
        match edit::set(&self.text, &path, &value).map_err(|error| error.to_string()).and_then(|text| self.tried(text))
        {
            Ok(text) => {
                self.text = text;
                self.report.took("config", name);
            }
            Err(why) if SECRETS.contains(&name) => {
                let way = format!("give it here: postern config set {name} - < FILE");
                self.report.left("config", name, format!("{why}; {way}"));
            }
            Err(why) => self.report.left("config", name, why),
        }
    }

    /// A token that only refers to its value stays a reference; one that is written
    /// out goes to the credential store.
    fn token(&mut self, source: &Value) {
        let token = at(source, TOKEN).filter(|token| token.as_str().is_none_or(|text| text.contains("${")));
        if let Some(token) = token {
            self.take(TOKEN, token.clone());
        }
    }

    /// The text, if the gateway starts with it as it does with the one so far.
    fn tried(&self, text: String) -> Result<String, String> {
        let known = self.problems(&self.text);
        let is_new = |problem: &ConfigProblem| {
            !known.iter().any(|old| (&old.path, &old.message) == (&problem.path, &problem.message))
        };
        match self.problems(&text).into_iter().find(is_new) {
            Some(problem) => Err(problem.message),
            None => Ok(text),
        }
    }

    /// All that keeps a gateway from starting with a text.
    fn problems(&self, text: &str) -> Vec<ConfigProblem> {
        // A token is made when there is none.
        let meant = would_be(text, &self.target.paths, &self.target.overrides);
        let started = meant.and_then(|config| refuse_exposed(&config, true).map_err(|problem| vec![problem]));
        started.err().unwrap_or_default()
    }

    fn providers(&mut self, source: &Value) {
        let providers = at(source, "models.providers").and_then(Value::as_object);
        for (id, provider) in providers.into_iter().flatten() {
            let name = format!("models.providers.{id}");
            if !is_id(id) {
                self.report.left("config", name, "its id cannot be one here: use a-z, 0-9, - and _");
                continue;
            }
            match self::provider(provider) {
                Ok(value) => self.take(&name, value),
                Err(why) => self.report.left("config", name, why),
            }
        }
    }

    fn agents(&mut self, home: &Home, source: &Value) {
        let listed = at(source, "agents.list").and_then(Value::as_array).cloned().unwrap_or_default();
        let mut wanted: Vec<Value> = listed.iter().map(agent).collect();
        // Agents that have conversations and are not listed.
        for id in home.folders("agents") {
            if !wanted.iter().any(|agent| agent["id"] == id.as_str()) && (!wanted.is_empty() || id != "main") {
                wanted.push(json!({ "id": id }));
            }
        }
        if wanted.is_empty() {
            return;
        }
        // A list makes the agent that is there without one disappear.
        let path = SettingPath(Vec::new()).key("agents").key("list");
        let mut list = self.now(&path).and_then(|list| list.as_array().cloned()).unwrap_or_default();
        if list.is_empty()
            && !wanted.iter().any(|agent| agent["id"] == "main")
            && home.folders("agents").contains(&"main".to_owned())
        {
            list.push(json!({"id": "main"}));
        }
        for agent in wanted {
            let id = agent["id"].as_str().unwrap_or_default().to_ascii_lowercase();
            if !is_id(&id) {
                self.report.left("agents", id, "its id cannot be one here: use a-z, 0-9, - and _");
            } else if list.iter().any(|known| known["id"].as_str().is_some_and(|known| known.eq_ignore_ascii_case(&id)))
            {
                self.report.already("agents");
            } else {
                list.push(agent);
                self.try_list(&path, &mut list, &id);
            }
        }
    }

    fn try_list(&mut self, path: &SettingPath, list: &mut Vec<Value>, id: &str) {
        let set = edit::set(&self.text, path, &Value::Array(list.clone())).map_err(|error| error.to_string());
        match set.and_then(|text| self.tried(text)) {
            Ok(text) => {
                self.text = text;
                self.report.took("agents", id);
            }
            Err(why) => {
                list.pop();
                self.report.left("agents", id, why);
            }
        }
    }
}

/// A provider as it is written here; its key goes to the credential store.
fn provider(source: &Value) -> Result<Value, String> {
    let mut provider = Map::new();
    let word = |text: &str| match text {
        "openai-completions" | "openai" => Some("openai"),
        "anthropic-messages" | "anthropic" => Some("anthropic"),
        "google-generative-ai" | "gemini" => Some("gemini"),
        "ollama" => Some("ollama"),
        "openrouter" => Some("openrouter"),
        _ => None,
    };
    if let Some(api) = source["api"].as_str() {
        let known = word(api).ok_or_else(|| format!("speaks {api}, which is not known here"))?;
        provider.insert("api".to_owned(), json!(known));
    }
    copy(source, &mut provider, &["baseUrl", "headers"]);
    if let Some(models) = source["models"].as_array() {
        let fields = ["id", "name", "contextWindow", "maxTokens", "reasoning", "input", "cost"];
        let one = |model: &Value| {
            let mut known = Map::new();
            copy(model, &mut known, &fields);
            Value::Object(known)
        };
        provider.insert("models".to_owned(), models.iter().map(one).collect());
    }
    Ok(Value::Object(provider))
}

/// An agent as it is written here. Its folder is copied, so its place is not taken.
fn agent(source: &Value) -> Value {
    let mut agent = Map::new();
    copy(source, &mut agent, &["id", "default", "name", "model", "thinkingDefault"]);
    if let Some(identity) = source.get("identity").filter(|identity| identity.is_object()) {
        let mut known = Map::new();
        copy(identity, &mut known, &["name", "theme", "emoji", "avatar"]);
        agent.insert("identity".to_owned(), Value::Object(known));
    }
    Value::Object(agent)
}

fn copy(from: &Value, to: &mut Map<String, Value>, fields: &[&str]) {
    for field in fields {
        if let Some(value) = from.get(field).filter(|value| !value.is_null()) {
            to.insert((*field).to_owned(), value.clone());
        }
    }
}

/// Names what is set there and was not looked at.
fn tell_unknown(source: &Value, report: &mut Report) {
    let mut waiting: Vec<(String, &Value)> = vec![(String::new(), source)];
    while let Some((path, value)) = waiting.pop() {
        let known = |name: &str| name == path;
        if SAME.iter().any(|name| known(name)) || ELSEWHERE.iter().any(|name| known(name)) {
            continue;
        }
        let leads = |name: &str| path.is_empty() || name.starts_with(&format!("{path}."));
        let is_way = SAME.iter().any(|name| leads(name)) || ELSEWHERE.iter().any(|name| leads(name));
        match value.as_object().filter(|_| is_way) {
            Some(members) => {
                let at = if path.is_empty() { path } else { format!("{path}.") };
                waiting.extend(members.iter().rev().map(|(name, member)| (format!("{at}{name}"), member)));
            }
            None => {
                let here = SettingPath::parse(&path).is_ok_and(|path| lookup(&path).is_some());
                let why = if here {
                    format!("is not taken over; it can be set here: postern config set {path}")
                } else {
                    "has no meaning here".to_owned()
                };
                report.left("config", path, why);
            }
        }
    }
}
