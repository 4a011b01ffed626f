//! What machines read: metrics, logs in files, answers in pipes.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Stdio;

use crate::process::{Place, callback, foreign_providers};

/// Reads metrics as strictly as Prometheus and its linter do; gives the names of the families.
fn check_metrics(text: &str) -> BTreeSet<String> {
    assert!(text.ends_with('\n'));
    let (mut help, mut kinds) = (BTreeSet::new(), BTreeMap::new());
    let (mut series, mut families, mut current) = (BTreeSet::new(), BTreeSet::new(), String::new());
    for line in text.lines().filter(|line| !line.is_empty()) {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, words) = rest.split_once(' ').unwrap_or_else(|| panic!("no help: {line}"));
            assert!(!words.trim().is_empty() && help.insert(name.to_owned()), "{line}");
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap_or_else(|| panic!("no type: {line}"));
            assert!(["counter", "gauge", "summary", "histogram"].contains(&kind), "{line}");
            assert!(kinds.insert(name.to_owned(), kind.to_owned()).is_none(), "twice: {line}");
            assert!(help.contains(name), "no HELP: {line}");
            assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
            assert!(families.insert(name.to_owned()), "not together: {line}");
            name.clone_into(&mut current);
        } else {
            assert!(!line.starts_with('#'), "{line}");
            let (id, value) = line.rsplit_once(' ').unwrap();
            value.parse::<f64>().unwrap_or_else(|_| panic!("no number: {line}"));
            assert!(series.insert(id.to_owned()), "twice: {line}");
            let (name, labels) = id.split_once('{').map_or((id, None), |(name, rest)| (name, Some(rest)));
            assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{line}");
            let of_family =
                ["", "_sum", "_count", "_bucket"].iter().any(|end| name == format!("{current}{end}"));
            assert!(of_family, "{line} below {current}");
            let labels = labels.map(|rest| rest.strip_suffix('}').unwrap_or_else(|| panic!("open: {line}")));
            check_labels(labels.unwrap_or_default(), line);
        }
    }
    families
}

fn check_labels(mut rest: &str, line: &str) {
    while !rest.is_empty() {
        let (name, value) = rest.split_once("=\"").unwrap_or_else(|| panic!("no label: {line}"));
        assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{line}");
        let mut escaped = false;
        let end = value.bytes().position(|b| {
            let ends = b == b'"' && !escaped;
            escaped = b == b'\\' && !escaped;
            ends
        });
        let end = end.unwrap_or_else(|| panic!("open: {line}"));
        rest = value[end + 1..].strip_prefix(',').unwrap_or(&value[end + 1..]);
    }
}

#[tokio::test]
async fn every_metric_has_help_and_type_and_is_read_by_a_strict_reader() {
    let mut place = Place::new();
    let (_simulators, actor) = foreign_providers(&mut place).await;
    let route = "[[gateway.routes]]\npath = \"/a\\\"b/{*rest}\"\nupstream = [\"http://127.0.0.1:9\"]\nmethods = [\"GET\"]\npublic = true\n";
    std::fs::write(place.path("daemun.toml"), route.replace("a\\\"b", "shop")).unwrap();
    let process = place.start().await;
    let browser = place.browser();
    assert_eq!(browser.visit(&callback(&browser, &actor, "google").await).await.status, 303);
    for path in ["/", "/me", "/nothing", "/shop/one", "/api/auth/session"] {
        browser.open(path).await;
    }
    browser.fetch("/oauth2/jwks").await;
    let metrics = place.operators().fetch("/metrics").await.body;
    let families = check_metrics(&metrics);
    for name in ["daemun_http_requests_total", "daemun_gateway_requests_total", "daemun_gateway_upstream_up"]
    {
        assert!(families.contains(name), "{name}: {families:?}");
    }
    let read_often = "daemun_http_requests_total{route=\"/oauth2/jwks\",method=\"GET\",status=\"200\"} 1\n";
    assert!(metrics.contains(read_often), "it is counted without the router, too: {metrics}");
    process.stop().await;
}

#[tokio::test]
async fn a_log_in_a_file_has_no_colours() {
    for settings in
        [&[("DAEMUN_LOG__FORMAT", "text")][..], &[("DAEMUN_LOG__FORMAT", "text"), ("TERM", "xterm-256color")]]
    {
        let mut place = Place::new();
        for (key, value) in settings {
            place.set(key, value);
        }
        let process = place.start().await;
        assert_eq!(place.browser().open("/").await.status, 200);
        let log = process.stop().await;
        assert!(log.contains("answered") && !log.contains('\u{1b}'), "{log}");
    }
}

#[tokio::test]
async fn a_reader_that_has_read_enough_is_no_failure() {
    let place = Place::new();
    let process = place.start().await;
    for arguments in [&["routes"][..], &["keys", "list"], &["audit", "--json"], &["check"], &["--help"]] {
        let mut child = place.command().args(arguments).stdout(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().await.unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!said.contains("panicked") && !said.contains("Broken pipe"), "{arguments:?}: {said}");
        if !arguments.contains(&"check") {
            assert!(output.status.success(), "{arguments:?}: {:?} {said}", output.status);
        }
    }
    process.stop().await;
}

#[tokio::test]
async fn answers_in_a_pipe_have_no_colours() {
    let place = Place::new();
    let process = place.start().await;
    for arguments in
        [&["routes"][..], &["keys", "list"], &["audit"], &["check"], &["--help"], &["audit", "--kind", "x"]]
    {
        let output = place.command().args(arguments).output().await.unwrap();
        let all = [output.stdout, output.stderr].concat();
        assert!(!all.is_empty() || arguments == ["audit"], "{arguments:?}");
        assert!(!all.contains(&0x1b), "{arguments:?}: {}", String::from_utf8_lossy(&all));
    }
    process.stop().await;
}
