//! `postern token`: the gateway token of this profile.

use serde_json::json;

use super::Context;
use crate::credentials::Credentials;
use crate::exit::{Exit, Failure, Outcome};
use crate::local;

pub(crate) async fn run(cx: &Context) -> Outcome {
    let paths = local::paths(&cx.settings);
    let credentials = Credentials::open(&cx.settings).await?;
    let secrets = local::secrets(&cx.settings, &paths, &credentials).await?;
    match (secrets.token, secrets.password) {
        (Some(token), _) => {
            let document = json!({"token": token.value.expose(), "source": token.by});
            cx.output.content(&document, || Ok(token.value.expose().to_owned()))
        }
        (None, Some(password)) => Err(Failure::new(
            Exit::Failed,
            format!("this profile's gateway asks for a password, not a token; it is set by {}", password.by),
        )),
        (None, None) => Err(Failure::new(Exit::Failed, "this profile has no gateway token")
            .hint("the gateway makes one when it first starts: postern gateway")),
    }
}
