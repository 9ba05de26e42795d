//! Local servers, the catalogue, and small requests that check models and keys.

use postern_models::{Api, Discovery, ErrorKind, KeyStatus, ModelRef, ModelSource, ModelSpec};
use url::Url;
use zeroize::Zeroizing;

use crate::fake::{Fake, KEY, limits, models, models_with, provider, reply, says};

fn url(fake: &Fake) -> Option<Url> {
    Some(Url::parse(&fake.url()).unwrap())
}

#[tokio::test]
async fn local_servers_are_found_by_themselves() {
    let ollama = Fake::start([reply(200, r#"{"models":[{"name":"nomic-embed-text"},{"name":"qwen3:8b"}]}"#)]);
    let lmstudio = Fake::start([reply(200, r#"{"data":[{"id":"gemma-3"}]}"#), says("hi")]);
    let discovery = Discovery { enabled: true, ollama: url(&ollama), lmstudio: url(&lmstudio) };
    let models = models_with(vec![], limits(), discovery);
    assert_eq!(models.discovered_default(), None);
    let found: Vec<String> = models.discover().await.iter().map(|model| model.reference().to_string()).collect();
    assert_eq!(found, ["ollama/qwen3:8b", "lmstudio/gemma-3"]);
    assert_eq!(models.discovered_default(), Some(ModelRef::new("ollama", "qwen3:8b")));
    // Asked a moment ago.
    assert_eq!(models.discover().await.len(), 2);
    assert_eq!((ollama.seen().len(), ollama.seen()[0].line.as_str()), (1, "GET /api/tags HTTP/1.1"));
    assert_eq!(lmstudio.seen()[0].line, "GET /v1/models HTTP/1.1");
    let listed = models.catalogue();
    let listed = listed.iter().find(|model| model.provider == "lmstudio").unwrap();
    assert_eq!((listed.source, listed.available), (ModelSource::Discovered, true));
    let report = models.probe(&ModelRef::new("lmstudio", "gemma-3")).await.unwrap();
    assert_eq!((report.text.as_str(), report.first_ms <= report.latency_ms), ("hi", true));
}

#[tokio::test]
async fn servers_that_are_not_there_are_no_error() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let broken = Fake::start([reply(500, "no")]);
    let nobody = Url::parse(&format!("http://{closed}")).ok();
    let discovery = Discovery { enabled: true, ollama: nobody, lmstudio: url(&broken) };
    let models = models_with(vec![], limits(), discovery);
    assert!(models.discover().await.is_empty());
    let off = Fake::start([]);
    let discovery = Discovery { enabled: false, ollama: url(&off), lmstudio: url(&off) };
    assert!(models_with(vec![], limits(), discovery).discover().await.is_empty());
    assert!(off.seen().is_empty());
}

#[tokio::test]
async fn the_catalogue_knows_which_keys_are_there() {
    let mut mine = provider("keyless-mine", Api::OpenAi, "http://192.0.2.1");
    mine.models = vec![ModelSpec::named("m")];
    let models = models(vec![mine], limits());
    let is_available = |id: &str| models.catalogue().into_iter().find(|model| model.provider == id).unwrap().available;
    assert!(!is_available("openai"));
    let all = models.catalogue_with_keys().await;
    assert_eq!(
        (all[0].provider.as_str(), all[0].source, all[0].available),
        ("keyless-mine", ModelSource::Configured, false)
    );
    assert!(is_available("openai"));
    let known = models.find(&ModelRef::new("openai", "gpt-5")).unwrap();
    assert_eq!((known.source, known.spec.cost.is_some()), (ModelSource::Static, true));
    let unknown = models.find(&ModelRef::new("openai", "gpt-99")).unwrap();
    assert!(unknown.available && unknown.spec.cost.is_none());
    assert_eq!(models.find(&ModelRef::new("gemini", "gemini-2.5-pro")).unwrap().provider, "google");
    assert_eq!(models.find(&ModelRef::new("nobody", "m")), None);
    let status = models.providers_with_keys().await;
    let key = |id: &str| status.iter().find(|status| status.provider == id).unwrap().key;
    assert_eq!(
        (key("keyless-mine"), key("openai"), key("ollama")),
        (KeyStatus::Missing, KeyStatus::Ok, KeyStatus::NotNeeded)
    );
}

#[tokio::test]
async fn a_key_is_checked_without_cost() {
    for (api, line) in [
        (Api::OpenAi, "GET /v1/models HTTP/1.1"),
        (Api::Anthropic, "GET /v1/models HTTP/1.1"),
        (Api::Gemini, "GET /v1beta/models?pageSize=200 HTTP/1.1"),
        (Api::OpenRouter, "GET /v1/key HTTP/1.1"),
        (Api::Ollama, "GET /api/tags HTTP/1.1"),
    ] {
        let fake = Fake::start([reply(200, r#"{"data":[{},{}]}"#), reply(401, r#"{"error":{"message":"bad key"}}"#)]);
        let models = models(vec![provider("p", api, &fake.url())], limits());
        let report = models.probe_key("p", None).await.unwrap();
        assert_eq!((report.provider.as_str(), report.models), ("p", Some(2)));
        let error = models.probe_key("p", Some(Zeroizing::new("sk-other".into()))).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Auth);
        let seen = fake.seen();
        assert_eq!(seen[0].line, line);
        let sent = |n: usize, key: &str| seen[n].headers.iter().any(|(_, value)| value.ends_with(key));
        assert!(sent(0, KEY) && sent(1, "sk-other") && !sent(1, KEY), "{api}");
    }
}
