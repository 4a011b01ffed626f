//! A browser session whose refresh is refused: it is over at once, and is not asked for again (S-BFF-11).

use std::time::Duration;

use db::{Row as _, query};
use reqwest::Method;

use crate::app::App;
use crate::echo::Echo;
use crate::token_actor::MASTER_KEY;

fn routes(echo: &Echo) -> String {
    format!(
        "master_keys = [\"{MASTER_KEY}\"]\n[[gateway.routes]]\npath = \"/orders/{{*rest}}\"\nupstream = [\"{}\"]\n\
         methods = [\"GET\"]\nscope = \"read\"\n",
        echo.url()
    )
}

async fn rows(app: &App, count: &'static str) -> i64 {
    let mut reader = app.database.read().await.unwrap();
    query(count).fetch_one(&mut *reader).await.unwrap().get(0)
}

#[tokio::test]
async fn s_bff_11_a_refused_refresh_ends_the_session_at_once_and_without_a_loop() {
    let echo = Echo::start().await;
    let app = App::configured(&routes(&echo)).await;
    let browser = app.browser();
    app.sign_in(&browser, "google", "minji").await;
    assert_eq!(browser.fetch("/orders/1").await.status, 200);
    // The family is gone, and no feed tells of it: only the next refresh finds out.
    let mut tx = app.database.begin().await.unwrap();
    query("DELETE FROM refresh_families").execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    app.advance(Duration::from_mins(3));

    let hits = echo.hits();
    let first = browser.fetch("/orders/1").await;
    assert_eq!(first.status, 401, "{}", first.body);
    assert_eq!(rows(&app, "SELECT COUNT(*) FROM sessions").await, 0, "the session is over");
    let written = rows(&app, "SELECT COUNT(*) FROM revocations").await;
    for _ in 0..5 {
        let again = browser.fetch("/orders/1").await;
        assert_eq!(again.status, 401);
        assert_eq!(
            again.cookies(),
            [] as [&str; 0],
            "a late answer takes no newer session's cookie away (decision 44)"
        );
    }
    assert_eq!(echo.hits(), hits);
    assert_eq!(rows(&app, "SELECT COUNT(*) FROM revocations").await, written, "nothing is tried again");
    assert_eq!(rows(&app, "SELECT COUNT(*) FROM refresh_families").await, 0);
    assert!(browser.fetch("/api/auth/session").await.json().is_null());
    let page = browser.send(
        Method::GET,
        "/orders/1",
        &[("accept", "text/html"), ("sec-fetch-mode", "navigate")],
        None,
    );
    let page = page.await;
    assert_eq!((page.status.as_u16(), page.location()), (303, "/oauth/login?return_to=%2Forders%2F1"));
    app.sign_in(&browser, "google", "minji").await;
    assert_eq!(browser.fetch("/orders/1").await.status, 200, "and signing in helps");
}
