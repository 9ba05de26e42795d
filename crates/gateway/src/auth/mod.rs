//! Shared secrets: which one is configured, whether a caller knows it, and how
//! often somebody may guess (`handshake.md §6`).

mod limiter;

use postern_protocol::Dialect;
use postern_protocol::connect::{AuthMode, ConnectAuth};

use crate::hub::AuthMethod;
use crate::secrets::Secret;

pub use limiter::{Limiter, RateLimit, RetryAfter, SecretClass, Subject};

/// The secret that callers must know, and how it is called.
#[derive(Debug)]
pub struct SharedSecret {
    /// Mode in force.
    pub mode: AuthMode,
    /// The secret; `None` only in mode `none`, or when nothing is configured.
    pub secret: Option<Secret>,
}

/// What a caller's shared secret came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretCheck {
    /// It is right, or none is needed.
    Right(AuthMethod),
    /// It is wrong.
    Wrong,
    /// None was sent.
    Missing,
    /// The gateway has none to compare with.
    NotConfigured,
}

impl SharedSecret {
    /// Whether whoever knew that one knows this one.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.mode == other.mode && self.secret == other.secret
    }

    /// Whether callers from here may use it: where a proxy says who calls, it is
    /// for this machine's own programs.
    #[must_use]
    pub const fn counts_for(&self, is_local: bool) -> bool {
        is_local || !matches!(self.mode, AuthMode::TrustedProxy)
    }

    /// Compares in constant time. Protocol 4 clients may send the secret in
    /// either field, as people paste it into the wrong box.
    #[must_use]
    pub fn check(&self, auth: &ConnectAuth, dialect: Dialect) -> SecretCheck {
        let (own, other, method) = match self.mode {
            AuthMode::None => return SecretCheck::Right(AuthMethod::None),
            AuthMode::Token => (&auth.token, &auth.password, AuthMethod::Token),
            AuthMode::Password | AuthMode::TrustedProxy => (&auth.password, &auth.token, AuthMethod::Password),
        };
        let configured = self.secret.as_ref().filter(|secret| !secret.expose().is_empty());
        let Some(secret) = configured else { return SecretCheck::NotConfigured };
        let other = if dialect == Dialect::V4 { other } else { &None };
        let candidates = [own, other].map(|field| field.as_deref().filter(|text| !text.is_empty()));
        // Both are always compared, so the time tells nothing about which one fits.
        let right =
            candidates.map(|text| text.is_some_and(|text| secret.matches(text))).into_iter().fold(false, |a, b| a | b);
        if right {
            return SecretCheck::Right(method);
        }
        if candidates[0].is_some() || candidates[1].is_some() { SecretCheck::Wrong } else { SecretCheck::Missing }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn auth(token: Option<&str>, password: Option<&str>) -> ConnectAuth {
        ConnectAuth { token: token.map(str::to_owned), password: password.map(str::to_owned), ..ConnectAuth::default() }
    }

    fn secret(mode: AuthMode) -> SharedSecret {
        SharedSecret { mode, secret: Some(Secret::new("s3cret")) }
    }

    #[test]
    fn each_mode_takes_its_own_field_and_v4_the_other_too() {
        use Dialect::{V3, V4};
        use SecretCheck::{Missing, Right, Wrong};
        let token = secret(AuthMode::Token);
        let password = secret(AuthMode::Password);
        let right = Some("s3cret");
        let table = [
            (&token, V4, auth(right, None), Right(AuthMethod::Token)),
            (&token, V4, auth(None, right), Right(AuthMethod::Token)),
            (&token, V3, auth(None, right), Missing),
            (&token, V4, auth(Some("x"), None), Wrong),
            (&token, V4, auth(Some(""), None), Missing),
            (&token, V4, auth(None, None), Missing),
            (&password, V3, auth(right, None), Missing),
            (&password, V3, auth(Some("x"), right), Right(AuthMethod::Password)),
            (&password, V4, auth(right, Some("x")), Right(AuthMethod::Password)),
        ];
        for (secret, dialect, auth, want) in table {
            assert_eq!(secret.check(&auth, dialect), want, "{:?} {dialect:?} {auth:?}", secret.mode);
        }
    }

    #[test]
    fn without_a_secret_nobody_gets_in_unless_the_mode_says_so() {
        let empty = SharedSecret { mode: AuthMode::Token, secret: None };
        assert_eq!(empty.check(&auth(Some(""), None), Dialect::V4), SecretCheck::NotConfigured);
        let open = SharedSecret { mode: AuthMode::None, secret: None };
        assert_eq!(open.check(&auth(None, None), Dialect::V4), SecretCheck::Right(AuthMethod::None));
    }
}
