//! Where a provider listens: completes what people write as a base URL, and knows what is local.

use url::{Host, Url};

use crate::config::Api;

/// The base URL of a provider, ending in a slash, with the version segment its protocol needs.
pub(crate) fn complete(api: Api, written: &str) -> Result<Url, String> {
    let mut url = Url::parse(written.trim()).map_err(|error| format!("is not a URL ({error})"))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err("must begin with http:// or https://".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not contain a user name or password; store the key instead".to_owned());
    }
    url.set_query(None);
    url.set_fragment(None);
    let mut path = url.path().trim_end_matches('/').to_owned();
    for call in ["/chat/completions", "/messages", "/api/chat"] {
        if let Some(shorter) = path.strip_suffix(call) {
            path = shorter.to_owned();
        }
    }
    match api {
        Api::Ollama => {
            for compatible in ["/v1", "/api"] {
                if let Some(shorter) = path.strip_suffix(compatible) {
                    path = shorter.to_owned();
                }
            }
        }
        Api::Gemini if !has_version(&path) => path.push_str("/v1beta"),
        Api::OpenAi | Api::Anthropic | Api::OpenRouter if !has_version(&path) => path.push_str("/v1"),
        _ => {}
    }
    path.push('/');
    url.set_path(&path);
    Ok(url)
}

/// Whether a segment reads `v1`, `v1beta`, `v4` …
fn has_version(path: &str) -> bool {
    path.split('/').any(|segment| {
        let mut chars = segment.chars();
        chars.next() == Some('v') && chars.next().is_some_and(|c| c.is_ascii_digit())
    })
}

/// One call below a base URL. `path` is relative and already escaped.
pub(crate) fn below(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
    url.set_path(&format!("{}{path}", base.path()));
    url.set_query(query);
    url
}

/// Whether a URL stays on this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name.eq_ignore_ascii_case("localhost") || name.to_ascii_lowercase().ends_with(".localhost")
        }
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => {
            address.is_loopback() || address.to_ipv4_mapped().is_some_and(|address| address.is_loopback())
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_completed() {
        for (api, written, expected) in [
            (Api::OpenAi, "http://127.0.0.1:1234", "http://127.0.0.1:1234/v1/"),
            (Api::OpenAi, "http://127.0.0.1:1234/v1", "http://127.0.0.1:1234/v1/"),
            (Api::OpenAi, "http://127.0.0.1:1234/v1/chat/completions", "http://127.0.0.1:1234/v1/"),
            (Api::OpenAi, "https://api.groq.com/openai/v1/", "https://api.groq.com/openai/v1/"),
            (Api::OpenAi, "https://host/proxy?x=1#y", "https://host/proxy/v1/"),
            (Api::OpenAi, "https://open.bigmodel.cn/api/paas/v4", "https://open.bigmodel.cn/api/paas/v4/"),
            (Api::Anthropic, "https://api.anthropic.com", "https://api.anthropic.com/v1/"),
            (
                Api::Gemini,
                "https://generativelanguage.googleapis.com",
                "https://generativelanguage.googleapis.com/v1beta/",
            ),
            (Api::Ollama, "http://gpu.lan:11434/v1/", "http://gpu.lan:11434/"),
            (Api::Ollama, "http://gpu.lan:11434/api/chat", "http://gpu.lan:11434/"),
            (Api::OpenRouter, "https://openrouter.ai/api/v1", "https://openrouter.ai/api/v1/"),
        ] {
            assert_eq!(complete(api, written).unwrap().as_str(), expected, "{written}");
        }
        for bad in ["", "api.openai.com", "ftp://x/", "https://user:pass@x/", "unix:/x"] {
            assert!(complete(Api::OpenAi, bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn only_this_machine_is_loopback() {
        let local = |text: &str| is_loopback(&Url::parse(text).unwrap());
        for url in [
            "http://localhost:1",
            "http://LOCALHOST./",
            "http://127.9.9.9",
            "http://[::1]:1",
            "http://[::ffff:127.0.0.1]",
        ] {
            assert!(local(url), "{url}");
        }
        for url in ["http://localhost.evil.example", "http://10.0.0.1", "http://[::2]", "https://api.openai.com"] {
            assert!(!local(url), "{url}");
        }
    }

    #[test]
    fn calls_keep_their_query() {
        let base = complete(Api::Gemini, "http://h").unwrap();
        assert_eq!(below(&base, "models/m:stream?alt=sse").as_str(), "http://h/v1beta/models/m:stream?alt=sse");
    }
}
