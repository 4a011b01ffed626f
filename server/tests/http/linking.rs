//! Other sign-in methods, the end of an account, and what providers tell of it, through the whole program.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, Browser};

use crate::app::App;

/// Leaves to link, and agrees; gives the callback, not yet opened.
async fn until_linked(app: &App, browser: &Browser, provider: &str, user: &str) -> String {
    let answer = browser.submit(&format!("/api/auth/link/{provider}"), &[]).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    app.provider.agree(answer.location(), user).await
}

pub(crate) async fn link(app: &App, browser: &Browser, provider: &str, user: &str) -> Answer {
    let callback = until_linked(app, browser, provider, user).await;
    browser.visit(&callback).await
}

async fn signed_in(app: &App, provider: &str, user: &str) -> Browser {
    let browser = app.browser();
    app.sign_in(&browser, provider, user).await;
    browser
}

async fn id(browser: &Browser) -> String {
    let session = browser.fetch("/api/auth/session").await.json();
    session["user"]["id"].as_str().unwrap_or_default().to_owned()
}

pub(crate) async fn ways(browser: &Browser) -> Vec<Value> {
    let answer = browser.fetch("/api/users/me/identities").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["data"].as_array().unwrap().clone()
}

/// How many mails there are, once all are written.
async fn mails(app: &App) -> usize {
    app.settled().await;
    app.browser().fetch("/dev/mail").await.json().as_array().unwrap().len()
}

/// Waits until a provider was asked to end a grant: a worker does it, behind the requests.
async fn ended_at(app: &App, provider: &str) {
    for _ in 0..500 {
        let asked = app.provider.requests(provider).await;
        if asked.iter().any(|request| request["at"] == "revoke") {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{provider} was not told");
}

/// Delivers what a provider sends when `user` cuts the link there.
pub(crate) async fn deliver(app: &App, provider: &str, notice: &Value) -> u16 {
    let path = format!("/api/providers/{provider}/unlinked");
    let text = |pair: &Value, index: usize| pair[index].as_str().unwrap().to_owned();
    let form: Vec<_> =
        notice["form"].as_array().unwrap().iter().map(|pair| (text(pair, 0), text(pair, 1))).collect();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut request = client.post(app.site.join(&path).unwrap()).form(&form);
    if let Some(key) = notice["authorization"].as_str() {
        request = request.header("authorization", key);
    }
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn s_acc_14_a_member_links_a_provider_comes_in_by_it_and_unlinks_the_first() {
    for app in App::both().await {
        let here = signed_in(&app, "google", "minji").await;
        // The list is in the order of time.
        app.advance(Duration::from_secs(1));
        let answer = link(&app, &here, "naver", "minji").await;
        assert_eq!(
            (answer.status.as_u16(), answer.location()),
            (303, "/me/security?notice=linked&provider=naver")
        );
        let phone = signed_in(&app, "naver", "minji").await;
        assert_eq!(id(&phone).await, id(&here).await);
        let [google, naver] = &ways(&here).await[..] else { panic!("two ways") };
        assert_eq!((&google["method"], &naver["method"]), (&json!("google"), &json!("naver")));
        assert_eq!(google["removable"], true);

        let way = [("way", google["id"].as_str().unwrap())];
        let answer = phone.submit("/api/users/me/identities/unlink", &way).await;
        assert_eq!((answer.status.as_u16(), answer.location()), (303, "/me/security?notice=unlinked"));
        assert!(!app.is_signed_in(&here).await, "it was signed in by Google");
        assert!(app.is_signed_in(&phone).await);
        ended_at(&app, "google").await;
        let last = [("way", naver["id"].as_str().unwrap())];
        let answer = phone.submit("/api/users/me/identities/unlink", &last).await;
        assert_eq!(
            phone.open(answer.location()).await.status,
            409,
            "the last sign-in method stays: {}",
            answer.location()
        );
        assert_eq!(ways(&phone).await.len(), 1);
        assert_ne!(id(&signed_in(&app, "google", "minji").await).await, id(&phone).await, "somebody new");
        app.stop().await;
    }
}

#[tokio::test]
async fn who_unlinks_the_method_of_this_session_is_told_before_and_after() {
    let app = App::start().await;
    let here = signed_in(&app, "google", "minji").await;
    assert_eq!(link(&app, &here, "naver", "minji").await.status, 303);
    let page = here.open("/me/security").await.body;
    assert_eq!(page.matches("이 브라우저에서도 로그아웃돼요").count(), 1, "Google alone: {page}");
    let list = ways(&here).await;
    let google = list.iter().find(|way| way["method"] == "google").unwrap()["id"].as_str().unwrap();
    // The second one is sent again, because it was clicked twice.
    for _ in 0..2 {
        let answer = here.submit("/api/users/me/identities/unlink", &[("way", google)]).await;
        assert_eq!(answer.location(), "/oauth/login?notice=unlinked_here&return_to=%2Fme%2Fsecurity");
        let page = here.open(answer.location()).await.body;
        assert!(page.contains("이 브라우저에서도 로그아웃되었으니"), "{page}");
    }
    assert!(!app.is_signed_in(&here).await);
}

#[tokio::test]
async fn a_link_whose_answer_was_lost_is_answered_again_and_the_browser_stays_signed_in() {
    for app in App::both().await {
        let browser = signed_in(&app, "google", "minji").await;
        let callback = until_linked(&app, &browser, "naver", "haneul").await;
        let before = browser.cookie("daemun").unwrap();
        let linked = "/me/security?notice=linked&provider=naver";
        assert_eq!(browser.visit(&callback).await.location(), linked);
        let renewed = browser.cookie("daemun").unwrap();
        assert_ne!(renewed, before);
        // The answer never arrived: the browser still has the cookie of before.
        browser.plant("daemun", &before);
        assert!(!app.is_signed_in(&browser).await);
        assert_eq!(browser.visit(&callback).await.location(), linked);
        assert_eq!(browser.cookie("daemun").unwrap(), renewed);
        assert_eq!(ways(&browser).await.len(), 2);

        let stranger = app.browser();
        stranger.plant("daemun", &before);
        assert_eq!(
            stranger.visit(&callback).await.status,
            400,
            "it is bound to the browser, not to the cookie"
        );
        app.stop().await;
    }
}

#[tokio::test]
async fn s_up_13_a_link_that_ends_in_another_session_links_nothing() {
    for app in App::both().await {
        let browser = signed_in(&app, "google", "minji").await;
        let callback = until_linked(&app, &browser, "naver", "haneul").await;
        app.sign_in(&browser, "kakao", "junho").await;
        assert_eq!(browser.visit(&callback).await.status, 400);
        assert_eq!(ways(&browser).await.len(), 1);
        assert_eq!(ways(&signed_in(&app, "google", "minji").await).await.len(), 1);

        assert_eq!(link(&app, &browser, "naver", "haneul").await.status, 303);
        let other = signed_in(&app, "google", "minji").await;
        let told = mails(&app).await;
        let taken = link(&app, &other, "naver", "haneul").await;
        let back = "/me/security?error=identity_taken&provider=naver";
        assert_eq!((taken.status.as_u16(), taken.location()), (303, back), "it has a member");
        assert_eq!(ways(&other).await.len(), 1);
        let page = other.open(back).await.body;
        assert!(page.contains("이 네이버 계정은 이미 다른 회원에게 연결되어"), "{page}");
        assert_eq!(mails(&app).await, told, "nobody is told");
        let dump = app.database.dump().await;
        assert!(dump.lines().any(|line| line.contains("identity_linked") && line.contains("identity_taken")));
        app.stop().await;
    }
}

#[tokio::test]
async fn an_identity_of_somebody_else_is_409_to_a_program() {
    let app = App::start().await;
    signed_in(&app, "naver", "haneul").await;
    let browser = signed_in(&app, "google", "minji").await;
    let callback = until_linked(&app, &browser, "naver", "haneul").await;
    let answer = browser.send(Method::GET, &callback, &[("accept", "application/json")], None).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["error"]["code"]), (409, &json!("IDENTITY_TAKEN")));
}

#[tokio::test]
async fn s_cookie_5_a_link_renews_the_session_and_another_one_on_its_way_still_arrives() {
    for app in App::both().await {
        let (browser, thief) = (signed_in(&app, "google", "minji").await, app.browser());
        thief.plant("daemun", &browser.cookie("daemun").unwrap());
        let first = until_linked(&app, &browser, "naver", "minji").await;
        let second = until_linked(&app, &browser, "kakao", "minji").await;
        for callback in [&second, &first] {
            let answer = browser.visit(callback).await;
            assert!(answer.location().starts_with("/me/security?notice=linked&"), "{}", answer.location());
            assert!(!app.is_signed_in(&thief).await, "the cookie of before");
            thief.plant("daemun", &browser.cookie("daemun").unwrap());
        }
        assert_eq!(ways(&browser).await.len(), 3);
        app.stop().await;
    }
}

#[tokio::test]
async fn s_acc_14_linking_unlinking_and_deletion_want_a_fresh_sign_in() {
    let app = App::start().await;
    let stranger = app.browser().submit("/api/auth/link/naver", &[]).await;
    assert_eq!(stranger.location(), "/oauth/login?error=session_ended&return_to=%2Fme%2Fsecurity");
    let browser = signed_in(&app, "google", "minji").await;
    app.advance(Duration::from_secs(601));
    let answer = browser.submit("/api/auth/link/naver", &[]).await;
    assert_eq!(answer.location(), "/oauth/prove?return_to=%2Fme%2Fsecurity");
    let way = ways(&browser).await[0]["id"].as_str().unwrap().to_owned();
    for (path, fields) in
        [("/api/users/me/identities/unlink", &[("way", way.as_str())][..]), ("/api/users/me/delete", &[][..])]
    {
        let answer = browser.submit(path, fields).await;
        assert!(answer.location().starts_with("/oauth/prove?"), "{}", answer.location());
    }
    assert!(app.is_signed_in(&browser).await);
}

#[tokio::test]
async fn a_link_that_is_cancelled_or_fails_goes_back_to_where_it_began() {
    let app = App::start().await;
    let browser = signed_in(&app, "google", "minji").await;
    let answer = browser.submit("/api/auth/link/kakao", &[("return_to", "/me")]).await;
    let callback = app.provider.cancel(answer.location()).await;
    assert_eq!(browser.visit(&callback).await.location(), "/me?error=access_denied&provider=kakao");
    app.provider.failure("kakao", "token", "server-error").await;
    let answer = link(&app, &browser, "kakao", "minji").await;
    assert_eq!(answer.location(), "/me/security?error=provider_unavailable&provider=kakao");
    assert_eq!(ways(&browser).await.len(), 1);
}

#[tokio::test]
async fn s_acc_15_a_deleted_account_is_signed_out_everywhere_and_comes_back_by_signing_in() {
    for app in App::both().await {
        let browser = signed_in(&app, "google", "minji").await;
        let before = id(&browser).await;
        let export = browser.fetch("/api/users/me/export").await;
        assert_eq!(export.header("content-disposition"), "attachment; filename=\"daemun.json\"");
        let data = export.json()["data"].clone();
        assert_eq!(data["identities"][0]["provider"], "google");
        assert!(data["audit"].as_array().unwrap().len() >= 2, "{data}");
        let phone = signed_in(&app, "google", "minji").await;
        let answer = browser.submit("/api/users/me/delete", &[]).await;
        assert_eq!(
            (answer.status.as_u16(), answer.location()),
            (303, "/oauth/login?notice=deletion_scheduled")
        );
        assert!(!app.is_signed_in(&browser).await && !app.is_signed_in(&phone).await);
        app.settled().await;
        let mails = app.browser().fetch("/dev/mail?to=minji%40gmail.com").await.json();
        let subjects: Vec<_> = mails.as_array().unwrap().iter().map(|mail| &mail["subject"]).collect();
        assert_eq!(subjects.len(), 3, "welcome, export, deletion: {subjects:?}");
        app.advance(Duration::from_hours(24 * 6));
        assert_eq!(id(&signed_in(&app, "google", "minji").await).await, before);
        app.stop().await;
    }
}

#[tokio::test]
async fn quirk_36_a_notice_of_a_provider_ends_what_came_in_by_it() {
    for app in App::both().await {
        for provider in ["naver", "kakao"] {
            let browser = signed_in(&app, provider, "minji").await;
            let notice =
                app.provider.control(Method::POST, &format!("{provider}/users/minji/cut"), Value::Null).await;
            let mut forged = notice.clone();
            if provider == "naver" {
                forged["form"][2][1] = json!("1");
            } else {
                forged["authorization"] = json!("KakaoAK somebody-elses-key");
            }
            assert_eq!(deliver(&app, provider, &forged).await, 401);
            assert!(app.is_signed_in(&browser).await);
            let expected = if provider == "naver" { 204 } else { 200 };
            assert_eq!(deliver(&app, provider, &notice).await, expected);
            assert!(!app.is_signed_in(&browser).await);
            assert_eq!(deliver(&app, provider, &notice).await, expected, "again");
        }
        app.stop().await;
    }
}

#[tokio::test]
async fn the_mail_of_somebody_whose_address_nobody_proved_is_not_written() {
    let app = App::start().await;
    signed_in(&app, "naver", "minji").await;
    signed_in(&app, "kakao", "minji").await;
    app.settled().await;
    let mails = app.browser().fetch("/dev/mail").await.json();
    let to: Vec<_> = mails.as_array().unwrap().iter().map(|mail| mail["to"].as_str().unwrap()).collect();
    assert_eq!(to, ["minji@kakao.com"], "Naver has no word for an address");
}
