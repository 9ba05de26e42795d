//! The other end of the wire: one handle over one connection that keeps itself
//! alive, with typed calls and events.
//!
//! ```no_run
//! use postern_client::{ClientOptions, GatewayClient};
//! use postern_protocol::system::{Health, HealthParams};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let client = GatewayClient::start(ClientOptions::new().token("…").without_device())?;
//! let health = client.call::<Health>(HealthParams::default()).await?;
//! println!("{}", health.json());
//! client.close().await;
//! # Ok(())
//! # }
//! ```
//!
//! | file | owns |
//! |---|---|
//! | [`options`](ClientOptions) | what the outside provides |
//! | `settings` | the same, checked before anything is sent |
//! | `client` | the handle: calls, events, state |
//! | `driver` | the one task behind it: connect, serve, wait, again |
//! | `connect` | from a URL to a finished handshake |
//! | `credentials` | which secret is sent, and what a refusal means for the next try |
//! | `session` | one connection that finished its handshake |
//! | `call`, `events` | what callers ask and what they hear |
//! | `reconnect` | how long to wait, and when to give up |
//! | `token_cache`, `tls`, `error` | device tokens, certificates, failures |
//! | [`status`] | what a tray icon or `postern status` shows, as a pure function |

mod call;
mod client;
mod connect;
mod credentials;
mod driver;
mod error;
mod events;
mod options;
mod reconnect;
mod session;
mod settings;
mod sleep;
pub mod status;
mod tls;
mod token_cache;

pub use call::CallOptions;
pub use client::{ConnectionState, GatewayClient};
pub use error::{CallError, CloseInfo, ConnectError, ConnectErrorKind, PairingRequired, ProtocolMismatch};
pub use events::{ClientEvent, EventReceiver, GatewayEvent, Refreshed, SequenceGap};
pub use options::{ClientOptions, DEFAULT_URL, WallClock};
pub use reconnect::{Pause, ReconnectPolicy, TokioPause};
pub use settings::OptionsError;
pub use status::{StatusFacts, StatusLevel, StatusModel};
pub use tls::{SeenCertificate, look_at_certificate};
pub use token_cache::{CacheFuture, CachedToken, MemoryTokenCache, TokenCache, TokenCacheError};
