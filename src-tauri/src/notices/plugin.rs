//! Notices on macOS and Windows: text only. A click brings the app to the front;
//! the answer is given in its menu or window.

use tauri::AppHandle;
use tauri_plugin_notification::NotificationExt as _;

use super::{Plain, Question};

/// The system's own centre of notices.
pub(super) struct Desktop {
    app: AppHandle,
    last: u32,
}

impl Desktop {
    /// Nothing to connect to.
    #[expect(clippy::unused_async, reason = "connecting takes time on Linux")]
    pub(super) async fn connect(app: AppHandle) -> Self {
        Self { app, last: 0 }
    }

    /// Shows something once.
    #[expect(clippy::unused_async, reason = "showing takes time on Linux")]
    pub(super) async fn say(&mut self, plain: &Plain) {
        self.show(&plain.title, &plain.body);
    }

    /// Shows a question; its id.
    #[expect(clippy::unused_async, reason = "showing takes time on Linux")]
    pub(super) async fn ask(&mut self, question: &Question, body: &str, _replaces: Option<u32>) -> Option<u32> {
        self.show(&question.title, body);
        self.last = self.last.wrapping_add(1);
        Some(self.last)
    }

    /// These systems let no program take a notice back by this way.
    #[expect(clippy::unused_async, reason = "withdrawing takes time on Linux")]
    pub(super) async fn withdraw(&mut self, _id: u32) {}

    fn show(&self, title: &str, body: &str) {
        if let Err(error) = self.app.notification().builder().title(title).body(body).show() {
            tracing::debug!(%error, "The system shows no notices.");
        }
    }
}
