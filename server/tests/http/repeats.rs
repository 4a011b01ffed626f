//! Steps that count once, taken twice: a browser that fetches ahead, a reload, an answer that got lost (decision 40).

use std::time::Duration;

use serde_json::json;
use testkit::Answer;

use crate::accounts::{EMAIL, PASSWORD, mail, post, sign_up, token};
use crate::app::{App, PROVIDERS};

fn session_cookie(answer: &Answer) -> Option<String> {
    let line = answer.cookies().into_iter().find(|line| line.starts_with("daemun="))?;
    Some(line.split(';').next().unwrap().to_owned())
}

/// How many codes the provider was shown.
async fn codes_shown(app: &App, provider: &str) -> usize {
    app.provider.requests(provider).await.iter().filter(|request| request["at"] == "token").count()
}

async fn sessions(app: &App) -> i64 {
    use db::Row as _;
    let mut reader = app.database.read().await.unwrap();
    db::query("SELECT COUNT(*) FROM sessions").fetch_one(&mut *reader).await.unwrap().get(0)
}

#[tokio::test]
async fn s_up_1_the_same_callback_in_its_browser_is_answered_with_the_same_session() {
    for app in App::both().await {
        for provider in PROVIDERS {
            let browser = app.browser();
            let callback = app.until_callback(&browser, provider, "minji").await;
            let before = (codes_shown(&app, provider).await, sessions(&app).await);
            let first = browser.visit(&callback).await;
            app.advance(Duration::from_secs(5));
            let again = browser.visit(&callback).await;
            assert_eq!((again.status.as_u16(), again.location()), (303, "/me"), "{provider}");
            assert!(session_cookie(&first).is_some());
            assert_eq!(session_cookie(&again), session_cookie(&first), "{provider}");
            let after = (codes_shown(&app, provider).await, sessions(&app).await);
            assert_eq!(after, (before.0 + 1, before.1 + 1), "{provider}: once");
            assert!(app.is_signed_in(&browser).await);
        }
        app.stop().await;
    }
}

#[tokio::test]
async fn s_up_1_callbacks_that_arrive_at_once_share_one_session() {
    for app in App::both().await {
        let browser = app.browser();
        let callback = app.until_callback(&browser, "kakao", "minji").await;
        let answers = futures::future::join_all((0..12).map(|_| browser.visit(&callback))).await;
        let first = session_cookie(&answers[0]);
        for answer in &answers {
            assert_eq!((answer.status.as_u16(), answer.location()), (303, "/me"), "{}", answer.body);
            assert_eq!(session_cookie(answer), first);
        }
        assert_eq!((codes_shown(&app, "kakao").await, sessions(&app).await), (1, 1));
        app.stop().await;
    }
}

#[tokio::test]
async fn s_up_1_a_browser_that_does_not_wait_comes_in_at_its_next_try() {
    for app in App::both().await {
        let browser = app.browser();
        let callback = app.until_callback(&browser, "naver", "minji").await;
        app.provider.failure("naver", "token", "slow").await;
        let impatient = tokio::time::timeout(Duration::from_millis(300), browser.visit(&callback)).await;
        assert!(impatient.is_err(), "it went away while the provider was asked");
        let again = browser.visit(&callback).await;
        assert_eq!((again.status.as_u16(), again.location()), (303, "/me"), "{}", again.body);
        assert_eq!((codes_shown(&app, "naver").await, sessions(&app).await), (1, 1));
        assert!(app.is_signed_in(&browser).await);
        app.stop().await;
    }
}

#[tokio::test]
async fn s_up_1_2_a_spent_callback_is_refused_elsewhere_later_and_with_another_code() {
    for app in App::both().await {
        let (browser, stranger) = (app.browser(), app.browser());
        app.begin(&stranger, "google", "/").await;
        let callback = app.until_callback(&browser, "google", "minji").await;
        assert_eq!(browser.visit(&callback).await.status, 303);
        let binding = browser.cookie("daemun-login").unwrap();

        assert_eq!(stranger.visit(&callback).await.status, 400, "in another browser");
        let changed = format!("{callback}&scope=more");
        assert_eq!(browser.visit(&changed).await.status, 400, "not the same callback");
        let bare = app.browser();
        bare.plant("daemun-login", &binding);
        app.advance(Duration::from_secs(21));
        let late = bare.visit(&callback).await;
        assert_eq!((late.status.as_u16(), session_cookie(&late)), (400, None), "too late");
        assert_eq!(codes_shown(&app, "google").await, 1);

        let late = browser.visit(&callback).await;
        assert_eq!((late.status.as_u16(), session_cookie(&late)), (400, None));
        assert!(late.body.contains("이미 로그인되어 있어요"), "{}", late.body);
        assert!(app.is_signed_in(&browser).await, "and it stays");
        app.stop().await;
    }
}

#[tokio::test]
async fn s_cookie_6_a_sign_out_wins_over_a_callback_that_comes_again() {
    for app in App::both().await {
        let browser = app.browser();
        let callback = app.until_callback(&browser, "google", "minji").await;
        browser.visit(&callback).await;
        browser.submit("/api/auth/signout", &[]).await;
        let again = browser.visit(&callback).await;
        assert_eq!((again.status.as_u16(), session_cookie(&again)), (400, None));
        assert!(!app.is_signed_in(&browser).await);
        assert_eq!(sessions(&app).await, 0);
        app.stop().await;
    }
}

#[tokio::test]
async fn s_up_14_a_login_that_was_cancelled_says_so_again_and_is_spent() {
    for app in App::both().await {
        let browser = app.browser();
        let authorize = app.begin(&browser, "kakao", "/me").await;
        let cancelled = app.provider.cancel(&authorize).await;
        for _ in 0..2 {
            let answer = browser.visit(&cancelled).await;
            assert_eq!(answer.location(), "/oauth/login?error=access_denied&return_to=%2Fme");
        }
        let state = cancelled.split('&').find(|pair| pair.contains("state=")).unwrap();
        let state = state.rsplit('?').next().unwrap();
        let tried = browser.visit(&format!("/api/auth/callback/kakao?code=x&{state}")).await;
        assert_eq!(tried.status, 400, "the state works no longer");
        assert_eq!(codes_shown(&app, "kakao").await, 0);
        app.stop().await;
    }
}

#[tokio::test]
async fn s_bff_5_a_page_with_a_korean_name_is_come_back_to() {
    let app = App::start().await;
    for (wanted, arrives) in [
        ("/members/홍길동", "/members/%ED%99%8D%EA%B8%B8%EB%8F%99"),
        ("/members/%ED%99%8D?q=대문", "/members/%ED%99%8D?q=%EB%8C%80%EB%AC%B8"),
        ("/oauth/login?return_to=/me", "/me"),
        ("/oauth/login", "/"),
        ("/api/auth/signout", "/"),
        ("/／evil.example", "/"),
    ] {
        let browser = app.browser();
        let authorize = app.begin(&browser, "google", wanted).await;
        let answer = browser.visit(&app.provider.agree(&authorize, "minji").await).await;
        assert_eq!(answer.location(), arrives, "{wanted}");
    }
}

#[tokio::test]
async fn who_is_signed_in_is_sent_on_from_the_pages_where_one_signs_in() {
    let app = App::start().await;
    let browser = app.browser();
    assert_eq!(browser.open("/oauth/login?return_to=/me").await.status, 200, "nobody is there yet");
    app.sign_in(&browser, "google", "minji").await;
    for (page, onward) in [
        ("/oauth/login?return_to=%2Fme%2Fsessions", "/me/sessions"),
        ("/oauth/login?return_to=/members/%ED%99%8D", "/members/%ED%99%8D"),
        ("/oauth/login?return_to=//evil.example", "/"),
        ("/oauth/login?return_to=%2Foauth%2Flogin", "/"),
        ("/oauth/login?return_to=%2Fsignup", "/"),
        ("/oauth/login?error=session_ended&return_to=/me", "/me"),
        ("/signup?return_to=/me", "/me"),
    ] {
        let answer = browser.open(page).await;
        assert_eq!((answer.status.as_u16(), answer.location()), (303, onward), "{page}");
    }
    for page in
        ["/oauth/login?error=sign_in_again&return_to=/me/account", "/oauth/login?notice=mailbox_proven"]
    {
        assert_eq!(browser.open(page).await.status, 200, "{page}: it has something to say");
    }
    for page in ["/oauth/login", "/signup"] {
        assert_eq!(browser.open(page).await.status, 200, "{page}: one may change the account");
    }
    browser.submit("/api/auth/signout", &[]).await;
    browser.plant("daemun", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    assert_eq!(
        browser.open("/oauth/login?return_to=/me").await.status,
        200,
        "a dead cookie goes round in no circle"
    );
}

#[tokio::test]
async fn a_language_is_chosen_on_the_page_where_one_is() {
    let app = App::start().await;
    for (here, back) in [
        ("/oauth/login?return_to=%2Fme", "/oauth/login?return_to=%2Fme"),
        ("/signup", "/signup"),
        ("/members/홍", "/members/%ED%99%8D"),
        ("/api/auth/signout", "/"),
        ("//evil.example", "/"),
    ] {
        let form = [("language", "en"), ("return_to", here)];
        assert_eq!(app.browser().submit("/api/language", &form).await.location(), back);
    }
}

#[tokio::test]
async fn a_strangers_draft_fills_nobodys_form() {
    let app = App::start().await;
    let (stranger, victim) = (app.browser(), app.browser());
    let typed = [("email", "stranger@evil.example"), ("nickname", "x"), ("password", "short")];
    let refused = stranger.submit("/api/users/signup", &typed).await;
    assert!(stranger.open(refused.location()).await.body.contains("stranger@evil.example"));
    for page in ["/signup", "/oauth/login", "/password/forgot", "/password/reset", "/email/verify"] {
        let lure = refused.location().replacen("/signup", page, 1);
        let drawn = victim.open(&lure).await;
        assert_eq!(drawn.status, 200, "{page}: the form comes up empty");
        assert!(!drawn.body.contains("stranger@evil.example"), "{page}");
        if page != "/signup" {
            assert!(
                !stranger.open(&lure).await.body.contains("stranger@evil.example"),
                "{page}: another form's"
            );
        }
    }
}

#[tokio::test]
async fn s_mail_2_a_form_of_a_mail_is_answered_again_in_the_browser_that_opened_it() {
    for app in App::both().await {
        let (browser, stranger) = (app.browser(), app.browser());
        let wish = json!({"email": EMAIL, "password": PASSWORD, "nickname": "하늘"});
        assert_eq!(post(&app, "/api/users/signup", wish).await.status, 201);
        let proof = token(&mail(&app, EMAIL, "/email/verify").await);
        browser.open(&format!("/email/verify?token={proof}")).await;
        stranger.open(&format!("/email/verify?token={proof}")).await;
        for _ in 0..2 {
            let done = browser.submit("/api/users/signup/prove", &[("token", &proof)]).await;
            assert_eq!(done.location(), "/oauth/login?notice=mailbox_proven");
        }
        for other in [&stranger, &app.browser()] {
            let refused = other.submit("/api/users/signup/prove", &[("token", &proof)]).await;
            assert_eq!(other.open(refused.location()).await.status, 400, "{}", refused.location());
        }
        assert_eq!(post(&app, "/api/users/signup/prove", json!({"token": proof})).await.status, 400);
        app.advance(Duration::from_secs(21));
        let late = browser.submit("/api/users/signup/prove", &[("token", &proof)]).await;
        assert_eq!(browser.open(late.location()).await.status, 400);
        app.stop().await;
    }
}

#[tokio::test]
async fn a_deletion_whose_answer_was_lost_is_answered_again() {
    for app in App::both().await {
        let browser = app.browser();
        app.sign_in(&browser, "google", "minji").await;
        browser.open("/me/account").await;
        for _ in 0..2 {
            let answer = browser.submit("/api/users/me/delete", &[]).await;
            assert_eq!(answer.location(), "/oauth/login?notice=deletion_scheduled");
        }
        let stranger = app.browser().submit("/api/users/me/delete", &[]).await;
        assert_eq!(stranger.location(), "/oauth/login?error=session_ended&return_to=%2Fme%2Faccount");
        app.stop().await;
    }
}

#[tokio::test]
async fn the_mail_of_a_deletion_has_a_link_that_keeps_the_account() {
    for app in App::both().await {
        sign_up(&app).await;
        let browser = app.browser();
        let form = [("email", EMAIL), ("password", PASSWORD), ("return_to", "/me/account")];
        browser.submit("/api/auth/signin/password", &form).await;
        browser.submit("/api/users/me/delete", &[]).await;
        let proof = token(&mail(&app, EMAIL, "/account/keep").await);
        let reader = app.browser();
        for _ in 0..3 {
            let page = reader.open(&format!("/account/keep?token={proof}")).await;
            assert_eq!(page.status, 200, "S-MAIL-6: opening it changes nothing");
            assert!(page.body.contains("계정 유지하기") && page.body.contains(&proof));
        }
        for _ in 0..2 {
            let kept = reader.submit("/api/users/deletion/cancel", &[("token", &proof)]).await;
            assert_eq!(kept.location(), "/oauth/login?notice=account_kept");
        }
        assert!(!app.is_signed_in(&reader).await, "nobody is signed in by it");
        let other = app.browser();
        let spent = other.submit("/api/users/deletion/cancel", &[("token", &proof)]).await;
        let page = other.open(spent.location()).await;
        assert_eq!(page.status, 400);
        assert!(
            page.body.contains("role=\"alert\"") && page.body.contains("/password/forgot"),
            "{}",
            page.body
        );
        app.advance(Duration::from_hours(24 * 8));
        browser.submit("/api/auth/signin/password", &form).await;
        assert!(app.is_signed_in(&browser).await);
        app.stop().await;
    }
}

#[tokio::test]
async fn quirk_33_the_login_page_shows_the_way_out_of_an_app() {
    let app = App::start().await;
    let page = async |agent: &str| {
        let headers = [("user-agent", agent), ("accept", "text/html")];
        app.browser().send(reqwest::Method::GET, "/oauth/login?return_to=/me", &headers, None).await.body
    };
    let android =
        page("Mozilla/5.0 (Linux; Android 15; wv) AppleWebKit/537.36 Chrome/140.0 Instagram 380.0").await;
    let intent = "intent://localhost:3000/oauth/login?return_to=%2Fme#Intent;scheme=http;";
    assert!(android.contains(intent), "{android}");
    let iphone =
        page("Mozilla/5.0 (iPhone; CPU iPhone OS 18_5) AppleWebKit/605 Mobile/15E148 Instagram 380.0").await;
    assert!(
        iphone.contains("Safari로 열기")
            && iphone.contains("http://localhost:3000/oauth/login?return_to=%2Fme")
    );
    let proper = page("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36").await;
    assert!(!proper.contains("way-out"));
}

#[tokio::test]
async fn a_member_who_sends_a_form_of_their_own_again_hears_that_it_is_done() {
    const OTHER: &str = "이제는 다른 문장을 쓰기로 했습니다";
    for app in App::both().await {
        sign_up(&app).await;
        let browser = app.browser();
        let form = [("email", EMAIL), ("password", PASSWORD), ("return_to", "/me/security")];
        browser.submit("/api/auth/signin/password", &form).await;
        browser.open("/me/security").await;
        let before = browser.cookie("daemun").unwrap();
        let change = async |new| {
            let fields = [("current_password", PASSWORD), ("password", new)];
            browser.submit("/api/users/me/password", &fields).await.location().to_owned()
        };
        assert_eq!(change(OTHER).await, "/me/security?notice=password_replaced");
        // The answer with the new cookie never arrived.
        browser.plant("daemun", &before);
        assert_eq!(change(OTHER).await, "/oauth/login?notice=password_changed");
        assert_eq!(change(PASSWORD).await, "/oauth/login?error=session_ended&return_to=%2Fme%2Fsecurity");

        let person = app.browser();
        app.sign_in(&person, "google", "minji").await;
        let leave = person.submit("/api/auth/link/naver", &[]).await;
        person.visit(&app.provider.agree(leave.location(), "haneul").await).await;
        let ways = person.fetch("/api/users/me/identities").await.json();
        let ways = ways["data"].as_array().unwrap().clone();
        let naver = ways.iter().find(|way| way["method"] == "naver").unwrap()["id"].as_str().unwrap();
        for _ in 0..2 {
            let answer = person.submit("/api/users/me/identities/unlink", &[("way", naver)]).await;
            assert_eq!(answer.location(), "/me/security?notice=unlinked");
        }
        // The next member in this browser never had it, and is not told that it is gone.
        app.sign_in(&person, "kakao", "haneul").await;
        let answer = person.submit("/api/users/me/identities/unlink", &[("way", naver)]).await;
        assert_eq!(answer.location(), "/me/security?notice=already_gone", "as for any id of nobody");
        app.stop().await;
    }
}
