//! `/oauth2/consent`: an app of others gets what the person allowed, and no more.

use std::time::Duration;

use reqwest::Method;
use testkit::{Answer, Browser};

use crate::accounts::{EMAIL, PASSWORD, sign_up};
use crate::app::App;
use crate::authenticator::{OTHER, by_password};
use crate::factor_reset_mailboxes::reset_by_mail;
use crate::failures::entries;
use crate::portal::{CLIENTS, authorize, error, is_alive, redeem, refresh, tokens, told};
use crate::process::{Place, callback, foreign_providers};

/// An app of others, beside those of the team.
pub fn clients() -> String {
    format!(
        r#"{CLIENTS}
[[clients]]
id = "flower-shop"
name = "꽃집 <b>"
auth = "none"
grants = ["authorization_code", "refresh_token"]
redirect_uris = ["http://localhost:3999/callback"]
scopes = ["openid", "profile", "email", "read", "offline_access"]
first_party = false
"#
    )
}

const SHOP: (&str, &str) = ("client_id", "flower-shop");

/// The address to which the shop sends people.
fn shop(changed: &[(&str, &str)]) -> String {
    authorize(&[&[SHOP], changed].concat())
}

async fn member(app: &App, user: &str) -> Browser {
    let browser = app.browser();
    app.sign_in(&browser, "google", user).await;
    browser
}

/// The page on which the person is asked, with its address.
async fn asked(browser: &Browser, changed: &[(&str, &str)]) -> (String, Answer) {
    let answer = browser.visit(&shop(changed)).await;
    let address = answer.location().to_owned();
    assert_eq!(
        (answer.status.as_u16(), address.len()),
        (303, "/oauth2/consent?request=".len() + 43),
        "{address}"
    );
    assert!(address.starts_with("/oauth2/consent?request="), "{address}");
    let page = browser.open(&address).await;
    assert_eq!(page.status, 200, "{}", page.body);
    (address, page)
}

/// The fields of its form, without the buttons.
fn fields(page: &Answer) -> Vec<(&'static str, String)> {
    let value = |name| {
        let start = format!("name=\"{name}\" value=\"");
        page.body.split_once(&start).unwrap().1.split('"').next().unwrap().to_owned()
    };
    vec![("request", value("request")), ("proof", value("proof"))]
}

async fn decide(browser: &Browser, page: &Answer, decision: &str) -> Answer {
    let fields = fields(page);
    let mut form: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    form.push(("decision", decision));
    browser.submit("/oauth2/consent", &form).await
}

/// A code that the person allowed the shop.
pub async fn allowed(browser: &Browser, changed: &[(&str, &str)]) -> String {
    let (_, page) = asked(browser, changed).await;
    told(&decide(browser, &page, "allow").await)["code"].clone()
}

#[tokio::test]
async fn s_as_14_an_app_of_others_is_allowed_once_and_asks_again_for_more() {
    for app in App::both_configured(&clients()).await {
        let browser = member(&app, "minji").await;
        let (_, page) = asked(&browser, &[]).await;
        for text in ["꽃집 &lt;b&gt;", "localhost:3999", "닉네임과 프로필 사진 보기", "내 글 읽기", "30일"]
        {
            assert!(page.body.contains(text), "{text}: {}", page.body);
        }
        assert!(!page.body.contains("확인하지 않았어요"), "an operator has registered it");
        let policy = page.header("content-security-policy");
        assert!(policy.contains("form-action 'self' http://localhost:3999;"), "S-HDR-3: {policy}");
        assert_eq!(page.header("cross-origin-opener-policy"), "", "a pop-up keeps its opener");
        assert_eq!(page.header("cache-control"), "no-store");
        let answer = decide(&browser, &page, "allow").await;
        assert_eq!(answer.header("cross-origin-opener-policy"), "");
        let told_now = told(&answer);
        assert_eq!(told_now["state"], "af0 &+%/\"ö", "S-AS-10");
        assert_eq!(told_now["iss"], "http://localhost:3000", "S-AS-9");
        let got = tokens(&redeem(&app, &told_now["code"], &[SHOP]).await);
        assert_eq!(got["scope"], "openid profile read");

        let again = told(&browser.visit(&shop(&[])).await);
        assert!(again.contains_key("code"), "it is remembered: {again:?}");
        assert!(
            told(&browser.visit(&shop(&[("scope", "read")])).await).contains_key("code"),
            "for less, too"
        );
        assert!(told(&browser.visit(&shop(&[("prompt", "none")])).await).contains_key("code"));
        let more = ("scope", "openid profile read email");
        let silent = told(&browser.visit(&shop(&[more, ("prompt", "none")])).await);
        assert_eq!(silent["error"], "consent_required");
        asked(&browser, &[("prompt", "consent")]).await;
        allowed(&browser, &[more]).await;
        assert!(
            told(&browser.visit(&shop(&[])).await).contains_key("code"),
            "what was allowed before still is"
        );

        let other = member(&app, "junho").await;
        asked(&other, &[]).await;
        assert!(app.database.dump().await.contains("|consent_given|"), "it is in the audit log");
        app.stop().await;
    }
}

#[tokio::test]
async fn s_as_14_a_person_who_denies_sends_the_app_away_and_nothing_is_kept() {
    for app in App::both_configured(&clients()).await {
        let browser = member(&app, "minji").await;
        let (_, page) = asked(&browser, &[]).await;
        let told = told(&decide(&browser, &page, "deny").await);
        assert_eq!((told["error"].as_str(), told["state"].as_str()), ("access_denied", "af0 &+%/\"ö"));
        assert!(!told.contains_key("code"));
        let dump = app.database.dump().await;
        assert!(!dump.contains("consents|") && !dump.contains("authorization_codes|"));
        asked(&browser, &[]).await;
        app.stop().await;
    }
}

#[tokio::test]
async fn s_log_1_a_denial_is_in_the_log_for_the_developer_of_the_app() {
    let mut place = Place::new();
    let (_simulators, actor) = foreign_providers(&mut place).await;
    std::fs::write(place.path("daemun.toml"), clients()).unwrap();
    let process = place.start().await;
    let browser = place.browser();
    browser.visit(&callback(&browser, &actor, "google").await).await;
    let (_, page) = asked(&browser, &[]).await;
    let answer = decide(&browser, &page, "deny").await;
    assert_eq!(told(&answer)["error"], "access_denied");
    let entries = entries(&process.stop().await, answer.header("x-request-id"));
    let denial = entries.into_iter().find(|entry| entry["event"] == "authorization_denied").unwrap();
    assert_eq!((&denial["level"], &denial["client_id"]), (&"INFO".into(), &"flower-shop".into()), "{denial}");
    assert_eq!(denial["reason"], "the person did not agree");
    assert_ne!(denial["cure"].as_str().unwrap(), "");
}

#[tokio::test]
async fn s_as_13_a_consent_is_bound_to_its_page_its_session_and_its_person() {
    let app = App::configured(&clients()).await;
    let browser = member(&app, "minji").await;
    let (_, page) = asked(&browser, &[]).await;
    let (_, other_page) = asked(&browser, &[("scope", "openid email")]).await;
    let own = fields(&page);
    let other_fields = fields(&other_page);
    let send = async |browser: &Browser, changed: &[(&str, &str)], origin: Option<&str>| {
        let kept = own.iter().map(|(name, value)| (*name, value.as_str())).chain([("decision", "allow")]);
        let kept = kept.filter(|(name, _)| !changed.iter().any(|(changed, _)| changed == name));
        let form: Vec<_> =
            kept.chain(changed.iter().copied().filter(|(_, value)| !value.is_empty())).collect();
        match origin {
            None => browser.submit("/oauth2/consent", &form).await,
            Some(origin) => {
                let headers =
                    [("origin", origin), ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")];
                browser.send(Method::POST, "/oauth2/consent", &headers, Some(&form)).await
            }
        }
    };
    let flipped = own[1].1.replace(own[1].1.chars().next().unwrap(), "_");
    for changed in [
        &[("request", other_fields[0].1.as_str())][..],
        &[("proof", other_fields[1].1.as_str())],
        &[("proof", &flipped)],
        &[("proof", "")],
        &[("request", "")],
        &[("request", "x")],
        &[("decision", "")],
        &[("decision", "maybe")],
        &[("scope", "openid email offline_access")],
        &[("client_id", "portal-client")],
    ] {
        let answer = send(&browser, changed, None).await;
        assert_eq!((answer.status.as_u16(), answer.location()), (400, ""), "{changed:?}");
    }
    for origin in ["https://evil.example", "http://localhost:3999", "null"] {
        assert_eq!(send(&browser, &[], Some(origin)).await.status, 403, "{origin}");
    }
    let other = member(&app, "junho").await;
    assert_eq!(send(&other, &[], None).await.status, 400, "another person");
    let same_elsewhere = member(&app, "minji").await;
    assert_eq!(send(&same_elsewhere, &[], None).await.status, 400, "another session");
    let nobody = send(&app.browser(), &[], None).await;
    assert!(nobody.location().starts_with("/oauth2/authorize/"), "who is signed out signs in first");
    let dump = app.database.dump().await;
    assert!(!dump.contains("consents|") && !dump.contains("authorization_codes|"), "nothing was kept");
    assert!(told(&send(&browser, &[], None).await).contains_key("code"), "and the page is still good");
}

/// Somebody who had access to an account before its owner may have allowed an app of their own.
#[tokio::test]
async fn s_up_11_a_reset_by_mail_alone_leaves_no_app_allowed() {
    for app in App::both_configured(&clients()).await {
        sign_up(&app).await;
        let before = app.browser();
        assert_eq!(by_password(&before, PASSWORD).await.location(), "/me");
        allowed(&before, &[]).await;
        reset_by_mail(&app, EMAIL).await;
        let owner = app.browser();
        assert_eq!(by_password(&owner, OTHER).await.location(), "/me");
        assert!(!owner.open("/me/security").await.body.contains("꽃집"));
        asked(&owner, &[]).await;
        app.stop().await;
    }
}

#[tokio::test]
async fn s_as_34_members_see_the_apps_and_take_back_what_they_have() {
    for app in App::both_configured(&clients()).await {
        let (browser, other) = (member(&app, "minji").await, member(&app, "junho").await);
        let scope = ("scope", "openid profile offline_access");
        let got = tokens(&redeem(&app, &allowed(&browser, &[scope]).await, &[SHOP]).await);
        let others = tokens(&redeem(&app, &allowed(&other, &[scope]).await, &[SHOP]).await);
        let portal = browser.visit(&authorize(&[])).await;
        let portal = tokens(&redeem(&app, &told(&portal)["code"], &[]).await);
        let unspent = told(&browser.visit(&shop(&[scope])).await)["code"].clone();
        let page = browser.open("/me/security").await;
        for text in ["꽃집 &lt;b&gt;", "포털", "로그아웃한 뒤에도 계속 사용하기", "value=\"flower-shop\""]
        {
            assert!(page.body.contains(text), "{text}");
        }
        let registration = app.browser().send(Method::POST, "/oauth2/register", &[], Some(&[])).await;
        assert!([401, 404, 405].contains(&registration.status.as_u16()), "no app registers itself unasked");
        let elsewhere = [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")];
        let form = [("client", "flower-shop")];
        let foreign = browser.send(Method::POST, "/api/auth/apps/withdraw", &elsewhere, Some(&form)).await;
        assert_eq!(foreign.status, 403);
        for wrong in ["", "daemun-web", "daemun-app", "a b"] {
            let answer = browser.submit("/api/auth/apps/withdraw", &[("client", wrong)]).await;
            assert_eq!((answer.status.as_u16(), answer.location()), (400, ""), "{wrong}");
        }
        assert!(is_alive(&app, &got["access_token"]).await);

        let answer = browser.submit("/api/auth/apps/withdraw", &form).await;
        assert_eq!(answer.location(), "/me/security?notice=app_withdrawn", "{}", answer.body);
        let page = browser.open(answer.location()).await;
        assert!(page.body.contains("앱의 연결을 해제했어요") && !page.body.contains("꽃집"), "{}", page.body);
        assert!(!is_alive(&app, &got["access_token"]).await, "at once");
        let text = |tokens: &serde_json::Value| tokens["refresh_token"].as_str().unwrap().to_owned();
        let refused = refresh(&app, &text(&got), &[SHOP]).await;
        assert_eq!(error(&refused), (400, "invalid_grant".to_owned()));
        assert_eq!(error(&redeem(&app, &unspent, &[SHOP]).await), (400, "invalid_grant".to_owned()));
        asked(&browser, &[scope]).await;
        for (kept, client) in [(&others, SHOP), (&portal, ("client_id", "portal-client"))] {
            assert!(is_alive(&app, &kept["access_token"]).await, "{client:?}");
            tokens(&refresh(&app, &text(kept), &[client]).await);
        }
        assert!(app.is_signed_in(&browser).await);
        assert!(app.database.dump().await.contains("|consent_withdrawn|"));

        let answer = browser.submit("/api/auth/apps/withdraw", &[("client", "portal-client")]).await;
        assert_eq!(answer.status, 303);
        assert!(!is_alive(&app, &portal["access_token"]).await, "the team's own as well");
        app.stop().await;
    }
}

#[tokio::test]
async fn s_as_3_a_stranger_is_sent_to_no_app_of_others_before_the_sign_in() {
    let app = App::configured(&clients()).await;
    let browser = app.browser();
    let login = browser.visit(&shop(&[("scope", "admin")])).await.location().to_owned();
    assert!(login.starts_with("/oauth/login?return_to="), "{login}");
    let silent = told(&browser.visit(&shop(&[("prompt", "none")])).await);
    assert_eq!(silent["error"], "login_required");
    let waiting = login.split_once("return_to=").unwrap().1.replace("%2F", "/");
    app.sign_in(&browser, "google", "minji").await;
    assert_eq!(told(&browser.open(&waiting).await)["error"], "invalid_scope");
}

#[tokio::test]
async fn two_tabs_and_the_back_button_come_to_what_they_show() {
    let app = App::configured(&clients()).await;
    let browser = member(&app, "minji").await;
    let (first, one) = asked(&browser, &[("state", "one")]).await;
    let (_, two) = asked(&browser, &[("state", "two"), ("scope", "openid email")]).await;
    let second = told(&decide(&browser, &two, "allow").await);
    assert_eq!(second["state"], "two");
    let told_first = told(&decide(&browser, &one, "allow").await);
    assert_eq!(told_first["state"], "one");
    let (_, scope) = ("", tokens(&redeem(&app, &second["code"], &[SHOP]).await)["scope"].clone());
    assert_eq!(scope, "openid email");

    let back = browser.open(&first).await;
    assert_eq!(back.status, 200, "the back button leads to the page, and not on to the app");
    let again = told(&decide(&browser, &back, "allow").await);
    assert_ne!(again["code"], told_first["code"]);
    assert_eq!(tokens(&redeem(&app, &told_first["code"], &[SHOP]).await)["scope"], "openid profile read");
    let (_, later) = asked(&browser, &[("prompt", "consent")]).await;
    assert_eq!(told(&decide(&browser, &later, "deny").await)["error"], "access_denied");
    assert!(told(&browser.visit(&shop(&[])).await).contains_key("code"), "to deny is not to withdraw");
}

#[tokio::test]
async fn another_member_goes_on_with_the_request_of_the_page() {
    let app = App::configured(&clients()).await;
    let browser = member(&app, "minji").await;
    let (_, page) = asked(&browser, &[]).await;
    let link = page.body.split("href=\"/oauth/login?").nth(1).unwrap().split('"').next().unwrap();
    let link = format!("/oauth/login?{}", link.replace("&amp;", "&"));
    let login = browser.open(&link).await;
    assert_eq!(login.status, 200, "who is signed in is not sent on");
    assert!(login.body.contains("꽃집 &lt;b&gt;에 로그인"));
    let waiting = link.split_once("return_to=").unwrap().1.replace("%2F", "/");
    let provider = app.begin(&browser, "google", &waiting).await;
    let callback = app.provider.agree(&provider, "junho").await;
    assert_eq!(browser.visit(&callback).await.location(), waiting);
    let address = browser.open(&waiting).await.location().to_owned();
    assert!(address.starts_with("/oauth2/consent?request="));
    let page = browser.open(&address).await;
    let told = told(&decide(&browser, &page, "allow").await);
    assert!(told.contains_key("code"));
}

#[tokio::test]
async fn a_consent_that_nobody_uses_for_a_year_is_forgotten() {
    for app in App::both_configured(&clients()).await {
        allowed(&member(&app, "minji").await, &[]).await;
        app.advance(Duration::from_hours(24 * 364));
        let browser = member(&app, "minji").await;
        assert!(told(&browser.visit(&shop(&[])).await).contains_key("code"));
        app.advance(Duration::from_hours(24 * 366));
        app.clean().await;
        assert!(!app.database.dump().await.contains("consents|"));
        let browser = member(&app, "minji").await;
        asked(&browser, &[]).await;
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_tabs_that_allow_at_once_all_get_a_code_and_one_consent_is_kept() {
    for app in App::both_configured(&clients()).await {
        let browser = member(&app, "minji").await;
        let mut pages = Vec::new();
        for tab in 0..10 {
            let scope = if tab % 2 == 0 { "openid profile" } else { "openid email" };
            pages.push(asked(&browser, &[("scope", scope)]).await.1);
        }
        let answers =
            futures::future::join_all(pages.iter().map(|page| decide(&browser, page, "allow"))).await;
        for answer in &answers {
            assert!(told(answer).contains_key("code"));
        }
        let dump = app.database.dump().await;
        assert_eq!(dump.lines().filter(|line| line.starts_with("consents|")).count(), 1);
        let both = shop(&[("scope", "openid profile email"), ("prompt", "none")]);
        assert!(told(&browser.visit(&both).await).contains_key("code"), "nothing of it got lost");
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn s_as_34_a_withdrawal_leaves_nothing_whatever_runs_at_that_moment() {
    for app in App::both_configured(&clients()).await {
        let browser = member(&app, "minji").await;
        for round in 0..8 {
            let code = allowed(&browser, &[("prompt", "consent")]).await;
            let again = shop(&[("state", "again")]);
            let form = [("client", "flower-shop")];
            let (redeemed, granted, withdrawn) = tokio::join!(
                redeem(&app, &code, &[SHOP]),
                browser.visit(&again),
                browser.submit("/api/auth/apps/withdraw", &form),
            );
            assert_eq!(withdrawn.status, 303, "round {round}: {}", withdrawn.body);
            if redeemed.status == 200 {
                assert!(!is_alive(&app, &redeemed.json()["access_token"]).await, "round {round}");
            }
            if granted.location().starts_with("http") {
                let late = redeem(&app, &told(&granted)["code"], &[SHOP]).await;
                assert_eq!(error(&late), (400, "invalid_grant".to_owned()), "round {round}");
            }
        }
        app.stop().await;
    }
}
