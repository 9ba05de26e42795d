//! `postern backup passphrase`: what encrypts backups that are made by themselves.

use postern_gateway::backup::{BackupError, MIN_PASSPHRASE, PASSPHRASE};
use postern_gateway::secrets::Secret;
use serde_json::json;

use super::failure;
use crate::args::BackupPassphraseArgs;
use crate::commands::Context;
use crate::credentials::{self, Credentials};
use crate::exit::Outcome;
use crate::hidden;

pub(super) async fn run(cx: &Context, args: &BackupPassphraseArgs) -> Outcome {
    if args.remove {
        let secrets = Credentials::open(&cx.settings).await?.secrets;
        secrets.delete(PASSPHRASE).await.map_err(credentials::failure)?;
        return cx.output.answer(&json!({"ok": true, "set": false}), || {
            Ok("forgotten: backups made by themselves carry no keys and tokens from now on".to_owned())
        });
    }
    let passphrase = asked(args).await?;
    if passphrase.expose().chars().count() < MIN_PASSPHRASE {
        return Err(failure(BackupError::ShortPassphrase));
    }
    let credentials = Credentials::open(&cx.settings).await?;
    credentials.secrets.set(PASSPHRASE, &passphrase).await.map_err(credentials::failure)?;
    let place = credentials.place(&cx.settings.state_dir);
    cx.output.answer(&json!({"ok": true, "set": true}), || {
        Ok(format!(
            "kept in the {place}: the next backup that is made by itself is encrypted and carries keys and tokens.\n\
             Keep the passphrase elsewhere as well: without it nobody can restore them."
        ))
    })
}

async fn asked(args: &BackupPassphraseArgs) -> Outcome<Secret> {
    if args.stdin {
        return hidden::first_line();
    }
    hidden::ask_twice("Passphrase for scheduled backups", "nothing was changed").await
}
