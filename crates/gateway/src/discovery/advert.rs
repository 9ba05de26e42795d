//! What the network is told, and whether there is anything to tell. Pure.

use std::net::{IpAddr, SocketAddr};

use super::names::{clean, host_label, instance};
use super::{OPENCLAW_TYPE, POSTERN_TYPE};
use crate::config::{Bind, MdnsMode, Nearby};
use crate::system::is_tailnet;

/// Longest value in a TXT record, bytes: what is longer is left out.
const MAX_VALUE: usize = 200;

/// Where the gateway is, which stays as long as it runs.
#[derive(Debug, Clone, Default)]
pub struct Place {
    /// Host name of the machine.
    pub host: String,
    /// The port in use.
    pub port: u16,
    /// The port that the canvas has for itself.
    pub canvas_port: Option<u16>,
    /// Addresses that are listened on.
    pub addresses: Vec<SocketAddr>,
    /// The file of the program.
    pub program: Option<String>,
}

/// What changes while it runs.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    /// Which interfaces were asked for.
    pub(super) bind: Bind,
    /// Fingerprint of the certificate, with TLS.
    pub(super) fingerprint: Option<String>,
    /// Name in the tailnet.
    pub(super) tailnet: Option<String>,
}

/// Which interfaces hear of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Interfaces {
    /// Every one that leads to a local network.
    Every,
    /// Those with these addresses.
    With(Vec<IpAddr>),
}

/// What the network is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Advert {
    /// Service type and instance name.
    pub(super) instances: Vec<(&'static str, String)>,
    /// `<host>.local.`
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) interfaces: Interfaces,
    pub(super) txt: Vec<(&'static str, String)>,
}

/// What to tell: nothing when nobody asked for it, and the reason when nobody
/// could come.
pub(super) fn advert(settings: &Nearby, place: &Place, facts: &Facts) -> Result<Option<Advert>, String> {
    if settings.mdns == MdnsMode::Off {
        return Ok(None);
    }
    let interfaces = interfaces(settings.mdns, place, facts.bind)?;
    let machine = settings.machine.host_name.as_deref().unwrap_or(&place.host);
    let label = host_label(machine);
    let shown = match clean(machine.split('.').next().unwrap_or_default(), MAX_VALUE) {
        name if name.is_empty() => label.clone(),
        name => name,
    };
    Ok(Some(Advert {
        instances: vec![(OPENCLAW_TYPE, instance(&shown, " (OpenClaw)")), (POSTERN_TYPE, instance(&shown, ""))],
        host: format!("{label}.local."),
        port: place.port,
        interfaces,
        txt: txt(settings, place, facts, (&shown, &label)),
    }))
}

fn interfaces(mode: MdnsMode, place: &Place, bind: Bind) -> Result<Interfaces, String> {
    let reached = || place.addresses.iter().map(SocketAddr::ip).filter(|ip| !ip.is_loopback());
    if reached().any(|ip| ip.is_unspecified()) {
        return Ok(Interfaces::Every);
    }
    let local: Vec<IpAddr> = reached().filter(|ip| !is_tailnet(*ip)).collect();
    let mode = mode.as_str();
    match (local.is_empty(), reached().next()) {
        (false, _) => Ok(Interfaces::With(local)),
        (true, Some(_)) => Err(format!(
            "discovery.mdns.mode is {mode}, but the gateway listens in the tailnet only, where mDNS does not reach: its \
             members find it by its name there; set discovery.mdns.mode to off, or gateway.bind to lan"
        )),
        (true, None) => Err(format!(
            "discovery.mdns.mode is {mode}, but the gateway listens on this machine only (gateway.bind is {}), so the \
             network is told nothing: set gateway.bind to lan, or discovery.mdns.mode to off",
            bind.as_str()
        )),
    }
}

fn txt(settings: &Nearby, place: &Place, facts: &Facts, (shown, label): (&str, &str)) -> Vec<(&'static str, String)> {
    let mut told = vec![
        ("role", "gateway".to_owned()),
        ("transport", "gateway".to_owned()),
        ("displayName", shown.to_owned()),
        ("lanHost", format!("{label}.local")),
        ("gatewayPort", place.port.to_string()),
        ("gatewayDirectReachable", "1".to_owned()),
    ];
    told.extend(place.canvas_port.map(|port| ("canvasPort", port.to_string())));
    if let Some(fingerprint) = &facts.fingerprint {
        told.push(("gatewayTls", "1".to_owned()));
        told.push(("gatewayTlsSha256", fingerprint.clone()));
    }
    if settings.mdns == MdnsMode::Full {
        told.push(("sshPort", settings.machine.ssh_port.unwrap_or(22).to_string()));
        told.extend(place.program.clone().map(|program| ("cliPath", program)));
        told.extend(facts.tailnet.clone().map(|name| ("tailnetDns", name)));
    }
    told.retain(|(_, value)| !value.is_empty() && value.len() <= MAX_VALUE);
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::MachineHints;

    fn place(addresses: &[&str]) -> Place {
        let addresses = addresses.iter().map(|address| address.parse().unwrap()).collect();
        let (host, program) = ("Desk.home".into(), Some("/opt/postern".into()));
        Place { host, port: 7, canvas_port: None, addresses, program }
    }

    fn nearby(mdns: MdnsMode) -> Nearby {
        Nearby { mdns, machine: MachineHints::default() }
    }

    fn keys(advert: &Advert) -> Vec<&'static str> {
        advert.txt.iter().map(|(key, _)| *key).collect()
    }

    #[test]
    fn minimal_tells_no_more_than_needed_and_full_the_rest() {
        let facts =
            Facts { fingerprint: Some("ab".into()), tailnet: Some("desk.tail.ts.net".into()), ..Facts::default() };
        let minimal = advert(&nearby(MdnsMode::Minimal), &place(&["0.0.0.0:7"]), &facts).unwrap().unwrap();
        let wanted = [
            "role",
            "transport",
            "displayName",
            "lanHost",
            "gatewayPort",
            "gatewayDirectReachable",
            "gatewayTls",
            "gatewayTlsSha256",
        ];
        assert_eq!(keys(&minimal), wanted);
        let names: Vec<&str> = minimal.instances.iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!((names, minimal.host.as_str()), (vec!["Desk (OpenClaw)", "Desk"], "Desk.local."));
        let full = advert(&nearby(MdnsMode::Full), &place(&["0.0.0.0:7"]), &Facts { fingerprint: None, ..facts });
        let full = keys(&full.unwrap().unwrap());
        assert_eq!(full[..6], wanted[..6]);
        assert_eq!(full[6..], ["sshPort", "cliPath", "tailnetDns"]);
        let own_port = Place { canvas_port: Some(9), ..place(&["0.0.0.0:7"]) };
        let own_port = advert(&nearby(MdnsMode::Minimal), &own_port, &Facts::default()).unwrap().unwrap();
        assert_eq!(own_port.txt.last(), Some(&("canvasPort", "9".to_owned())));
        assert_eq!(advert(&nearby(MdnsMode::Off), &place(&["0.0.0.0:7"]), &Facts::default()), Ok(None));
    }

    #[test]
    fn nobody_is_told_where_nobody_could_come() {
        let told = |addresses: &[&str]| advert(&nearby(MdnsMode::Minimal), &place(addresses), &Facts::default());
        let loopback = told(&["127.0.0.1:7", "[::1]:7"]).unwrap_err();
        assert!(loopback.contains("this machine only") && loopback.contains("gateway.bind to lan"), "{loopback}");
        let tailnet = told(&["100.100.1.2:7", "127.0.0.1:7"]).unwrap_err();
        assert!(tailnet.contains("in the tailnet only"), "{tailnet}");
        let custom = told(&["192.168.1.5:7", "127.0.0.1:7"]).unwrap().unwrap();
        assert_eq!(custom.interfaces, Interfaces::With(vec!["192.168.1.5".parse().unwrap()]));
        assert_eq!(told(&["0.0.0.0:7"]).unwrap().unwrap().interfaces, Interfaces::Every);
    }

    #[test]
    fn what_the_machine_calls_itself_cannot_break_the_record() {
        let settings = Nearby {
            mdns: MdnsMode::Minimal,
            machine: MachineHints { host_name: Some("a\u{1b}[2Jé\u{202e}".repeat(60)), ..MachineHints::default() },
        };
        let advert = advert(&settings, &place(&["0.0.0.0:7"]), &Facts::default()).unwrap().unwrap();
        assert!(advert.instances.iter().all(|(_, name)| name.len() <= 63 && !name.contains(char::is_control)));
        assert!(advert.host.is_ascii() && advert.host.len() <= 70, "{}", advert.host);
        assert!(advert.txt.iter().all(|(key, value)| key.len() + value.len() < 250 && !value.contains('\u{202e}')));
    }
}
