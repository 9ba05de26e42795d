//! Desktop apps that are attached: each has a cookie for its window and tells
//! its settings. Nothing of it outlives the app's connection, and of a cookie
//! only the hash is kept.
//!
//! What a cookie is worth is judged where somebody presents it
//! (`wire/desktop.rs`); here is only whose it is.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use postern_protocol::access::ScopeSet;
use postern_protocol::desktop::DesktopSettings;
use postern_protocol::identity::DeviceId;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use tokio::sync::oneshot;

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

/// What somebody wants of an attached app. Dropped, nobody waits for its answer any more.
#[derive(Debug)]
pub struct Wish {
    /// Names it.
    pub id: String,
    /// The app's connection.
    pub conn_id: Arc<str>,
    answer: oneshot::Receiver<DesktopSettings>,
    desktop: Desktop,
}

impl Wish {
    /// The settings as the app then told them; none when it went away.
    pub async fn answered(&mut self) -> Option<DesktopSettings> {
        (&mut self.answer).await.ok()
    }
}

impl Drop for Wish {
    fn drop(&mut self) {
        let mut attached = self.desktop.lock();
        attached.iter_mut().for_each(|attachment| drop(attachment.wishes.remove(&self.id)));
    }
}

/// Desktop apps that are attached.
#[derive(Debug, Clone, Default)]
pub struct Desktop(Arc<Mutex<Vec<Attachment>>>);

#[derive(Debug)]
struct Attachment {
    opener: Opener,
    cookie_hash: [u8; 32],
    settings: DesktopSettings,
    /// Who waits for which answer.
    wishes: HashMap<String, oneshot::Sender<DesktopSettings>>,
}

/// Whom it answers that an app tells its settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answers<'a> {
    /// Nobody: the app tells it by itself.
    Nobody,
    /// Whoever wished for this.
    One(&'a str),
    /// Everybody who waits: an older app does not say whom.
    All,
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
        let cookie_hash = hash(cookie.expose());
        let mut attached = self.lock();
        attached.retain(|attachment| attachment.opener.conn_id != app.conn_id);
        if attached.len() >= MAX_ATTACHED {
            return Err(DesktopError::TooMany);
        }
        attached.push(Attachment { opener, cookie_hash, settings, wishes: HashMap::new() });
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

    /// Takes in what an app's settings are now, and tells those whom that answers. False when it is not attached.
    pub fn update(&self, conn_id: &str, settings: DesktopSettings, answers: Answers<'_>) -> bool {
        let mut attached = self.lock();
        let Some(own) = attached.iter_mut().find(|attachment| &*attachment.opener.conn_id == conn_id) else {
            return false;
        };
        own.settings = settings;
        let answered: Vec<_> = match answers {
            Answers::Nobody => Vec::new(),
            Answers::One(id) => own.wishes.remove(id).into_iter().collect(),
            Answers::All => own.wishes.drain().map(|(_, waits)| waits).collect(),
        };
        for waits in answered {
            // Whoever gave up needs no answer.
            let _ = waits.send(own.settings.clone());
        }
        true
    }

    /// Settings of the app that a caller means.
    #[must_use]
    pub fn settings_for(&self, caller: &Principal) -> Option<DesktopSettings> {
        meant(&mut self.lock(), caller).map(|app| app.settings.clone())
    }

    /// Begins to wait for an answer of the app that a caller means. The app is to be asked afterwards, so that no
    /// answer is missed.
    #[must_use]
    pub fn wish(&self, caller: &Principal) -> Option<Wish> {
        let mut attached = self.lock();
        let app = meant(&mut attached, caller)?;
        let (waits, answer) = oneshot::channel();
        let (id, conn_id) = (uuid::Uuid::new_v4().to_string(), Arc::clone(&app.opener.conn_id));
        app.wishes.insert(id.clone(), waits);
        Some(Wish { id, conn_id, answer, desktop: self.clone() })
    }
}

/// The app that a caller means: the one whose window it is, else the one that attached last.
fn meant<'a>(attached: &'a mut [Attachment], caller: &Principal) -> Option<&'a mut Attachment> {
    let own = caller.opened_by.as_deref().unwrap_or(&caller.conn_id);
    let at = attached.iter().position(|attachment| &*attachment.opener.conn_id == own);
    attached.get_mut(at.or(attached.len().checked_sub(1))?)
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
        assert!(desktop.settings_for(&app()).is_none() && desktop.wish(&app()).is_none());
        assert!(!desktop.update(&one.conn_id, settings("0"), Answers::All));
        desktop.attach(&one, settings("1")).unwrap();
        desktop.attach(&two, settings("2")).unwrap();
        let window = Principal { opened_by: Some(Arc::clone(&one.conn_id)), ..app() };
        let version = |caller: &Principal| desktop.settings_for(caller).unwrap().version;
        assert_eq!((version(&window), version(&one), version(&app())), ("1".into(), "1".into(), "2".into()));
        assert_eq!(desktop.wish(&window).unwrap().conn_id, one.conn_id);
    }

    #[tokio::test]
    async fn everybody_gets_the_answer_to_their_own_wish() {
        let (desktop, one) = (Desktop::default(), app());
        desktop.attach(&one, settings("1")).unwrap();
        let (mut first, mut second) = (desktop.wish(&one).unwrap(), desktop.wish(&one).unwrap());
        let update = |version: &str, answers: Answers<'_>| {
            assert!(desktop.update(&one.conn_id, settings(version), answers));
            assert_eq!(desktop.settings_for(&one).unwrap().version, version);
        };
        update("unasked", Answers::Nobody);
        update("for the second", Answers::One(&second.id));
        update("for nobody", Answers::One("unknown"));
        update("for the first", Answers::One(&first.id));
        assert_eq!(second.answered().await, Some(settings("for the second")));
        assert_eq!(first.answered().await, Some(settings("for the first")));
        let (mut third, mut fourth) = (desktop.wish(&one).unwrap(), desktop.wish(&one).unwrap());
        update("of an older app", Answers::All);
        for waits in [&mut third, &mut fourth] {
            assert_eq!(waits.answered().await, Some(settings("of an older app")));
        }
        let mut last = desktop.wish(&one).unwrap();
        drop(desktop.wish(&one).unwrap());
        assert_eq!(desktop.lock()[0].wishes.len(), 1, "nobody waits any more for what was dropped");
        desktop.detach(&one.conn_id);
        assert_eq!(last.answered().await, None, "the app is gone");
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
