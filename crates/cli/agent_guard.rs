//! What agents may not do with this program. A command that an agent runs carries
//! a marker in its environment; with it nothing is changed here that decides what
//! agents may do: settings that are protected, approvals, devices, the service.
//!
//! It stops an agent that means well or was talked into something. One that
//! writes files as its user is stopped by approvals and the sandbox, not here.

use crate::args::{
    AgentsCommand, ApprovalsCommand, Command, DevicesCommand, GatewayCommand, ModelsCommand, NodeCommand, NodesCommand,
    RemoteCommand, ServiceCommand, TailscaleCommand,
};
use crate::commands::Context;
use crate::exit::{Exit, Failure, Outcome};

/// Refuses `what` ("the service") when an agent runs this program.
pub(crate) fn refuse_agent(cx: &Context, what: &str) -> Outcome {
    if !cx.settings.agent {
        return Ok(());
    }
    Err(Failure::new(Exit::Unauthorized, format!("an agent runs this command, and agents cannot change {what}"))
        .hint("its owner can: in a terminal of their own, or on the gateway's page"))
}

/// Refuses commands that are never an agent's, before they do anything.
pub(crate) fn check(cx: &Context, command: &Command) -> Outcome {
    match owners_matter(command) {
        Some(what) => refuse_agent(cx, what),
        None => Ok(()),
    }
}

/// What a command would change that is its owner's matter.
fn owners_matter(command: &Command) -> Option<&'static str> {
    match command {
        Command::Approvals(args) => match &args.command {
            Some(ApprovalsCommand::Allow(_) | ApprovalsCommand::Deny(_) | ApprovalsCommand::Set(_)) => {
                Some("its own approvals")
            }
            _ => None,
        },
        Command::Devices(args) => match &args.command {
            None | Some(DevicesCommand::List) => None,
            Some(_) => Some("who may connect"),
        },
        Command::Pair(_) => Some("who may connect"),
        Command::Tailscale(args) => match args.command {
            None | Some(TailscaleCommand::Status) => None,
            Some(_) => Some("from where the gateway is reached"),
        },
        Command::Service(args) => args.command.as_ref().and_then(of_service),
        Command::Gateway(args) => match &args.command {
            Some(GatewayCommand::Service(command)) => of_service(command),
            Some(GatewayCommand::Call(args)) => of_call(&args.method),
            _ => None,
        },
        Command::Doctor(args) => args.fix.then_some("this installation"),
        Command::Bundle(_) => Some("what is told to others"),
        Command::Backup(_) | Command::Restore(_) | Command::Import(_) => Some("what is kept and restored"),
        Command::Agents(args) => {
            let makes = matches!(args.command, Some(AgentsCommand::Add(_) | AgentsCommand::Delete(_)));
            makes.then_some("which agents there are")
        }
        Command::Usage(args) => args.command.is_some().then_some("what may be spent"),
        Command::Remote(args) => {
            let changes = matches!(
                args.command,
                Some(RemoteCommand::Add(_) | RemoteCommand::Trust(_) | RemoteCommand::Forget(_))
            );
            changes.then_some("which gateways are trusted")
        }
        Command::Node(args) => {
            (!matches!(args.command, NodeCommand::Status)).then_some("what this computer lends to gateways")
        }
        Command::Nodes(args) => args.command.as_ref().and_then(of_nodes),
        Command::Token | Command::Dashboard(_) => Some("who may sign in"),
        Command::Models(args) => matches!(args.command, Some(ModelsCommand::Auth(_))).then_some("keys of providers"),
        Command::Call(args) => of_call(&args.method),
        _ => None,
    }
}

fn of_call(method: &str) -> Option<&'static str> {
    (!is_anybodys_method(method)).then_some("this through the gateway")
}

/// Agents use nodes through their tools, where each call is judged; this program only shows them nodes.
const fn of_nodes(command: &NodesCommand) -> Option<&'static str> {
    match command {
        NodesCommand::Status(_) | NodesCommand::List(_) | NodesCommand::Pending | NodesCommand::Describe(_) => None,
        NodesCommand::Approve(_) | NodesCommand::Reject(_) | NodesCommand::Remove(_) | NodesCommand::Rename(_) => {
            Some("what nodes may do")
        }
        _ => Some("what nodes do"),
    }
}

/// The service keeps the gateway running; looking at it is everybody's matter.
const fn of_service(command: &ServiceCommand) -> Option<&'static str> {
    match command {
        ServiceCommand::Status(_) | ServiceCommand::Logs(_) => None,
        _ => Some("the service"),
    }
}

/// Methods that only look, and those with which one talks. Everything else may change
/// what agents may do or who may connect, also what comes later.
fn is_anybodys_method(method: &str) -> bool {
    const NAMES: [&str; 49] = [
        "agent",
        "agent.identity.get",
        "agent.wait",
        "agents.files.get",
        "agents.files.list",
        "agents.list",
        "chat.abort",
        "chat.history",
        "chat.inject",
        "chat.message.get",
        "chat.metadata",
        "chat.send",
        "chat.startup",
        "commands.list",
        "config.get",
        "config.schema",
        "config.schema.lookup",
        "doctor.run",
        "exec.approval.list",
        "gateway.identity.get",
        "gateway.restart.preflight",
        "health",
        "last-heartbeat",
        "logs.tail",
        "models.authStatus",
        "models.list",
        "openclaw.approval.list",
        "plugin.approval.list",
        "question.list",
        "remote.status",
        "service.status",
        "sessions.abort",
        "sessions.create",
        "sessions.describe",
        "sessions.get",
        "sessions.list",
        "sessions.preview",
        "sessions.resolve",
        "sessions.search",
        "sessions.send",
        "sessions.steer",
        "sessions.usage",
        "status",
        "system-presence",
        "system.info",
        "tailscale.status",
        "tools.catalog",
        "tools.effective",
        "usage.status",
    ];
    NAMES.contains(&method.trim())
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::args::Cli;

    fn matter(line: &str) -> Option<&'static str> {
        let cli = Cli::try_parse_from(line.split(' ')).unwrap();
        owners_matter(&cli.command)
    }

    #[test]
    fn agents_look_but_do_not_decide_about_themselves() {
        for line in [
            "postern approvals allow 3f1c",
            "postern approvals deny 3f1c",
            "postern devices approve 3f1c",
            "postern devices remove x",
            "postern pair",
            "postern token",
            "postern dashboard",
            "postern models auth openai",
            "postern service install",
            "postern service stop",
            "postern gateway restart",
            "postern doctor --fix",
            "postern bundle",
            "postern call config.patch {}",
            "postern call exec.approvals.set {}",
            "postern call exec.approval.resolve {}",
            "postern call device.pair.approve {}",
            "postern call wizard.start {}",
            "postern call usage.override {}",
            "postern call tools.invoke {}",
            "postern call agents.files.set {}",
            "postern call config.openFile",
            "postern call a.method.of.tomorrow {}",
            "postern usage override --for 2h --reason x",
            "postern agents add Work",
            "postern remote forget x",
        ] {
            assert!(matter(line).is_some(), "{line}");
        }
        for line in [
            "postern status",
            "postern sessions",
            "postern approvals",
            "postern devices list",
            "postern models",
            "postern service status",
            "postern gateway status",
            "postern doctor",
            "postern agent -m hello",
            "postern call config.get {}",
            "postern call health",
        ] {
            assert_eq!(matter(line), None, "{line}");
        }
    }
}
