//! Tools that a model calls: one after the other, each told, bounded, written
//! down, and stopped with the run.

use std::sync::Arc;

use postern_models::ToolCall;
use postern_protocol::chat::{ChatMessage, ContentBlock, MessageRole};
use postern_tools::{ExecLimits, Progress, Tool, ToolContent, ToolCx, ToolOutcome};
use serde_json::{Value, json};

use super::finish::End;
use super::judge::Answer;
use super::prompt::Prompt;
use super::{Turn, user_message};
use crate::approvals::{ExecModes, Gate, RunScope, overrides_of};
use crate::sessions::NewMessage;

/// Tool calls that one answer may make.
const MOST_CALLS: usize = 64;
/// Progress reports that may wait.
const PROGRESS: usize = 8;

impl Turn {
    /// Does what the model asks for, and adds it all to the conversation.
    pub(super) async fn use_tools(
        &mut self,
        mut answer: Answer,
        calls: Vec<ToolCall>,
        tools: &[Arc<dyn Tool>],
        prompt: &mut Prompt,
    ) -> Result<(), Box<End>> {
        self.keep_step(&mut answer).await?;
        prompt.add(&answer.message);
        for (index, call) in calls.iter().enumerate() {
            let outcome = if index < MOST_CALLS {
                self.call(call, tools).await
            } else {
                ToolOutcome::error(format!("only {MOST_CALLS} tools can be called at once"))
            };
            let message = tool_message(call, outcome, self.services().clock.now_ms());
            prompt.add(&message);
            self.keep(vec![NewMessage::of_run(&self.run.run_id, message)], Vec::new()).await?;
            if let Some(why) = self.run.why() {
                return Err(Box::new(Self::stopped_end(why)));
            }
        }
        self.steer(prompt).await
    }

    /// Adds messages that came meanwhile and are to be told to the model now.
    async fn steer(&mut self, prompt: &mut Prompt) -> Result<(), Box<End>> {
        let now_ms = self.services().clock.now_ms();
        for waiting in self.lane.steering() {
            let message = user_message(&waiting.run.run_id, &waiting.input, now_ms);
            prompt.add(&message.message);
            let record = waiting.run.update(|record| {
                record.state = super::RunState::Running;
                record.started_at = Some(now_ms);
            });
            self.joined.push(waiting.run);
            self.keep(vec![message], vec![record.put()]).await?;
        }
        Ok(())
    }

    async fn call(&mut self, call: &ToolCall, tools: &[Arc<dyn Tool>]) -> ToolOutcome {
        let (name, id) = (&call.name, &call.id);
        self.narrator.tool(json!({ "phase": "start", "name": name, "toolCallId": id, "args": call.arguments }));
        let Some(tool) = tools.iter().find(|tool| tool.spec().name == *name) else {
            let outcome = ToolOutcome::error(format!("there is no tool {name}, or this agent may not use it"));
            self.tell_result(call, &outcome);
            return outcome;
        };
        if call.arguments.is_string() {
            let outcome = ToolOutcome::error("the arguments are not valid JSON; call the tool again with an object");
            self.tell_result(call, &outcome);
            return outcome;
        }
        let outcome = match self.tool_cx(call).await {
            Ok((cx, progress)) => self.watch(call, tool.call(cx, call.arguments.clone()), progress).await,
            Err(problem) => ToolOutcome::error(problem),
        };
        self.tell_result(call, &outcome);
        outcome
    }

    /// Runs a tool, tells its progress, and lets go of it when the run is stopped.
    async fn watch(
        &mut self,
        call: &ToolCall,
        running: impl Future<Output = ToolOutcome>,
        mut progress: postern_tools::ProgressReceiver,
    ) -> ToolOutcome {
        let (run, deadline) = (Arc::clone(&self.run), self.deadline);
        let mut stopped = std::pin::pin!(Self::stopped(&run, deadline));
        let mut running = std::pin::pin!(running);
        let mut reports = true;
        loop {
            tokio::select! {
                biased;
                why = &mut stopped => {
                    run.stop(why);
                    return ToolOutcome::error("stopped before it was done");
                }
                outcome = &mut running => return outcome,
                report = progress.recv(), if reports => match report {
                    Some(text) => self.narrator.tool(json!({
                        "phase": "update", "name": call.name, "toolCallId": call.id,
                        "partialResult": { "content": [{ "type": "text", "text": text }] },
                    })),
                    None => reports = false,
                },
            }
        }
    }

    async fn tool_cx(&self, call: &ToolCall) -> Result<(ToolCx, postern_tools::ProgressReceiver), String> {
        let services = self.services();
        let agent = self.agent.as_ref().ok_or("the agent is gone")?;
        let workspace = services.agents.workspace(agent).await.map_err(|error| error.to_string())?;
        let (progress, reports) = Progress::bounded(PROGRESS);
        let exec = services.config.now().tools.exec;
        let scope = RunScope {
            agent_id: agent.id.clone(),
            session_key: self.lane.key.as_str().to_owned(),
            session_id: Some(self.session.session_id.clone()),
            run_id: Some(self.run.run_id.to_string()),
            workspace: workspace.root().to_owned(),
            base: ExecModes::from(&exec),
            overrides: overrides_of(&self.session),
        };
        let gate = Gate::new(services.approvals.clone(), scope).for_call(&call.id);
        let cx = ToolCx {
            workspace: Arc::new(workspace),
            cancel: self.run.cancel().child_token(),
            progress,
            gate: Arc::new(gate),
            exec: ExecLimits {
                timeout: exec.timeout,
                max_output_bytes: exec.max_output_bytes,
                ..ExecLimits::default()
            },
            base_env: Arc::clone(&services.base_env),
            call_id: call.id.clone(),
        };
        Ok((cx, reports))
    }

    fn tell_result(&mut self, call: &ToolCall, outcome: &ToolOutcome) {
        let content: Vec<Value> = outcome
            .content
            .iter()
            .map(|part| match part {
                ToolContent::Text(text) => json!({ "type": "text", "text": text }),
                ToolContent::Image { mime, .. } => json!({ "type": "text", "text": format!("[picture, {mime}]") }),
            })
            .collect();
        let mut result = json!({ "content": content });
        if let Some(details) = &outcome.details {
            result["details"] = details.clone();
        }
        self.narrator.tool(json!({
            "phase": "result", "name": call.name, "toolCallId": call.id, "isError": outcome.is_error, "result": result,
        }));
    }
}

fn tool_message(call: &ToolCall, outcome: ToolOutcome, now_ms: i64) -> ChatMessage {
    let blocks = outcome.content.into_iter().map(|part| match part {
        ToolContent::Text(text) => ContentBlock::Text { text },
        ToolContent::Image { mime, data } => ContentBlock::Image {
            size_bytes: Some(data.len() as u64 / 4 * 3),
            data: Some(data),
            mime_type: mime,
            media_id: None,
            omitted: None,
        },
    });
    ChatMessage {
        tool_call_id: Some(call.id.clone()),
        tool_name: Some(call.name.clone()),
        is_error: Some(outcome.is_error),
        ..ChatMessage::blocks(MessageRole::ToolResult, blocks.collect(), now_ms)
    }
}
