//! The service over a real store in a temporary folder, with a clock that tests
//! set and a hub that tests listen to.

mod approval;
mod monotone;
mod requests;
mod setup;
mod storage;
mod tokens;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use postern_protocol::Dialect;
use postern_protocol::access::{Role, Scope, ScopeSet};
use postern_protocol::connect::ClientInfo;
use postern_protocol::identity::{DeviceId, DeviceKey, PublicKey};
use postern_protocol::pairing::{ApprovedVia, PairingReason, PairingRequest};
use serde_json::Value;
use tokio::task::JoinSet;

use super::{Claim, DeviceError, Devices};
use crate::hub::tests::principal;
use crate::hub::{Conn, Hub, MissingScopes, Principal};
use crate::options::Clock;
use crate::secrets::Secret;
use crate::store::Store;

/// Life of a pairing request here.
const TTL: Duration = Duration::from_secs(300);
const TTL_MS: i64 = 300_000;

/// A service, what it stands on, and an ear on its events.
struct Bench {
    devices: Devices,
    hub: Hub,
    store: Store,
    now: Arc<AtomicI64>,
    listener: Arc<Conn>,
    folder: tempfile::TempDir,
    writer: JoinSet<()>,
}

async fn bench() -> Bench {
    open(tempfile::tempdir().unwrap(), Arc::new(AtomicI64::new(1_000_000)), "key").await
}

async fn open(folder: tempfile::TempDir, now: Arc<AtomicI64>, key: &str) -> Bench {
    let opened = Store::open(&folder.path().join("postern.sqlite")).await.unwrap();
    let mut writer = JoinSet::new();
    writer.spawn(opened.writer.run());
    let hub = Hub::default();
    let listener = Arc::new(Conn::new(principal(Role::Operator, &[Scope::Admin], Dialect::V4), 1 << 20));
    hub.register(&listener);
    let time = Arc::clone(&now);
    let clock = Clock::new(move || time.load(Ordering::SeqCst));
    let devices = Devices::open(
        opened.store.clone(),
        hub.clone(),
        clock,
        Secret::new(key),
        (TTL, crate::tasks::Tasks::default()),
    )
    .await
    .unwrap();
    Bench { devices, hub, store: opened.store, now, listener, folder, writer }
}

impl Bench {
    fn advance(&self, milliseconds: i64) {
        self.now.fetch_add(milliseconds, Ordering::SeqCst);
    }

    /// Stops and starts the gateway in the same folder.
    async fn reopened(mut self, key: &str) -> Self {
        self.store.close().await;
        while self.writer.join_next().await.is_some() {}
        open(self.folder, self.now, key).await
    }

    /// Opens a copy of the files as they are on disk at this moment, as a
    /// start after `kill -9` would find them.
    async fn after_kill(&self) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for file in self.files() {
            std::fs::copy(&file, folder.path().join(file.file_name().unwrap())).unwrap();
        }
        open(folder, Arc::clone(&self.now), "key").await
    }

    fn files(&self) -> Vec<PathBuf> {
        std::fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect()
    }

    /// Names and payloads of the events since the last call.
    fn events(&self) -> Vec<(String, Value)> {
        let mut events = Vec::new();
        self.listener.outbox.drain(usize::MAX, |frame| {
            let head: Value =
                serde_json::from_str(&format!("{}}}", std::str::from_utf8(&frame.head).unwrap())).unwrap();
            events.push((head["event"].as_str().unwrap().to_owned(), head["payload"].clone()));
        });
        events
    }

    fn event_names(&self) -> Vec<String> {
        self.events().into_iter().map(|(name, _)| name).collect()
    }

    /// A live connection of this device.
    fn connected(&self, device: &Device, role: Role, scopes: &[Scope]) -> Arc<Conn> {
        let conn = Arc::new(Conn::new(device.principal(role, scopes), 1 << 20));
        self.hub.register(&conn);
        conn
    }

    /// Pairs a device through a request and an administrator.
    async fn paired(&self, device: &Device, role: Role, scopes: &[Scope]) {
        let request = self.asked(device, role, scopes).await;
        self.devices.approve(&admin(), &request.request_id, None).await.unwrap();
        self.events();
    }

    /// Requests that wait, as events show them: without their deadline, which every one has.
    fn pending(&self) -> Vec<PairingRequest> {
        let until = |request: PairingRequest| {
            assert!(request.expires_at_ms > Some(request.ts));
            PairingRequest { expires_at_ms: None, ..request }
        };
        self.devices.list().pending.into_iter().map(until).collect()
    }

    async fn asked(&self, device: &Device, role: Role, scopes: &[Scope]) -> PairingRequest {
        let claim = device.claim(role, scopes);
        self.devices.request_pairing(&claim, PairingReason::NotPaired).await.unwrap()
    }

    async fn token(&self, device: &Device, role: Role, scopes: &[Scope]) -> String {
        let issued = self.devices.issue_token(&device.id, role, ScopeSet::of(scopes)).await.unwrap();
        issued.token.expose().to_owned()
    }

    async fn audit(&self) -> Vec<(String, Value)> {
        let entries = self.store.audit_tail(1000).await.unwrap();
        entries.into_iter().map(|entry| (entry.kind, serde_json::from_str(&entry.detail).unwrap())).collect()
    }
}

/// A device as it comes to the door.
struct Device {
    id: DeviceId,
    key: PublicKey,
    client: ClientInfo,
    ip: &'static str,
}

fn device(seed: u8) -> Device {
    let key = DeviceKey::from_seed(&[seed; 32]);
    let client = ClientInfo {
        id: "cli".into(),
        version: "1".into(),
        platform: "linux".into(),
        display_name: Some(format!("device {seed}")),
        ..ClientInfo::default()
    };
    Device { id: key.device_id(), key: key.public_key(), client, ip: "192.0.2.7" }
}

impl Device {
    fn claim(&self, role: Role, scopes: &[Scope]) -> Claim<'_> {
        Claim {
            device_id: &self.id,
            public_key: &self.key,
            role,
            scopes: ScopeSet::of(scopes),
            client: &self.client,
            remote_ip: Some(self.ip.parse().unwrap()),
            browser_origin: None,
        }
    }

    fn principal(&self, role: Role, scopes: &[Scope]) -> Principal {
        Principal { device_id: Some(self.id.clone()), ..principal(role, scopes, Dialect::V4) }
    }
}

fn admin() -> Principal {
    principal(Role::Operator, &[Scope::Admin], Dialect::V4)
}

fn pairing_only() -> Principal {
    principal(Role::Operator, &[Scope::Pairing], Dialect::V4)
}

fn forbidden(scopes: &[Scope]) -> DeviceError {
    MissingScopes(ScopeSet::of(scopes)).into()
}

/// Why the connection was told to close, if it was.
fn closing(conn: &Conn) -> Option<(u16, String)> {
    let closing = conn.outbox.drain(usize::MAX, drop).closing?;
    Some((closing.reason.code, closing.reason.text))
}

const LOCAL: ApprovedVia = ApprovedVia::Local;
