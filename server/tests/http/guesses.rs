//! Codes that are guessed from everywhere.

use reqwest::Method;
use serde_json::json;

use crate::accounts::{EMAIL, PASSWORD, post, sign_up};
use crate::app::App;
use crate::authenticator::Careful;

#[tokio::test]
async fn s_rate_1_a_thousand_guesses_from_a_thousand_networks_are_ten() {
    let app = App::with(&[("DAEMUN_LIMITS__TRUSTED_PROXIES", "127.0.0.1")]).await;
    let careful = Careful::become_one(&app).await;
    let sends = async |n: usize, path: &str, form: &[(&str, &str)], browser: &testkit::Browser| {
        let address = format!("2001:db8:{n:x}::1");
        let headers = [
            ("sec-fetch-site", "same-origin"),
            ("sec-fetch-mode", "navigate"),
            ("x-forwarded-for", address.as_str()),
        ];
        browser.send(Method::POST, path, &headers, Some(form)).await
    };
    let (mut guesses, mut browser) = (0, app.browser());
    for n in 1..=1_000 {
        // Five tries for each sign-in.
        if n % 5 == 1 {
            browser = app.browser();
            let form = [("email", EMAIL), ("password", PASSWORD), ("return_to", "/me")];
            let asked = sends(n, "/api/auth/signin/password", &form, &browser).await;
            let is_over = asked.location().contains("error=too_many_tries");
            assert!(asked.location() == "/oauth/second" || is_over, "{n}: {}", asked.location());
        }
        sends(n, "/api/auth/signin/second", &[("code", "000000")], &browser).await;
        guesses += 1;
        assert_eq!(browser.cookie("daemun"), None, "{n}");
    }
    let mut reader = app.database.read().await.unwrap();
    let row = db::query("SELECT wrong FROM totp_seeds").fetch_one(&mut *reader).await.unwrap();
    assert_eq!((guesses, db::Row::get::<i64, _>(&row, 0)), (1_000, 10), "so many were looked at");
    drop(reader);
    app.advance(std::time::Duration::from_mins(61));
    careful.sign_in(&app).await;
}

/// Only guesses are limited: a member who signs in often has made none.
#[tokio::test]
async fn s_rate_1_right_passwords_use_up_no_limit_and_wrong_ones_do() {
    for app in App::both().await {
        sign_up(&app).await;
        let login = async |password: &str| {
            post(&app, "/auth/login", json!({"email": EMAIL, "password": password})).await.status
        };
        for n in 0..45 {
            assert_eq!(login(PASSWORD).await, 200, "{n}");
        }
        for n in 0..10 {
            assert_eq!(login("another password than theirs").await, 401, "{n}");
        }
        assert_eq!(login(PASSWORD).await, 429);
        app.stop().await;
    }
}
