//! Which question comes after which answer, and which answers are taken. Pure:
//! nothing here reads, writes or waits.

use ipnet::IpNet;
use serde_json::{Value, json};

use super::draft::{AuthChoice, BindChoice, Draft};
use super::facts::{Facts, ProviderFact};
use crate::secrets::Secret;

/// One question. Its name is the id of its step and the field in refusals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Question {
    /// How callers sign in.
    Auth,
    /// The password.
    Password,
    /// Addresses of the proxy that vouches.
    Proxies,
    /// The header in which it names its user.
    UserHeader,
    /// Who can reach the gateway.
    Bind,
    /// Whether connections are encrypted.
    Tls,
    /// Where answers come from.
    Provider,
    /// The provider's key.
    ApiKey,
    /// Which of its models.
    Model,
    /// The name of one that is not listed.
    ModelName,
    /// Whether the gateway starts with the machine.
    Service,
    /// Whether all this is right.
    Summary,
}

impl Question {
    /// Id of the step.
    pub(super) const fn id(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Password => "password",
            Self::Proxies => "proxies",
            Self::UserHeader => "userHeader",
            Self::Bind => "bind",
            Self::Tls => "tls",
            Self::Provider => "provider",
            Self::ApiKey => "apiKey",
            Self::Model => "model",
            Self::ModelName => "modelName",
            Self::Service => "service",
            Self::Summary => "summary",
        }
    }
}

/// What an answer led to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// The next question waits.
    Next,
    /// A key was given: its provider may be asked about it before it is taken.
    Check { provider: String, key: Secret },
    /// Everything is decided.
    Finish,
    /// Whoever answered wants nothing of it.
    Cancel,
}

/// Why an answer is not taken: the field and what to answer instead, never what
/// was answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub(super) struct Refused {
    pub(super) field: &'static str,
    pub(super) message: String,
}

/// The questions and the answers so far.
#[derive(Debug)]
pub(super) struct Script {
    pub(super) facts: Facts,
    pub(super) draft: Draft,
    pub(super) at: Question,
    /// What came of the last answer, told with the next question.
    pub(super) remark: Option<String>,
}

/// The answer "none of these" in a list.
pub(super) const SKIP: &str = "skip";
/// The answer "one that is not listed".
pub(super) const OTHER: &str = "other";

const PASSWORD_LENGTH: std::ops::RangeInclusive<usize> = 8..=1024;
const MODEL_NAME: usize = 200;

impl Script {
    pub(super) fn new(facts: Facts, workspace: Option<String>) -> Self {
        let draft = Draft { workspace, ..Draft::default() };
        Self { facts, draft, at: Question::Auth, remark: None }
    }

    /// Takes an answer to the question that waits.
    pub(super) fn answer(&mut self, step: &str, value: Option<&Value>) -> Result<Taken, Refused> {
        let at = self.at;
        if step != at.id() {
            let message = format!("the question that waits is `{}`", at.id());
            return Err(Refused { field: "stepId", message });
        }
        let taken =
            self.take(at, value.unwrap_or(&Value::Null)).map_err(|message| Refused { field: at.id(), message })?;
        self.remark = None;
        if taken == Taken::Next {
            self.at = self.after(at);
        }
        Ok(taken)
    }

    /// The key that was to be checked is as good as can be told.
    pub(super) fn keep_key(&mut self, key: Secret, remark: Option<String>) {
        self.draft.key = Some(key);
        self.at = self.after(Question::ApiKey);
        self.remark = remark;
    }

    fn take(&mut self, at: Question, value: &Value) -> Result<Taken, String> {
        match at {
            Question::Auth => self.draft.auth = Some(choice(value, &AuthChoice::ALL, AuthChoice::as_str)?),
            Question::Password => self.take_password(value)?,
            Question::Proxies => self.draft.proxies = addresses(text(value)?)?,
            Question::UserHeader => self.draft.user_header = Some(header(text(value)?)?),
            Question::Bind => self.take_bind(value)?,
            Question::Tls => self.draft.tls = Some(yes_or_no(value)?),
            Question::Provider => self.take_provider(value)?,
            Question::ApiKey => return self.take_key(value),
            Question::Model => self.take_model(value)?,
            Question::ModelName => self.draft.model = Some(model_name(text(value)?, self.provider_id())?),
            Question::Service => self.draft.service = yes_or_no(value)?,
            Question::Summary => return Ok(if yes_or_no(value)? { Taken::Finish } else { Taken::Cancel }),
        }
        Ok(Taken::Next)
    }

    fn take_password(&mut self, value: &Value) -> Result<(), String> {
        let password = optional_text(value)?;
        if password.is_empty() && self.has_password() {
            return Ok(());
        }
        if !PASSWORD_LENGTH.contains(&password.chars().count()) || password.chars().any(char::is_control) {
            return Err("must be 8 to 1024 characters, without control characters".to_owned());
        }
        // Read from the file it would mean a variable.
        if password.contains("${") {
            return Err("must not contain `${`".to_owned());
        }
        self.draft.password = Some(Secret::new(password));
        Ok(())
    }

    fn take_bind(&mut self, value: &Value) -> Result<(), String> {
        let bind = choice(value, &BindChoice::ALL, BindChoice::as_str)?;
        if bind != BindChoice::Loopback && self.draft.auth == Some(AuthChoice::None) {
            return Err("must be loopback while nobody is asked to sign in: anybody in reach would be let in; \
                        start again and choose a token or a password"
                .to_owned());
        }
        if bind == BindChoice::Tailnet && self.facts.tailnet.is_none() {
            return Err("must not be tailnet: this machine has no tailnet address; is Tailscale running?".to_owned());
        }
        if bind == BindChoice::Keep && self.other_bind().is_none() {
            return Err("must be loopback, lan or tailnet: nothing else is written".to_owned());
        }
        self.draft.bind = Some(bind);
        Ok(())
    }

    fn take_provider(&mut self, value: &Value) -> Result<(), String> {
        let ids: Vec<&str> = self.facts.providers.iter().map(|provider| provider.id.as_str()).chain([SKIP]).collect();
        let id = word_of(value, &ids)?;
        self.draft.provider = (id != SKIP).then(|| id.to_owned());
        Ok(())
    }

    fn take_key(&mut self, value: &Value) -> Result<Taken, String> {
        let key = optional_text(value)?.trim();
        let Some(provider) = self.provider() else { return Ok(Taken::Next) };
        if key.is_empty() && (provider.has_key || !provider.needs_key) {
            return Ok(Taken::Next);
        }
        let key = crate::models::check_shape(key)
            .map_err(|_| "must be 8 to 2048 visible ASCII characters without spaces".to_owned())?;
        Ok(Taken::Check { provider: provider.id.clone(), key: Secret::new(key) })
    }

    fn take_model(&mut self, value: &Value) -> Result<(), String> {
        let provider = self.provider().cloned().unwrap_or_default();
        let ids: Vec<&str> = provider.models.iter().map(|(id, _)| id.as_str()).chain([OTHER]).collect();
        let id = word_of(value, &ids)?;
        self.draft.model = (id != OTHER).then(|| id.to_owned());
        Ok(())
    }

    /// The question that follows, by what was answered.
    fn after(&self, at: Question) -> Question {
        match at {
            Question::Auth => match self.draft.auth {
                Some(AuthChoice::Password) => Question::Password,
                Some(AuthChoice::TrustedProxy) => Question::Proxies,
                _ => Question::Bind,
            },
            Question::Proxies => Question::UserHeader,
            Question::Password | Question::UserHeader => Question::Bind,
            Question::Bind if self.draft.bind != Some(BindChoice::Loopback) => Question::Tls,
            Question::Bind | Question::Tls => Question::Provider,
            Question::Provider => match self.provider() {
                None => Question::Service,
                Some(provider) if provider.takes_key => Question::ApiKey,
                Some(_) => self.which_model(),
            },
            Question::ApiKey => self.which_model(),
            Question::Model if self.draft.model.is_none() => Question::ModelName,
            Question::Model | Question::ModelName => Question::Service,
            Question::Service | Question::Summary => Question::Summary,
        }
    }

    fn which_model(&self) -> Question {
        let known = self.provider().is_some_and(|provider| !provider.models.is_empty());
        if known { Question::Model } else { Question::ModelName }
    }

    /// The provider that was chosen.
    pub(super) fn provider(&self) -> Option<&ProviderFact> {
        self.facts.provider(self.draft.provider.as_deref()?)
    }

    fn provider_id(&self) -> &str {
        self.draft.provider.as_deref().unwrap_or_default()
    }

    /// What is written for who can reach the gateway, when no answer says it.
    pub(super) fn other_bind(&self) -> Option<&str> {
        let written = self.facts.word("gateway.bind")?;
        BindChoice::ALL.iter().all(|choice| choice.as_str() != written).then_some(written)
    }

    /// Whether a password is there already.
    pub(super) fn has_password(&self) -> bool {
        self.facts.at("gateway.auth.password").is_some_and(|password| !password.is_null() && *password != json!(""))
    }
}

fn choice<T: Copy>(value: &Value, all: &[T], name: fn(T) -> &'static str) -> Result<T, String> {
    let names: Vec<&str> = all.iter().map(|one| name(*one)).collect();
    let word = word_of(value, &names)?;
    all.iter().copied().find(|one| name(*one) == word).ok_or_else(|| "is not one of the choices".to_owned())
}

/// One of `words`.
fn word_of<'v>(value: &'v Value, words: &[&str]) -> Result<&'v str, String> {
    /// Longer lists are on the screen already.
    const LISTED: usize = 16;
    match value.as_str().filter(|word| words.contains(word)) {
        Some(word) => Ok(word),
        None if words.len() > LISTED => Err("must be the value of one of the options".to_owned()),
        None => Err(format!("must be one of {}", words.join(", "))),
    }
}

fn text(value: &Value) -> Result<&str, String> {
    let text = value.as_str().map(str::trim).filter(|text| !text.is_empty());
    text.ok_or_else(|| "must be a text that is not empty".to_owned())
}

fn optional_text(value: &Value) -> Result<&str, String> {
    match value {
        Value::Null => Ok(""),
        Value::String(text) => Ok(text),
        _ => Err("must be a text".to_owned()),
    }
}

fn yes_or_no(value: &Value) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| "must be true or false".to_owned())
}

fn addresses(text: &str) -> Result<Vec<String>, String> {
    let written: Vec<&str> = text.split([',', ' ']).map(str::trim).filter(|part| !part.is_empty()).collect();
    let network = |part: &str| part.parse::<std::net::IpAddr>().is_ok() || part.parse::<IpNet>().is_ok();
    if written.is_empty() || !written.iter().all(|part| network(part)) {
        return Err(
            "must be addresses or networks such as 127.0.0.1 or 10.0.0.0/8, with commas between them".to_owned()
        );
    }
    if written.iter().any(|part| part.parse::<IpNet>().is_ok_and(|network| network.prefix_len() == 0)) {
        return Err("must name your proxy: a network of all addresses would let everybody in".to_owned());
    }
    Ok(written.into_iter().map(str::to_owned).collect())
}

fn header(text: &str) -> Result<String, String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if text.len() <= 64 && text.bytes().all(plain) {
        return Ok(text.to_ascii_lowercase());
    }
    Err("must be the name of a header such as x-forwarded-user".to_owned())
}

/// The model without its provider, whichever way it was written.
fn model_name(text: &str, provider: &str) -> Result<String, String> {
    let own = text.strip_prefix(provider).and_then(|rest| rest.strip_prefix('/')).unwrap_or(text);
    let fits = !own.is_empty() && own.len() <= MODEL_NAME && own.bytes().all(|byte| byte.is_ascii_graphic());
    if fits { Ok(own.to_owned()) } else { Err("must be the name of a model, without spaces".to_owned()) }
}
