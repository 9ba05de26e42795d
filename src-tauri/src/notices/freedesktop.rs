//! Notices over D-Bus, as Linux desktops have them: with buttons where the desktop
//! shows buttons, and withdrawn when answered elsewhere.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::StreamExt as _;
use tauri::AppHandle;
use zbus::zvariant::Value;
use zbus::{Connection, Proxy};

use super::{Plain, Question};
use crate::actions::{self, Action};
use crate::texts;

const SERVICE: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";
/// Action that a click on the notice itself is.
const CLICK: &str = "default";
/// The server decides how long, or never by itself.
const USUAL: i32 = -1;
const NEVER: i32 = 0;

/// What a click on a notice means, by its id.
type Clicks = Arc<Mutex<HashMap<u32, Action>>>;

/// The session bus, if there is one.
pub(super) struct Desktop {
    bus: Option<Proxy<'static>>,
    clicks: Clicks,
    abilities: Vec<String>,
}

impl Desktop {
    /// Connects and listens for answers. Without a bus nothing is shown.
    pub(super) async fn connect(app: AppHandle) -> Self {
        let clicks = Clicks::default();
        let bus = match connect(&app, &clicks).await {
            Ok(bus) => Some(bus),
            Err(error) => {
                tracing::warn!(%error, "There is no session bus; notices are only in the menu and in the window.");
                None
            }
        };
        let mut desktop = Self { bus, clicks, abilities: Vec::new() };
        desktop.abilities = desktop.call::<_, Vec<String>>("GetCapabilities", &()).await.unwrap_or_default();
        desktop
    }

    /// Shows something once.
    pub(super) async fn say(&mut self, plain: &Plain) {
        self.notify(0, (&plain.title, &plain.body), &[], USUAL).await;
    }

    /// Shows a question until it is answered; its id.
    pub(super) async fn ask(&mut self, question: &Question, body: &str, replaces: Option<u32>) -> Option<u32> {
        let mut buttons = vec![(CLICK.to_owned(), texts::DETAILS.to_owned())];
        buttons.extend(question.answers.iter().map(|(action, text)| (action.id(), (*text).to_owned())));
        let id = self.notify(replaces.unwrap_or(0), (&question.title, body), &buttons, NEVER).await?;
        self.clicks.lock().unwrap_or_else(PoisonError::into_inner).insert(id, question.opens.clone());
        Some(id)
    }

    /// Takes a question away.
    pub(super) async fn withdraw(&mut self, id: u32) {
        self.clicks.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
        // It may be gone already.
        let _: Option<()> = self.call("CloseNotification", &(id,)).await;
    }

    async fn notify(
        &self,
        replaces: u32,
        (title, body): (&str, &str),
        buttons: &[(String, String)],
        expires: i32,
    ) -> Option<u32> {
        let can = |ability: &str| self.abilities.iter().any(|known| known == ability);
        let body = if can("body-markup") { escaped(body) } else { body.to_owned() };
        let shown = buttons.iter().filter(|_| can("actions"));
        let actions: Vec<&str> = shown.flat_map(|(id, text)| [id.as_str(), text.as_str()]).collect();
        let hints: HashMap<&str, Value<'_>> = HashMap::from([
            ("desktop-entry", Value::from("Postern")),
            ("urgency", Value::from(if expires == NEVER { 2_u8 } else { 1 })),
        ]);
        self.call("Notify", &(texts::NAME, replaces, "Postern", title, body, actions, hints, expires)).await
    }

    async fn call<B, R>(&self, method: &str, params: &B) -> Option<R>
    where
        B: serde::Serialize + zbus::zvariant::DynamicType + Sync,
        R: for<'d> zbus::zvariant::DynamicDeserialize<'d>,
    {
        let called = self.bus.as_ref()?.call::<_, _, R>(method, params).await;
        called.inspect_err(|error| tracing::debug!(method, %error, "The desktop shows no notices.")).ok()
    }
}

async fn connect(app: &AppHandle, clicks: &Clicks) -> zbus::Result<Proxy<'static>> {
    let bus = Connection::session().await?;
    let proxy = Proxy::new(&bus, SERVICE, PATH, SERVICE).await?;
    let mut pressed = proxy.receive_signal("ActionInvoked").await?;
    let (app, clicks) = (app.clone(), Arc::clone(clicks));
    tokio::runtime::Handle::current().spawn(async move {
        while let Some(signal) = pressed.next().await {
            let Ok((id, action)) = signal.body().deserialize::<(u32, String)>() else { continue };
            // Signals go to everybody; ids of other programs are not known here.
            let known = clicks.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
            let Some(opens) = known else { continue };
            let action = if action == CLICK { Some(opens) } else { Action::of_id(&action) };
            if let Some(action) = action {
                actions::run(&app, action);
            }
        }
    });
    Ok(proxy)
}

/// Names that devices give themselves must not become markup.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_of_strangers_are_no_markup() {
        assert_eq!(super::escaped("<a href=x>&"), "&lt;a href=x&gt;&amp;");
    }
}
