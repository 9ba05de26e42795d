//! `postern setup`: the setup wizard on the terminal. It drives the wizard of the
//! gateway that runs, or the same one over the file when none does.

mod ask;
mod drive;
mod flags;

use postern_protocol::wizard::{
    WizardExecutor, WizardNextResult, WizardStartParams, WizardState, WizardStep, WizardStepKind,
};
use serde_json::{Value, json};

use self::drive::Driver;
use self::flags::Flags;
use super::{Context, service};
use crate::agent_guard::refuse_agent;
use crate::args::{ServiceCommand, ServiceInstallArgs, SetupArgs};
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{confirm, printable, somebody_is_there};

pub(crate) async fn run(cx: &Context, args: &SetupArgs) -> Outcome {
    refuse_agent(cx, "how the gateway is set up")?;
    let asks = !args.yes && !cx.output.is_json() && somebody_is_there();
    if !asks && !args.yes {
        return Err(Failure::usage("nobody is there to answer").hint(
            "say --yes, and what differs from the usual: --auth, --password-file, --bind, --tls, --model, --key-stdin, \
             --service (postern setup --help)",
        ));
    }
    let flags = Flags::read(args)?;
    let driver = Driver::open(cx).await?;
    let outcome = answer_all(cx, &driver, &flags, asks).await;
    let is_running = driver.is_running();
    driver.close().await;
    let end = outcome?;
    let document = json!({"status": end.status, "step": end.step});
    if asks && is_ours(&end) {
        cx.output.text("set up: what you chose is written")?;
        if confirm("Install the service now?") {
            let install = ServiceCommand::Install(ServiceInstallArgs::default());
            return service::run(cx, Some(&install)).await;
        }
    }
    cx.output.answer(&document, || Ok(told(&end, is_running)))
}

/// Whether something is left that this program can do.
fn is_ours(end: &WizardNextResult) -> bool {
    let step = end.step.as_ref();
    step.is_some_and(|step| step.kind == WizardStepKind::Action && step.executor == Some(WizardExecutor::Client))
}

/// Asks or answers one question after the other. Whatever ends this early ends
/// the wizard, which has changed nothing by then.
async fn answer_all(cx: &Context, driver: &Driver, flags: &Flags, asks: bool) -> Outcome<WizardNextResult> {
    let params = WizardStartParams { mode: None, workspace: flags.workspace.clone() };
    let begun = driver.start(params).await?;
    let id = begun.session_id;
    let mut step = begun.step;
    let mut rejected = None;
    while let Some(asked) = step.take() {
        let value = match flags.answer(&asked, rejected.is_some()) {
            Some(value) => Ok(value),
            None if asks => ask::ask(cx, &asked).await,
            None => Ok(asked.initial_value.clone().unwrap_or(Value::Null)),
        };
        let value = match value {
            Ok(value) => value,
            Err(failure) => return Err(given_up(driver, &id, failure).await),
        };
        match driver.next(&id, &asked.id, value).await {
            Ok(next) if next.done => return ended(next),
            Ok(next) => {
                rejected = None;
                step = next.step;
            }
            // Somebody is there to answer better.
            Err(failure) if asks && failure.exit == Exit::Failed && rejected.as_ref() != Some(&failure.message) => {
                cx.output.note(&format!("  {failure}"));
                rejected = Some(failure.message);
                step = Some(asked);
            }
            Err(failure) => {
                let failure = with_flag(failure, &asked);
                return Err(given_up(driver, &id, failure).await);
            }
        }
    }
    Err(Failure::new(Exit::Failed, "the wizard ended without a word"))
}

/// Ends the wizard; why it ended matters more than how that went.
async fn given_up(driver: &Driver, id: &str, failure: Failure) -> Failure {
    drop(driver.cancel(id).await);
    failure
}

fn ended(next: WizardNextResult) -> Outcome<WizardNextResult> {
    match next.status {
        Some(WizardState::Cancelled) => Err(Failure::new(Exit::Failed, "nothing was changed")),
        Some(WizardState::Error) => {
            let why = next.error.as_deref().map(printable).unwrap_or_default();
            Err(Failure::new(Exit::Failed, format!("nothing was changed: {why}")))
        }
        _ => Ok(next),
    }
}

/// Names the flag that answers a question.
fn with_flag(failure: Failure, step: &WizardStep) -> Failure {
    match flags::flag_of(&step.id) {
        Some(flag) => failure.hint(format!("this is answered by {flag}")),
        None => failure,
    }
}

fn told(end: &WizardNextResult, is_running: bool) -> String {
    let mut text = match is_running {
        true => "set up: what you chose is written and in force".to_owned(),
        false => "set up: what you chose is written\n  no gateway runs for this profile; it counts when one starts"
            .to_owned(),
    };
    let Some(step) = &end.step else { return text };
    let message = step.message.as_deref().map(printable).unwrap_or_default();
    text.push_str(if is_ours(end) { "\n  left to do: " } else { "\n  " });
    text.push_str(&message);
    text
}
