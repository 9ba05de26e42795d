//! `postern call`: any method, its answer as JSON.

use std::io::Read as _;

use serde_json::{Value, json};

use super::Context;
use crate::args::CallArgs;
use crate::exit::{Exit, Failure, Outcome};
use crate::output::escaped;

pub(crate) async fn run(cx: &Context, args: &CallArgs) -> Outcome {
    // Before connecting: a mistake in the JSON needs no gateway to be found.
    let params = params(args.params.as_deref().or(args.params_flag.as_deref()))?;
    let gateway = cx.connect().await?;
    let answer = gateway.call(&args.method, params).await?;
    cx.output.content(&answer, || Ok(escaped(format!("{answer:#}"))))?;
    gateway.close().await;
    Ok(())
}

pub(super) fn params(given: Option<&str>) -> Outcome<Value> {
    let (text, place) = match given {
        None => return Ok(json!({})),
        Some("-") => (standard_input()?, "standard input".to_owned()),
        Some(text) => match text.strip_prefix('@') {
            Some(path) => (file(path)?, path.to_owned()),
            None => (text.to_owned(), "JSON".to_owned()),
        },
    };
    let value: Value = serde_json::from_str(&text).map_err(|error| {
        Failure::usage(format!("{place}: not valid JSON: {error}"))
            .hint("params are an object in single quotes: '{\"probe\":true}', @FILE, or - for standard input")
    })?;
    if value.is_object() {
        return Ok(value);
    }
    Err(Failure::usage(format!("{place}: params must be a JSON object, for example '{{\"probe\":true}}'")))
}

fn standard_input() -> Outcome<String> {
    let mut text = String::new();
    let read = std::io::stdin().read_to_string(&mut text);
    read.map(|_| text).map_err(|error| Failure::new(Exit::Failed, format!("standard input: {error}")))
}

fn file(path: &str) -> Outcome<String> {
    std::fs::read_to_string(path).map_err(|error| Failure::usage(format!("{path}: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn params_come_from_the_line_or_a_file() {
        assert_eq!(params(None).unwrap(), json!({}));
        assert_eq!(params(Some(r#"{"a":1}"#)).unwrap(), json!({"a": 1}));
        let missing = params(Some("@/no/such/file")).unwrap_err();
        assert!(missing.exit == Exit::Usage && missing.message.starts_with("/no/such/file: "));
    }

    #[test]
    fn what_is_not_an_object_is_refused_with_the_place() {
        let broken = params(Some("{a:1}")).unwrap_err();
        assert!(broken.message.contains("line 1 column 2") && broken.hint.is_some(), "{broken}");
        for text in ["[1]", "null", "7"] {
            assert!(params(Some(text)).unwrap_err().message.contains("must be a JSON object"), "{text}");
        }
    }
}
