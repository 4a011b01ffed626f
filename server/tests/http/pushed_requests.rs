//! `/oauth2/par`: authorization requests that clients push before they send the person.

use std::time::Duration;

use reqwest::Method;
use testkit::Answer;

use crate::app::App;
use crate::dpop::KeyHolder;
use crate::portal::{CALLBACK, CHALLENGE, CLIENTS, authorize, error, redeem, tokens, told};

const PAR: &str = "http://localhost:3000/oauth2/par";

const REQUEST: [(&str, &str); 8] = [
    ("client_id", "portal-client"),
    ("response_type", "code"),
    ("redirect_uri", CALLBACK),
    ("scope", "openid profile read"),
    ("state", "af0 &+%/\"ö"),
    ("nonce", "n-0S6_WzA2Mj"),
    ("code_challenge", CHALLENGE),
    ("code_challenge_method", "S256"),
];

async fn push(app: &App, changed: &[(&str, &str)]) -> Answer {
    let kept = REQUEST.into_iter().filter(|(name, _)| !changed.iter().any(|(changed, _)| changed == name));
    let form: Vec<_> = kept.chain(changed.iter().copied()).filter(|(_, value)| !value.is_empty()).collect();
    app.browser().send(Method::POST, "/oauth2/par", &[], Some(&form)).await
}

/// Where the person is sent with a request that was pushed.
fn address(answer: &Answer, client: &str) -> String {
    assert_eq!(
        (answer.status.as_u16(), answer.header("cache-control")),
        (201, "no-store"),
        "{}",
        answer.body
    );
    let body = answer.json();
    assert_eq!(body["expires_in"], 60);
    let uri = body["request_uri"].as_str().unwrap();
    assert!(uri.starts_with("urn:ietf:params:oauth:request_uri:"), "{uri}");
    let uri: String = url::form_urlencoded::byte_serialize(uri.as_bytes()).collect();
    format!("/oauth2/authorize?client_id={client}&request_uri={uri}")
}

#[tokio::test]
async fn a_pushed_request_is_its_clients_and_can_be_used_once_within_a_minute() {
    for app in App::both_configured(CLIENTS).await {
        let browser = app.browser();
        app.sign_in(&browser, "google", "minji").await;
        let pushed = push(&app, &[]).await;
        let other = browser.visit(&address(&pushed, "other-client")).await;
        assert_eq!((other.status.as_u16(), other.location()), (400, ""), "another client's");
        let other = browser.visit(&address(&pushed, "%ED%8F%AC%ED%84%B8")).await;
        assert_eq!((other.status.as_u16(), other.location()), (400, ""), "what can be nobody's id");
        let here = address(&pushed, "portal-client");
        // Whatever is beside it does not count.
        let told = told(&browser.visit(&format!("{here}&state=other&scope=admin")).await);
        assert_eq!(told["state"], "af0 &+%/\"ö");
        tokens(&redeem(&app, &told["code"], &[]).await);
        let again = browser.visit(&here).await;
        assert_eq!((again.status.as_u16(), again.location()), (400, ""), "a second time");
        let late = address(&push(&app, &[]).await, "portal-client");
        app.advance(Duration::from_secs(60));
        assert_eq!(browser.visit(&late).await.status, 400, "after a minute");
        let many = address(&push(&app, &[]).await, "portal-client");
        let answers = futures::future::join_all((0..20).map(|_| browser.visit(&many))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 303).count(), 1, "of many, one");
        app.advance(Duration::from_mins(2));
        app.clean().await;
        assert!(!app.database.dump().await.contains("pushed_requests|"));
        app.stop().await;
    }
}

#[tokio::test]
async fn a_person_signs_in_on_the_way_of_a_pushed_request() {
    let app = App::configured(CLIENTS).await;
    let browser = app.browser();
    let here = address(&push(&app, &[]).await, "portal-client");
    let login = browser.visit(&here).await.location().to_owned();
    let waiting = login.split_once("return_to=").unwrap().1.replace("%2F", "/");
    app.sign_in(&browser, "google", "minji").await;
    assert!(told(&browser.open(&waiting).await).contains_key("code"));
}

#[tokio::test]
async fn what_is_wrong_with_a_pushed_request_is_told_at_once() {
    let app = App::configured(CLIENTS).await;
    for (changed, code) in [
        (&[("request_uri", "urn:ietf:params:oauth:request_uri:x")][..], "invalid_request"),
        (&[("redirect_uri", "https://evil.example/")], "invalid_request"),
        (&[("redirect_uri", "")], "invalid_request"),
        (&[("response_type", "token")], "unsupported_response_type"),
        (&[("code_challenge", "")], "invalid_request"),
        (&[("scope", "openid admin")], "invalid_scope"),
        (&[("resource", "https://api.example/other")], "invalid_target"),
        (&[("prompt", "login none")], "invalid_request"),
        (&[("request", "eyJ")], "request_not_supported"),
        (&[("scope", "openid"), ("scope", "openid")], "invalid_request"),
    ] {
        assert_eq!(error(&push(&app, changed).await), (400, code.to_owned()), "{changed:?}");
    }
    assert_eq!(error(&push(&app, &[("client_id", "nobody")]).await), (401, "invalid_client".to_owned()));
    assert_eq!(push(&app, &[("prompt", "none")]).await.status, 201, "who is signed in is not known yet");
    let headers = [("origin", "http://localhost:3999")];
    let answer = app.browser().send(Method::POST, "/oauth2/par", &headers, Some(&REQUEST)).await;
    assert_eq!(answer.header("access-control-allow-origin"), "http://localhost:3999", "S-AS-15");
    assert!(!app.database.dump().await.contains("evil.example"), "and nothing is kept of it");
}

#[tokio::test]
async fn a_client_that_must_push_is_served_in_no_other_way() {
    let toml = CLIENTS.replacen("first_party = true", "first_party = true\nrequire_par = true", 1);
    let app = App::configured(&toml).await;
    let browser = app.browser();
    app.sign_in(&browser, "google", "minji").await;
    assert_eq!(told(&browser.visit(&authorize(&[])).await)["error"], "invalid_request");
    let form: Vec<_> = REQUEST.into_iter().collect();
    let posted = browser.send(Method::POST, "/oauth2/authorize", &[], Some(&form)).await;
    assert_eq!(told(&browser.visit(posted.location()).await)["error"], "invalid_request");
    assert!(
        told(&browser.visit(&address(&push(&app, &[]).await, "portal-client")).await).contains_key("code")
    );
}

/// RFC 9449 section 10.1: a proof with the pushed request binds the code as `dpop_jkt` does.
#[tokio::test]
async fn a_proof_with_a_pushed_request_binds_the_code_to_its_key() {
    for app in App::both_configured(CLIENTS).await {
        let browser = app.browser();
        app.sign_in(&browser, "google", "minji").await;
        let (holder, other) = (KeyHolder::new(&app), KeyHolder::new(&app));
        let push_with = async |proof: &str, more: &[(&str, &str)]| {
            let form: Vec<_> = REQUEST.iter().chain(more).copied().collect();
            app.browser().send(Method::POST, "/oauth2/par", &[("dpop", proof)], Some(&form)).await
        };
        let proof = holder.key.prove(holder.call("POST", PAR));
        let named = other.key.thumbprint();
        let two = push_with(&proof, &[("dpop_jkt", &named)]).await;
        assert_eq!(error(&two), (400, "invalid_request".to_owned()), "two keys");
        let elsewhere = holder.key.prove(holder.call("POST", "http://localhost:3000/oauth2/token"));
        assert_eq!(error(&push_with(&elsewhere, &[]).await), (400, "invalid_dpop_proof".to_owned()));
        let pushed = push_with(&proof, &[]).await;
        assert!(!pushed.header("dpop-nonce").is_empty(), "with every answer to a proof");
        let given = told(&browser.visit(&address(&pushed, "portal-client")).await);
        assert_eq!(error(&push_with(&proof, &[]).await), (400, "invalid_dpop_proof".to_owned()), "once");
        for thief in [redeem(&app, &given["code"], &[]).await, other.redeem(&given["code"]).await] {
            assert_eq!(error(&thief), (400, "invalid_grant".to_owned()));
        }
        tokens(&holder.redeem(&given["code"]).await);
        app.stop().await;
    }
}

/// Programs that look at links, in mails or chats, ask by `HEAD` first.
#[tokio::test]
async fn head_uses_no_pushed_request_up_and_gives_no_code() {
    let app = App::configured(CLIENTS).await;
    let browser = app.browser();
    app.sign_in(&browser, "google", "minji").await;
    let pushed = address(&push(&app, &[]).await, "portal-client");
    for path in [&pushed, &authorize(&[])] {
        let answer = browser.send(Method::HEAD, path, &[], None).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("allow"), answer.location()),
            (405, "GET,POST", ""),
            "{path}"
        );
    }
    assert!(!app.database.dump().await.contains("authorization_codes|"));
    assert!(told(&browser.visit(&pushed).await).contains_key("code"), "it is still there");
}
