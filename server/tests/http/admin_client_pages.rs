//! `/admin/clients` and the page of one: registering a client, replacing its secret, removing it, in a browser.

use std::time::Duration;

use http::StatusCode;
use names::Role;
use testkit::Browser;

use crate::admin_pages::signed_in;
use crate::app::App;
use crate::oauth_clients::{basic, send};

const FORM: &str = "/api/admin/clients";
const ROTATE: &str = "/api/admin/clients/robot/rotate-secret";

/// The secret that a page shows.
async fn shown(browser: &Browser, page: &str) -> Option<String> {
    let body = browser.visit(page).await.body;
    let (_, rest) = body.split_once("id=\"client-secret\"")?;
    let (_, secret) = rest.split_once('>')?;
    Some(secret.split('<').next().unwrap().to_owned())
}

/// Waits until the client gets a token with this secret, or does not: a program knows of a change within seconds.
async fn takes(app: &App, secret: &str, expected: bool) {
    let form = [("grant_type", "client_credentials")];
    for _ in 0..100 {
        let answer = send(app, "/oauth2/token", &basic("robot", secret), &form).await;
        if (answer.status == StatusCode::OK) == expected {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it is not {expected} that the secret is taken");
}

#[tokio::test]
async fn s_key_5_a_client_is_registered_by_page_and_its_secret_shown_to_who_did_it_and_for_minutes() {
    let app = App::start().await;
    let (admin, _) = signed_in(&app, "haneul", &[Role::ADMIN]).await;
    let (other, _) = signed_in(&app, "minji", &[Role::ADMIN]).await;
    let right = [
        ("id", "robot"),
        ("name", "로봇"),
        ("grants", "client_credentials"),
        ("scopes", "read"),
        ("auth", "client_secret_basic"),
        ("access_seconds", "60"),
        ("reason", "문의 1"),
    ];
    let with = |name: &'static str, value: &'static str| {
        right.map(|(field, typed)| if field == name { (field, value) } else { (field, typed) })
    };
    for (field, value) in
        [("id", "a b"), ("grants", "password"), ("access_seconds", "long"), ("scopes", "openid admin")]
    {
        let refused = admin.submit(FORM, &with(field, value)).await;
        assert!(refused.location().starts_with("/admin/clients?draft="), "{field}: {}", refused.location());
        let page = admin.visit(refused.location()).await;
        assert_eq!(page.status, 400, "{field}");
        let at_field = format!("id=\"new-{field}-error\"");
        assert!(
            page.body.contains(&at_field) && page.body.contains("value=\"로봇\""),
            "{field}: {}",
            page.body
        );
    }
    let led = admin.submit(FORM, &right).await;
    let page = led.location().to_owned();
    assert!(page.starts_with("/admin/clients/robot?notice=client_added&secret="), "{page}");
    let secret = shown(&admin, &page).await.unwrap();
    assert!(!page.contains(&secret));
    takes(&app, &secret, true).await;
    assert_eq!(shown(&other, &page).await, None, "who made it sees it");
    assert_eq!(shown(&admin, &page.replace("robot", "portal-client")).await, None);
    assert_eq!(shown(&admin, "/admin/clients/robot").await, None);
    let twice = admin.submit(FORM, &right).await;
    assert!(admin.visit(twice.location()).await.body.contains("id=\"new-id-error\""));
    app.advance(Duration::from_mins(11));
    app.sign_in(&admin, "google", "haneul").await;
    assert_eq!(shown(&admin, &page).await, None, "for ten minutes");
    app.stop().await;
}

#[tokio::test]
async fn s_key_5_a_secret_is_replaced_by_page_and_the_older_one_ends_when_it_is_told_to() {
    let app = App::start().await;
    let (admin, _) = signed_in(&app, "haneul", &[Role::ADMIN]).await;
    let new = [("id", "robot"), ("grants", "client_credentials"), ("reason", "문의 1")];
    let first = shown(&admin, admin.submit(FORM, &new).await.location()).await.unwrap();
    let until = "까지 쓸 수 있어요";
    assert!(!admin.visit("/admin/clients/robot").await.body.contains(until));
    let refused = admin.submit(ROTATE, &[("retire", "true"), ("reason", " ")]).await;
    let page = admin.visit(refused.location()).await.body;
    assert!(page.contains("id=\"rotate-reason-error\"") && !page.contains("id=\"remove-reason-error\""));
    let led = admin.submit(ROTATE, &[("reason", "문의 2")]).await.location().to_owned();
    let second = shown(&admin, &led).await.unwrap();
    assert!(admin.visit("/admin/clients/robot").await.body.contains(until));
    takes(&app, &second, true).await;
    takes(&app, &first, true).await;
    let led = admin.submit(ROTATE, &[("retire", "true"), ("reason", "문의 3")]).await.location().to_owned();
    assert_eq!(led, "/admin/clients/robot?notice=client_secrets_ended");
    assert!(!admin.visit(&led).await.body.contains(until));
    takes(&app, &first, false).await;
    takes(&app, &second, true).await;
    let led = admin.submit("/api/admin/clients/robot/remove", &[("reason", "문의 4")]).await;
    assert_eq!(led.location(), "/admin/clients?notice=client_removed");
    takes(&app, &second, false).await;
    app.stop().await;
}
