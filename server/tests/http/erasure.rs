//! What is left of a member who was erased.

use std::time::Duration;

use reqwest::Method;

use crate::accounts::{EMAIL, PASSWORD, log_in, sign_up};
use crate::app::App;

const DAY: Duration = Duration::from_hours(24);
const AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64) AgentOfTheErased/7.0";

#[tokio::test]
async fn nothing_is_left_of_an_erased_member_but_what_the_readme_names() {
    for app in App::both().await {
        sign_up(&app).await;
        log_in(&app).await;
        let browser = app.browser();
        let headers = [("sec-fetch-site", "same-origin"), ("user-agent", AGENT)];
        let submit = async |path: &str, form: &[(&str, &str)]| {
            browser.send(Method::POST, path, &headers, Some(form)).await
        };
        submit(
            "/api/auth/signin/password",
            &[("email", EMAIL), ("password", "a wrong one, and long enough")],
        )
        .await;
        let form = [("email", EMAIL), ("password", PASSWORD), ("return_to", "/me")];
        assert_eq!(submit("/api/auth/signin/password", &form).await.location(), "/me");
        let id = browser.fetch("/api/auth/session").await.json()["user"]["id"].as_str().unwrap().to_owned();
        let leaves = submit("/api/auth/link/naver", &[]).await;
        let back = app.provider.agree(leaves.location(), "minji").await;
        assert_eq!(browser.visit(&back).await.status, 303);
        submit("/api/users/password/forgot", &[("email", EMAIL)]).await;
        let linked = browser.fetch("/api/users/me/identities").await.body;
        let subject = subject_of(&app).await;
        assert!(linked.contains("naver"), "{linked}");
        app.settled().await;
        let known = [id.as_str(), EMAIL, "하늘", "127.0.0.0/24", AGENT, subject.as_str()];
        let before = app.database.dump().await;
        assert!(
            known.iter().all(|word| before.contains(word)),
            "the test looks for what was there: {known:?}"
        );

        assert_eq!(submit("/api/users/me/delete", &[]).await.status, 303);
        app.settled().await;
        app.advance(DAY * 7);
        app.clean().await;
        let after = app.database.dump().await;
        for word in known {
            let left: Vec<_> = after
                .lines()
                .filter(|line| line.contains(word))
                // The README: a grant until the provider has confirmed its end, and that the account was erased.
                .filter(|line| !line.contains("|provider-unlink|") && !line.contains("|account_erased|"))
                .collect();
            assert!(left.is_empty(), "{word}: {left:#?}");
        }
        for table in ["seen_places", "refresh_families", "mailbox_mails", "outbox_", "bus_d"] {
            assert!(!after.lines().any(|line| line.starts_with(table)), "{table}: {after}");
        }
        assert!(!after.contains("|mail|"), "{after}");
        assert!(!after.contains("sessions|"), "{after}");
        app.stop().await;
    }
}

/// The only linked identity's subject.
async fn subject_of(app: &App) -> String {
    use db::Row as _;
    let mut reader = app.database.read().await.unwrap();
    let row = db::query("SELECT subject FROM identities").fetch_one(&mut *reader).await.unwrap();
    row.get(0)
}
