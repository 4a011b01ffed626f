//! Where one is signed in, and ending it from another browser.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use testkit::Browser;

use crate::accounts::{EMAIL, PASSWORD, log_in, post, sign_up};
use crate::app::App;
use crate::authenticator::Careful;
use crate::factor_reset::number;

const WINDOWS: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36";
const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 \
    Mobile/15E148 Safari/604.1";

/// Somebody's browser, signed in, that calls itself `user_agent`.
async fn signed_in(app: &App, user: &str, user_agent: &str) -> Browser {
    let browser = app.browser();
    let callback = app.until_callback(&browser, "kakao", user).await;
    let headers = [("user-agent", user_agent), ("accept", "text/html"), ("sec-fetch-mode", "navigate")];
    let answer = browser.send(Method::GET, &callback, &headers, None).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    browser
}

/// The ids of the sessions that the page offers to end.
async fn offered(browser: &Browser) -> Vec<String> {
    let page = browser.open("/me/sessions").await;
    assert_eq!(page.status, 200);
    let ids = page.body.split("name=\"session\"").skip(1).filter_map(|rest| {
        let value = rest.split("value=\"").nth(1)?.split('"').next()?;
        (value != "others").then(|| value.to_owned())
    });
    ids.collect()
}

#[tokio::test]
async fn the_list_names_devices_in_words_and_one_can_be_ended() {
    for app in App::both().await {
        let here = signed_in(&app, "minji", WINDOWS).await;
        let phone = signed_in(&app, "minji", IPHONE).await;
        let page = here.open("/me/sessions").await.body;
        for words in ["Chrome · Windows", "Safari · iPhone", "이 서버와 같은 컴퓨터"] {
            assert!(page.contains(words), "{words}");
        }
        let [phones_id] = &offered(&here).await[..] else { panic!("one other") };
        let answer = here.submit("/api/auth/sessions/end", &[("session", phones_id)]).await;
        assert_eq!((answer.status.as_u16(), answer.location()), (303, "/me/sessions"));
        assert!(!app.is_signed_in(&phone).await, "at its next request");
        assert!(app.is_signed_in(&here).await);
        assert_eq!(offered(&here).await.len(), 0);
        let again = here.submit("/api/auth/sessions/end", &[("session", phones_id)]).await;
        assert_eq!(again.status, 303, "what has ended is not there");
        app.stop().await;
    }
}

#[tokio::test]
async fn all_others_can_be_ended_at_once() {
    for app in App::both().await {
        let here = signed_in(&app, "minji", WINDOWS).await;
        let (phone, neighbour) =
            (signed_in(&app, "minji", IPHONE).await, signed_in(&app, "junho", IPHONE).await);
        let answer = here.submit("/api/auth/sessions/end", &[("session", "others")]).await;
        assert_eq!(answer.status, 303);
        assert!(app.is_signed_in(&here).await && app.is_signed_in(&neighbour).await);
        assert!(!app.is_signed_in(&phone).await);
        app.stop().await;
    }
}

#[tokio::test]
async fn nobody_ends_the_session_of_somebody_else_and_garbage_is_refused_by_name() {
    let app = App::start().await;
    let (minji, junho) = (signed_in(&app, "minji", WINDOWS).await, signed_in(&app, "junho", IPHONE).await);
    let second = signed_in(&app, "junho", WINDOWS).await;
    let [junhos] = &offered(&second).await[..] else { panic!("one other") };
    assert_eq!(minji.submit("/api/auth/sessions/end", &[("session", junhos)]).await.status, 303);
    assert!(app.is_signed_in(&junho).await);
    for fields in [&[("session", "1")][..], &[("session", "")], &[]] {
        let answer = minji.submit("/api/auth/sessions/end", fields).await;
        assert_eq!(answer.status, 400, "{fields:?}");
    }
    let stranger = app.browser().submit("/api/auth/sessions/end", &[("session", junhos)]).await;
    assert!(stranger.location().starts_with("/oauth/login"), "{}", stranger.location());
    assert!(app.is_signed_in(&junho).await);
}

/// Signs somebody in who signed in with an app a thousand times after `first` and before now, as a script may; gives the ids of these
/// sign-ins, the one used last first.
async fn plant_apps(app: &App) -> Vec<String> {
    let mut ids = Vec::new();
    let mut tx = app.database.begin().await.unwrap();
    for n in 0..1_000_u32 {
        let id = format!("00000000-0000-7000-8000-{n:012}");
        let hash: Vec<u8> = n.to_be_bytes().repeat(8);
        let plant = "INSERT INTO refresh_families (id, handle_hash, subject, session_id, client_id, scope, current_hash, \
            rotated_at, started_at, expires_at, idle_at, end_reason) SELECT ?, ?, subject, ?, client_id, scope, ?, \
            rotated_at + ?, started_at, expires_at, idle_at, end_reason FROM refresh_families ORDER BY rotated_at LIMIT 1";
        let plant = db::query(plant).bind(id.clone()).bind(hash.clone()).bind(id.clone()).bind(hash);
        plant.bind(i64::from(1_000 - n)).execute(&mut *tx).await.unwrap();
        ids.push(id);
    }
    tx.commit().await.unwrap();
    ids
}

#[tokio::test]
async fn of_more_than_a_thousand_apps_those_end_that_were_used_longest_ago_and_each_can_be_ended() {
    for app in App::both().await {
        sign_up(&app).await;
        let first = log_in(&app).await;
        let planted = plant_apps(&app).await;
        app.advance(Duration::from_mins(1));
        let last = log_in(&app).await;
        let living =
            "SELECT COUNT(*) FROM refresh_families WHERE client_id = 'daemun-app' AND ended_at IS NULL";
        assert_eq!(number(&app, living).await, 1_000);
        assert_eq!(number(&app, "SELECT COUNT(*) FROM refresh_families").await, 1_000, "and no row is left");
        for (tokens, status) in [(&first, 401), (&last, 200)] {
            let refresh = json!({"refresh_token": tokens["refresh_token"]});
            assert_eq!(post(&app, "/auth/refresh", refresh).await.status, status);
        }
        let here = app.browser();
        let form = [("email", EMAIL), ("password", PASSWORD), ("return_to", "/me")];
        here.submit("/api/auth/signin/password", &form).await;
        let unlisted = &planted[900];
        assert!(!offered(&here).await.contains(unlisted));
        here.submit("/api/auth/sessions/end", &[("session", unlisted)]).await;
        assert_eq!(number(&app, living).await, 999);
        app.stop().await;
    }
}

#[tokio::test]
async fn apps_are_listed_beside_browsers_and_ended_like_them() {
    for app in App::both().await {
        sign_up(&app).await;
        let here = app.browser();
        let form = [("email", EMAIL), ("password", PASSWORD), ("return_to", "/me")];
        assert_eq!(here.submit("/api/auth/signin/password", &form).await.location(), "/me");
        let neighbour = signed_in(&app, "junho", IPHONE).await;
        let (first, second) = (log_in(&app).await, log_in(&app).await);
        let page = here.open("/me/sessions").await.body;
        assert!(page.contains(">앱<") && page.contains("이 앱 로그아웃"), "{page}");
        assert_eq!(page.matches("id=\"app-").count(), 2);
        let ids = offered(&here).await;
        assert_eq!(ids.len(), 2);
        neighbour.submit("/api/auth/sessions/end", &[("session", &ids[0])]).await;
        assert_eq!(offered(&here).await.len(), 2, "not theirs");
        here.submit("/api/auth/sessions/end", &[("session", &ids[0])]).await;
        assert_eq!(offered(&here).await, ids[1..]);
        let mut lived = 0;
        for tokens in [&first, &second] {
            let refresh = json!({"refresh_token": tokens["refresh_token"]});
            lived += u32::from(post(&app, "/auth/refresh", refresh).await.status == 200);
        }
        assert_eq!(lived, 1);
        here.submit("/api/auth/sessions/end", &[("session", "others")]).await;
        assert_eq!(offered(&here).await.len(), 0);
        assert!(app.is_signed_in(&here).await && app.is_signed_in(&neighbour).await);
        app.stop().await;
    }
}

/// What ends and changes nothing leaves no row. Changes come to an end, and ending sessions does not: somebody who has stolen one could
/// use a limit up and keep its owner from ending it.
#[tokio::test]
async fn s_rate_1_what_changes_nothing_is_not_written_and_comes_to_an_end() {
    for app in App::both().await {
        let browser = app.browser();
        app.sign_in(&browser, "google", "minji").await;
        Careful::turn_on(&app, &browser).await;
        let mut answers = Vec::new();
        for _ in 0..40 {
            answers.push(browser.call("/api/users/me/codes/providers", &json!({})).await.status.as_u16());
            let ended = browser.submit("/api/auth/sessions/end", &[("session", "others")]).await;
            assert_eq!(ended.location(), "/me/sessions", "{answers:?}");
        }
        let allowed = answers.iter().filter(|status| **status == 200).count();
        assert!((20..=30).contains(&allowed), "{answers:?}");
        assert!(answers.ends_with(&[429, 429]), "{answers:?}");
        let ended = "SELECT COUNT(*) FROM audit_events WHERE kind = 'other_sessions_ended'";
        assert_eq!(number(&app, ended).await, 0);
        let changed = "SELECT COUNT(*) FROM audit_events WHERE kind = 'codes_not_asked_after_providers'";
        assert_eq!(number(&app, changed).await, 1, "the first time");
        app.advance(Duration::from_mins(5));
        assert_eq!(browser.call("/api/users/me/codes/providers", &json!({"ask": "1"})).await.status, 200);
        app.stop().await;
    }
}
