//! `models.authStatus`: which providers have a key (`methods.md §4`).

use postern_models::{KeyStatus, ProviderStatus};
use postern_protocol::access::{Access, Scope};
use postern_protocol::models::{
    AuthProfile, AuthStatus, ModelsAuthStatus, ModelsAuthStatusParams, ModelsAuthStatusResult, ProviderAuth,
};

use super::profile_id;
use crate::rpc::{Cx, Method, RpcResult};

impl Method for ModelsAuthStatus {
    const ACCESS: Access = Access::Operator(Scope::Read);

    async fn call(cx: Cx, params: ModelsAuthStatusParams) -> RpcResult<ModelsAuthStatusResult> {
        let providers = cx.models.providers(params.refresh == Some(true)).await;
        Ok(ModelsAuthStatusResult { ts: cx.clock.now_ms(), providers: providers.into_iter().map(row).collect() })
    }
}

fn row((of, is_refused): (ProviderStatus, bool)) -> ProviderAuth {
    let status = match of.key {
        KeyStatus::Missing => AuthStatus::Missing,
        // Also a provider that is said to need no key may ask for one.
        KeyStatus::Ok | KeyStatus::NotNeeded if is_refused => AuthStatus::Expired,
        KeyStatus::NotNeeded => AuthStatus::Static,
        KeyStatus::Ok => AuthStatus::Ok,
        KeyStatus::Error | KeyStatus::Unknown => AuthStatus::Error,
    };
    let store = || format!("store a key with `postern models auth {}` (models.authLogin)", of.provider);
    let hint = match status {
        AuthStatus::Ok | AuthStatus::Static => None,
        AuthStatus::Missing => Some(store()),
        AuthStatus::Expired => Some(format!("the provider refused the key; {}", store())),
        AuthStatus::Error => Some("the credential store did not answer".to_owned()),
    };
    let kept = matches!(status, AuthStatus::Ok | AuthStatus::Expired);
    let profile = || AuthProfile { profile_id: profile_id(&of.provider), kind: "api_key".to_owned(), status };
    ProviderAuth {
        display_name: of.display_name.clone(),
        status,
        profiles: if kept { vec![profile()] } else { Vec::new() },
        hint,
        provider: of.provider.clone(),
    }
}

#[cfg(test)]
mod tests {
    use postern_models::Api;

    use super::*;

    #[test]
    fn every_state_of_a_key_has_its_word_and_its_fix() {
        use AuthStatus::{Error, Expired, Missing, Ok, Static};
        #[rustfmt::skip]
        let expect = [
            (KeyStatus::Ok, false, Ok, 1, false), (KeyStatus::Ok, true, Expired, 1, true),
            (KeyStatus::Missing, false, Missing, 0, true), (KeyStatus::Missing, true, Missing, 0, true),
            (KeyStatus::NotNeeded, false, Static, 0, false), (KeyStatus::NotNeeded, true, Expired, 1, true),
            (KeyStatus::Error, false, Error, 0, true),
        ];
        for (key, refused, status, profiles, has_hint) in expect {
            let of = ProviderStatus {
                provider: "openai".into(),
                display_name: "OpenAI".into(),
                api: Api::OpenAi,
                base_url: None,
                is_configured: true,
                needs_key: key != KeyStatus::NotNeeded,
                key,
            };
            let row = row((of, refused));
            assert_eq!((row.status, row.profiles.len(), row.hint.is_some()), (status, profiles, has_hint), "{key:?}");
        }
    }
}
