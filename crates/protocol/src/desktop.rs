//! The desktop app: how its window signs in, and its settings.
//!
//! The app is a client like any other, with a device of its own. Its window is
//! the gateway's page; the app gets it a cookie with `desktop.attach`, which
//! works on this machine only and only as long as the app is connected.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use crate::access::Scope;
use crate::call::{Acknowledged, Audience, Call, Event, NoParams, OnSlow};

/// `desktop.attach`: the app asks for a way in for its window.
pub struct DesktopAttach;

impl Call for DesktopAttach {
    const NAME: &'static str = "desktop.attach";
    type Params = DesktopAttachParams;
    type Output = DesktopAttachResult;
}

/// `desktop.update`: the app's settings are now these.
pub struct DesktopUpdate;

impl Call for DesktopUpdate {
    const NAME: &'static str = "desktop.update";
    type Params = DesktopUpdateParams;
    type Output = Acknowledged;
}

/// `desktop.get`: whether an app is attached, and its settings.
pub struct DesktopGet;

impl Call for DesktopGet {
    const NAME: &'static str = "desktop.get";
    type Params = NoParams;
    type Output = DesktopGetResult;
}

/// `desktop.set`: asks the attached app to change its settings.
pub struct DesktopSet;

impl Call for DesktopSet {
    const NAME: &'static str = "desktop.set";
    type Params = DesktopSetParams;
    type Output = DesktopSetResult;
}

/// Written in place, where it travels the other way than its name says: open in
/// params, exact in events.
fn open_settings(generator: &mut SchemaGenerator) -> Schema {
    DesktopSettings::json_schema(generator)
}

/// Like [`open_settings`].
fn exact_changes(generator: &mut SchemaGenerator) -> Schema {
    DesktopSetParams::json_schema(generator)
}

/// Settings of the desktop app, and which one it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DesktopSettings {
    /// It starts when its user signs in.
    pub start_at_login: bool,
    /// The gateway goes on when the window is closed.
    pub keep_running: bool,
    /// A shortcut opens the window from anywhere.
    pub quick_send: bool,
    /// Its icon is in the tray.
    pub show_icon: bool,
    /// Whether its computer is a node. Absent where the app cannot make it one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<DesktopNode>,
    /// Version of the app.
    #[schemars(length(min = 1, max = 64))]
    pub version: String,
    /// `linux`, `macos`, `windows`.
    #[schemars(length(min = 1, max = 64))]
    pub platform: String,
}

/// The computer of the desktop app as a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
// Written in place: open in params, exact in results and events.
#[schemars(inline)]
pub struct DesktopNode {
    /// It is to be one. Off: nothing of it runs.
    pub enabled: bool,
    /// What it offers, as far as that works there.
    #[schemars(length(max = 16))]
    pub capabilities: Vec<DesktopNodeCapability>,
    /// How it is.
    pub state: DesktopNodeState,
    /// Why it is not connected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 2048))]
    pub reason: Option<String>,
    /// The node that it is: the id of its device, known once it has tried to connect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    pub node_id: Option<String>,
}

/// What a desktop app can offer as a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DesktopNodeCapability {
    /// Pages in a browser that is steered.
    Browser,
    /// Pictures and films of cameras.
    Camera,
    /// Pages on the screen.
    Canvas,
    /// Lists of folders.
    Fs,
    /// Where the computer is.
    Location,
    /// Notifications.
    Notifications,
    /// Pictures and films of the screen.
    Screen,
    /// Commands.
    System,
}

impl DesktopNodeCapability {
    /// Every one, by name.
    pub const ALL: [Self; 8] = [
        Self::Browser,
        Self::Camera,
        Self::Canvas,
        Self::Fs,
        Self::Location,
        Self::Notifications,
        Self::Screen,
        Self::System,
    ];
}

/// How the node of a desktop app is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DesktopNodeState {
    /// It is not wanted.
    #[default]
    Off,
    /// It dials, or will again.
    Connecting,
    /// It is there, with everything that it offers.
    Connected,
    /// Somebody has to approve it, or what it offers beyond what was approved.
    Waiting,
    /// It cannot work as things are; it is tried again now and then.
    Failed,
}

/// Changes to the node of a desktop app; what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
// Written in place: open in params, exact in results and events.
#[schemars(inline)]
pub struct DesktopNodeChanges {
    /// Make the computer a node, or let it be none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Offer these and no others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 16))]
    pub capabilities: Option<Vec<DesktopNodeCapability>>,
}

/// Changes to settings; what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DesktopSetParams {
    /// Start when the user signs in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_at_login: Option<bool>,
    /// Let the gateway go on when the window is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep_running: Option<bool>,
    /// Let a shortcut open the window from anywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quick_send: Option<bool>,
    /// Show the icon in the tray.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub show_icon: Option<bool>,
    /// Make the app's computer a node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<DesktopNodeChanges>,
}

impl DesktopSetParams {
    /// Whether nothing is asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let empty = Self { node: self.node.as_ref().map(|_| DesktopNodeChanges::default()), ..Self::default() };
        *self == empty
    }
}

/// Params of `desktop.attach`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct DesktopAttachParams {
    /// The app's settings.
    #[schemars(schema_with = "open_settings")]
    pub settings: DesktopSettings,
}

/// Result of `desktop.attach`. `Debug` does not show the cookie.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DesktopAttachResult {
    /// Name of the cookie for the window.
    pub cookie_name: String,
    /// Its value. It works until this connection ends, in this app's window alone.
    pub cookie_value: String,
    /// The page to show.
    pub url: String,
}

impl std::fmt::Debug for DesktopAttachResult {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DesktopAttachResult({}, [secret], {})", self.cookie_name, self.url)
    }
}

/// Params of `desktop.update`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DesktopUpdateParams {
    /// The app's settings.
    #[schemars(schema_with = "open_settings")]
    pub settings: DesktopSettings,
    /// The app tells this by itself, such as how its node is: no answer to a `desktop.set` that waits.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unasked: bool,
    /// The wish that this answers. Without it, and not unasked, it answers every `desktop.set` that waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub request_id: Option<String>,
}

/// Result of `desktop.get`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct DesktopGetResult {
    /// Whether an app is attached.
    pub attached: bool,
    /// Its settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<DesktopSettings>,
}

/// Result of `desktop.set`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct DesktopSetResult {
    /// The settings as the app then told them.
    pub settings: DesktopSettings,
}

/// `desktop.settings.requested`: the app is asked to change its settings and
/// answers with `desktop.update`. Sent to that app alone.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DesktopSettingsRequested {
    /// Names this wish, in the answer to it and in logs.
    pub request_id: String,
    /// What is asked for.
    #[schemars(schema_with = "exact_changes")]
    pub changes: DesktopSetParams,
}

impl Event for DesktopSettingsRequested {
    const NAME: &'static str = "desktop.settings.requested";
    const AUDIENCE: Audience = Audience::Scope(Scope::Admin);
    const ON_SLOW: OnSlow = OnSlow::Close;
}
