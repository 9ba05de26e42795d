//! `discovery`: what others on the network are told.

use super::Overrides;
use super::raw::{MdnsMode, RawNearby};
use super::resolve::Notes;

/// What others on the network are told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Nearby {
    /// How much.
    pub mdns: MdnsMode,
    /// What the environment says about this machine.
    pub machine: MachineHints,
}

/// What the environment knows better than the machine itself. Told to nobody unless the mode asks for it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MachineHints {
    /// Its name, when not the host name.
    pub host_name: Option<String>,
    /// Its name in the tailnet, when the daemon shall not be asked.
    pub tailnet_dns: Option<String>,
    /// Port of its ssh server, when not 22.
    pub ssh_port: Option<u16>,
}

impl Notes {
    pub(super) fn nearby(&mut self, raw: &RawNearby, overrides: &Overrides) -> Nearby {
        let domain = raw.wide_area.domain.as_deref().map(str::trim).filter(|domain| !domain.is_empty());
        if raw.wide_area.enabled == Some(true) || (raw.wide_area.enabled.is_none() && domain.is_some()) {
            self.warnings.push(
                "discovery.wideArea is not supported: this gateway is found on its own network only (discovery.mdns), \
                 elsewhere by its address or its name in the tailnet"
                    .to_owned(),
            );
        }
        let mdns = if overrides.discovery_off { MdnsMode::Off } else { raw.mdns.mode.unwrap_or_default() };
        Nearby { mdns, machine: overrides.machine.clone() }
    }
}
