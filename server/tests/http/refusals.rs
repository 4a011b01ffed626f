//! What strangers send to be refused costs others nothing.

use crate::accounts::{EMAIL, sign_up};
use crate::app::App;

#[tokio::test]
async fn refused_callbacks_are_few_rows_and_repetitions_write_nothing() {
    for app in App::both().await {
        let browser = app.browser();
        app.begin(&browser, "google", "/").await;
        // One has no cookie, one has our cookie and somebody else's state, one has nothing that could be a state.
        let stranger = app.browser();
        let state = format!("/api/auth/callback/google?code=x&state={}", "A".repeat(43));
        let refuse = async || {
            assert_eq!(browser.visit(&state).await.status, 400);
            assert_eq!(stranger.visit(&state).await.status, 400);
            assert_eq!(browser.visit("/api/auth/callback/google?code=x&state=nonsense").await.status, 400);
        };
        refuse().await;
        app.flush_audit().await;
        let after_three = app.database.dump().await;
        for _ in 0..50 {
            refuse().await;
        }
        let lines = |dump: &str| dump.lines().filter(|line| line.starts_with("audit_events")).count();
        assert!(lines(&after_three) <= 3, "{after_three}");
        app.flush_audit().await;
        assert_eq!(lines(&app.database.dump().await), lines(&after_three));
        app.stop().await;
    }
}

#[tokio::test]
async fn a_flood_of_refusals_of_every_kind_is_a_handful_of_rows() {
    let app = App::start().await;
    sign_up(&app).await;
    let browser = app.browser();
    let before = app.database.dump().await.lines().filter(|line| line.starts_with("audit_events")).count();
    for _ in 0..9 {
        let password = "a wrong one, and long enough";
        for form in [
            [("email", EMAIL), ("password", password)],
            [("email", "no@example.com"), ("password", password)],
        ] {
            browser.submit("/api/auth/signin/password", &form).await;
        }
        browser.submit("/api/users/password/forgot", &[("email", "no@example.com")]).await;
        let token = "A".repeat(43);
        browser.submit("/api/users/password/reset", &[("token", &token), ("password", password)]).await;
        browser.submit("/api/users/signup/prove", &[("token", &token)]).await;
        browser.submit("/api/users/email/prove", &[("token", &token)]).await;
        let wish = [("email", EMAIL), ("password", "새벽 들판에 서 있는 허수아비"), ("nickname", "하늘")];
        browser.submit("/api/users/signup", &wish).await;
    }
    app.settled().await;
    app.flush_audit().await;
    let dump = app.database.dump().await;
    let rows: Vec<_> = dump.lines().filter(|line| line.starts_with("audit_events")).collect();
    assert!(rows.len() <= before + 7, "{} rows: {rows:#?}", rows.len());
}
