//! The files of the web app as the gateway takes them.

use std::sync::LazyLock;

use postern_gateway::ui::UiAsset;

/// The same bytes under the gateway's own type: neither of the two crates that
/// have one depends on the other.
static FILES: LazyLock<Vec<UiAsset>> = LazyLock::new(|| {
    let files = postern_ui::FILES.iter();
    files
        .map(|file| UiAsset { path: file.path, bytes: file.bytes, is_packed: file.is_packed, etag: file.etag })
        .collect()
});

/// Files that were part of the build; none when the web app was not built.
pub(crate) fn files() -> &'static [UiAsset] {
    &FILES
}
