//! What the environment says about the canvas.

use super::{Also, Environment, Given};
use crate::exit::Outcome;

/// What the environment says about the canvas.
#[derive(Debug, Clone, Default)]
pub(crate) struct CanvasSettings {
    /// The variable by which nothing of it is served, where one says so.
    pub(crate) off: Option<String>,
    /// The port that it has for itself, and the variable that says so.
    pub(crate) port: Option<Given<u16>>,
}

pub(super) fn read(env: &Environment) -> Outcome<CanvasSettings> {
    Ok(CanvasSettings {
        off: env.switch("SKIP_CANVAS_HOST", Also::OpenClaw)?,
        port: env.given_number("CANVAS_HOST_PORT", Also::OpenClaw, "a port from 0 to 65535")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_can_be_left_out_and_moved() {
        let settings = |variables| read(&Environment::made_up(variables));
        let nothing = settings(&[]).unwrap();
        assert!(nothing.off.is_none() && nothing.port.is_none());
        let both = settings(&[("OPENCLAW_SKIP_CANVAS_HOST", "1"), ("POSTERN_CANVAS_HOST_PORT", "18793")]).unwrap();
        assert_eq!(both.off.as_deref(), Some("OPENCLAW_SKIP_CANVAS_HOST"));
        let port = both.port.unwrap();
        assert_eq!((port.value, port.by.as_str()), (18_793, "POSTERN_CANVAS_HOST_PORT"));
        assert_eq!(settings(&[("OPENCLAW_SKIP_CANVAS_HOST", "no")]).unwrap().off, None);
        assert!(settings(&[("OPENCLAW_CANVAS_HOST_PORT", "70000")]).is_err());
    }
}
