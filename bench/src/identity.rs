//! Device identities of the generator and the signed `connect` request (`handshake.md §3, §4`).

use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer, SigningKey};
use sha2::{Digest, Sha256};

use crate::client::{Connection, Route, find, is_ok};

const PLATFORM: &str = "linux";

/// What a client says it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClientKind {
    id: &'static str,
    mode: &'static str,
    /// The only protocol it speaks.
    protocol: u8,
    role: &'static str,
    scopes: &'static str,
    /// JSON list of the commands that it declares.
    commands: &'static str,
}

/// A command line client: connects without appearing in presence.
pub(crate) const CLI: ClientKind =
    ClientKind { id: "cli", mode: "cli", protocol: 4, role: "operator", scopes: "operator.admin", commands: "[]" };
/// The same of the older generation.
pub(crate) const OLD_CLI: ClientKind = ClientKind { protocol: 3, ..CLI };
/// A user interface: appears in presence while it is connected.
pub(crate) const TUI: ClientKind = ClientKind { id: "openclaw-tui", mode: "ui", ..CLI };
/// A node that offers one command.
pub(crate) const NODE: ClientKind =
    ClientKind { id: "node-host", mode: "node", role: "node", scopes: "", commands: "[\"system.which\"]", ..CLI };

/// An Ed25519 key and the names derived from it.
pub(crate) struct Identity {
    key: SigningKey,
    device_id: String,
    public_key: String,
}

/// What the server sent first.
struct Challenge<'a> {
    nonce: &'a str,
    ts: &'a str,
}

/// Everything the signature covers, in the order of the payload.
struct SignedFields<'a> {
    device_id: &'a str,
    client: ClientKind,
    role: &'a str,
    scopes: &'a str,
    signed_at: &'a str,
    token: &'a str,
    nonce: &'a str,
    platform: &'a str,
    device_family: &'a str,
}

impl Identity {
    /// A new random identity.
    pub(crate) fn generate() -> Self {
        Self::from_seed(rand::random())
    }

    /// `count` new identities.
    pub(crate) fn generate_many(count: usize) -> Vec<Self> {
        (0..count).map(|_| Self::generate()).collect()
    }

    /// The device's id.
    pub(crate) fn id(&self) -> &str {
        &self.device_id
    }

    fn from_seed(seed: [u8; 32]) -> Self {
        let key = SigningKey::from_bytes(&seed);
        let public = key.verifying_key().to_bytes();
        let device_id = Sha256::digest(public).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        Self { key, device_id, public_key: URL_SAFE_NO_PAD.encode(public) }
    }

    fn sign(&self, payload: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.key.sign(payload.as_bytes()).to_bytes())
    }

    fn connect_request(&self, kind: ClientKind, challenge: &Challenge<'_>, token: &str) -> String {
        let payload = signature_payload_v3(&SignedFields {
            device_id: &self.device_id,
            client: kind,
            role: kind.role,
            scopes: kind.scopes,
            signed_at: challenge.ts,
            token,
            nonce: challenge.nonce,
            platform: PLATFORM,
            device_family: "",
        });
        format!(
            r#"{{"type":"req","id":"connect","method":"connect","params":{{"minProtocol":{protocol},"maxProtocol":{protocol},"client":{{"id":"{id}","version":"1.0.0","platform":"{PLATFORM}","mode":"{mode}"}},"role":"{role}","scopes":[{scopes}],"commands":{commands},"device":{{"id":"{device}","publicKey":"{public}","signature":"{signature}","signedAt":{ts},"nonce":"{nonce}"}},"auth":{{"token":"{token}"}}}}}}"#,
            protocol = kind.protocol,
            id = kind.id,
            role = kind.role,
            scopes = scopes_list(kind.scopes),
            commands = kind.commands,
            mode = kind.mode,
            device = self.device_id,
            public = self.public_key,
            signature = self.sign(&payload),
            ts = challenge.ts,
            nonce = challenge.nonce,
        )
    }
}

/// The one scope, quoted, or nothing.
fn scopes_list(scopes: &str) -> String {
    if scopes.is_empty() { String::new() } else { format!("\"{scopes}\"") }
}

/// Connects, upgrades and finishes the handshake. Returns the connection and the hello's bytes.
pub(crate) async fn handshake(
    route: Route,
    identity: &Identity,
    kind: ClientKind,
    token: &str,
) -> Result<(Connection, usize)> {
    let mut connection = Connection::open(route).await?;
    let first = connection.next_text().await.context("waiting for the challenge")?;
    let challenge = parse_challenge(&first)?;
    connection.send_text(&identity.connect_request(kind, &challenge, token)).await?;
    let hello = connection.response("connect").await?;
    if !is_ok(&hello) {
        bail!("connect refused: {}", String::from_utf8_lossy(&hello[..hello.len().min(300)]));
    }
    Ok((connection, hello.len()))
}

fn parse_challenge(text: &[u8]) -> Result<Challenge<'_>> {
    let text = std::str::from_utf8(text).context("the challenge is not UTF-8")?;
    if find(text.as_bytes(), b"connect.challenge").is_none() {
        bail!("the first frame is not a challenge: {text}");
    }
    let nonce = text
        .split_once("\"nonce\":\"")
        .and_then(|(_, rest)| rest.split_once('"'))
        .context("the challenge has no nonce")?;
    let ts = text.split_once("\"ts\":").context("the challenge has no ts")?.1;
    let digits = ts.bytes().take_while(u8::is_ascii_digit).count();
    Ok(Challenge { nonce: nonce.0, ts: &ts[..digits] })
}

/// Version 3 of the signed payload: fields joined by `|`, nothing escaped (`handshake.md §4`).
fn signature_payload_v3(fields: &SignedFields<'_>) -> String {
    [
        "v3",
        fields.device_id,
        fields.client.id,
        fields.client.mode,
        fields.role,
        fields.scopes,
        fields.signed_at,
        fields.token,
        fields.nonce,
        &fields.platform.trim().to_ascii_lowercase(),
        &fields.device_family.trim().to_ascii_lowercase(),
    ]
    .join("|")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONCE: &str = "00000000-0000-4000-8000-000000000001";

    fn vector_identity() -> Identity {
        let mut seed = [0; 32];
        seed.iter_mut().zip(0_u8..).for_each(|(byte, value)| *byte = value);
        Identity::from_seed(seed)
    }

    #[test]
    fn key_and_device_id_match_the_vectors() {
        let identity = vector_identity();
        assert_eq!(identity.public_key, "A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg");
        assert_eq!(identity.device_id, "56475aa75463474c0285df5dbf2bcab73da651358839e9b77481b2eab107708c");
    }

    #[test]
    fn the_operator_vector_is_signed_byte_for_byte() {
        let identity = vector_identity();
        let payload = signature_payload_v3(&SignedFields {
            device_id: &identity.device_id,
            client: CLI,
            role: "operator",
            scopes: "operator.read,operator.write",
            signed_at: "1767225600000",
            token: "testtoken123",
            nonce: NONCE,
            platform: "Linux",
            device_family: "Desktop",
        });
        assert_eq!(
            identity.sign(&payload),
            "AM9rw8MGAh2nvuy71wxR1mWDxy7dDrxhL8_2u9eqjF9SQk1s-hCP86AHqvhRO4pe5zKxnPLdW2ims9jx8qseCA"
        );
    }

    #[test]
    fn the_node_vector_is_signed_byte_for_byte() {
        let identity = vector_identity();
        let payload = signature_payload_v3(&SignedFields {
            device_id: &identity.device_id,
            client: NODE,
            role: "node",
            scopes: "",
            signed_at: "1767225600000",
            token: "",
            nonce: NONCE,
            platform: "linux",
            device_family: "",
        });
        assert_eq!(
            identity.sign(&payload),
            "md89RE6ebzB7ZR19Db6Yyam3OVIeMw9s_ecD2Uj-X13EM5L_9_5rgfqEwx4CszuQPftZyP5etC5Ta_9RsrHrAw"
        );
    }

    #[test]
    fn a_challenge_is_read_whatever_the_order_of_its_keys() {
        let text = br#"{"type":"event","event":"connect.challenge","payload":{"ts":17,"nonce":"n"}}"#;
        let challenge = parse_challenge(text).unwrap();
        assert_eq!((challenge.nonce, challenge.ts), ("n", "17"));
        assert!(parse_challenge(br#"{"type":"event","event":"tick"}"#).is_err());
    }

    #[test]
    fn the_connect_request_is_json() {
        let challenge = Challenge { nonce: NONCE, ts: "1767225600000" };
        let text = vector_identity().connect_request(TUI, &challenge, "secret");
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["params"]["client"]["id"], "openclaw-tui");
        assert_eq!(value["params"]["device"]["signedAt"], 1_767_225_600_000_u64);
    }
}
