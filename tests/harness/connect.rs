//! Device keys, and the params of `connect` in every shape a client sends (`handshake.md §3, §4`).

use postern_protocol::identity::DeviceKey;
use serde_json::{Value, json};

/// A device with a key of its own; one name, one key.
#[derive(Debug, Clone)]
pub(crate) struct Device {
    key: DeviceKey,
}

impl Device {
    /// The device of this name.
    pub(crate) fn new(name: &str) -> Self {
        let mut seed = [0x5a_u8; 32];
        for (index, byte) in name.bytes().enumerate() {
            seed[index % 32] = seed[index % 32].wrapping_mul(31).wrapping_add(byte);
        }
        Self { key: DeviceKey::from_seed(&seed) }
    }

    /// The device that grows from these secret bytes.
    pub(crate) fn from_seed(seed: &[u8; 32]) -> Self {
        Self { key: DeviceKey::from_seed(seed) }
    }

    pub(crate) fn id(&self) -> String {
        self.key.device_id().to_string()
    }

    pub(crate) fn public_key(&self) -> String {
        self.key.public_key().to_base64url()
    }

    pub(crate) fn sign(&self, payload: &str) -> String {
        self.key.sign(payload)
    }
}

/// Generation of the signed text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Payload {
    V1,
    V2,
    V3,
}

/// Params of `connect` to be: made and signed when the challenge is there.
#[derive(Debug, Clone)]
pub(crate) struct Connect {
    params: Value,
    device: Option<Device>,
    payload: Payload,
    gateway_token: bool,
    nonce: Option<String>,
    signed_at: Option<i64>,
    after_signing: Vec<(String, Option<Value>)>,
}

impl Connect {
    fn new(device: Option<&Device>, role: &str, scopes: Value, client: (&str, &str)) -> Self {
        let params = json!({
            "minProtocol": 4, "maxProtocol": 4, "role": role, "scopes": scopes,
            "client": {"id": client.0, "mode": client.1, "version": "1.2.3", "platform": "linux"},
        });
        Self {
            params,
            device: device.cloned(),
            payload: Payload::V3,
            gateway_token: true,
            nonce: None,
            signed_at: None,
            after_signing: Vec::new(),
        }
    }

    /// The command line tool with the gateway's token, protocol 4.
    pub(crate) fn operator(device: &Device, scopes: &[&str]) -> Self {
        Self::new(Some(device), "operator", json!(scopes), ("cli", "cli"))
    }

    /// A node host with the gateway's token, protocol 4.
    pub(crate) fn node(device: &Device) -> Self {
        Self::new(Some(device), "node", json!([]), ("node-host", "node"))
    }

    /// An operator without device identity, with the gateway's token, protocol 4.
    pub(crate) fn deviceless(scopes: &[&str]) -> Self {
        Self::new(None, "operator", json!(scopes), ("cli", "cli"))
    }

    /// Speaks only protocol 3, and signs the way such clients do.
    pub(crate) fn v3(self) -> Self {
        self.dialect(3)
    }

    /// Speaks only this generation; 3 signs payload v2.
    pub(crate) fn dialect(mut self, version: u32) -> Self {
        self.payload = if version == 3 { Payload::V2 } else { self.payload };
        self.set("/minProtocol", json!(version)).set("/maxProtocol", json!(version))
    }

    /// Generation of the signed text. V1 is sent without nonce.
    pub(crate) fn payload(mut self, payload: Payload) -> Self {
        self.payload = payload;
        self
    }

    /// Which program it claims to be.
    pub(crate) fn client(self, id: &str, mode: &str) -> Self {
        self.set("/client/id", json!(id)).set("/client/mode", json!(mode))
    }

    /// Sends these credentials instead of the gateway's token.
    pub(crate) fn auth(mut self, auth: Value) -> Self {
        self.gateway_token = false;
        self.set("/auth", auth)
    }

    /// Sends no credentials at all.
    pub(crate) fn no_auth(mut self) -> Self {
        self.gateway_token = false;
        self
    }

    /// Sends only this device token.
    pub(crate) fn device_token(self, token: &str) -> Self {
        self.auth(json!({"deviceToken": token}))
    }

    /// Sets a field before signing; the pointer's last part may be new.
    pub(crate) fn set(mut self, pointer: &str, value: Value) -> Self {
        put(&mut self.params, pointer, Some(value));
        self
    }

    /// Leaves a field out before signing.
    pub(crate) fn without(mut self, pointer: &str) -> Self {
        put(&mut self.params, pointer, None);
        self
    }

    /// Sets a field after signing, as a forger would.
    pub(crate) fn forge(mut self, pointer: &str, value: Value) -> Self {
        self.after_signing.push((pointer.to_owned(), Some(value)));
        self
    }

    /// Leaves a field out after signing.
    pub(crate) fn forge_without(mut self, pointer: &str) -> Self {
        self.after_signing.push((pointer.to_owned(), None));
        self
    }

    /// Signs and sends this nonce instead of the challenge's.
    pub(crate) fn nonce(mut self, nonce: &str) -> Self {
        self.nonce = Some(nonce.to_owned());
        self
    }

    /// Signs at this time instead of the challenge's.
    pub(crate) fn signed_at(mut self, epoch_ms: i64) -> Self {
        self.signed_at = Some(epoch_ms);
        self
    }

    /// The params as they go out.
    pub(crate) fn params(&self, challenge: &Value, token: Option<&str>) -> Value {
        let mut params = self.params.clone();
        if let (true, Some(token)) = (self.gateway_token, token) {
            params["auth"] = json!({"token": token});
        }
        if let Some(device) = &self.device {
            params["device"] = self.proof(device, &params, challenge);
        }
        for (pointer, value) in &self.after_signing {
            put(&mut params, pointer, value.clone());
        }
        params
    }

    fn proof(&self, device: &Device, params: &Value, challenge: &Value) -> Value {
        let nonce = self.nonce.as_deref().unwrap_or_else(|| challenge["nonce"].as_str().unwrap());
        let signed_at = self.signed_at.unwrap_or_else(|| challenge["ts"].as_i64().unwrap());
        let text = signed_text(self.payload, &device.id(), params, (signed_at, nonce));
        let mut proof = json!({
            "id": device.id(), "publicKey": device.public_key(), "signature": device.sign(&text), "signedAt": signed_at,
        });
        if self.payload != Payload::V1 {
            proof["nonce"] = json!(nonce);
        }
        proof
    }
}

/// The signed text, written out here again so that the suite does not trust the code it tests.
pub(crate) fn signed_text(payload: Payload, device_id: &str, params: &Value, (at, nonce): (i64, &str)) -> String {
    let text = |pointer: &str| params.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let scopes = params["scopes"].as_array().cloned().unwrap_or_default();
    let scopes: Vec<_> = scopes.iter().filter_map(Value::as_str).collect();
    let role = if text("/role").is_empty() { "operator" } else { text("/role") };
    let tokens = [text("/auth/token"), text("/auth/deviceToken"), text("/auth/bootstrapToken")];
    let token = tokens.into_iter().find(|token| !token.is_empty()).unwrap_or_default();
    let (id, mode, scopes) = (text("/client/id"), text("/client/mode"), scopes.join(","));
    let base = format!("{device_id}|{id}|{mode}|{role}|{scopes}|{at}|{token}");
    let metadata = |pointer: &str| text(pointer).trim().to_ascii_lowercase();
    match payload {
        Payload::V1 => format!("v1|{base}"),
        Payload::V2 => format!("v2|{base}|{nonce}"),
        Payload::V3 => {
            format!("v3|{base}|{nonce}|{}|{}", metadata("/client/platform"), metadata("/client/deviceFamily"))
        }
    }
}

fn put(params: &mut Value, pointer: &str, value: Option<Value>) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = params.pointer_mut(parent).unwrap_or_else(|| panic!("nothing at {parent}"));
    let object = parent.as_object_mut().unwrap();
    match value {
        Some(value) => drop(object.insert(key.to_owned(), value)),
        None => drop(object.shift_remove(key)),
    }
}
