//! `postern dashboard`: the gateway's page in the browser, signed in.

use serde_json::json;

use super::Context;
use crate::args::DashboardArgs;
use crate::exit::Outcome;
use crate::page::{Handover, Page};

pub(crate) async fn run(cx: &Context, args: &DashboardArgs) -> Outcome {
    let page = Page::of(&cx.settings).await?;
    if args.print || !cx.settings.display {
        let url = if args.with_token { page.url_with_token() } else { page.url.clone() };
        if !args.print {
            cx.output.note("postern: there is no screen here; open this on a machine that has one");
        }
        return cx.output.answer(&json!({"url": url, "opened": false}), || Ok(url.clone()));
    }
    let handover = Handover::write(&cx.settings.state_dir, &page)?;
    cx.output.answer(&json!({"url": page.url, "opened": true}), || Ok(format!("opening {}", page.url)))?;
    handover.open().await
}
