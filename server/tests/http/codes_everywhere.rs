//! Every path that makes a session or a token, for a member with one-time codes.

use serde_json::{Value, json};
use testkit::Browser;

use crate::accounts::{EMAIL, PASSWORD, mail, post, token};
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
