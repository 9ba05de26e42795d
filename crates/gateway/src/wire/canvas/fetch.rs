//! Which page a browser says it asks for. What agents write must not become part
//! of anybody's page: not of other sites, and not of the gateway's own.

use http::header::HeaderMap;

use super::access::Grant;

/// What is done with a request that may be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is answered.
    Serve,
    /// The browser is sent where other pages cannot load from.
    ToView,
    /// It is not.
    Refuse,
}

/// Kinds of files that would act in the page that loads them.
const ACTING: [&str; 8] = ["script", "style", "worker", "sharedworker", "serviceworker", "object", "embed", "xslt"];

/// Judges by what newer browsers say, and no page can make them say otherwise.
/// Whatever is no such browser is served.
pub(super) fn judge(headers: &HeaderMap, grant: Grant) -> Verdict {
    let word = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let (Some(site), kind) = (word("sec-fetch-site"), word("sec-fetch-dest")) else { return Verdict::Serve };
    // The gateway's page runs scripts of its own origin; those are none of them.
    // The canvas has no origin, so its own files are always asked for from elsewhere.
    if headers.contains_key("service-worker")
        || (site == "same-origin" && kind.is_some_and(|kind| ACTING.contains(&kind)))
    {
        return Verdict::Refuse;
    }
    if grant != Grant::Local {
        return Verdict::Serve;
    }
    match word("sec-fetch-mode") {
        Some("navigate") if kind == Some("document") => Verdict::ToView,
        _ if matches!(site, "same-origin" | "none") => Verdict::Serve,
        _ => Verdict::Refuse,
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn verdict(site: &'static str, mode: &'static str, kind: &'static str, grant: Grant) -> Verdict {
        let fields = [("sec-fetch-site", site), ("sec-fetch-mode", mode), ("sec-fetch-dest", kind)];
        let headers = fields.into_iter().filter(|(_, value)| !value.is_empty());
        let headers = headers.map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)));
        judge(&HeaderMap::from_iter(headers), grant)
    }

    #[test]
    fn other_pages_load_nothing_from_this_machine() {
        use Verdict::{Refuse, Serve, ToView};
        let expect = [
            ("", "", "", Serve),
            ("none", "navigate", "document", ToView),
            ("cross-site", "navigate", "document", ToView),
            ("cross-site", "no-cors", "script", Refuse),
            ("cross-site", "cors", "empty", Refuse),
            ("same-site", "no-cors", "image", Refuse),
            ("cross-site", "navigate", "iframe", Refuse),
            ("same-origin", "cors", "empty", Serve),
            ("same-origin", "no-cors", "script", Refuse),
            ("same-origin", "same-origin", "serviceworker", Refuse),
            ("odd", "", "", Refuse),
        ];
        for (site, mode, kind, want) in expect {
            assert_eq!(verdict(site, mode, kind, Grant::Local), want, "{site} {mode} {kind}");
        }
    }

    #[test]
    fn where_the_address_is_a_secret_pages_load_their_own_files() {
        for grant in [Grant::View, Grant::Capability, Grant::Bearer, Grant::NodeAddress] {
            assert_eq!(verdict("cross-site", "no-cors", "script", grant), Verdict::Serve, "{grant:?}");
            assert_eq!(verdict("cross-site", "navigate", "document", grant), Verdict::Serve, "{grant:?}");
            assert_eq!(verdict("same-origin", "no-cors", "script", grant), Verdict::Refuse, "{grant:?}");
        }
    }
}
