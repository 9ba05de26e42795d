//! Paired devices: who may connect as what, who asks to, and the tokens and
//! setup codes that come of it (`handshake.md §8`, `methods.md §7`).
//!
//! [`Devices`] is the handle. Everything is in memory behind one mutex, so a
//! handshake costs the same with none and with ten thousand devices; every
//! decision is handed to the store under the same lock and answered after the
//! commit. A write that fails is taken back.
//!
//! What holds, whatever is called in whatever order:
//! - roles and scopes of a device grow only through `approve`, `pair_silently`
//!   and `redeem_setup`; tokens carry at most what the device was approved for;
//! - whoever decides is a mandatory argument, and nobody gives or touches more
//!   than they hold;
//! - a device has one request at most, and an approval names its id;
//! - what is taken away stops working at once, and its sockets close;
//! - the store holds no token and no code, only their hashes.
//!
//! | file | owns |
//! |---|---|
//! | `standing.rs` | may this device connect as it asks (pure) |
//! | `record.rs` | what is kept about a device; what a grant adds (pure) |
//! | `authority.rs` | what a caller may decide (pure) |
//! | `requests.rs`, `pending.rs`, `crowd.rs` | pairing requests, waiting for them, their bounds |
//! | `approve.rs` | approve, reject, silent pairing |
//! | `upkeep.rs` | list, rename, remove, last seen, expiry |
//! | `tokens.rs`, `derive.rs` | device tokens |
//! | `setup.rs`, `reach.rs`, `qr.rs` | setup codes, the addresses in them, their picture |
//! | `draft.rs`, `state.rs` | what a decision changes, memory, taking back |

mod adopt;
mod approve;
mod authority;
mod churn;
mod crowd;
mod derive;
mod draft;
mod error;
mod pending;
mod qr;
mod reach;
mod record;
mod requests;
mod setup;
mod standing;
mod state;
mod tokens;
mod upkeep;

#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use postern_protocol::close::CloseReason;

pub use adopt::{Foreign, adopted};
pub use error::DeviceError;
pub use pending::RequestOutcome;
pub use qr::qr_data_url;
pub use reach::{Reach, reach_of_bind, reach_of_public_url};
pub(crate) use record::{clean, clean_option};
pub use setup::{NewSetup, SetupGrant, SetupRefusal};
pub use standing::{Claim, Standing};
pub use tokens::{IssuedToken, RotatedToken, TokenRefusal};
pub use upkeep::Pinned;

use self::churn::Churn;
use self::draft::{Cut, Draft, Notice};
use self::record::{DeviceRecord, Seen, StoredDevice};
use self::state::{InFlight, State};
use crate::hub::Hub;
use crate::options::Clock;
use crate::secrets::Secret;
use crate::store::settle::Settler;
use crate::store::{Store, StoreError, Table};
use crate::tasks::Tasks;

/// Handle to the paired devices.
#[derive(Clone)]
pub struct Devices(Arc<Service>);

struct Service {
    state: Mutex<State>,
    store: Store,
    hub: Hub,
    clock: Clock,
    /// Device tokens are derived from it (`docs/adr/0003-derived-device-tokens.md`).
    token_key: Secret,
    request_ttl_ms: i64,
    churn: Mutex<Churn>,
    settler: Settler,
}

impl std::fmt::Debug for Devices {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Devices").finish_non_exhaustive()
    }
}

impl Devices {
    /// Reads every device, request and setup code into memory. `request_ttl` is
    /// how long a request waits after it was last repeated.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn open(
        store: Store,
        hub: Hub,
        clock: Clock,
        token_key: Secret,
        (request_ttl, tasks): (Duration, Tasks),
    ) -> Result<Self, StoreError> {
        let mut state = State::default();
        for (id, row) in store.rows::<StoredDevice<DeviceRecord, Seen>>(Table::Devices).await? {
            state.seen.insert(id.clone(), row.seen);
            state.devices.load(id, row.record);
        }
        for (id, pending) in store.rows(Table::PairingRequests).await? {
            state.watch(&pending);
            state.requests.load(id, pending);
        }
        for (id, code) in store.rows(Table::SetupCodes).await? {
            state.codes.load(id, code);
        }
        let request_ttl_ms = i64::try_from(request_ttl.as_millis()).unwrap_or(i64::MAX);
        let state = Mutex::new(state);
        let (churn, settler) = (Mutex::default(), Settler::new(tasks, "devices"));
        Ok(Self(Arc::new(Service { state, store, hub, clock, token_key, request_ttl_ms, churn, settler })))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now_ms(&self) -> i64 {
        self.0.clock.now_ms()
    }

    /// Runs one decision: `decide` reads the state and fills the draft; memory
    /// and store take the draft under the same lock; the answer comes after the
    /// commit.
    async fn decide<T, E: From<StoreError>>(
        &self,
        decide: impl FnOnce(&State, &mut Draft) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut draft = Draft::new(self.now_ms());
        let (value, settled) = {
            let mut state = self.lock();
            let value = decide(&state, &mut draft)?;
            if draft.is_empty() {
                return Ok(value);
            }
            let (changes, in_flight) = state.apply(&mut draft);
            let commit = self.0.store.enqueue(changes);
            // Under the lock, so that nobody who is cut hears of the decision.
            self.cut(&draft.cuts);
            let devices = self.clone();
            (value, self.0.settler.settled(commit, move |stored| devices.settle(in_flight, draft, stored)))
        };
        settled.await?;
        Ok(value)
    }

    fn settle(&self, in_flight: Vec<InFlight>, draft: Draft, stored: bool) {
        let mut state = self.lock();
        state.settle(in_flight, stored);
        if !stored {
            return;
        }
        state.finish(draft.ended, draft.now_ms);
        drop(state);
        self.publish(draft.notices);
    }

    fn cut(&self, cuts: &[Cut]) {
        for cut in cuts {
            let reason = CloseReason::client_invalidated(cut.why);
            self.0.hub.close_where(
                |who| {
                    who.device_id.as_ref().is_some_and(|id| id.as_str() == cut.device_id)
                        && cut.role.is_none_or(|role| role == who.role)
                        && cut.spare.as_ref() != Some(&who.conn_id)
                },
                &reason,
            );
        }
    }

    fn publish(&self, notices: Vec<Notice>) {
        for notice in notices {
            match notice {
                Notice::Requested(event) => self.0.hub.publish(&*event),
                Notice::Resolved(event) => self.0.hub.publish(&event),
                Notice::Changed(event) => self.0.hub.publish(&event),
                Notice::SetupCompleted(event) => self.0.hub.publish(&event),
            }
        }
    }
}
