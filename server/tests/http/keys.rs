//! The keys: those that sign, as services get them, and those that seal, replaced while people stay signed in.

use kernel::{MasterKey, OsRandomness};
use reqwest::Method;

use crate::app::App;
use crate::process::{Place, callback, foreign_providers};

#[tokio::test]
async fn s_tok_23_services_get_public_keys_that_they_may_keep() {
    for app in App::both().await {
        let answer = app.browser().fetch("/oauth2/jwks").await;
        assert_eq!(answer.header("content-type"), "application/jwk-set+json");
        assert!(answer.header("cache-control").contains("max-age="), "{}", answer.header("cache-control"));
        let document = answer.json();
        let keys = document["keys"].as_array().unwrap();
        assert_eq!(keys.len(), 1);
        for key in keys {
            let mut members: Vec<_> = key.as_object().unwrap().keys().map(String::as_str).collect();
            members.sort_unstable();
            assert_eq!(members, ["alg", "e", "kid", "kty", "n", "use"]);
            assert_eq!((&key["alg"], &key["use"]), (&"RS256".into(), &"sig".into()));
            assert!(key["n"].as_str().unwrap().len() >= 2048 / 6, "S-TOK-24");
        }
        let kept = [("if-none-match", answer.header("etag"))];
        let again = app.browser().send(Method::GET, "/oauth2/jwks", &kept, None).await;
        assert_eq!((again.status.as_u16(), again.body.as_str()), (304, ""));
        app.stop().await;
    }
}

#[tokio::test]
async fn s_key_2_s_tok_13_no_token_or_key_lies_in_the_database_in_the_clear() {
    for app in App::both().await {
        let browser = app.browser();
        app.sign_in(&browser, "google", "minji").await;
        let _on_the_way = app.begin(&app.browser(), "google", "/me").await;
        let dump = app.database.dump().await;
        // Our refresh tokens, JWTs of ours and of providers, private keys as text and as DER (hexadecimal).
        for trace in ["dmr_", "eyJ", "PRIVATE KEY", "2a864886f70d010101", &browser.cookie("daemun").unwrap()]
        {
            assert!(!dump.contains(trace), "{trace}");
        }
        app.stop().await;
    }
}

#[tokio::test]
async fn s_key_7_master_keys_are_replaced_and_nobody_is_signed_out() {
    let mut place = Place::new();
    let (_simulators, actor) = foreign_providers(&mut place).await;
    let (old, new) = (MasterKey::generate(&OsRandomness).text(), MasterKey::generate(&OsRandomness).text());
    place.set("DAEMUN_MASTER_KEYS", &old);
    let process = place.start().await;
    let (signed_in, on_the_way) = (place.browser(), place.browser());
    assert_eq!(signed_in.arrive(&callback(&signed_in, &actor, "google").await).await.status, 303);
    let back = callback(&on_the_way, &actor, "naver").await;
    let before = signed_in.fetch("/oauth2/jwks").await.body;
    process.stop().await;

    place.set("DAEMUN_MASTER_KEYS", format!("{new},{old}"));
    let process = place.start().await;
    let rotated = place.command().args(["keys", "rotate", "--only", "master"]).output().await.unwrap();
    let said = String::from_utf8(rotated.stdout).unwrap();
    assert!(rotated.status.success(), "{}", String::from_utf8_lossy(&rotated.stderr));
    // The signing keys, the refresh tokens of the session and of Google, the login on its way.
    assert!(said.starts_with("4 values were sealed anew"), "{said}");
    assert_eq!(on_the_way.arrive(&back).await.status, 303, "a login on its way goes on");
    process.stop().await;

    place.set("DAEMUN_MASTER_KEYS", &new);
    let process = place.start().await;
    assert!(!signed_in.fetch("/api/auth/session").await.json().is_null());
    assert_eq!(signed_in.fetch("/oauth2/jwks").await.body, before);
    let again = callback(&on_the_way, &actor, "naver").await;
    assert_eq!(on_the_way.arrive(&again).await.status, 303, "a browser that the old key knew signs in anew");
    let listed = place.command().args(["keys", "list"]).output().await.unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(listed.contains("rsa-2048") && listed.contains("signs"), "{listed}");
    process.stop().await;
}

#[tokio::test]
async fn a_new_signing_key_is_published_by_command_while_the_program_serves() {
    let mut place = Place::new();
    place.set("DAEMUN_SIMULATORS__ENABLED", "false");
    let process = place.start().await;
    let kids = |body: serde_json::Value| body["keys"].as_array().unwrap().len();
    let browser = place.browser();
    assert_eq!(kids(browser.fetch("/oauth2/jwks").await.json()), 1);
    let rotated = place.command().args(["keys", "rotate", "--only", "signing"]).output().await.unwrap();
    let said = String::from_utf8(rotated.stdout).unwrap();
    assert!(said.contains("signs ") && said.contains("published"), "{said}");
    assert!(said.lines().count() == 2, "{said}");
    process.stop().await;
    let process = place.start().await;
    assert_eq!(kids(browser.fetch("/oauth2/jwks").await.json()), 2);
    process.stop().await;
}
