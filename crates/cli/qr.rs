//! A QR code in the terminal: two rows of modules per line of half blocks.

use qrcode::{Color, EcLevel, QrCode};

use crate::exit::{Exit, Failure, Outcome};

/// Light modules around the code that scanners need.
const QUIET_ZONE: usize = 4;

/// Black on white whatever the theme, by colour number.
const BLACK_ON_WHITE: &str = "\u{1b}[38;5;16;48;5;231m";
const RESET: &str = "\u{1b}[0m";

/// Whether escape sequences may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Paint {
    /// Sets black on white, so the code looks the same in every theme.
    Colours,
    /// Draws the light modules, for a dark theme; on a light theme the code is
    /// inverted, which scanners read as well.
    Plain,
}

/// Draws `text`.
pub(crate) fn draw(text: &str, paint: Paint) -> Outcome<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::L)
        .map_err(|error| Failure::new(Exit::Failed, format!("the code does not fit into a QR code: {error}")))?;
    Ok(lines(&Modules::of(&code), paint))
}

/// The modules with their quiet zone; `true` is dark.
struct Modules {
    width: usize,
    dark: Vec<bool>,
}

impl Modules {
    fn of(code: &QrCode) -> Self {
        let inner = code.width();
        let width = inner + 2 * QUIET_ZONE;
        let mut dark = vec![false; width * width];
        for (at, color) in code.to_colors().into_iter().enumerate() {
            let (x, y) = (at % inner + QUIET_ZONE, at / inner + QUIET_ZONE);
            dark[y * width + x] = color == Color::Dark;
        }
        Self { width, dark }
    }

    /// Below the last row everything is light.
    fn is_dark(&self, x: usize, y: usize) -> bool {
        self.dark.get(y * self.width + x).copied().unwrap_or(false)
    }
}

fn lines(modules: &Modules, paint: Paint) -> String {
    let rows = (0..modules.width).step_by(2).map(|y| {
        let line: String = (0..modules.width)
            .map(|x| {
                let (upper, lower) = (modules.is_dark(x, y), modules.is_dark(x, y + 1));
                match paint {
                    Paint::Colours => block(upper, lower),
                    Paint::Plain => block(!upper, !lower),
                }
            })
            .collect();
        match paint {
            Paint::Colours => format!("{BLACK_ON_WHITE}{line}{RESET}"),
            Paint::Plain => line,
        }
    });
    rows.collect::<Vec<_>>().join("\n")
}

/// A character whose halves are inked as told.
const fn block(upper: bool, lower: bool) -> char {
    match (upper, lower) {
        (true, true) => '█',
        (true, false) => '▀',
        (false, true) => '▄',
        (false, false) => ' ',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a camera sees: `true` where the screen is dark.
    fn seen(picture: &str, paint: Paint) -> Vec<Vec<bool>> {
        let mut rows = Vec::new();
        for line in picture.lines() {
            let line = line.strip_prefix(BLACK_ON_WHITE).and_then(|line| line.strip_suffix(RESET)).unwrap_or(line);
            let ink = |upper: bool| -> Vec<bool> {
                let inked = |c: char| matches!((c, upper), ('█', _) | ('▀', true) | ('▄', false));
                line.chars().map(|c| inked(c) == (paint == Paint::Colours)).collect()
            };
            rows.push(ink(true));
            rows.push(ink(false));
        }
        rows
    }

    #[test]
    fn both_paints_show_the_same_code_with_a_quiet_zone() {
        let text = "oc-pair://eyJ1cmwiOiJ3czovLzE5Mi4wLjIuNzoxODc4OSJ9";
        let code = QrCode::with_error_correction_level(text, EcLevel::L).unwrap();
        let inner = code.width();
        for paint in [Paint::Colours, Paint::Plain] {
            let seen = seen(&draw(text, paint).unwrap(), paint);
            assert_eq!(seen[0].len(), inner + 8);
            let want = |x: usize, y: usize| {
                let inside = (4..inner + 4).contains(&x) && (4..inner + 4).contains(&y);
                inside && code[(x - 4, y - 4)] == Color::Dark
            };
            for (y, row) in seen.iter().enumerate() {
                let expected: Vec<bool> = (0..inner + 8).map(|x| want(x, y)).collect();
                assert_eq!(*row, expected, "{paint:?} in row {y}");
            }
        }
    }

    #[test]
    fn colours_are_reset_on_every_line() {
        let picture = draw("x", Paint::Colours).unwrap();
        assert!(picture.lines().all(|line| line.starts_with(BLACK_ON_WHITE) && line.ends_with(RESET)));
        assert!(!draw("x", Paint::Plain).unwrap().contains('\u{1b}'));
    }

    #[test]
    fn what_does_not_fit_is_said_and_not_drawn() {
        assert_eq!(draw(&"x".repeat(4000), Paint::Plain).unwrap_err().exit, Exit::Failed);
    }
}
