//! What the pages of second steps and proofs keep and where they lead, and what a session is after them.

use std::time::Duration;

use testkit::{Browser, TestDatabase};

use crate::accounts::{EMAIL, PASSWORD, sign_up};
use crate::app::{App, configuration_of};
use crate::authenticator::{Careful, OTHER, by_password, second};

#[tokio::test]
async fn a_wrong_recovery_code_is_asked_for_again_with_what_was_ticked() {
    let app = App::start().await;
    Careful::become_one(&app).await;
    let browser = app.browser();
    by_password(&browser, PASSWORD).await;
    let form = [("code", "00000-00000"), ("with", "recovery"), ("remember", "1")];
    let refused = browser.submit("/api/auth/signin/second", &form).await;
    let page = browser.open(refused.location()).await;
    assert_eq!(page.status, 401);
    let page = page.body;
    assert!(page.contains("name=\"with\" value=\"recovery\""), "not for a code of the app: {page}");
    let tick = page.split("name=\"remember\"").nth(1).unwrap().split('>').next().unwrap();
    assert!(tick.contains("checked"), "{tick}");
}

#[tokio::test]
async fn only_a_sign_in_that_came_to_no_end_is_told_to_be_over() {
    let app = App::start().await;
    let careful = Careful::become_one(&app).await;
    let signed_in = careful.sign_in(&app).await;
    assert_eq!(signed_in.open("/oauth/second").await.location(), "/", "back after the code");
    assert_eq!(app.browser().open("/oauth/second").await.location(), "/oauth/login", "nothing was begun");

    let late = app.browser();
    by_password(&late, PASSWORD).await;
    app.advance(Duration::from_mins(5));
    let over = "/oauth/login?error=second_step_over&return_to=%2Fme";
    assert_eq!(late.open("/oauth/second").await.location(), over);
    let other = app.browser();
    let refused = second(&other, "000000").await;
    let over = "/oauth/login?error=second_step_over&return_to=%2F";
    assert_eq!(other.open(refused.location()).await.location(), over, "a code was refused");
}

#[tokio::test]
async fn s_acc_14_a_page_that_needs_a_factor_leads_who_has_none_to_where_one_is_set_up() {
    let echo = crate::echo::Echo::start().await;
    let toml = format!(
        "[[gateway.routes]]\npath = \"/api/b\"\nupstream = [\"{}\"]\nmethods = [\"GET\"]\nscope = \"read\"\nlevel = 2\n",
        echo.url()
    );
    let database = TestDatabase::sqlite().await;
    let config = configuration_of(&toml, &[]).unwrap();
    let app = App::launch(database.url().clone(), database, config, 7).await;
    sign_up(&app).await;
    let browser = app.browser();
    by_password(&browser, PASSWORD).await;
    let led = browser.open("/api/b").await;
    assert_eq!(led.location(), "/oauth/prove?return_to=%2Fapi%2Fb&level=2");
    let page = browser.open(led.location()).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("일회용 코드를 먼저 설정하고"), "{}", page.body);
    assert!(page.body.contains("href=\"/me/security#codes\""), "{}", page.body);
    assert!(!page.body.contains("action=\"/api/auth/prove\""), "no proof of theirs would do");
    let careful = Careful::turn_on(&app, &browser).await;
    assert_eq!(browser.open("/api/b").await.status, 200);

    // Who has codes and signed in without proves it on that page.
    let remembered = app.browser();
    by_password(&remembered, PASSWORD).await;
    let code = careful.authenticator.next_code(&app);
    remembered.submit("/api/auth/signin/second", &[("code", &code), ("remember", "1")]).await;
    remembered.submit("/api/auth/signout", &[]).await;
    assert_eq!(by_password(&remembered, PASSWORD).await.location(), "/me");
    let led = remembered.open("/api/b").await;
    let page = remembered.open(led.location()).await;
    assert!(page.body.contains("action=\"/api/auth/prove\""), "{}", page.body);
}

#[tokio::test]
async fn s_cookie_5_codes_and_proofs_give_a_session_another_secret() {
    for app in App::both().await {
        sign_up(&app).await;
        let browser = app.browser();
        by_password(&browser, PASSWORD).await;
        let is_dead = async |before: String, why: &str| {
            app.advance(Duration::from_secs(30));
            let thief = app.browser();
            thief.plant("daemun", &before);
            assert!(!app.is_signed_in(&thief).await, "{why}");
            assert!(app.is_signed_in(&browser).await, "{why}");
        };
        let handle = |browser: &Browser| browser.cookie("daemun").unwrap();
        let before = handle(&browser);
        let careful = Careful::turn_on(&app, &browser).await;
        is_dead(before, "codes were turned on").await;

        let before = handle(&browser);
        browser.submit("/api/auth/prove", &[("password", PASSWORD), ("return_to", "/me/security")]).await;
        let proven = second(&browser, &careful.authenticator.next_code(&app)).await;
        assert_eq!(proven.location(), "/me/security");
        is_dead(before, "a proof was given").await;

        let before = handle(&browser);
        browser.submit("/api/users/me/codes/remove", &[]).await;
        is_dead(before, "codes were turned off").await;
        app.stop().await;
    }
}

/// Status, headers and body, but for what differs between any two answers.
async fn whole(browser: &Browser, email: &str) -> String {
    let form = [("email", email), ("password", OTHER), ("return_to", "/me")];
    let answer = browser.submit("/api/auth/signin/password", &form).await;
    let mut lines = vec![answer.status.to_string(), answer.body.replace(email, "")];
    for (name, value) in &answer.headers {
        let value = match name.as_str() {
            "date" | "x-request-id" => "",
            _ => value.to_str().unwrap(),
        };
        let value = value.split("draft=").next().unwrap();
        // A new browser gets a binding of its own.
        let value = if name == "set-cookie" { value.split('=').next().unwrap() } else { value };
        lines.push(format!("{name}: {value}"));
    }
    lines.sort();
    lines.join("\n")
}

#[tokio::test]
async fn s_acc_6_a_wrong_password_is_answered_alike_with_and_without_codes() {
    let app = App::start().await;
    let unknown = whole(&app.browser(), "nobody@example.com").await;
    sign_up(&app).await;
    assert_eq!(whole(&app.browser(), EMAIL).await, unknown);
    let browser = app.browser();
    by_password(&browser, PASSWORD).await;
    Careful::turn_on(&app, &browser).await;
    assert_eq!(whole(&app.browser(), EMAIL).await, unknown);
}

#[tokio::test]
async fn s_key_3_recovery_codes_are_put_away_by_the_session_that_sees_them_alone() {
    let app = App::start().await;
    let careful = Careful::become_one(&app).await;
    let (owner, thief) = (careful.sign_in(&app).await, careful.sign_in(&app).await);
    owner.submit("/api/users/me/codes/recovery", &[]).await;
    let shown = async |browser: &Browser| browser.open("/me/security").await.body.contains("class=\"codes\"");
    assert!(shown(&owner).await && !shown(&thief).await);
    thief.submit("/api/users/me/codes/put-away", &[]).await;
    assert!(shown(&owner).await, "another session ends nothing");
    owner.submit("/api/users/me/codes/put-away", &[]).await;
    assert!(!shown(&owner).await);
}

/// A proxy of one's own asks for the same as a route of the gateway.
#[tokio::test]
async fn s_acc_14_a_proxy_asks_for_a_fresh_and_strong_proof() {
    let app = App::start().await;
    let careful = Careful::become_one(&app).await;
    let (strong, weak) = (careful.sign_in(&app).await, app.browser());
    app.sign_in(&weak, "google", "junho").await;
    let verify = async |browser: &Browser, query: &str| browser.fetch(&format!("/auth/verify?{query}")).await;
    for (browser, query, status) in [
        (&strong, "level=2&fresh=10m", 200),
        (&weak, "level=1&fresh=10m", 200),
        (&weak, "level=2", 401),
        (&weak, "level=2&role=ROLE_ADMIN", 403),
        (&strong, "level=3", 400),
        (&strong, "fresh=0m", 400),
        (&strong, "level=2&level=1", 400),
    ] {
        assert_eq!(verify(browser, query).await.status, status, "{query}");
    }
    let refused = verify(&weak, "level=2&fresh=10m").await;
    assert_eq!(refused.json()["error"]["code"], "STEP_UP_NEEDED");
    assert_eq!(
        refused.header("www-authenticate"),
        "Bearer realm=\"daemun\", error=\"insufficient_user_authentication\", acr_values=\"urn:daemun:acr:2\", \
         max_age=\"600\""
    );
    app.advance(Duration::from_mins(11));
    assert_eq!(verify(&strong, "level=2").await.status, 200);
    assert_eq!(verify(&strong, "fresh=10m").await.status, 401);
    browser_proves(&app, &strong, &careful).await;
    assert_eq!(verify(&strong, "fresh=10m").await.status, 200, "at once");
}

async fn browser_proves(app: &App, browser: &Browser, careful: &Careful) {
    browser.submit("/api/auth/prove", &[("password", PASSWORD), ("return_to", "/me")]).await;
    assert_eq!(second(browser, &careful.authenticator.next_code(app)).await.location(), "/me");
}
