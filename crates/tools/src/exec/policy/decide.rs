//! The rules applied to one command. Pure.

use postern_protocol::approvals::{AllowlistEntry, ExecAskMode, ExecRuleSet, ExecRules, ExecSecurityMode};

use super::command::Command;

/// Two modes that belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExecModes {
    /// Which commands run at all.
    pub security: ExecSecurityMode,
    /// When somebody is asked.
    pub ask: ExecAskMode,
}

/// What a conversation says about commands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ExecOverrides {
    /// Which commands run at all.
    pub security: Option<ExecSecurityMode>,
    /// When somebody is asked.
    pub ask: Option<ExecAskMode>,
    /// Whether an administrator said so. Otherwise it can only make the modes
    /// stricter.
    pub by_admin: bool,
}

/// What becomes of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It runs.
    Allow,
    /// Somebody is asked.
    Ask,
    /// It does not run; the text is told to the model.
    Deny(&'static str),
}

const SWITCHED_OFF: &str = "commands are switched off (security is deny)";
const NOT_LISTED: &str = "the command is not on the allowlist, and nobody is asked (ask is off)";

/// The modes that hold for one command, layer by layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layers(Vec<ExecModes>);

impl Layers {
    /// Of the configuration, the rules and the conversation. A mode that a layer
    /// leaves open is that of the configuration.
    #[must_use]
    pub fn new(base: ExecModes, rules: &ExecRules, agent_id: &str, overrides: &ExecOverrides) -> Self {
        let said = |modes: &ExecRuleSet| (modes.security, modes.ask);
        let filled = |(security, ask): (Option<ExecSecurityMode>, Option<ExecAskMode>)| ExecModes {
            security: security.unwrap_or(base.security),
            ask: ask.unwrap_or(base.ask),
        };
        let session = filled((overrides.security, overrides.ask));
        let mut layers = if overrides.by_admin { vec![session] } else { vec![base, session] };
        let of_rules = effective(rules, agent_id);
        if said(&of_rules) != (None, None) {
            layers.push(filled(said(&of_rules)));
        }
        Self(layers)
    }

    /// The strictest of what each layer says by itself: no combination of layers
    /// allows what one of them alone would not.
    #[must_use]
    pub fn verdict(&self, is_listed: bool) -> Verdict {
        let verdicts = self.0.iter().map(|modes| single(*modes, is_listed));
        verdicts.max_by_key(strictness).unwrap_or(Verdict::Deny(SWITCHED_OFF))
    }

    /// The modes as approvers are shown them.
    #[must_use]
    pub fn shown(&self) -> Option<ExecModes> {
        let security = self.0.iter().map(|modes| modes.security).min()?;
        Some(ExecModes { security, ask: self.0.iter().map(|modes| modes.ask).max()? })
    }
}

fn strictness(verdict: &Verdict) -> u8 {
    match verdict {
        Verdict::Allow => 0,
        Verdict::Ask => 1,
        Verdict::Deny(_) => 2,
    }
}

fn single(modes: ExecModes, is_listed: bool) -> Verdict {
    match (modes.security, modes.ask) {
        (ExecSecurityMode::Deny, _) => Verdict::Deny(SWITCHED_OFF),
        (_, ExecAskMode::Always) => Verdict::Ask,
        (ExecSecurityMode::Full, _) => Verdict::Allow,
        (ExecSecurityMode::Allowlist, _) if is_listed => Verdict::Allow,
        (ExecSecurityMode::Allowlist, ExecAskMode::Off) => Verdict::Deny(NOT_LISTED),
        (ExecSecurityMode::Allowlist, ExecAskMode::OnMiss) => Verdict::Ask,
    }
}

/// What the rules say for one agent: its own, else those of `*`, else the
/// defaults.
#[must_use]
pub fn effective(rules: &ExecRules, agent_id: &str) -> ExecRuleSet {
    let agents = rules.agents.as_ref();
    let layers = [
        agents.and_then(|agents| agents.get(agent_id)).map(|agent| &agent.modes),
        agents.and_then(|agents| agents.get("*")).map(|agent| &agent.modes),
        rules.defaults.as_ref(),
    ];
    let layers = || layers.into_iter().flatten();
    ExecRuleSet {
        security: layers().find_map(|modes| modes.security),
        ask: layers().find_map(|modes| modes.ask),
        ask_fallback: layers().find_map(|modes| modes.ask_fallback),
        auto_allow_skills: layers().find_map(|modes| modes.auto_allow_skills),
    }
}

/// The entry that covers a command of an agent.
#[must_use]
pub fn listed<'a>(rules: &'a ExecRules, agent_id: &str, command: &Command) -> Option<&'a AllowlistEntry> {
    let agents = rules.agents.as_ref()?;
    let lists = [agent_id, "*"].into_iter().filter_map(|id| agents.get(id)?.allowlist.as_ref());
    command.covered_by(lists.flatten())
}

/// What holds when nobody can be asked.
#[must_use]
pub fn without_approver(rules: &ExecRules, agent_id: &str, is_listed: bool) -> Verdict {
    const NOBODY: &str = "it needs an approval, and nobody is connected who could give it; connect an app that shows \
                          approvals, or put the command on the allowlist";
    match effective(rules, agent_id).ask_fallback {
        Some(ExecSecurityMode::Full) => Verdict::Allow,
        Some(ExecSecurityMode::Allowlist) if is_listed => Verdict::Allow,
        _ => Verdict::Deny(NOBODY),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use postern_protocol::approvals::ExecAgentRules;

    use super::*;
    use ExecAskMode::{Always, Off, OnMiss};
    use ExecSecurityMode::{Allowlist, Deny, Full};

    const MODES: [ExecSecurityMode; 3] = ExecSecurityMode::ALL;
    const ASKS: [ExecAskMode; 3] = ExecAskMode::ALL;

    fn every() -> impl Iterator<Item = ExecModes> {
        MODES.into_iter().flat_map(|security| ASKS.into_iter().map(move |ask| ExecModes { security, ask }))
    }

    fn rules(security: Option<ExecSecurityMode>, ask: Option<ExecAskMode>) -> ExecRules {
        let defaults = Some(ExecRuleSet { security, ask, ..ExecRuleSet::default() });
        ExecRules { version: 1, defaults, ..ExecRules::default() }
    }

    #[test]
    fn one_layer_says_what_its_words_say() {
        let table = [
            (Deny, Off, Verdict::Deny(SWITCHED_OFF), Verdict::Deny(SWITCHED_OFF)),
            (Deny, OnMiss, Verdict::Deny(SWITCHED_OFF), Verdict::Deny(SWITCHED_OFF)),
            (Deny, Always, Verdict::Deny(SWITCHED_OFF), Verdict::Deny(SWITCHED_OFF)),
            (Allowlist, Off, Verdict::Allow, Verdict::Deny(NOT_LISTED)),
            (Allowlist, OnMiss, Verdict::Allow, Verdict::Ask),
            (Allowlist, Always, Verdict::Ask, Verdict::Ask),
            (Full, Off, Verdict::Allow, Verdict::Allow),
            (Full, OnMiss, Verdict::Allow, Verdict::Allow),
            (Full, Always, Verdict::Ask, Verdict::Ask),
        ];
        assert_eq!(table.len(), every().count());
        for (security, ask, on_list, off_list) in table {
            let layers =
                Layers::new(ExecModes { security, ask }, &ExecRules::default(), "main", &ExecOverrides::default());
            assert_eq!(layers.verdict(true), on_list, "{security:?} {ask:?}, listed");
            assert_eq!(layers.verdict(false), off_list, "{security:?} {ask:?}, not listed");
        }
    }

    type Open = (Option<ExecSecurityMode>, Option<ExecAskMode>);

    /// Both modes in every form, left open included.
    fn every_open() -> impl Iterator<Item = Open> {
        let securities = || [None].into_iter().chain(MODES.map(Some));
        let asks = || [None].into_iter().chain(ASKS.map(Some));
        securities().flat_map(move |security| asks().map(move |ask| (security, ask)))
    }

    fn alone(base: ExecModes, (security, ask): Open, is_listed: bool) -> u8 {
        let modes = ExecModes { security: security.unwrap_or(base.security), ask: ask.unwrap_or(base.ask) };
        strictness(&single(modes, is_listed))
    }

    #[track_caller]
    fn check_layers(base: ExecModes, file: Open, said: Open) {
        for (by_admin, is_listed) in [(false, false), (false, true), (true, false), (true, true)] {
            let overrides = ExecOverrides { security: said.0, ask: said.1, by_admin };
            let verdict = Layers::new(base, &rules(file.0, file.1), "main", &overrides).verdict(is_listed);
            let of_file = if file == (None, None) { 0 } else { alone(base, file, is_listed) };
            let of_config = if by_admin { 0 } else { alone(base, (None, None), is_listed) };
            let want = alone(base, said, is_listed).max(of_file).max(of_config);
            assert_eq!(strictness(&verdict), want, "{base:?} {overrides:?} {file:?}");
        }
    }

    /// Every configuration, every rule, every override of a conversation, listed
    /// and not.
    #[test]
    fn no_layer_loosens_another_unless_an_administrator_said_so() {
        let layers = || every_open().flat_map(|file| every_open().map(move |said| (file, said)));
        assert_eq!(layers().count(), 16 * 16);
        for base in every() {
            layers().for_each(|(file, said)| check_layers(base, file, said));
        }
    }

    #[test]
    fn an_administrator_may_open_a_conversation_but_not_against_the_rules() {
        let base = ExecModes { security: Allowlist, ask: OnMiss };
        let wide = ExecOverrides { security: Some(Full), ask: Some(Off), by_admin: true };
        assert_eq!(Layers::new(base, &ExecRules::default(), "main", &wide).verdict(false), Verdict::Allow);
        let meek = ExecOverrides { by_admin: false, ..wide };
        assert_eq!(Layers::new(base, &ExecRules::default(), "main", &meek).verdict(false), Verdict::Ask);
        let file = rules(Some(Deny), None);
        assert_eq!(Layers::new(base, &file, "main", &wide).verdict(true), Verdict::Deny(SWITCHED_OFF));
    }

    #[test]
    fn an_agents_own_rules_win_over_those_for_all() {
        let modes = |security| ExecRuleSet { security: Some(security), ..ExecRuleSet::default() };
        let agent = |security| ExecAgentRules { modes: modes(security), allowlist: None };
        let agents = BTreeMap::from([("main".to_owned(), agent(Full)), ("*".to_owned(), agent(Deny))]);
        let file = ExecRules { version: 1, defaults: Some(modes(Allowlist)), agents: Some(agents), socket: None };
        assert_eq!(effective(&file, "main").security, Some(Full));
        assert_eq!(effective(&file, "other").security, Some(Deny));
        assert_eq!(effective(&rules(Some(Allowlist), None), "main").security, Some(Allowlist));
    }

    #[test]
    fn without_an_approver_only_an_explicit_rule_lets_anything_through() {
        let fallback = |mode| ExecRules {
            version: 1,
            defaults: Some(ExecRuleSet { ask_fallback: mode, ..ExecRuleSet::default() }),
            ..ExecRules::default()
        };
        for (mode, listed, not_listed) in
            [(None, false, false), (Some(Deny), false, false), (Some(Allowlist), true, false), (Some(Full), true, true)]
        {
            let allows = |is_listed| without_approver(&fallback(mode), "main", is_listed) == Verdict::Allow;
            assert_eq!((allows(true), allows(false)), (listed, not_listed), "{mode:?}");
        }
    }
}
