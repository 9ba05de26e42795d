//! Which picture shows which state. Drawn for each kind of panel: a template on
//! macOS, dark or light ink on Windows, outlined colours on Linux, where nobody
//! says how dark the panel is.

use postern_client::StatusLevel;
use tauri::image::Image;

/// Pictures for the four states in one kind of ink.
struct Pictures {
    ok: &'static [u8],
    working: &'static [u8],
    attention: &'static [u8],
    down: &'static [u8],
}

macro_rules! pictures {
    ($ink:literal) => {
        Pictures {
            ok: include_bytes!(concat!("../../../icons/tray/ok-", $ink, ".png")),
            working: include_bytes!(concat!("../../../icons/tray/working-", $ink, ".png")),
            attention: include_bytes!(concat!("../../../icons/tray/attention-", $ink, ".png")),
            down: include_bytes!(concat!("../../../icons/tray/down-", $ink, ".png")),
        }
    };
}

/// Whether the system colours the picture itself.
pub(crate) const IS_TEMPLATE: bool = cfg!(target_os = "macos");

/// The picture for a state.
pub(crate) fn picture(level: StatusLevel) -> tauri::Result<Image<'static>> {
    let pictures = pictures();
    Image::from_bytes(match level {
        StatusLevel::Ok => pictures.ok,
        StatusLevel::Working => pictures.working,
        StatusLevel::Attention => pictures.attention,
        StatusLevel::Down => pictures.down,
    })
}

#[cfg(target_os = "macos")]
fn pictures() -> Pictures {
    pictures!("template")
}

#[cfg(windows)]
fn pictures() -> Pictures {
    if taskbar_is_light() { pictures!("dark") } else { pictures!("light") }
}

#[cfg(not(any(target_os = "macos", windows)))]
fn pictures() -> Pictures {
    pictures!("color")
}

/// The taskbar has a theme of its own beside that of apps.
#[cfg(windows)]
fn taskbar_is_light() -> bool {
    const THEMES: &str = r"Software\Microsoft\Windows\CurrentVersion\Themes\Personalize";
    let key = windows_registry::CURRENT_USER.open(THEMES);
    key.and_then(|key| key.get_u32("SystemUsesLightTheme")).is_ok_and(|light| light != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_a_picture_of_its_own() {
        let levels = [StatusLevel::Ok, StatusLevel::Working, StatusLevel::Attention, StatusLevel::Down];
        let drawn: Vec<Vec<u8>> = levels.iter().map(|level| picture(*level).unwrap().rgba().to_vec()).collect();
        for (at, one) in drawn.iter().enumerate() {
            assert!(one.iter().any(|byte| *byte != 0));
            assert!(drawn[at + 1..].iter().all(|other| other != one));
        }
    }
}
