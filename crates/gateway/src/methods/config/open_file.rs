//! `config.openFile`: opens the file with the system's editor. Only for callers
//! on the gateway's own machine: elsewhere nobody would see it.

use std::process::Stdio;

use postern_protocol::access::{Access, Scope};
use postern_protocol::call::NoParams;
use postern_protocol::config::{ConfigOpenFile, ConfigOpenFileResult};

use crate::config::file::write_file;
use crate::rpc::{Cx, Method, RpcError, RpcResult};

/// Opens a text file with whatever the user has for it.
#[cfg(target_os = "macos")]
const OPENER: &[&str] = &["open", "-t"];
#[cfg(windows)]
const OPENER: &[&str] = &["notepad.exe"];
#[cfg(not(any(target_os = "macos", windows)))]
const OPENER: &[&str] = &["xdg-open"];

impl Method for ConfigOpenFile {
    const ACCESS: Access = Access::Operator(Scope::Admin);

    async fn call(cx: Cx, _params: NoParams) -> RpcResult<ConfigOpenFileResult> {
        if !cx.principal().local {
            return Err(RpcError::invalid("the file can be opened on the gateway's own machine only"));
        }
        let path = cx.paths.config_path.clone();
        if !path.exists() {
            let unwritable = |error| RpcError::unavailable(format!("{}: {error}", path.display()));
            write_file(&path, "// Settings of the gateway. `postern config schema` lists them.\n{\n}\n")
                .map_err(unwritable)?;
        }
        let mut command = tokio::process::Command::new(OPENER[0]);
        command.args(&OPENER[1..]).arg(&path);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(|error| {
            RpcError::unavailable(format!("{} cannot be started: {error}; edit {} by hand", OPENER[0], path.display()))
        })?;
        // Editors stay; only one that ends badly at once says something.
        cx.tasks.spawn_until_shutdown("editor", async move { drop(child.wait().await) });
        Ok(ConfigOpenFileResult { ok: true, path: path.display().to_string() })
    }
}
