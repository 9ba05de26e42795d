//! Why a connection ends: WebSocket code, text, and whether coming back helps
//! (`handshake.md §9`).

/// A close frame the gateway sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloseReason {
    /// WebSocket status code.
    pub code: u16,
    /// Reason text; cut to 120 UTF-8 bytes when sent.
    pub text: String,
    /// Whether a client that reconnects unchanged can succeed.
    pub reconnect: bool,
}

/// Longest reason a close frame carries, in UTF-8 bytes.
pub const MAX_REASON_BYTES: usize = 120;

impl CloseReason {
    fn new(code: u16, text: impl Into<String>, reconnect: bool) -> Self {
        Self { code, text: text.into(), reconnect }
    }

    /// Handshake deadline passed; the text stays empty.
    #[must_use]
    pub fn handshake_timeout() -> Self {
        Self::new(1000, "", true)
    }

    /// The first frame was not JSON: no answer, a plain close.
    #[must_use]
    pub fn not_json() -> Self {
        Self::new(1000, "", false)
    }

    /// The ranges of protocol generations do not meet.
    #[must_use]
    pub fn protocol_mismatch() -> Self {
        Self::new(1002, "protocol mismatch", false)
    }

    /// The peer broke the WebSocket protocol itself.
    #[must_use]
    pub fn protocol_error() -> Self {
        Self::new(1002, "protocol error", false)
    }

    /// Any refusal of a handshake; the text is that of the error.
    #[must_use]
    pub fn policy(text: impl Into<String>) -> Self {
        Self::new(1008, text, false)
    }

    /// A frame was larger than allowed.
    #[must_use]
    pub fn too_big(text: impl Into<String>) -> Self {
        Self::new(1009, text, false)
    }

    /// More bytes wait for the client than may.
    #[must_use]
    pub fn slow_consumer() -> Self {
        Self::new(1008, "slow consumer", true)
    }

    /// Ten role violations were enough.
    #[must_use]
    pub fn repeated_unauthorized() -> Self {
        Self::new(1008, "repeated unauthorized calls", false)
    }

    /// The gateway stops or restarts.
    #[must_use]
    pub fn service_restart() -> Self {
        Self::new(1012, "service restart", true)
    }

    /// The gateway is still starting.
    #[must_use]
    pub fn gateway_starting() -> Self {
        Self::new(1013, "gateway starting", true)
    }

    /// Something inside failed that may work again in a moment.
    #[must_use]
    pub fn gateway_unavailable() -> Self {
        Self::new(1013, "gateway unavailable", true)
    }

    /// Nothing was heard from the client for too long.
    #[must_use]
    pub fn keepalive_timeout() -> Self {
        Self::new(1001, "keepalive timeout", true)
    }

    /// A newer connection of the same node took over.
    #[must_use]
    pub fn replaced() -> Self {
        Self::new(1001, "replaced by a newer connection", false)
    }

    /// The shared secret is another one now.
    #[must_use]
    pub fn auth_changed() -> Self {
        Self::new(4001, "gateway auth changed", false)
    }

    /// The device's token or approval is gone; `why` is `device removed`,
    /// `token revoked` and the like.
    #[must_use]
    pub fn client_invalidated(why: &str) -> Self {
        Self::new(4001, format!("client invalidated: {why}"), false)
    }

    /// The reason as it fits into a close frame, cut at a character border.
    #[must_use]
    pub fn wire_text(&self) -> &str {
        let mut end = self.text.len().min(MAX_REASON_BYTES);
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        &self.text[..end]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_reasons_are_cut_at_a_character_border() {
        let reason = CloseReason::policy("ä".repeat(100));
        assert_eq!(reason.wire_text().len(), 120);
        assert_eq!(CloseReason::policy(format!("a{}", "ä".repeat(100))).wire_text().len(), 119);
    }

    #[test]
    fn codes_and_texts_that_clients_match_on() {
        let table = [
            (CloseReason::protocol_mismatch(), 1002, "protocol mismatch"),
            (CloseReason::slow_consumer(), 1008, "slow consumer"),
            (CloseReason::repeated_unauthorized(), 1008, "repeated unauthorized calls"),
            (CloseReason::service_restart(), 1012, "service restart"),
            (CloseReason::gateway_starting(), 1013, "gateway starting"),
            (CloseReason::gateway_unavailable(), 1013, "gateway unavailable"),
            (CloseReason::protocol_error(), 1002, "protocol error"),
            (CloseReason::client_invalidated("device removed"), 4001, "client invalidated: device removed"),
            (CloseReason::handshake_timeout(), 1000, ""),
        ];
        for (reason, code, text) in table {
            assert_eq!((reason.code, reason.wire_text()), (code, text));
        }
    }
}
