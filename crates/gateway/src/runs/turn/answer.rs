//! Asking a model until it has no more to do.

use std::sync::Arc;

use postern_models::{ChatRequest, ModelRef, Thinking};
use postern_protocol::chat::{ChatErrorKind, ChatMessage, ChatPhase, ContentBlock, MessageRole, ThinkingLevel};
use postern_tools::Tool;
use serde_json::json;

use super::super::commands::{Typed, facts};
use super::finish::{End, Ending};
use super::judge::Answer;
use super::prompt::Prompt;
use super::{Lost, Turn};
use crate::agents::{AgentProfile, PromptContext};
use crate::assistant::{self, Command};
use crate::models::Resolved;
use crate::sessions::NewMessage;

/// Times that one run may ask a model.
const MOST_STEPS: usize = 60;

impl Turn {
    /// Answers what was said.
    pub(super) async fn answer(&mut self) -> Result<End, Lost> {
        if let Some(why) = self.run.why() {
            self.begun().await?;
            return Ok(Self::stopped_end(why));
        }
        if self.taken_back {
            self.begun().await?;
            return Ok(End { stop_reason: "stop".to_owned(), ..End::default() });
        }
        let Some(agent) = self.agent.clone() else {
            self.begun().await?;
            return Ok(End::failed(format!("agent {} is not there any more", self.lane.key.agent_id())));
        };
        if let Some(command) = self.command.clone() {
            self.begun().await?;
            return Ok(self.command(&agent, &command).await);
        }
        let wanted = self.input.model.as_deref().or(self.session.model_override.as_deref());
        let resolved = self.services().models.resolve(wanted, agent.model.as_ref());
        if resolved.is_builtin() {
            self.begun().await?;
            return Ok(self.built_in(&agent));
        }
        self.converse(&agent, &resolved).await
    }

    /// The built-in assistant answers: no model is connected.
    fn built_in(&mut self, agent: &AgentProfile) -> End {
        let text = assistant::reply(&self.input.text, &facts(self.services(), agent));
        self.narrator.add(&text);
        End::answered(self.own_message(text), "stop")
    }

    /// A slash command answers.
    async fn command(&mut self, agent: &Arc<AgentProfile>, command: &Command) -> End {
        let hub = &self.services().hub;
        let mut typed = Typed {
            runs: self.runs.clone(),
            key: self.lane.key.clone(),
            agent: Arc::clone(agent),
            run_id: Arc::clone(&self.run.run_id),
            caller: self.run.caller.clone(),
            conn: self.run.conn_id.as_ref().and_then(|conn_id| hub.conn(conn_id)),
        };
        let text = typed.answer(command).await;
        self.narrator.add(&text);
        End::answered(self.own_message(text), "stop")
    }

    /// A message of the built-in assistant or of a command.
    pub(super) fn own_message(&self, text: String) -> ChatMessage {
        ChatMessage {
            provider: Some("postern".to_owned()),
            model: Some("assistant".to_owned()),
            stop_reason: Some("stop".to_owned()),
            ..ChatMessage::text(MessageRole::Assistant, text, self.services().clock.now_ms())
        }
    }

    async fn converse(&mut self, agent: &Arc<AgentProfile>, resolved: &Resolved) -> Result<End, Lost> {
        let tools = self.services().tools.effective(agent, &self.session).await;
        let specs: Arc<[postern_models::ToolSpec]> = tools.iter().map(|tool| model_tool(tool.as_ref())).collect();
        let thinking = self.thinking(agent.thinking);
        let system = self.system(agent, &tools, thinking).await;
        let mut prompt = match Prompt::read(self, agent, resolved).await {
            Ok(prompt) => prompt,
            Err(error) => {
                self.begun().await?;
                return Ok(End::failed(error.to_string()));
            }
        };
        let around = around(&system, &specs);
        for step in 0..MOST_STEPS {
            let asked = around + prompt.tokens();
            let estimate = self.services().models.estimate(&resolved.primary, asked, None);
            // Held until what the answer took is booked, so that runs at once see each other.
            let reservation = match self.services().usage.reserve(&agent.id, &agent.limits, estimate) {
                Ok(reservation) => reservation,
                Err(blocked) => {
                    self.begun().await?;
                    return Ok(over_limit(&blocked.message));
                }
            };
            let request = ChatRequest {
                model: resolved.primary.clone(),
                fallbacks: resolved.fallbacks.clone(),
                system: system.clone(),
                messages: prompt.messages(),
                tools: Arc::clone(&specs),
                thinking: model_thinking(thinking),
                max_tokens: None,
                cache_key: Some(self.session.session_id.clone()),
            };
            let heard = self.listen(request, step == 0).await?;
            let judged = self.judge(heard, resolved, asked);
            drop(reservation);
            let (answer, calls) = match judged {
                Ok(both) => both,
                Err(end) => return Ok(*end),
            };
            if calls.is_empty() {
                return Ok(answer.end());
            }
            if let Err(end) = self.use_tools(answer, calls, &tools, &mut prompt).await {
                return Ok(*end);
            }
        }
        Ok(End::failed(format!("stopped after {MOST_STEPS} steps without coming to an end; say what to do next")))
    }

    /// Writes down an answer that calls tools, before any of them acts.
    pub(super) async fn keep_step(&mut self, answer: &mut Answer) -> Result<(), Box<End>> {
        let changes = answer.booked.take().into_iter().collect();
        let message = NewMessage::of_run(&self.run.run_id, answer.message.clone());
        self.keep(vec![message], changes).await
    }

    /// Writes messages down in the middle of a run.
    pub(super) async fn keep(
        &mut self,
        messages: Vec<NewMessage>,
        changes: Vec<crate::store::Change>,
    ) -> Result<(), Box<End>> {
        let sessions = self.services().sessions.clone();
        let appended = sessions.append(&self.lane.key, messages, changes, |_| ());
        for message in &appended.messages {
            sessions.announce_message(&self.lane.key, message);
        }
        let settled = sessions.settle(&self.lane.key, appended.commit).await;
        settled.map_err(|error| Box::new(End::failed(format!("the conversation could not be saved: {error}"))))
    }

    fn thinking(&self, of_agent: Option<ThinkingLevel>) -> Option<ThinkingLevel> {
        self.input.thinking.or(self.session.thinking_level).or(of_agent)
    }

    async fn system(
        &self,
        agent: &AgentProfile,
        tools: &[Arc<dyn Tool>],
        thinking: Option<ThinkingLevel>,
    ) -> Vec<String> {
        let context = PromptContext {
            session_key: self.lane.key.as_str().to_owned(),
            channel: None,
            extra_system: self.input.extra_system.clone(),
            thinking,
            tools: tools.iter().map(|tool| tool.spec().name.to_string()).collect(),
            now_ms: self.services().clock.now_ms(),
            heartbeat: false,
        };
        self.services().agents.prompt(agent, &context).await
    }

    pub(super) fn stopped_end(why: super::StopWhy) -> End {
        let error = match why {
            super::StopWhy::Timeout => Some("it took longer than this agent may take".to_owned()),
            super::StopWhy::Shutdown => Some("the gateway is stopping; send /resume when it is back".to_owned()),
            super::StopWhy::Rpc | super::StopWhy::Stop | super::StopWhy::Interrupt | super::StopWhy::Withdrawn => None,
        };
        End { state: Ending::Stopped(why), stop_reason: why.as_str().to_owned(), error, ..End::default() }
    }

    pub(super) fn preparing(&mut self) {
        self.narrator.phase(ChatPhase::PreparingContext);
        self.narrator.phase(ChatPhase::StartingModel);
    }

    pub(super) fn told_model(&mut self, model: &ModelRef) {
        self.narrator.note("lifecycle", json!({ "phase": "model", "provider": model.provider, "model": model.model }));
    }
}

pub(super) fn over_limit(message: &str) -> End {
    End { kind: Some(ChatErrorKind::RateLimit), ..End::failed(message) }
}

fn model_tool(tool: &dyn Tool) -> postern_models::ToolSpec {
    let spec = tool.spec();
    postern_models::ToolSpec {
        name: spec.name.to_string(),
        description: spec.description.clone(),
        input_schema: spec.input_schema.clone(),
    }
}

const fn model_thinking(level: Option<ThinkingLevel>) -> Thinking {
    match level {
        None | Some(ThinkingLevel::Off) => Thinking::Off,
        Some(ThinkingLevel::Minimal) => Thinking::Minimal,
        Some(ThinkingLevel::Low) => Thinking::Low,
        Some(ThinkingLevel::Medium) => Thinking::Medium,
        Some(ThinkingLevel::High) => Thinking::High,
        Some(ThinkingLevel::XHigh) => Thinking::XHigh,
    }
}

/// The blocks of a message from what was heard.
pub(super) fn blocks(
    thinking: String,
    signature: Option<String>,
    text: String,
    calls: &[postern_models::ToolCall],
) -> Vec<ContentBlock> {
    let mut blocks = Vec::new();
    if !thinking.is_empty() || signature.is_some() {
        blocks.push(ContentBlock::Thinking { thinking, thinking_signature: signature });
    }
    if !text.is_empty() {
        blocks.push(ContentBlock::Text { text });
    }
    blocks.extend(calls.iter().map(|call| ContentBlock::ToolCall {
        id: call.id.clone(),
        name: call.name.clone(),
        arguments: call.arguments.clone(),
    }));
    blocks
}

/// Tokens of what stands around a conversation, roughly: four bytes each.
fn around(system: &[String], tools: &[postern_models::ToolSpec]) -> u64 {
    let tool = |tool: &postern_models::ToolSpec| tool.description.len() + tool.input_schema.to_string().len();
    let bytes = system.iter().map(String::len).sum::<usize>() + tools.iter().map(tool).sum::<usize>();
    bytes as u64 / 4
}
