//! Device tokens: kept, sent again, and forgotten when refused.

use std::sync::Arc;

use postern_client::{
    CacheFuture, CachedToken, ClientOptions, ConnectError, GatewayClient, MemoryTokenCache, TokenCache, TokenCacheError,
};
use postern_protocol::access::Role;
use postern_protocol::error::{ErrorCode, ErrorShape};
use postern_protocol::identity::{PayloadVersion, PublicKey};
use serde_json::{Value, json};

use crate::gateway::{Connection, FakeGateway, ManualPause, NONCE, refusal, soon};

const ISSUED: &str = "issued-device-token";

fn hello_with_token() -> Value {
    json!({"auth": {"role": "operator", "scopes": ["operator.read"], "deviceToken": ISSUED, "issuedAtMs": 1}})
}

async fn cache_with(token: &str) -> Arc<MemoryTokenCache> {
    let cache = Arc::new(MemoryTokenCache::default());
    let token = CachedToken { token: token.to_owned(), scopes: vec!["operator.read".to_owned()] };
    cache.store(Role::Operator, token).await.unwrap();
    cache
}

fn start(
    gateway: &FakeGateway,
    cache: &Arc<MemoryTokenCache>,
    change: impl FnOnce(ClientOptions) -> ClientOptions,
) -> GatewayClient {
    let options = gateway.options(&ManualPause::new(0)).token_cache(Arc::clone(cache) as Arc<dyn TokenCache>);
    GatewayClient::start(change(options)).unwrap()
}

fn mismatch(detail: &str) -> ErrorShape {
    refusal(ErrorCode::InvalidRequest, detail, "unauthorized")
}

#[track_caller]
fn assert_signs<S>(connection: &Connection<S>, token: &str)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    let params = connection.connect();
    let proof = params.device.clone().unwrap();
    let mut fields = params.signed_fields(Role::Operator, &proof, NONCE);
    fields.token = token;
    let payload = fields.payload(PayloadVersion::V3);
    assert!(PublicKey::parse(&proof.public_key).unwrap().verifies(&payload, &proof.signature), "{payload}");
}

#[tokio::test]
async fn an_issued_token_is_sent_by_the_next_run() {
    let gateway = FakeGateway::bind().await;
    let cache = Arc::new(MemoryTokenCache::default());
    let client = start(&gateway, &cache, |o| o.token("shared").scopes(["operator.read"]));
    let mut connection = gateway.accept().await;
    connection.hello(hello_with_token()).await;
    soon("connection", client.connected()).await.unwrap();
    tokio::join!(client.close(), connection.closed());

    let client = start(&gateway, &cache, |o| o);
    let mut connection = gateway.accept().await;
    assert_eq!(connection.params["auth"], json!({"token": ISSUED, "deviceToken": ISSUED}));
    assert_eq!(connection.params["scopes"], json!(["operator.read"]));
    assert_signs(&connection, ISSUED);
    connection.hello(json!({})).await;
    soon("connection", client.connected()).await.unwrap();
}

#[tokio::test]
async fn tokens_of_further_roles_are_kept_by_role() {
    let gateway = FakeGateway::bind().await;
    let cache = Arc::new(MemoryTokenCache::default());
    let client = start(&gateway, &cache, |o| o.bootstrap_token("boot").role(Role::Node));
    let mut connection = gateway.accept().await;
    assert_eq!(connection.params["auth"], json!({"bootstrapToken": "boot"}));
    assert_eq!(connection.params["role"], "node");
    connection
        .hello(json!({"auth": {"role": "node", "scopes": [], "deviceToken": "for-node", "deviceTokens": [
            {"deviceToken": "for-operator", "role": "operator", "scopes": ["operator.read"], "issuedAtMs": 2}]}}))
        .await;
    soon("connection", client.connected()).await.unwrap();
    let token = |role| {
        let cache = Arc::clone(&cache);
        async move { cache.load(role).await.unwrap().unwrap().token }
    };
    assert_eq!(
        (token(Role::Node).await, token(Role::Operator).await),
        ("for-node".to_owned(), "for-operator".to_owned())
    );
}

#[tokio::test]
async fn a_refused_device_token_is_cleared() {
    let gateway = FakeGateway::bind().await;
    let cache = cache_with("stale").await;
    let client = start(&gateway, &cache, |o| o);
    gateway.accept().await.refuse(mismatch("AUTH_DEVICE_TOKEN_MISMATCH"), 1008).await;
    let failure = soon("end", client.connected()).await.unwrap_err();
    assert!(
        matches!(&failure, ConnectError::Refused(error) if error.code_detail() == Some("AUTH_DEVICE_TOKEN_MISMATCH"))
    );
    assert_eq!(cache.load(Role::Operator).await.unwrap(), None);
    assert!(gateway.is_left_alone());
}

#[tokio::test]
async fn a_refused_device_token_gives_way_to_the_secret_that_is_left() {
    let gateway = FakeGateway::bind().await;
    let cache = cache_with("stale").await;
    let client = start(&gateway, &cache, |o| o.bootstrap_token("boot"));
    gateway.accept().await.refuse(mismatch("AUTH_DEVICE_TOKEN_MISMATCH"), 1008).await;
    let mut connection = gateway.accept().await;
    assert_eq!(connection.params["auth"], json!({"bootstrapToken": "boot"}));
    assert_signs(&connection, "boot");
    connection.hello(hello_with_token()).await;
    soon("connection", client.connected()).await.unwrap();
    assert_eq!(cache.load(Role::Operator).await.unwrap().unwrap().token, ISSUED);
}

#[tokio::test]
async fn a_token_that_somebody_renewed_meanwhile_is_not_cleared() {
    let gateway = FakeGateway::bind().await;
    let cache = cache_with("stale").await;
    let client = start(&gateway, &cache, |o| o);
    let connection = gateway.accept().await;
    let renewed = CachedToken { token: "renewed".to_owned(), scopes: vec![] };
    cache.store(Role::Operator, renewed.clone()).await.unwrap();
    connection.refuse(mismatch("AUTH_DEVICE_TOKEN_MISMATCH"), 1008).await;
    soon("end", client.connected()).await.unwrap_err();
    assert_eq!(cache.load(Role::Operator).await.unwrap(), Some(renewed));
}

#[tokio::test]
async fn a_refused_shared_token_is_followed_once_by_the_device_token() {
    let gateway = FakeGateway::bind().await;
    let cache = cache_with("good").await;
    let client = start(&gateway, &cache, |o| o.token("wrong"));
    let first = gateway.accept().await;
    assert_eq!(first.params["auth"], json!({"token": "wrong"}));
    let hint = mismatch("AUTH_TOKEN_MISMATCH").detail("canRetryWithDeviceToken", true);
    first.refuse(hint.clone(), 1008).await;
    let second = gateway.accept().await;
    assert_eq!(second.params["auth"], json!({"token": "wrong", "deviceToken": "good"}));
    assert_signs(&second, "wrong");
    second.refuse(hint, 1008).await;
    soon("end", client.connected()).await.unwrap_err();
    assert!(gateway.is_left_alone());
    assert_eq!(cache.load(Role::Operator).await.unwrap().unwrap().token, "good");

    client.reconnect();
    drop(gateway.accept().await);
}

/// A credential store that cannot be opened.
struct Locked;

fn locked<'a, T>() -> CacheFuture<'a, T>
where
    T: Send + 'a,
{
    Box::pin(std::future::ready(Err(TokenCacheError("locked".to_owned()))))
}

impl TokenCache for Locked {
    fn load(&self, _: Role) -> CacheFuture<'_, Option<CachedToken>> {
        locked()
    }

    fn store(&self, _: Role, _: CachedToken) -> CacheFuture<'_, ()> {
        locked()
    }

    fn clear(&self, _: Role) -> CacheFuture<'_, ()> {
        locked()
    }
}

#[tokio::test]
async fn a_broken_cache_does_not_keep_anybody_out() {
    let gateway = FakeGateway::bind().await;
    let options = gateway.options(&ManualPause::new(0)).token("shared").token_cache(Arc::new(Locked));
    let client = GatewayClient::start(options).unwrap();
    let mut connection = gateway.accept().await;
    connection.hello(hello_with_token()).await;
    soon("connection", client.connected()).await.unwrap();
}

#[tokio::test]
async fn without_device_no_device_token_is_kept_or_sent() {
    let gateway = FakeGateway::bind().await;
    let cache = cache_with("kept").await;
    let client = start(&gateway, &cache, ClientOptions::without_device);
    let mut connection = gateway.accept().await;
    assert_eq!(connection.params.get("auth"), None);
    connection.hello(hello_with_token()).await;
    soon("connection", client.connected()).await.unwrap();
    assert_eq!(cache.load(Role::Operator).await.unwrap().unwrap().token, "kept");
}
