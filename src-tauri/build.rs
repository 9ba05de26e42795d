//! Tauri's build step. The list of commands is empty: the page has none.

fn main() {
    let manifest = tauri_build::AppManifest::new().commands(&[]);
    if let Err(error) = tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest)) {
        // A build script speaks to cargo this way and no other.
        println!("cargo::error={error:#}");
    }
}
