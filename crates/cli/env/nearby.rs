//! What the environment says about being found on the network.

use postern_gateway::config::MachineHints;

use super::{Also, Environment};
use crate::exit::Outcome;

/// What the environment says about being found on the network.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct NearbySettings {
    /// The variable by which nobody is told, where one says so.
    pub(crate) off: Option<String>,
    /// What this machine is called.
    pub(crate) machine: MachineHints,
}

pub(super) fn read(env: &Environment) -> Outcome<NearbySettings> {
    let text = |name, also| env.text(name, also).map(|found| found.map(|(_, value)| value));
    Ok(NearbySettings {
        off: env.switch("DISABLE_BONJOUR", Also::OpenClaw)?,
        machine: MachineHints {
            host_name: text("MDNS_HOSTNAME", Also::Clawdbot)?,
            tailnet_dns: text("TAILNET_DNS", Also::OpenClaw)?,
            ssh_port: env.number("SSH_PORT", Also::OpenClaw, "a port from 0 to 65535")?,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_names_of_the_switch_count_and_no_means_no() {
        for (variables, off) in [
            (&[][..], None),
            (&[("OPENCLAW_DISABLE_BONJOUR", "1")][..], Some("OPENCLAW_DISABLE_BONJOUR")),
            (&[("POSTERN_DISABLE_BONJOUR", "true")][..], Some("POSTERN_DISABLE_BONJOUR")),
            (&[("OPENCLAW_DISABLE_BONJOUR", "0")][..], None),
            (&[("POSTERN_DISABLE_BONJOUR", "False"), ("OPENCLAW_DISABLE_BONJOUR", "1")][..], None),
        ] {
            assert_eq!(read(&Environment::made_up(variables)).unwrap().off.as_deref(), off, "{variables:?}");
        }
        let named = [("CLAWDBOT_MDNS_HOSTNAME", "desk"), ("OPENCLAW_SSH_PORT", "2222")];
        let machine = read(&Environment::made_up(&named)).unwrap().machine;
        assert_eq!((machine.host_name.as_deref(), machine.ssh_port), (Some("desk"), Some(2222)));
        assert!(read(&Environment::made_up(&[("OPENCLAW_SSH_PORT", "many")])).is_err());
    }
}
