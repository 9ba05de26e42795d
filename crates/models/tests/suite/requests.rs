//! What is sent beyond the conversation: credentials, limits, and connections that are used again.

use std::sync::atomic::Ordering;

use postern_models::{Api, ModelSpec, Thinking};
use serde_json::{Value, json};

use crate::fake::{Fake, answer, ask, limits, models, provider, says, single};

#[tokio::test]
async fn a_credential_in_the_configuration_replaces_the_key() {
    let fake = Fake::start([says("hi")]);
    let mut provider = provider("p", Api::OpenAi, &fake.url());
    provider.headers = vec![("Authorization".into(), "Basic abc".into()), ("User-Agent".into(), "mine".into())];
    answer(&models(vec![provider], limits()), ask("p/m")).await;
    let seen = &fake.seen()[0];
    let sent: Vec<_> = seen.headers.iter().filter(|(name, _)| name == "authorization").collect();
    assert_eq!(sent, [&("authorization".to_owned(), "Basic abc".to_owned())]);
    assert_eq!(seen.header("user-agent"), Some("mine"));
}

#[tokio::test]
async fn thinking_is_asked_for_only_where_it_is_understood() {
    let fake = Fake::start([says("a"), says("b"), says("c")]);
    let mut provider = provider("p", Api::OpenAi, &format!("{}/v1", fake.url()));
    provider.models = vec![ModelSpec { reasoning: Some(true), ..ModelSpec::named("thinker") }];
    let models = models(vec![provider], limits());
    for (model, level) in [("p/thinker", Thinking::High), ("p/thinker", Thinking::Off), ("p/plain", Thinking::High)] {
        let mut request = ask(model);
        (request.thinking, request.max_tokens) = (level, Some(7));
        answer(&models, request).await;
    }
    let efforts: Vec<Value> = fake.seen().iter().map(|seen| seen.body["reasoning_effort"].clone()).collect();
    assert_eq!(efforts, [json!("high"), Value::Null, Value::Null]);
    assert_eq!(fake.seen()[0].body["max_tokens"], 7);
}

#[tokio::test]
async fn a_connection_is_used_again() {
    let fake = Fake::start((0..20).map(|_| says("hi")));
    let models = single(&fake, Api::OpenAi);
    for _ in 0..20 {
        answer(&models, ask("p/m")).await;
    }
    let connections = fake.connections.load(Ordering::SeqCst);
    assert!(connections <= 2, "{connections} connections for 20 answers");
}
