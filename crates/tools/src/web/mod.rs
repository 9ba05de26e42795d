//! Web pages for agents: fetched without reaching private addresses, within size and time limits.
//!
//! - `target.rs`: which URLs may be asked for; `lookup.rs` and `address.rs`: which addresses may be connected to.
//! - `fetch.rs`: the request, redirect by redirect. `tls.rs`: its TLS, built when first needed.
//! - `html/`: pages to text. `tool.rs`: the tool `web_fetch` around it all.

mod address;
pub(crate) mod fetch;
mod html;
mod lookup;
mod target;
pub(crate) mod tls;
mod tool;

use std::sync::Arc;
use std::time::Duration;

pub use address::refusal as refused_address;
pub use lookup::{HostLookup, SystemLookup};

use crate::tool::Tool;

/// Limits of fetching (`tools.web.fetch`).
#[derive(Debug, Clone)]
pub struct WebOptions {
    /// Whether there is a `web_fetch` at all.
    pub enabled: bool,
    /// Bytes of a body that are read, counted after decompression.
    pub max_bytes: usize,
    /// The longest a fetch may take, redirects and body included.
    pub timeout: Duration,
    /// Hosts that may have a private address: `nas.local`, `192.168.1.5`, `[fd00::5]:8080`.
    pub allow_private: Vec<String>,
}

impl Default for WebOptions {
    fn default() -> Self {
        Self { enabled: true, max_bytes: 2 * 1024 * 1024, timeout: Duration::from_secs(30), allow_private: Vec::new() }
    }
}

/// The tools of this module, with the resolver of the operating system; none when they are not enabled.
pub fn web_tools(options: &WebOptions) -> Vec<Arc<dyn Tool>> {
    web_tools_with_lookup(options, Arc::new(SystemLookup))
}

/// The same with another way from names to addresses. What it answers is checked like any other answer.
pub fn web_tools_with_lookup(options: &WebOptions, lookup: Arc<dyn HostLookup>) -> Vec<Arc<dyn Tool>> {
    if !options.enabled {
        return Vec::new();
    }
    vec![Arc::new(tool::WebFetch::new(options, lookup))]
}
