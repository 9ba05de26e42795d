//! `import.openclaw`: takes over what another gateway of the ecosystem left on
//! this machine. Only for its owner, on the machine itself: the path that is
//! named is one of this machine.

use std::path::{Path, PathBuf};
use std::time::Duration;

use postern_protocol::access::{Access, Scope};
use postern_protocol::backup::{ImportOpenclaw, ImportOpenclawParams, ImportReport};

use crate::import::{ImportError, Target, find_home, import};
use crate::rpc::{Cx, Method, RpcError, RpcResult};

/// For the answer to reach whoever asked.
const BEFORE_RESTART: Duration = Duration::from_millis(300);

impl Method for ImportOpenclaw {
    const ACCESS: Access = Access::Operator(Scope::Admin);

    async fn call(cx: Cx, params: ImportOpenclawParams) -> RpcResult<ImportReport> {
        if !cx.principal().local {
            return Err(RpcError::forbidden(
                "an import is made on the gateway's own machine only: postern import openclaw",
            ));
        }
        let from = match params.from {
            Some(from) => PathBuf::from(from),
            None => found(&cx).ok_or(ImportError::NothingFound)?,
        };
        let looks_only = params.dry_run.unwrap_or(true);
        let target = Target {
            paths: cx.paths.clone(),
            store: (!looks_only).then(|| cx.store.clone()),
            secrets: cx.backups.secrets().clone(),
            clock: cx.clock.clone(),
            overrides: cx.settings.overrides.clone(),
        };
        let report = import(&from, &target).await?;
        if report.needs_restart {
            cx.restart.request("an import is taken into use", BEFORE_RESTART);
        }
        Ok(report)
    }
}

/// Beside this gateway's own state folder, where a user's home is.
fn found(cx: &Cx) -> Option<PathBuf> {
    cx.paths.state_dir.parent().map(Path::to_owned).and_then(|home| find_home(&home))
}
