//! A setup code as a picture that a phone's camera reads.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use qrcode::{Color, EcLevel, QrCode};

/// Longest data URL that clients accept (`methods.md §7`).
const MAX_DATA_URL: usize = 16_384;
/// Pixels per module.
const SCALE: usize = 6;
/// Light modules around the code; scanners need four.
const QUIET: usize = 4;

/// The text as a PNG data URL; nothing when it is too long for one.
#[must_use]
pub fn qr_data_url(text: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let png = png(&code).ok()?;
    let url = format!("data:image/png;base64,{}", STANDARD.encode(png));
    (url.len() <= MAX_DATA_URL).then_some(url)
}

/// One bit per pixel, light is 1.
fn png(code: &QrCode) -> Result<Vec<u8>, png::EncodingError> {
    let modules = code.width();
    let side = (modules + 2 * QUIET) * SCALE;
    let row_bytes = side.div_ceil(8);
    let mut pixels = vec![0xff_u8; row_bytes * side];
    for y in 0..modules * SCALE {
        for x in 0..modules * SCALE {
            if code[(x / SCALE, y / SCALE)] == Color::Dark {
                let (column, row) = (x + QUIET * SCALE, y + QUIET * SCALE);
                pixels[row * row_bytes + column / 8] &= !(0x80 >> (column % 8));
            }
        }
    }
    let mut bytes = Vec::new();
    let pixels_per_side = u32::try_from(side).unwrap_or(u32::MAX);
    let mut encoder = png::Encoder::new(&mut bytes, pixels_per_side, pixels_per_side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&pixels)?;
    writer.finish()?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_holds_the_modules_of_the_code() {
        let text = "a".repeat(200);
        let url = qr_data_url(&text).unwrap();
        let bytes = STANDARD.decode(url.strip_prefix("data:image/png;base64,").unwrap()).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        let code = QrCode::with_error_correction_level(&text, EcLevel::M).unwrap();
        let side = (code.width() + 2 * QUIET) * SCALE;
        assert_eq!((info.width as usize, info.height as usize), (side, side));
        let is_dark = |x: usize, y: usize| pixels[y * info.line_size + x / 8] & (0x80 >> (x % 8)) == 0;
        for y in 0..side {
            for x in 0..side {
                let inside = |at: usize| (QUIET * SCALE..side - QUIET * SCALE).contains(&at);
                let want = inside(x) && inside(y) && code[(x / SCALE - QUIET, y / SCALE - QUIET)] == Color::Dark;
                assert_eq!(is_dark(x, y), want, "{x},{y}");
            }
        }
    }

    #[test]
    fn what_does_not_fit_has_no_picture() {
        assert_eq!(qr_data_url(&"a".repeat(5_000)), None);
        let largest = qr_data_url(&"a".repeat(1_500));
        assert!(largest.is_none_or(|url| url.len() <= MAX_DATA_URL));
    }
}
