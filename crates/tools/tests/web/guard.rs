//! What may be reached: addresses, names, redirects, and what a request carries there.

use postern_tools::web::{WebOptions, web_tools, web_tools_with_lookup};
use serde_json::json;

use crate::site::{Names, Site, page, redirect};
use crate::{LOCAL, call, content, fetch, options};

#[tokio::test]
async fn a_request_carries_nothing_of_ours() {
    let site = Site::start(vec![("/a", redirect(302, "/b")), ("/b", page("text/plain", b"done"))]).await;
    let outcome = fetch(&options(), json!({ "url": site.url("site.test", "/a#part") })).await;
    assert_eq!(content(&outcome), "done");
    let requests = site.requests();
    assert_eq!(requests.len(), 2);
    for request in &requests {
        let mut names: Vec<String> = request
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(':'))
            .map(|(name, _)| name.to_lowercase())
            .collect();
        names.sort();
        assert_eq!(names, ["accept", "accept-encoding", "host", "user-agent"], "{request}");
        assert!(!request.contains("part") && !request.contains("canary"), "{request}");
    }
}

#[tokio::test]
async fn private_hosts_are_refused_before_any_contact() {
    let site = Site::start(vec![("/", page("text/plain", b"secret"))]).await;
    let port = site.address.port();
    let names = Names::new(&[
        ("inside.test", LOCAL),
        ("mixed.test", &[&["8.8.8.8", "127.0.0.1"]]),
        ("six.test", &[&["::1"]]),
        ("mapped.test", &[&["::ffff:127.0.0.1"]]),
        ("metadata.test", &[&["169.254.169.254"]]),
        ("localhost", LOCAL),
    ]);
    let tool = &web_tools_with_lookup(&WebOptions::default(), names)[0];
    for host in [
        "127.0.0.1",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "0",
        "inside.test",
        "mixed.test",
        "six.test",
        "mapped.test",
        "metadata.test",
        "localhost",
        "LOCALHOST",
    ] {
        let outcome = call(tool, json!({ "url": format!("http://{host}:{port}/") })).await;
        assert!(
            outcome.is_error && outcome.text().contains("is not fetched: its address"),
            "{host}: {}",
            outcome.text()
        );
    }
    let outcome = call(tool, json!({ "url": format!("http://nowhere.test:{port}/") })).await;
    assert!(outcome.text().contains("no such name"), "{}", outcome.text());
    assert!(site.requests().is_empty(), "{:?}", site.requests());
}

#[tokio::test]
async fn the_system_resolver_is_guarded_too() {
    let site = Site::start(vec![("/", page("text/plain", b"secret"))]).await;
    let tool = &web_tools(&WebOptions::default())[0];
    let outcome = call(tool, json!({ "url": site.url("localhost", "/") })).await;
    assert!(outcome.is_error && !outcome.text().contains("secret"), "{}", outcome.text());
    assert!(site.requests().is_empty());
}

#[tokio::test]
async fn redirects_are_followed_and_each_is_checked() {
    let inside = Site::start(vec![("/", page("text/plain", b"secret"))]).await;
    let port = inside.address.port();
    let site = Site::start(vec![
        ("/literal", redirect(302, &format!("http://127.0.0.1:{port}/"))),
        ("/decimal", redirect(301, &format!("http://2130706433:{port}/"))),
        ("/name", redirect(307, &format!("http://other.test:{port}/"))),
        ("/relative-host", redirect(308, &format!("//other.test:{port}/"))),
        ("/file", redirect(302, "file:///etc/passwd")),
        ("/login", redirect(302, "http://user:pw@site.test/")),
        ("/loop", redirect(303, "/loop")),
        ("/1", redirect(301, "/2")),
        ("/2", redirect(302, "3")),
        ("/3", redirect(303, "/4")),
        ("/4", redirect(307, "/5")),
        ("/5", redirect(308, "/6")),
        ("/6", page("text/plain", b"there")),
    ])
    .await;
    for (path, reason) in [
        ("/literal", "this machine"),
        ("/decimal", "this machine"),
        ("/name", "this machine"),
        ("/relative-host", "this machine"),
        ("/file", "only http and https"),
        ("/login", "user name or password"),
        ("/loop", "more than 5 redirects"),
    ] {
        let outcome = fetch(&options(), json!({ "url": site.url("site.test", path) })).await;
        assert!(outcome.is_error && outcome.text().contains(reason), "{path}: {}", outcome.text());
    }
    assert!(inside.requests().is_empty(), "{:?}", inside.requests());
    let outcome = fetch(&options(), json!({ "url": site.url("site.test", "/1") })).await;
    assert_eq!(content(&outcome), "there");
    assert!(outcome.text().contains(&site.url("site.test", "/6")), "the last address is the source");
}

#[tokio::test]
async fn a_name_is_asked_once_per_request_and_its_answer_is_what_is_connected_to() {
    let site = Site::start(vec![("/", page("text/plain", b"first")), ("/go", redirect(302, "/"))]).await;
    // Whoever asked twice would be at an address where nobody answers.
    let names = Names::new(&[("site.test", &[&["127.0.0.1"], &["127.9.9.9"]])]);
    let tool = &web_tools_with_lookup(&options(), names.clone())[0];
    let outcome = call(tool, json!({ "url": site.url("site.test", "/") })).await;
    assert_eq!(content(&outcome), "first");
    assert_eq!(names.asked(), ["site.test"]);

    // A name that was public a moment ago is asked again for the next hop, and refused.
    let flip = Names::new(&[("site.test", LOCAL), ("flip.test", &[&["10.0.0.1"]])]);
    let port = site.address.port();
    let start = Site::start(vec![("/", redirect(302, &format!("http://flip.test:{port}/")))]).await;
    let tool = &web_tools_with_lookup(&options(), flip.clone())[0];
    let outcome = call(tool, json!({ "url": start.url("site.test", "/") })).await;
    assert!(outcome.text().contains("flip.test is not fetched: its address 10.0.0.1 is a private network"));
    assert_eq!(flip.asked(), ["site.test", "flip.test"]);
    assert_eq!(site.requests().len(), 1);
}

#[tokio::test]
async fn a_listed_port_opens_that_port_alone() {
    let site = Site::start(vec![("/", page("text/plain", b"mine"))]).await;
    let port = site.address.port();
    let listed = WebOptions { allow_private: vec![format!("127.0.0.1:{port}")], ..WebOptions::default() };
    assert_eq!(content(&fetch(&listed, json!({ "url": format!("http://127.0.0.1:{port}/") })).await), "mine");
    let other = Site::start(vec![("/", page("text/plain", b"not mine"))]).await;
    let outcome = fetch(&listed, json!({ "url": format!("http://127.0.0.1:{}/", other.address.port()) })).await;
    assert!(outcome.is_error && other.requests().is_empty(), "{}", outcome.text());
}

#[tokio::test]
async fn https_is_spoken_and_a_server_without_it_is_an_error() {
    let site = Site::start(vec![]).await;
    let url = site.url("site.test", "/").replace("http:", "https:");
    let outcome = fetch(&options(), json!({ "url": url })).await;
    assert!(outcome.is_error && outcome.text().contains("the request failed"), "{}", outcome.text());
    assert_eq!(site.requests(), ["TLS"]);
}
