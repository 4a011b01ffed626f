//! The headers that every answer carries.

use std::collections::HashSet;

use reqwest::Method;
use testkit::Answer;

use crate::app::App;

const EVERYWHERE: [(&str, &str); 6] = [
    ("strict-transport-security", "max-age=63072000; includeSubDomains"),
    ("x-content-type-options", "nosniff"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("x-frame-options", "DENY"),
    ("permissions-policy", "camera=()"),
];

fn assert_complete(what: &str, answer: &Answer) {
    assert_headers(what, answer);
    assert!(answer.header("x-request-id").len() >= 16, "{what}");
}

fn assert_headers(what: &str, answer: &Answer) {
    for (name, value) in EVERYWHERE {
        assert!(answer.header(name).contains(value), "{what}: {name} is {:?}", answer.header(name));
    }
    let policy = answer.header("content-security-policy");
    // `object-src` falls back to `default-src`; pages state it all the same.
    for part in ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action"] {
        assert!(policy.contains(part), "{what}: {policy}");
    }
    assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{what}: {policy}");
    assert!(["same-origin", "no-referrer"].contains(&answer.header("referrer-policy")), "{what}");
    for told in ["server", "x-powered-by"] {
        assert_eq!(answer.header(told), "", "{what}: S-HDR-10");
    }
    if !answer.body.is_empty() {
        let kind = answer.header("content-type");
        assert!(kind.contains("charset=utf-8") || kind == "application/json", "{what}: {kind}");
    }
}

#[tokio::test]
async fn s_hdr_2_4_5_7_10_every_answer_carries_them_whatever_its_status() {
    let app = App::start().await;
    let browser = app.browser();
    app.sign_in(&browser, "google", "minji").await;
    let long = format!("/?{}", "a".repeat(9000));
    let big = "a".repeat(70_000);
    let many: String = "b".repeat(40_000);
    let same = [("sec-fetch-site", "same-origin")];
    let answers = [
        (200, browser.open("/").await),
        (200, browser.open("/me").await),
        (200, browser.fetch("/api/auth/session").await),
        (200, browser.open("/favicon.svg").await),
        (303, browser.submit("/api/auth/signin/google", &[("return_to", "/")]).await),
        (400, browser.visit("/api/auth/callback/google").await),
        (403, browser.send(Method::POST, "/api/auth/signout", &[], None).await),
        (404, browser.open("/nothing/here").await),
        (404, browser.fetch("/api/nothing").await),
        (404, browser.send(Method::POST, "/api/nothing", &same, None).await),
        (405, browser.send(Method::POST, "/favicon.svg", &same, None).await),
        (405, browser.send(Method::PUT, "/api/auth/session", &same, None).await),
        (405, browser.send(Method::POST, "/me", &same, None).await),
        (413, browser.send(Method::POST, "/api/auth/signout", &same, Some(&[("x", &big)])).await),
        (414, browser.open(&long).await),
        (431, browser.send(Method::GET, "/", &[("x-big", &many)], None).await),
    ];
    for (status, answer) in answers {
        assert_eq!(answer.status.as_u16(), status, "{}", answer.body);
        assert_complete(&status.to_string(), &answer);
    }
}

#[tokio::test]
async fn s_hdr_4_5_10_what_operators_see_carries_them_as_well() {
    let app = App::start().await;
    let (operators, big, many) = (app.operators(), "a".repeat(70_000), "b".repeat(40_000));
    let answers = [
        (200, operators.fetch("/health/live").await),
        (200, operators.fetch("/health/ready").await),
        (200, operators.fetch("/metrics").await),
        (200, operators.fetch("/openapi.json").await),
        (404, operators.fetch("/nothing").await),
        (404, operators.fetch("/").await),
        (405, operators.submit("/metrics", &[("x", "y")]).await),
        (413, operators.submit("/metrics", &[("x", &big)]).await),
        (414, operators.fetch(&format!("/metrics?{}", "a".repeat(9000))).await),
        (431, operators.send(Method::GET, "/metrics", &[("x-big", &many)], None).await),
    ];
    for (status, answer) in answers {
        assert_eq!(answer.status.as_u16(), status, "{}", answer.body);
        assert_headers(&status.to_string(), &answer);
        assert_eq!(answer.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn s_hdr_1_scripts_run_by_a_nonce_that_no_two_pages_share() {
    let app = App::start().await;
    let mut nonces = HashSet::new();
    let islands = ["/email/verify"; 5];
    for path in ["/", "/", "/oauth/login", "/signup", "/password/forgot"].into_iter().chain(islands) {
        let answer = app.browser().open(path).await;
        let policy = answer.header("content-security-policy");
        if path == "/oauth/login" {
            // The same for all visitors, so that it has no nonce: the one file is named.
            let file = policy.split("script-src ").nth(1).and_then(|rest| rest.split(';').next()).unwrap();
            let path = file.strip_prefix(crate::app::ORIGIN).unwrap();
            assert!(path.starts_with("/pkg/daemun.") && path.ends_with("_passkeys.js"), "{policy}");
            assert_eq!(answer.body.matches("<script").count(), 1);
            assert!(answer.body.contains(&format!("<script type=\"module\" src=\"{path}\">")));
            continue;
        }
        if path != "/email/verify" {
            assert!(policy.contains("script-src 'none'") && !policy.contains("nonce-"), "{path}: {policy}");
            assert!(!answer.body.contains("<script"), "only a page with islands has any: {path}");
            continue;
        }
        let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).unwrap();
        assert!(nonce.len() >= 22, "128 bits: {nonce}");
        let scripts: Vec<_> = answer.body.split("<script").skip(1).collect();
        assert!(!scripts.is_empty(), "{path}");
        let is_trusted = |script: &&str| {
            let attributes = script.split('>').next().unwrap();
            attributes.contains(&format!("nonce=\"{nonce}\""))
        };
        assert!(scripts.iter().all(is_trusted), "the page's own scripts carry it: {path}");
        assert!(policy.contains("object-src 'none'") && policy.contains("connect-src 'self'"), "{policy}");
        nonces.insert(nonce.to_owned());
    }
    assert_eq!(nonces.len(), 5);
}

#[tokio::test]
async fn the_page_of_a_member_loads_scripts_for_members_alone() {
    let app = App::start().await;
    let member = app.browser();
    app.sign_in(&member, "google", "minji").await;
    let session: serde_json::Value =
        serde_json::from_str(&member.fetch("/api/auth/session").await.body).unwrap();
    let page = format!("/members/{}", session["user"]["id"].as_str().unwrap());
    let (of_member, of_visitor) = (member.open(&page).await, app.browser().open(&page).await);
    assert_eq!((of_member.status.as_u16(), of_visitor.status.as_u16()), (200, 200));
    assert!(of_member.body.contains("<script") && of_member.body.contains(".wasm"));
    assert!(!of_visitor.body.contains("<script"), "{}", of_visitor.body);
    assert!(of_visitor.header("content-security-policy").contains("script-src 'none'"));
    app.stop().await;
}

#[tokio::test]
async fn s_hdr_3_forms_lead_to_the_providers_from_where_one_signs_in_or_links_alone() {
    let app = App::start().await;
    let policy = |answer: &Answer| {
        let policy = answer.header("content-security-policy").to_owned();
        policy.split("form-action").nth(1).unwrap().split(';').next().unwrap().trim().to_owned()
    };
    let simulators = app.simulators();
    let member = app.browser();
    app.sign_in(&member, "google", "minji").await;
    for path in ["/", "/me", "/me/account"] {
        assert_eq!(policy(&member.open(path).await), "'self'", "{path}");
    }
    for (browser, path) in [(&app.browser(), "/oauth/login"), (&member, "/me/security")] {
        let policy = policy(&browser.open(path).await);
        assert!(policy.contains("'self'") && policy.contains(&simulators), "{path}: {policy}");
    }
}

#[tokio::test]
async fn s_hdr_6_and_s_up_16_no_other_site_learns_an_address_of_a_login() {
    let app = App::start().await;
    let browser = app.browser();
    // A page with a form tells other sites nothing, and its own the least that lets the form be judged.
    for path in
        ["/oauth/login", "/signup", "/email/verify?token=x", "/password/forgot", "/password/reset?token=x"]
    {
        assert_eq!(browser.open(path).await.header("referrer-policy"), "same-origin", "{path}");
    }
    // What leads on has no form.
    let answer = browser.submit("/api/auth/signin/google", &[("return_to", "/me")]).await;
    assert_eq!((answer.status.as_u16(), answer.header("referrer-policy")), (303, "no-referrer"));
    let callback = app.until_callback(&browser, "google", "minji").await;
    for (answer, status) in [
        (browser.visit(&callback).await, 303),
        (browser.visit("/api/auth/callback/google").await, 400),
        (browser.visit("/api/auth/callback/google?error=access_denied&state=x").await, 400),
        (browser.submit("/api/auth/signout", &[]).await, 303),
        (browser.open("/me").await, 303),
    ] {
        assert_eq!((answer.status.as_u16(), answer.header("referrer-policy")), (status, "no-referrer"));
    }
}

#[tokio::test]
async fn s_hdr_4_how_long_https_is_remembered_can_be_set() {
    let said = async |settings: &[(&str, &str)]| {
        let app = App::with(settings).await;
        let page = app.browser().open("/").await;
        let nothing = app.browser().fetch("/nothing").await;
        assert_eq!(page.header("strict-transport-security"), nothing.header("strict-transport-security"));
        page.header("strict-transport-security").to_owned()
    };
    let (hsts, subdomains) = ("DAEMUN_HTTPS__HSTS", "DAEMUN_HTTPS__INCLUDE_SUBDOMAINS");
    assert_eq!(said(&[]).await, "max-age=63072000; includeSubDomains");
    assert_eq!(said(&[(hsts, "365d"), (subdomains, "false")]).await, "max-age=31536000");
    assert_eq!(said(&[(hsts, "0s"), (subdomains, "false")]).await, "max-age=0");
    assert_eq!(said(&[(hsts, "off")]).await, "");
}

#[tokio::test]
async fn s_hdr_8_what_a_person_gets_is_stored_nowhere_but_hashed_files_are() {
    let app = App::start().await;
    let browser = app.browser();
    app.sign_in(&browser, "google", "minji").await;
    for path in ["/", "/me", "/oauth/login", "/nope", "/api/auth/session"] {
        assert_eq!(browser.open(path).await.header("cache-control"), "no-store", "{path}");
    }
    let page = browser.open("/").await.body;
    let sheet = page.split("href=\"/pkg/").nth(1).unwrap().split('"').next().unwrap();
    let file = browser.open(&format!("/pkg/{sheet}")).await;
    assert_eq!(file.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(file.status, 200);
}

#[tokio::test]
async fn s_log_5_request_ids_from_outside_are_replaced_unless_harmless() {
    let app = App::start().await;
    let long = "a".repeat(10_240);
    for (sent, kept) in
        [("0a1b2c3d-trace", true), (long.as_str(), false), ("a b", false), ("<x>", false), ("", false)]
    {
        let answer =
            app.browser().send(Method::GET, "/api/auth/session", &[("x-request-id", sent)], None).await;
        assert_eq!(answer.header("x-request-id") == sent, kept, "{sent:.20}");
    }
}

#[tokio::test]
async fn the_right_refusal_for_each_kind_of_request() {
    let app = App::start().await;
    let page = app.browser().open("/nothing").await;
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(page.body.contains("<main"), "a page that leads on");
    let call = app.browser().fetch("/nothing").await;
    let body = call.json();
    assert_eq!(body["success"], false);
    assert_eq!(body["error"]["code"], "NOT_FOUND");
    assert!(body["error"]["message"].as_str().unwrap().len() > 10);
    let english = app
        .browser()
        .send(
            Method::GET,
            "/nothing",
            &[("accept", "text/html"), ("accept-language", "en"), ("sec-fetch-mode", "navigate")],
            None,
        )
        .await;
    assert!(english.body.contains("<html lang=\"en\""), "{}", english.body);
}
