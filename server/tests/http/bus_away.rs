//! The bus is away, and who was signed out is out all the same: the database decides (S-EVT-8).

use std::time::{Duration, Instant};

use db::{Row as _, query};
use serde_json::json;

use crate::accounts::{EMAIL, PASSWORD, call, log_in, post, sign_up};
use crate::app::App;
use crate::echo::Echo;

/// How soon a revocation holds on every replica (design 1.4).
const A_SECOND: Duration = Duration::from_secs(1);

const AWAY: &str = "ALTER TABLE bus_deliveries RENAME TO bus_deliveries_away";
const BACK: &str = "ALTER TABLE bus_deliveries_away RENAME TO bus_deliveries";

async fn alter(app: &App, statement: &'static str) {
    let mut tx = app.database.begin().await.unwrap();
    query(statement).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
}

async fn unpublished(app: &App) -> i64 {
    let mut reader = app.database.read().await.unwrap();
    let count = query("SELECT COUNT(*) FROM outbox_events WHERE published_at IS NULL");
    count.fetch_one(&mut *reader).await.unwrap().get(0)
}

#[tokio::test]
async fn s_evt_8_a_sign_out_everywhere_holds_within_a_second_without_the_bus() {
    let echo = Echo::start().await;
    let toml = format!(
        "master_keys = [\"{}\"]\n[[gateway.routes]]\npath = \"/orders/{{*rest}}\"\nupstream = [\"{}\"]\n\
         methods = [\"GET\"]\nscope = \"read\"\n",
        crate::token_actor::MASTER_KEY,
        echo.url()
    );
    let app = App::configured(&toml).await;
    let elsewhere = app.replica(&toml).await;
    sign_up(&app).await;
    app.settled().await;
    alter(&app, AWAY).await;

    let tokens = log_in(&app).await;
    let [here, there] = [app.browser(), elsewhere.browser()];
    let form = [("email", EMAIL), ("password", PASSWORD), ("return_to", "/me")];
    for browser in [&here, &there] {
        assert_eq!(browser.submit("/api/auth/signin/password", &form).await.location(), "/me");
        assert_eq!(browser.fetch("/orders/1").await.status, 200);
    }
    assert!(unpublished(&app).await > 0, "the bus is away: nothing is told");

    assert_eq!(here.submit("/api/auth/signout", &[("everywhere", "true")]).await.status, 303);
    let began = Instant::now();
    while there.fetch("/orders/1").await.status != 401 {
        assert!(began.elapsed() < A_SECOND, "still good at the other replica");
        tokio::task::yield_now().await;
    }
    let access = tokens["access_token"].as_str().unwrap();
    while call(&elsewhere, reqwest::Method::GET, "/orders/1", Some(access), None).await.status != 401 {
        assert!(began.elapsed() < A_SECOND, "the app's token is still good");
        tokio::task::yield_now().await;
    }
    for browser in [&here, &there] {
        assert_eq!(browser.fetch("/orders/1").await.status, 401);
        assert!(browser.fetch("/api/auth/session").await.json().is_null());
    }
    let refresh = json!({"refresh_token": tokens["refresh_token"]});
    assert_eq!(post(&elsewhere, "/auth/refresh", refresh).await.code(), (401, "AUTH_REFRESH_INVALID"));
    assert!(unpublished(&app).await > 0);

    alter(&app, BACK).await;
    // The relay pauses longer after each failure.
    app.advance(Duration::from_mins(2));
    app.settled().await;
}

#[tokio::test]
async fn s_evt_8_reuse_ends_a_family_without_the_bus() {
    for app in App::both().await {
        sign_up(&app).await;
        app.settled().await;
        alter(&app, AWAY).await;
        let first = log_in(&app).await;
        let body = |tokens: &serde_json::Value| json!({"refresh_token": tokens["refresh_token"]});
        let second = post(&app, "/auth/refresh", body(&first)).await.body["data"].clone();
        let third = post(&app, "/auth/refresh", body(&second)).await.body["data"].clone();
        assert_eq!(post(&app, "/auth/refresh", body(&first)).await.code(), (401, "AUTH_REFRESH_INVALID"));
        assert_eq!(post(&app, "/auth/refresh", body(&third)).await.code(), (401, "AUTH_REFRESH_INVALID"));
        alter(&app, BACK).await;
        app.stop().await;
    }
}
