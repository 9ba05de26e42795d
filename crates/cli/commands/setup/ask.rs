//! One question on the terminal.

use std::fmt;

use inquire::{Confirm, InquireError, Password, PasswordDisplayMode, Select, Text};
use postern_protocol::wizard::{WizardOption, WizardStep, WizardStepKind};
use serde_json::{Value, json};

use crate::commands::Context;
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{harmless, printable};

/// Asks, apart from the runtime: a connection must be served while somebody thinks.
pub(super) async fn ask(cx: &Context, step: &WizardStep) -> Outcome<Value> {
    let title = step.title.as_deref().map(printable).unwrap_or_default();
    let message = step.message.as_deref().map(harmless).unwrap_or_default();
    // The last line is the question itself.
    let (before, question) = match message.rsplit_once("\n\n") {
        Some((before, question)) => (Some(before), question),
        None => (None, message.as_str()),
    };
    cx.output.note(&format!("\n{title}"));
    if let Some(before) = before {
        cx.output.note(before);
    }
    let (step, question) = (step.clone(), question.to_owned());
    let asked = tokio::task::spawn_blocking(move || prompt(&step, &question)).await;
    asked.map_err(|_| Failure::new(Exit::Internal, "the question could not be asked"))?.map_err(failure)
}

fn prompt(step: &WizardStep, question: &str) -> Result<Value, InquireError> {
    let initial = step.initial_value.as_ref();
    match step.kind {
        WizardStepKind::Select => {
            let options: Vec<Choice> = step.options.iter().flatten().map(Choice::of).collect();
            let cursor = options.iter().position(|choice| Some(&choice.value) == initial).unwrap_or_default();
            let chosen = Select::new(question, options).with_starting_cursor(cursor).with_page_size(12).prompt()?;
            Ok(chosen.value)
        }
        WizardStepKind::Confirm => {
            let usual = initial.and_then(Value::as_bool).unwrap_or(false);
            Confirm::new(question).with_default(usual).prompt().map(Value::Bool)
        }
        WizardStepKind::Text if step.sensitive == Some(true) => {
            let asked = Password::new(question).with_display_mode(PasswordDisplayMode::Hidden);
            asked.without_confirmation().prompt().map(Value::String)
        }
        WizardStepKind::Text => {
            let mut asked = Text::new(question);
            if let Some(initial) = initial.and_then(Value::as_str) {
                asked = asked.with_default(initial);
            }
            if let Some(example) = step.placeholder.as_deref() {
                asked = asked.with_placeholder(example);
            }
            asked.prompt().map(Value::String)
        }
        // Something to read.
        _ => Ok(json!(null)),
    }
}

struct Choice {
    value: Value,
    label: String,
}

impl Choice {
    fn of(option: &WizardOption) -> Self {
        let label = printable(&option.label);
        let label = match option.hint.as_deref().map(printable) {
            Some(hint) => format!("{label}  ({hint})"),
            None => label,
        };
        Self { value: option.value.clone(), label }
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.label)
    }
}

fn failure(error: InquireError) -> Failure {
    match error {
        InquireError::OperationCanceled | InquireError::OperationInterrupted => {
            Failure::new(Exit::Failed, "nothing was changed")
        }
        other => Failure::new(Exit::Failed, format!("the question could not be asked: {other}")),
    }
}
