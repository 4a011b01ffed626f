//! What other services hear of a login.

use db::{Row as _, query};
use serde_json::Value;

use crate::app::App;

async fn told(app: &App) -> Vec<(String, Value)> {
    let mut reader = app.database.read().await.unwrap();
    let rows = query("SELECT topic, body FROM outbox_events ORDER BY sequence")
        .fetch_all(&mut *reader)
        .await
        .unwrap();
    let body = |row: &db::AnyRow| serde_json::from_str(&row.get::<String, _>(1)).unwrap();
    rows.iter().map(|row| (row.get(0), body(row))).collect()
}

#[tokio::test]
async fn the_first_login_tells_of_a_member_and_a_login_later_ones_of_a_login_each() {
    for app in App::both().await {
        let browser = app.browser();
        app.sign_in(&browser, "kakao", "minji").await;
        app.sign_in(&app.browser(), "kakao", "minji").await;
        let told = told(&app).await;
        let topics: Vec<_> = told.iter().map(|(topic, _)| topic.as_str()).collect();
        assert_eq!(topics, ["user-signup", "user-login", "user-login"]);
        let id = browser.fetch("/api/auth/session").await.json()["user"]["id"].clone();
        let sign_up = &told[0].1;
        assert_eq!(sign_up["eventType"], "USER_SIGNUP");
        assert_eq!(sign_up["payload"]["uuid"], id);
        assert_eq!(sign_up["payload"]["signupMethod"], "KAKAO");
        let login = &told[1].1["payload"];
        assert_eq!((&login["loginMethod"], &login["ipAddress"]), (&"KAKAO".into(), &"127.0.0.1".into()));
        app.stop().await;
    }
}

#[tokio::test]
async fn s_evt_1_a_login_that_came_to_nothing_tells_nothing() {
    let app = App::start().await;
    let browser = app.browser();
    let authorize = app.begin(&browser, "google", "/").await;
    browser.visit(&app.provider.cancel(&authorize).await).await;
    browser.visit("/api/auth/callback/google?code=x&state=y").await;
    assert_eq!(told(&app).await, []);
}
