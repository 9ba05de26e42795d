//! `postern chat`: a conversation in a terminal, or through a pipe.
//!
//! | file | owns |
//! |---|---|
//! | `composer.rs` | from typed lines to messages |
//! | `conversation.rs` | the loop: input, events, lost connections, Ctrl-C |
//! | `send.rs` | messages on their way, each with one key for ever |
//! | `hear.rs` | events of the gateway |
//! | `catch_up.rs` | what was missed, from `chat.history` |
//! | `approval.rs` | commands that wait for an answer, and deciding |
//! | `waiting.rs` | which of them an answer is about |
//! | `shown.rs` | what of an answer has been shown |
//! | `screen.rs` | what it looks like |

use std::io::IsTerminal as _;

use postern_protocol::call::Call as _;
use postern_protocol::ids::SessionKey;
use postern_protocol::sessions::SessionsPatch;
use serde_json::json;

use self::conversation::Conversation;
use self::screen::{Audience, Screen};
use super::{Context, session_key};
use crate::args::ChatArgs;
use crate::connection::Connection;
use crate::exit::Outcome;

mod approval;
mod catch_up;
mod composer;
mod conversation;
mod hear;
mod recent;
mod screen;
mod send;
mod shown;
mod waiting;

/// Earlier messages that a terminal shows.
const HISTORY: u32 = 10;
/// How often in a row a lost connection is made again when nobody is there to
/// give up.
const TRIES: u32 = 6;

/// The session as it was named on the command line.
#[derive(Debug, Clone)]
struct Named {
    key: SessionKey,
    agent: Option<String>,
}

pub(crate) async fn run(cx: &Context, args: &ChatArgs) -> Outcome {
    let named = Named { key: session_key(args.session.as_deref().unwrap_or("main"))?, agent: args.agent.clone() };
    let person = !cx.output.is_json() && std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    let audience = match (cx.output.is_json(), person) {
        (true, _) => Audience::Document,
        (false, true) => Audience::Person { colour: cx.output.colour() },
        (false, false) => Audience::Pipe,
    };
    let gateway = Connection::open_lasting(&cx.settings, (!person).then_some(TRIES)).await?;
    if let Some(model) = &args.model {
        let params = json!({"key": named.key, "agentId": named.agent, "model": model});
        gateway.call(SessionsPatch::NAME, params).await?;
    }
    let history = args.history.unwrap_or(if person { HISTORY } else { 0 });
    let mut conversation = Conversation::new(gateway, named, Screen::new(audience));
    conversation.thinking = args.thinking.map(|level| level.as_str().to_owned());
    conversation.begin(history).await?;
    conversation.go_on(args.message.as_deref()).await?;
    conversation.leave(cx).await
}
