//! Desktop apps that are attached: each has a cookie for its window and tells
//! its settings. Nothing of it outlives the app's connection, and of a cookie
//! only the hash is kept.
//!
//! What a cookie is worth is judged where somebody presents it
//! (`wire/desktop.rs`); here is only whose it is.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use postern_protocol::access::ScopeSet;
use postern_protocol::desktop::DesktopSettings;
use postern_protocol::identity::DeviceId;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use tokio::sync::watch;

use crate::hub::Principal;
use crate::secrets::Secret;

/// Apps that may be attached at once.
const MAX_ATTACHED: usize = 16;

/// Why an app is not attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DesktopError {
    /// It is elsewhere, behind a proxy, or a page.
    #[error("only the desktop app on the gateway's own machine can attach")]
    NotTheApp,
    /// It has no device that could be revoked.
    #[error("the desktop app needs a paired device to attach")]
    NoDevice,
    /// Too many are attached.
    #[error("{MAX_ATTACHED} desktop apps are attached already")]
    TooMany,
}

/// The connection behind a cookie, as it stood when it attached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opener {
    /// The app's connection.
    pub conn_id: Arc<str>,
    /// The app's device.
    pub device_id: DeviceId,
    /// Scopes of that connection.
    pub scopes: ScopeSet,
}

/// An attached app and its settings, which change when it says so.
#[derive(Debug)]
pub struct Attached {
    /// The app's connection.
    pub conn_id: Arc<str>,
    /// Its settings.
    pub settings: watch::Receiver<DesktopSettings>,
}

/// Desktop apps that are attached.
#[derive(Debug, Clone, Default)]
pub struct Desktop(Arc<Mutex<Vec<Attachment>>>);

#[derive(Debug)]
struct Attachment {
    opener: Opener,
    cookie_hash: [u8; 32],
    settings: watch::Sender<DesktopSettings>,
}

impl Desktop {
    fn lock(&self) -> MutexGuard<'_, Vec<Attachment>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Attaches an app and makes the cookie for its window; a cookie that the
    /// same connection was given before is worth nothing any more.
    ///
    /// # Errors
    /// [`DesktopError`] when this is no app that may have one.
    pub fn attach(&self, app: &Principal, settings: DesktopSettings) -> Result<Secret, DesktopError> {
        if app.is_page || !app.local || !app.remote_ip.is_loopback() {
            return Err(DesktopError::NotTheApp);
        }
        let Some(device_id) = app.device_id.clone() else { return Err(DesktopError::NoDevice) };
        let cookie = Secret::random();
        let opener = Opener { conn_id: Arc::clone(&app.conn_id), device_id, scopes: app.scopes };
        let (cookie_hash, settings) = (hash(cookie.expose()), watch::Sender::new(settings));
        let mut attached = self.lock();
        attached.retain(|attachment| attachment.opener.conn_id != app.conn_id);
        if attached.len() >= MAX_ATTACHED {
            return Err(DesktopError::TooMany);
        }
        attached.push(Attachment { opener, cookie_hash, settings });
        Ok(cookie)
    }

    /// Forgets an app whose connection ended. False when it was not attached.
    pub fn detach(&self, conn_id: &str) -> bool {
        let mut attached = self.lock();
        let before = attached.len();
        attached.retain(|attachment| &*attachment.opener.conn_id != conn_id);
        attached.len() != before
    }

    /// Whose cookie this is. Every cookie is compared, each in constant time.
    #[must_use]
    pub fn whose(&self, cookie: &str) -> Option<Arc<str>> {
        let presented = hash(cookie);
        let mut found = None;
        for attachment in self.lock().iter() {
            if bool::from(attachment.cookie_hash.ct_eq(&presented)) {
                found = Some(Arc::clone(&attachment.opener.conn_id));
            }
        }
        found
    }

    /// An attached app by its connection.
    #[must_use]
    pub fn opener(&self, conn_id: &str) -> Option<Opener> {
        self.lock().iter().map(|attachment| &attachment.opener).find(|opener| &*opener.conn_id == conn_id).cloned()
    }

    /// Takes in what an app's settings are now; what it tells `unasked` wakes nobody who waits for an answer. False when
    /// it is not attached.
    pub fn update(&self, conn_id: &str, settings: DesktopSettings, unasked: bool) -> bool {
        let attached = self.lock();
        let Some(own) = attached.iter().find(|attachment| &*attachment.opener.conn_id == conn_id) else {
            return false;
        };
        own.settings.send_if_modified(|held| {
            *held = settings;
            !unasked
        });
        true
    }

    /// The app that a caller means: the one whose window it is, else the one
    /// that attached last.
    #[must_use]
    pub fn attached_for(&self, caller: &Principal) -> Option<Attached> {
        let attached = self.lock();
        let own = caller.opened_by.as_deref().unwrap_or(&caller.conn_id);
        let app = attached.iter().find(|attachment| &*attachment.opener.conn_id == own).or(attached.last())?;
        Some(Attached { conn_id: Arc::clone(&app.opener.conn_id), settings: app.settings.subscribe() })
    }
}

/// The value hashed is 32 random bytes, so no slow hash is needed.
fn hash(cookie: &str) -> [u8; 32] {
    Sha256::digest(cookie.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use postern_protocol::Dialect;
    use postern_protocol::access::{Role, Scope};

    use super::*;
    use crate::hub::tests::principal;

    fn app() -> Principal {
        let device_id = Some(DeviceId::from_stored("app".into()));
        Principal { device_id, ..principal(Role::Operator, &[Scope::Admin], Dialect::V4) }
    }

    fn settings(version: &str) -> DesktopSettings {
        DesktopSettings {
            start_at_login: false,
            keep_running: true,
            quick_send: false,
            show_icon: true,
            node: None,
            version: version.to_owned(),
            platform: "linux".to_owned(),
        }
    }

    #[test]
    fn only_an_app_on_this_machine_with_a_device() {
        let desktop = Desktop::default();
        let refused = [
            (Principal { is_page: true, ..app() }, DesktopError::NotTheApp),
            (Principal { local: false, ..app() }, DesktopError::NotTheApp),
            (Principal { remote_ip: IpAddr::from([100, 64, 0, 1]), ..app() }, DesktopError::NotTheApp),
            (Principal { device_id: None, ..app() }, DesktopError::NoDevice),
        ];
        for (caller, why) in refused {
            assert_eq!(desktop.attach(&caller, settings("1")).err(), Some(why));
        }
        assert!(desktop.attach(&app(), settings("1")).is_ok());
    }

    #[test]
    fn a_cookie_is_worth_something_until_its_app_is_gone() {
        let desktop = Desktop::default();
        let (one, two) = (app(), app());
        let first = desktop.attach(&one, settings("1")).unwrap();
        let again = desktop.attach(&one, settings("1")).unwrap();
        let other = desktop.attach(&two, settings("2")).unwrap();
        assert_eq!(desktop.whose(first.expose()), None);
        assert_eq!(desktop.whose(again.expose()), Some(Arc::clone(&one.conn_id)));
        assert_eq!(desktop.whose(other.expose()), Some(Arc::clone(&two.conn_id)));
        assert!(desktop.detach(&one.conn_id) && !desktop.detach(&one.conn_id));
        assert_eq!((desktop.whose(again.expose()), desktop.opener(&one.conn_id)), (None, None));
        assert_eq!(desktop.whose(""), None);
    }

    #[test]
    fn a_window_means_its_own_app() {
        let desktop = Desktop::default();
        let (one, two) = (app(), app());
        assert!(desktop.attached_for(&app()).is_none() && !desktop.update(&one.conn_id, settings("0"), false));
        desktop.attach(&one, settings("1")).unwrap();
        desktop.attach(&two, settings("2")).unwrap();
        let window = Principal { opened_by: Some(Arc::clone(&one.conn_id)), ..app() };
        let version = |caller: &Principal| desktop.attached_for(caller).unwrap().settings.borrow().version.clone();
        assert_eq!((version(&window), version(&one), version(&app())), ("1".into(), "1".into(), "2".into()));
        let heard = desktop.attached_for(&window).unwrap().settings;
        assert!(desktop.update(&one.conn_id, settings("3"), true));
        assert_eq!((version(&window), heard.has_changed().unwrap()), ("3".into(), false));
        assert!(desktop.update(&one.conn_id, settings("3"), false));
        assert!(heard.has_changed().unwrap(), "the same again is an answer");
    }

    #[test]
    fn there_is_a_bound() {
        let desktop = Desktop::default();
        for _ in 0..MAX_ATTACHED {
            desktop.attach(&app(), settings("1")).unwrap();
        }
        assert_eq!(desktop.attach(&app(), settings("1")).err(), Some(DesktopError::TooMany));
    }
}
