//! Arguments of the commands that decide who answers and what it may do:
//! `agents`, `models`, `approvals`, `usage`; and of `dashboard`, where all that is seen.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `postern agents …`.
#[derive(Debug, Clone, Args)]
pub(crate) struct AgentsArgs {
    /// What to do with agents; `list` when left out
    #[command(subcommand)]
    pub(crate) command: Option<AgentsCommand>,
}

/// What to do with agents.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum AgentsCommand {
    /// List agents
    List,
    /// Make an agent
    Add(AgentAddArgs),
    /// Delete an agent that was made with `add`
    Delete(AgentDeleteArgs),
    /// Change name, emoji, picture or model of an agent
    SetIdentity(AgentIdentityArgs),
    /// List, print or write the files that shape an agent
    Files(AgentFilesArgs),
}

/// `postern agents add`.
#[derive(Debug, Clone, Args)]
pub(crate) struct AgentAddArgs {
    /// Its name; its id is made from it
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// Model that answers: provider/model
    #[arg(long, value_name = "REF")]
    pub(crate) model: Option<String>,
    /// Folder for its files; left out, one in the state folder
    #[arg(long, value_name = "FOLDER")]
    pub(crate) workspace: Option<String>,
    /// One emoji
    #[arg(long, value_name = "EMOJI")]
    pub(crate) emoji: Option<String>,
}

/// `postern agents delete`.
#[derive(Debug, Clone, Args)]
pub(crate) struct AgentDeleteArgs {
    /// The agent's id
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    /// Move its folder to the trash of the state folder
    #[arg(long)]
    pub(crate) files: bool,
    /// Do not ask
    #[arg(long, short)]
    pub(crate) yes: bool,
}

/// `postern agents set-identity`.
#[derive(Debug, Clone, Args)]
pub(crate) struct AgentIdentityArgs {
    /// The agent's id
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    /// Its name; "" goes back to what the configuration says, as with every flag here
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// One emoji
    #[arg(long, value_name = "EMOJI")]
    pub(crate) emoji: Option<String>,
    /// Emoji, https address of an image, or a file of its workspace
    #[arg(long, value_name = "AVATAR")]
    pub(crate) avatar: Option<String>,
    /// Model that answers: provider/model
    #[arg(long, value_name = "REF")]
    pub(crate) model: Option<String>,
}

/// `postern agents files`.
#[derive(Debug, Clone, Args)]
pub(crate) struct AgentFilesArgs {
    /// The agent's id
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    /// What to do with them; `list` when left out
    #[command(subcommand)]
    pub(crate) command: Option<AgentFilesCommand>,
}

/// What to do with the files of an agent.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum AgentFilesCommand {
    /// List them
    List,
    /// Print one
    Get {
        /// For example SOUL.md
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Write one
    Set {
        /// For example SOUL.md
        #[arg(value_name = "NAME")]
        name: String,
        /// File with its new text; - for standard input
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

/// `postern models …`.
#[derive(Debug, Clone, Args)]
pub(crate) struct ModelsArgs {
    /// What to do with models; `list` when left out
    #[command(subcommand)]
    pub(crate) command: Option<ModelsCommand>,
}

/// What to do with models.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum ModelsCommand {
    /// List models
    List(ModelsListArgs),
    /// Give the gateway a provider's key, or make it forget it
    #[command(after_help = "The key is asked for without showing it, or read from standard input with --stdin.\n\
                            It is never an argument: arguments are seen by other programs and kept in the shell's history.")]
    Auth(ModelsAuthArgs),
    /// Ask providers whether they would answer
    Probe(ModelsProbeArgs),
    /// Show which providers have a key
    Status,
}

/// `postern models list`.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ModelsListArgs {
    /// Also well-known models of providers without a key
    #[arg(long)]
    pub(crate) all: bool,
    /// Look for Ollama and LM Studio on this machine first
    #[arg(long)]
    pub(crate) refresh: bool,
    /// Mark the choice of this agent instead of the default agent's
    #[arg(long, value_name = "ID")]
    pub(crate) agent: Option<String>,
}

/// `postern models auth`.
#[derive(Debug, Clone, Args)]
pub(crate) struct ModelsAuthArgs {
    /// Provider: anthropic, openai, google, openrouter, deepseek, groq, mistral, xai, or one of the configuration
    #[arg(value_name = "PROVIDER")]
    pub(crate) provider: String,
    /// Read the key from the first line of standard input
    #[arg(long, conflicts_with = "remove")]
    pub(crate) stdin: bool,
    /// Forget the key
    #[arg(long)]
    pub(crate) remove: bool,
    /// Do not ask the provider whether the key works
    #[arg(long, conflicts_with = "remove")]
    pub(crate) no_probe: bool,
}

/// `postern models probe`.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ModelsProbeArgs {
    /// Provider, or a model of it; left out, every provider that can be asked
    #[arg(value_name = "PROVIDER")]
    pub(crate) provider: Option<String>,
}

/// `postern approvals …`.
#[derive(Debug, Clone, Args)]
pub(crate) struct ApprovalsArgs {
    /// What to do with approvals; `list` when left out
    #[command(subcommand)]
    pub(crate) command: Option<ApprovalsCommand>,
}

/// What to do with approvals.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum ApprovalsCommand {
    /// List commands that wait for somebody's answer
    List,
    /// Let a command run
    Allow(ApprovalAllowArgs),
    /// Refuse a command
    Deny(ApprovalArgs),
    /// Show the rules that decide before anybody is asked
    Rules,
    /// Print the rules, those of the gateway or those that a node keeps, as JSON to be edited
    Get(ApprovalsGetArgs),
    /// Replace the rules with those of a file; refused when somebody changed them meanwhile
    #[command(after_help = super::examples("postern approvals get > rules.json     change `file` in it, then
  postern approvals set rules.json
  postern approvals get --node desk > rules.json
  postern approvals set rules.json --node desk"))]
    Set(ApprovalsSetArgs),
}

/// `postern approvals allow`.
#[derive(Debug, Clone, Args)]
pub(crate) struct ApprovalAllowArgs {
    /// Id or its start
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    /// And from now on without asking
    #[arg(long)]
    pub(crate) always: bool,
}

/// `postern approvals deny`.
#[derive(Debug, Clone, Args)]
pub(crate) struct ApprovalArgs {
    /// Id or its start
    #[arg(value_name = "ID")]
    pub(crate) id: String,
}

/// `postern approvals get`.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ApprovalsGetArgs {
    /// Node that keeps the rules: its id or its start, its name, or its address; left out, the gateway
    #[arg(long, value_name = "NODE")]
    pub(crate) node: Option<String>,
}

/// `postern approvals set`.
#[derive(Debug, Clone, Args)]
pub(crate) struct ApprovalsSetArgs {
    /// What `get` printed, with `file` changed; - for standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Node that keeps the rules: its id or its start, its name, or its address; left out, the gateway
    #[arg(long, value_name = "NODE")]
    pub(crate) node: Option<String>,
    /// `hash` of the rules that were read, for a FILE that holds the rules alone
    #[arg(long, value_name = "HASH")]
    pub(crate) base_hash: Option<String>,
}

/// `postern usage …`.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct UsageArgs {
    /// How many days, today included; days are days in UTC
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=366))]
    pub(crate) days: u32,
    /// Only this session
    #[arg(long, value_name = "KEY")]
    pub(crate) session: Option<String>,
    /// Only this agent
    #[arg(long, value_name = "ID")]
    pub(crate) agent: Option<String>,
    /// Lift the limits for a while
    #[command(subcommand)]
    pub(crate) command: Option<UsageCommand>,
}

/// What else to do with usage.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum UsageCommand {
    /// Let agents go on past a daily limit for a while, or put the limits back
    Override(UsageOverrideArgs),
}

/// `postern usage override`.
#[derive(Debug, Clone, Args)]
pub(crate) struct UsageOverrideArgs {
    /// Only for this agent
    #[arg(long, value_name = "ID")]
    pub(crate) agent: Option<String>,
    /// For how long: 30m, 2h, at most 24h
    #[arg(long = "for", value_name = "TIME", value_parser = duration, required_unless_present = "clear")]
    pub(crate) duration: Option<u64>,
    /// Why; kept in the audit trail
    #[arg(long, value_name = "TEXT", required_unless_present = "clear")]
    pub(crate) reason: Option<String>,
    /// Put the limits back
    #[arg(long, conflicts_with_all = ["duration", "reason"])]
    pub(crate) clear: bool,
}

/// `30m` or `2h` in milliseconds.
fn duration(text: &str) -> Result<u64, String> {
    let wrong = || format!("`{text}` is no time: use minutes or hours, for example 30m or 2h, at most 24h");
    let split = text.len() - text.chars().next_back().map_or(0, char::len_utf8);
    let (number, unit) = text.split_at(split);
    let minutes = match unit {
        "m" => 1,
        "h" => 60,
        _ => return Err(wrong()),
    };
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let total = number.checked_mul(minutes).filter(|total| (1..=1440).contains(total)).ok_or_else(wrong)?;
    Ok(total * 60_000)
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn times_are_minutes_or_hours_up_to_a_day() {
        assert_eq!((duration("30m"), duration("2h"), duration("24h")), (Ok(1_800_000), Ok(7_200_000), Ok(86_400_000)));
        for wrong in ["", "h", "2", "0m", "25h", "-1h", "2d", "1é", "99999999999999999999h"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}

/// Flags of `postern dashboard`.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct DashboardArgs {
    /// Print the address and open nothing
    #[arg(long, visible_alias = "no-open")]
    pub(crate) print: bool,
    /// Print it with the gateway token in it: whoever reads the line can sign in
    #[arg(long, requires = "print")]
    pub(crate) with_token: bool,
}
