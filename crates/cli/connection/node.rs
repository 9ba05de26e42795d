//! How this computer connects as a node.

use std::sync::Arc;

use postern_client::ClientOptions;
use postern_protocol::connect::ClientMode;

use super::{Offer, Prepared, Program, StoredTokens};
use crate::credentials::Credentials;
use crate::endpoint::{Endpoint, Whose};
use crate::env::{Settings, stable_hash};
use crate::exit::Outcome;
use crate::refusal::Origins;

/// The node host.
const NODE: Program = Program {
    id: "node-host",
    mode: ClientMode::Node,
    key: "node-device-key",
    tokens: "node-device-token",
    addition: " (node)",
};

/// The desktop app's computer as a node: a device apart from the app, and from the node host.
pub(crate) const DESKTOP_NODE: Program = Program {
    id: "node-host",
    mode: ClientMode::Node,
    key: "desktop-node-device-key",
    tokens: "desktop-node-device-token",
    addition: "",
};

/// How the node host connects, before it is decided for how long.
pub(crate) struct NodeWay {
    /// Address, credentials and identity.
    pub(crate) options: ClientOptions,
    /// Id of its device.
    pub(crate) device_id: String,
    /// Where its words come from, for messages.
    pub(crate) origins: Origins,
    /// Holds the way to the gateway open.
    _endpoint: Endpoint,
}

impl NodeWay {
    /// The gateway that the settings name; a node keeps the token of each gateway apart.
    pub(crate) async fn of(settings: &Settings, bootstrap: Option<&str>) -> Outcome<Self> {
        let prepared = Prepared::of(settings, NODE).await?;
        let mut options = prepared.options.device(prepared.key.clone());
        if matches!(prepared.endpoint.whose, Whose::Given(_)) {
            let credentials = Credentials::open(settings).await?;
            let name = format!("{}-at-{:016x}", NODE.tokens, stable_hash(&prepared.endpoint.name));
            let offer = Offer::unless_given(settings);
            options = options.token_cache(Arc::new(StoredTokens { secrets: credentials.secrets, offer, name }));
        }
        if let Some(token) = bootstrap {
            options = options.bootstrap_token(token);
        }
        let device_id = prepared.key.device_id().to_string();
        Ok(Self { options, device_id, origins: prepared.origins, _endpoint: prepared.endpoint })
    }
}
