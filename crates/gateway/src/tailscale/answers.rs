//! What the Tailscale daemon says, as far as it is needed here. Lists and maps
//! may be `null`.

use std::collections::HashMap;
use std::net::IpAddr;

use postern_protocol::tailscale::TailscaleState;
use serde::Deserialize;

/// `status`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Status {
    pub(super) backend_state: String,
    #[serde(rename = "AuthURL")]
    pub(super) auth_url: String,
    #[serde(rename = "Self")]
    pub(super) own: Option<Node>,
    #[serde(rename = "TailscaleIPs")]
    pub(super) addresses: Option<Vec<IpAddr>>,
    pub(super) cert_domains: Option<Vec<String>>,
    user: Option<HashMap<String, UserProfile>>,
}

/// A machine of the tailnet.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Node {
    #[serde(rename = "DNSName")]
    dns_name: String,
    #[serde(rename = "Tags")]
    tags: Option<Vec<String>>,
    #[serde(rename = "UserID")]
    user_id: i64,
    #[serde(rename = "TailscaleIPs")]
    addresses: Option<Vec<IpAddr>>,
}

impl Node {
    fn is_tagged(&self) -> bool {
        self.tags.as_ref().is_some_and(|tags| !tags.is_empty())
    }
}

/// Whose this machine is, as far as `status` tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Owner {
    /// Nobody's: it has tags, or is in no tailnet.
    Nobody,
    /// This login's, lower case.
    Login(String),
    /// Not told: daemons leave people out where they leave peers out. `whois` of this
    /// address of the machine tells.
    Ask(IpAddr),
}

impl Status {
    pub(super) fn state(&self) -> TailscaleState {
        match self.backend_state.as_str() {
            "Running" => TailscaleState::Running,
            "NeedsLogin" => TailscaleState::NeedsLogin,
            "NeedsMachineAuth" => TailscaleState::NeedsApproval,
            "Starting" | "NoState" => TailscaleState::Starting,
            _ => TailscaleState::Stopped,
        }
    }

    /// Name of this machine in its tailnet.
    pub(super) fn dns_name(&self) -> Option<&str> {
        let name = self.own.as_ref()?.dns_name.trim_end_matches('.');
        (!name.is_empty()).then_some(name)
    }

    /// Whose this machine is.
    pub(super) fn owner(&self) -> Owner {
        let Some(own) = self.own.as_ref().filter(|own| !own.is_tagged()) else { return Owner::Nobody };
        let told = self.user.as_ref().and_then(|people| people.get(&own.user_id.to_string()));
        match (told, own.addresses.iter().flatten().next()) {
            (Some(profile), _) => profile.login().map_or(Owner::Nobody, Owner::Login),
            (None, Some(ip)) => Owner::Ask(*ip),
            (None, None) => Owner::Nobody,
        }
    }

    /// Whether the tailnet gives out certificates.
    pub(super) fn has_certificates(&self) -> bool {
        self.cert_domains.as_ref().is_some_and(|domains| !domains.is_empty())
    }
}

/// `whois`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Whois {
    node: Option<Node>,
    user_profile: Option<UserProfile>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct UserProfile {
    login_name: String,
}

impl UserProfile {
    /// Lower case; the one that stands for machines with tags is nobody's.
    fn login(&self) -> Option<String> {
        let login = self.login_name.trim().to_lowercase();
        (!login.is_empty() && login != "tagged-devices").then_some(login)
    }
}

impl Whois {
    /// Login of the person whose machine it is, lower case. Machines with tags
    /// are nobody's.
    pub(super) fn login(&self) -> Option<String> {
        let is_tagged = self.node.as_ref().is_some_and(Node::is_tagged);
        self.user_profile.as_ref().filter(|_| !is_tagged).and_then(UserProfile::login)
    }
}

/// `serve-config`: what the daemon shows to others.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct ServeConfig {
    web: Option<HashMap<String, Site>>,
    allow_funnel: Option<HashMap<String, bool>>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Site {
    handlers: Option<HashMap<String, Handler>>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Handler {
    proxy: String,
    path: String,
    text: String,
}

/// What stands at the root of this machine's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shown {
    /// Nothing.
    Nothing,
    /// Another thing than was looked for.
    Other(String),
    /// What was looked for.
    Ours {
        /// Also to the internet.
        funnel: bool,
    },
}

impl ServeConfig {
    /// Looks for `target` at the root of `https://NAME/`.
    pub(super) fn shows(&self, dns_name: &str, target: &str) -> Shown {
        let host = format!("{dns_name}:443");
        let site = self.web.as_ref().and_then(|web| web.get(&host));
        let root = site.and_then(|site| site.handlers.as_ref()).and_then(|handlers| handlers.get("/"));
        match root {
            None => Shown::Nothing,
            Some(handler) if handler.proxy.trim_end_matches('/') == target => {
                let funnel = self.allow_funnel.as_ref().and_then(|allowed| allowed.get(&host));
                Shown::Ours { funnel: funnel.copied().unwrap_or(false) }
            }
            Some(Handler { proxy, path, text }) => {
                let what = [proxy, path].into_iter().find(|what| !what.is_empty());
                let text = if text.is_empty() { "something else" } else { "a text" };
                Shown::Other(what.map_or(text, String::as_str).to_owned())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_owner_of_a_tagged_machine_is_nobody() {
        let whois = |json: &str| serde_json::from_str::<Whois>(json).unwrap().login();
        let person = r#"{"Node":{"DNSName":"a.ts.net.","Tags":null},"UserProfile":{"LoginName":"Ada@Example.com"}}"#;
        assert_eq!(whois(person).as_deref(), Some("ada@example.com"));
        assert_eq!(whois(r#"{"Node":{"Tags":["tag:ci"]},"UserProfile":{"LoginName":"ada@example.com"}}"#), None);
        assert_eq!(whois(r#"{"UserProfile":{"LoginName":"tagged-devices"}}"#), None);
        assert_eq!(whois(r#"{"UserProfile":{"LoginName":""}}"#), None);
        assert_eq!(whois("{}"), None);
    }

    #[test]
    fn the_owner_of_this_machine_is_told_by_its_user() {
        let owner = |own: &str, users: &str| {
            let text = format!(r#"{{"Self":{own},"User":{users}}}"#);
            serde_json::from_str::<Status>(&text).unwrap().owner()
        };
        let own = r#"{"UserID":7,"TailscaleIPs":["100.64.0.1"]}"#;
        let people = r#"{"7":{"ID":7,"LoginName":"Ada@Example.com"},"8":{"ID":8,"LoginName":"eve@example.com"}}"#;
        assert_eq!(owner(own, people), Owner::Login("ada@example.com".into()));
        assert_eq!(owner(own, "null"), Owner::Ask("100.64.0.1".parse().unwrap()));
        assert_eq!(owner(own, r#"{"7":{"LoginName":"tagged-devices"}}"#), Owner::Nobody);
        assert_eq!(owner(r#"{"UserID":7,"Tags":["tag:server"],"TailscaleIPs":["100.64.0.1"]}"#, people), Owner::Nobody);
        assert_eq!(owner("null", people), Owner::Nobody);
    }

    #[test]
    fn what_is_shown_is_told_from_what_somebody_else_shows() {
        let config: ServeConfig = serde_json::from_str(
            r#"{"TCP":{"443":{"HTTPS":true}},"Web":{"a.ts.net:443":{"Handlers":{"/":{"Proxy":"http://127.0.0.1:7"}}},
                "b.ts.net:443":{"Handlers":{"/":{"Path":"/srv"},"/x":{"Proxy":"http://127.0.0.1:7"}}},
                "c.ts.net:443":{"Handlers":null}},"AllowFunnel":{"a.ts.net:443":true}}"#,
        )
        .unwrap();
        assert_eq!(config.shows("a.ts.net", "http://127.0.0.1:7"), Shown::Ours { funnel: true });
        assert_eq!(config.shows("a.ts.net", "http://127.0.0.1:8"), Shown::Other("http://127.0.0.1:7".into()));
        assert_eq!(config.shows("b.ts.net", "http://127.0.0.1:7"), Shown::Other("/srv".into()));
        assert_eq!(config.shows("c.ts.net", "http://127.0.0.1:7"), Shown::Nothing);
        let empty: ServeConfig = serde_json::from_str("{}").unwrap();
        assert_eq!(empty.shows("a.ts.net", "http://127.0.0.1:7"), Shown::Nothing);
    }

    #[test]
    fn a_status_of_any_age_is_read() {
        let running = r#"{"Version":"1.90.1","BackendState":"Running","AuthURL":"","TailscaleIPs":["100.64.0.7"],
            "Self":{"DNSName":"desk.tail1234.ts.net."},"CertDomains":["desk.tail1234.ts.net"],"Peer":null}"#;
        let running: Status = serde_json::from_str(running).unwrap();
        assert_eq!((running.state(), running.dns_name()), (TailscaleState::Running, Some("desk.tail1234.ts.net")));
        assert!(running.has_certificates());
        let out: Status =
            serde_json::from_str(r#"{"BackendState":"NeedsLogin","TailscaleIPs":null,"CertDomains":null}"#).unwrap();
        assert_eq!((out.state(), out.dns_name(), out.has_certificates()), (TailscaleState::NeedsLogin, None, false));
    }
}
