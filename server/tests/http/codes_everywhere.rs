//! Every path that makes a session or a token, for a member with one-time codes.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use server::compose;
use testkit::Browser;
use url::Url;
use web::PublicOrigin;

use crate::accounts::{EMAIL, PASSWORD, call, mail, post, token};
use crate::app::App;
use crate::authenticator::{Careful, OTHER, by_password, second};
use crate::portal::{CLIENTS, authorize, told};

#[tokio::test]
async fn s_acc_16_no_way_in_skips_the_code() {
    for app in App::both_configured(CLIENTS).await {
        let careful = Careful::become_one(&app).await;
        let linked = careful.sign_in(&app).await;
        let departs = linked.submit("/api/auth/link/kakao", &[]).await;
        let callback = app.provider.agree(departs.location(), "minji").await;
        assert!(linked.visit(&callback).await.location().contains("notice=linked"));
        let nobody = async |browser: &Browser, way: &str| {
            assert!(!app.is_signed_in(browser).await, "{way}");
        };

        let browser = app.browser();
        assert_eq!(by_password(&browser, PASSWORD).await.location(), "/oauth/second");
        nobody(&browser, "the login page").await;

        let reply = post(&app, "/auth/login", json!({"email": EMAIL, "password": PASSWORD})).await;
        assert_eq!(reply.code(), (401, "SECOND_FACTOR_NEEDED"));
        assert_eq!(reply.body["data"], Value::Null);

        let browser = app.browser();
        let callback = app.until_callback(&browser, "kakao", "minji").await;
        assert_eq!(browser.visit(&callback).await.location(), "/oauth/second");
        nobody(&browser, "a provider").await;
        assert_eq!(browser.visit(&callback).await.location(), "/oauth/second", "the same callback again");
        nobody(&browser, "a provider, repeated").await;
        assert_eq!(second(&browser, &careful.authenticator.next_code(&app)).await.location(), "/me");
        assert!(app.is_signed_in(&browser).await, "with the code");

        let browser = app.browser();
        browser.submit("/api/users/password/forgot", &[("email", EMAIL)]).await;
        let proof = token(&mail(&app, EMAIL, "/password/reset").await);
        let reset =
            browser.submit("/api/users/password/reset", &[("token", &proof), ("password", OTHER)]).await;
        assert_eq!(reset.location(), "/oauth/login?notice=password_changed");
        nobody(&browser, "a reset (S-MAIL-10)").await;
        assert_eq!(
            by_password(&browser, OTHER).await.location(),
            "/oauth/second",
            "nor does the new password"
        );
        nobody(&browser, "a new password").await;

        let waiting = browser.visit(&authorize(&[])).await;
        assert!(waiting.location().starts_with("/oauth/login?"), "{}", waiting.location());
        let silent = told(&browser.visit(&authorize(&[("prompt", "none")])).await);
        assert_eq!(silent["error"], "login_required");
        assert!(browser.open("/device").await.location().starts_with("/oauth/login"));
        assert_eq!(browser.submit("/api/auth/link/naver", &[]).await.status, 303);
        assert_eq!(browser.open("/me").await.location(), "/oauth/login?return_to=%2Fme");

        let wish = json!({"email": EMAIL, "password": OTHER, "nickname": "하늘"});
        assert_eq!(post(&app, "/api/users/signup", wish).await.code(), (409, "AUTH_EMAIL_DUPLICATE"));
        app.stop().await;
    }
}

/// What is stored of the member who is signed in, in browsers and apps.
async fn begun(app: &App) -> Vec<i64> {
    let mut counts = Vec::new();
    for count in ["SELECT COUNT(*) FROM sessions", "SELECT COUNT(*) FROM refresh_families"] {
        let mut reader = app.database.read().await.unwrap();
        counts.push(db::Row::get(&db::query(count).fetch_one(&mut *reader).await.unwrap(), 0));
    }
    counts
}

/// The routes are those of the program, so that one that is added later is tried as well.
#[tokio::test]
async fn s_acc_16_no_route_of_the_program_lets_in_who_has_shown_the_password_alone() {
    let app = App::configured(CLIENTS).await;
    Careful::become_one(&app).await;
    let before = begun(&app).await;
    let table = compose::table(&PublicOrigin::of(&Url::parse("http://localhost:3000").unwrap()));
    assert!(table.len() > 60, "{}", table.len());
    for entry in table {
        // Limits are not what keeps anybody out here.
        app.advance(Duration::from_mins(61));
        let login = json!({"email": EMAIL, "password": PASSWORD});
        let asked = post(&app, "/auth/login", login).await;
        let challenge = asked.body["error"]["challenge"].as_str().unwrap().to_owned();
        let browser = app.browser();
        assert_eq!(by_password(&browser, PASSWORD).await.location(), "/oauth/second");
        let path = entry.path.replace("{provider}", "google").replace("{*name}", "viewer");
        let method: Method = entry.method.parse().unwrap();
        let fields = [
            ("email", EMAIL),
            ("username", EMAIL),
            ("password", PASSWORD),
            ("code", "000000"),
            ("challenge", &challenge),
            ("token", &challenge),
            ("refresh_token", &challenge),
            ("grant_type", "password"),
            ("client_id", "portal-client"),
            ("return_to", "/me"),
        ];
        let form = (method == Method::POST).then_some(&fields[..]);
        for mode in ["navigate", "cors"] {
            let ours = [("sec-fetch-site", "same-origin"), ("sec-fetch-mode", mode)];
            let answer = browser.send(method.clone(), &path, &ours, form).await;
            assert!(!answer.body.contains("access_token\":"), "{path}: {}", answer.body);
        }
        let bodies = [
            json!({"email": EMAIL, "password": PASSWORD}),
            json!({"challenge": challenge, "code": "000000"}),
            json!({"refresh_token": challenge}),
        ];
        for body in bodies {
            let reply = call(&app, method.clone(), &path, Some(&challenge), Some(body)).await;
            assert_eq!(reply.body["data"]["access_token"], Value::Null, "{path}");
        }
        assert!(!app.is_signed_in(&browser).await, "{path}");
        assert_eq!(browser.cookie("daemun"), None, "{path}");
    }
    assert_eq!(begun(&app).await, before, "nothing has begun");
}
