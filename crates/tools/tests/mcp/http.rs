//! Streamable HTTP: answers, redirects, failures.

use std::collections::BTreeMap;
use std::time::Duration;

use postern_tools::ToolOutcome;
use postern_tools::mcp::{McpOptions, McpServerConfig, McpServers, McpState, McpTransport};
use serde_json::json;

use crate::remote::{Manner, Remote};
use crate::{WAIT, call, options};

#[tokio::test]
async fn streamable_http_works_and_headers_go_to_the_configured_server() {
    for manner in [Manner::Json, Manner::Sse] {
        let remote = Remote::start(manner).await;
        let servers = McpServers::new(vec![remote.config()], options());
        assert_eq!(call(&servers, "mcp__remote__where", json!({})).await, ToolOutcome::ok("over there"));
        let requests = remote.requests();
        assert!(requests.len() >= 4, "{requests:?}");
        for request in requests.iter().map(|request| request.to_lowercase()) {
            assert!(request.contains("authorization: bearer canary-bearer"), "{request}");
            assert!(request.contains("x-api-key: canary-api-key"), "{request}");
        }
        assert_eq!(servers.status()[0].transport, "http");
        servers.shutdown().await;
    }
}

#[tokio::test]
async fn a_redirect_takes_no_header_and_no_request_to_another_origin() {
    let elsewhere = Remote::start(Manner::Json).await;
    let remote = Remote::start(Manner::Redirect(format!("http://{}/mcp", elsewhere.address))).await;
    let servers = McpServers::new(vec![remote.config()], options());
    assert!(servers.tools(WAIT).await.is_empty());
    let error = servers.status()[0].error.clone().unwrap();
    assert!(error.contains("redirects are not followed") && error.contains("url"), "{error}");
    assert!(!remote.requests().is_empty());
    assert!(elsewhere.requests().is_empty(), "{:?}", elsewhere.requests());

    // Nor one on the same origin, which may be another owner's path.
    let remote = Remote::start(Manner::Redirect("/other".into())).await;
    let servers = McpServers::new(vec![remote.config()], options());
    assert!(servers.tools(WAIT).await.is_empty());
    assert!(remote.requests().iter().all(|request| !request.contains("/other ")), "{:?}", remote.requests());
}

#[tokio::test]
async fn http_servers_that_fail_give_clear_errors_without_secrets() {
    let closed = {
        let gone = Remote::start(Manner::Json).await;
        gone.config()
    };
    let wrong_url = McpServerConfig {
        name: "wrong".into(),
        transport: McpTransport::Http { url: "http://user:canary-pass@localhost/".into(), headers: BTreeMap::new() },
    };
    let hasty = McpOptions { connect_timeout: Duration::from_millis(500), ..options() };
    let forbidden = Remote::start(Manner::Status(401)).await;
    let failing = Remote::start(Manner::Status(500)).await;
    let silent = Remote::start(Manner::Silent).await;
    let page = Remote::start(Manner::NotMcp).await;
    for (config, expected) in [
        (closed, "cannot be reached"),
        (wrong_url, "headers.Authorization"),
        (forbidden.config(), "401"),
        (failing.config(), "500"),
        (silent.config(), "was not ready within 500ms"),
        (page.config(), "text/html"),
    ] {
        let servers = McpServers::new(vec![config], hasty.clone());
        assert!(servers.tools(WAIT).await.is_empty());
        let status = &servers.status()[0];
        let error = status.error.clone().unwrap();
        assert!(error.contains(expected), "{expected}: {error}");
        assert!(!error.contains("canary"), "{error}");
        assert_eq!(status.state, McpState::Failed);
    }
}
