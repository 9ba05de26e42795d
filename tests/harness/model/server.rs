//! Accepts connections, finds out which protocol is spoken, and plays the turn.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::anthropic::Anthropic;
use super::dialect::{Answer, Dialect, ToolCall};
use super::gemini::Gemini;
use super::http1::{Connection, Headers, Request};
use super::lists::lookup;
use super::ollama::Ollama;
use super::openai::OpenAi;
use super::script::Script;
use super::turn::{Start, Step, Turn};
use super::{Outcome, Received};

/// Between two pieces of an answer without end.
const ENDLESS_PACE: Duration = Duration::from_millis(1);
/// Bytes of a fragment; odd, so that it ends inside characters.
const FRAGMENT: usize = 7;

pub(super) async fn serve(listener: std::net::TcpListener, script: &Arc<Script>) {
    let listener = TcpListener::from_std(listener).unwrap();
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (stream, _) = accepted.unwrap();
                connections.spawn(connection(stream, Arc::clone(script)));
            }
            Some(ended) = connections.join_next(), if !connections.is_empty() => drop(ended),
        }
    }
}

async fn connection(stream: TcpStream, script: Arc<Script>) {
    let mut connection = Connection::new(stream);
    while let Some(request) = connection.request().await {
        let last = request.headers.contains(&("connection".to_owned(), "close".to_owned()));
        if !answer(&mut connection, request, &script).await || last {
            return;
        }
    }
}

/// Answers one request; whether the connection can take another.
async fn answer(connection: &mut Connection, request: Request, script: &Script) -> bool {
    let Request { method, path, headers, body } = request;
    let received = Received { path, headers, body, outcome: Outcome::Answering };
    let Some(speak) = dialect(&received) else {
        let found = lookup(&method, &received);
        script.change(|state| state.lookups.push(received));
        let (status, body) = found.map_or((404, json!({"error": {"message": "no such path"}})), |body| (200, body));
        return connection.whole(status, &Headers::new(), &body.to_string()).await.is_ok();
    };
    let (number, turn) = script.change(|state| state.answer(received.clone()));
    let streaming = streams(&received);
    let mut player =
        Player { connection, script, number, dialect: speak(number, &received), streaming, started: false };
    let outcome = player.play(&turn).await.unwrap_or(Outcome::Dropped);
    script.end(number, outcome);
    outcome == Outcome::Complete
}

type Speak = fn(usize, &Received) -> Box<dyn Dialect>;

fn dialect(request: &Received) -> Option<Speak> {
    let path = request.path.split('?').next().unwrap_or_default();
    match path {
        "/api/chat" => Some(|_, request| Box::new(Ollama::new(request))),
        path if path.ends_with("/chat/completions") => Some(|number, request| Box::new(OpenAi::new(number, request))),
        path if path.ends_with("/messages") => Some(|number, request| Box::new(Anthropic::new(number, request))),
        path if path.ends_with("enerateContent") => Some(|number, request| Box::new(Gemini::new(number, request))),
        _ => None,
    }
}

fn streams(request: &Received) -> bool {
    // Ollama streams unless told otherwise, Gemini says so in the path, the others in the body.
    let usual = request.path == "/api/chat" || request.path.contains(":streamGenerateContent");
    request.body["stream"].as_bool().unwrap_or(usual)
}

/// One answer being given.
struct Player<'a> {
    connection: &'a mut Connection,
    script: &'a Script,
    number: usize,
    dialect: Box<dyn Dialect>,
    streaming: bool,
    /// Whether the frames before the first piece were sent.
    started: bool,
}

impl Player<'_> {
    async fn play(&mut self, turn: &Turn) -> io::Result<Outcome> {
        match &turn.start {
            Start::HangUp => return Ok(Outcome::Cut),
            Start::Status { status, body } => {
                let body = body.clone().unwrap_or_else(|| self.dialect.error(*status).to_string());
                self.connection.whole(*status, &turn.headers, &body).await?;
                return Ok(Outcome::Complete);
            }
            Start::Stream if self.streaming => {
                self.connection.start(self.dialect.content_type(), &turn.headers).await?;
            }
            Start::Stream => {}
        }
        let mut answer = Answer { usage: turn.usage, finish: turn.finish.clone(), ..Answer::default() };
        for step in &turn.steps {
            if let Some(outcome) = self.step(step, &mut answer, turn.fragmented).await? {
                return Ok(outcome);
            }
        }
        if !self.streaming {
            self.connection.whole(200, &turn.headers, &self.dialect.whole(&answer).to_string()).await?;
            return Ok(Outcome::Complete);
        }
        let last = self.dialect.close(&answer);
        self.send(&last, turn.fragmented).await?;
        self.connection.end().await?;
        Ok(Outcome::Complete)
    }

    /// Takes one step; an outcome when it is the last.
    async fn step(&mut self, step: &Step, answer: &mut Answer, fragmented: bool) -> io::Result<Option<Outcome>> {
        let frames = match step {
            Step::Text(piece) => {
                answer.text += piece;
                answer.pieces += 1;
                vec![self.dialect.text(piece)]
            }
            Step::Thinking(piece) => {
                answer.thinking += piece;
                answer.pieces += 1;
                vec![self.dialect.thinking(piece)]
            }
            Step::ToolCall { name, arguments } => {
                let index = answer.calls.len();
                let id = format!("call_{}_{index}", self.number);
                answer.calls.push(ToolCall { index, id, name: name.clone(), arguments: arguments.clone() });
                self.dialect.tool_call(&answer.calls[index])
            }
            Step::Malformed => vec![self.dialect.malformed()],
            Step::Cut => return Ok(Some(Outcome::Cut)),
            Step::Hold | Step::Pause(_) | Step::Silent => return self.stand_still(step).await,
            Step::Endless => return self.talk_on().await,
        };
        for frame in frames {
            self.send(&frame, fragmented).await?;
        }
        Ok(None)
    }

    /// Waits for what the step says, or for the client to hang up.
    async fn stand_still(&mut self, step: &Step) -> io::Result<Option<Outcome>> {
        let (script, number) = (self.script, self.number);
        let waiting = async {
            match step {
                Step::Hold => script.hold(number).await,
                Step::Pause(pause) => tokio::time::sleep(*pause).await,
                _ => std::future::pending().await,
            }
        };
        tokio::select! {
            () = waiting => Ok(None),
            () = self.connection.gone() => Ok(Some(Outcome::Dropped)),
        }
    }

    async fn talk_on(&mut self) -> io::Result<Option<Outcome>> {
        loop {
            let frame = self.dialect.text("more ");
            self.send(&frame, false).await?;
            if let Some(outcome) = self.stand_still(&Step::Pause(ENDLESS_PACE)).await? {
                return Ok(Some(outcome));
            }
        }
    }

    async fn send(&mut self, frame: &str, fragmented: bool) -> io::Result<()> {
        if !self.streaming {
            return Ok(());
        }
        let opening = if self.started { String::new() } else { self.dialect.open() };
        self.started = true;
        let bytes = opening + frame;
        let size = if fragmented { FRAGMENT } else { bytes.len().max(1) };
        for piece in bytes.as_bytes().chunks(size) {
            self.connection.chunk(piece).await?;
        }
        Ok(())
    }
}
