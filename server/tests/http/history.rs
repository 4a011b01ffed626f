//! `/me/history`: what was done, to what, and by whom.

use names::Role;
use reqwest::Method;
use serde_json::Value;
use testkit::Browser;

use crate::admin_api::id_of;
use crate::admin_invitation::operation;
use crate::app::App;
use crate::consent;
use crate::linking::{deliver, link};

/// The entries as somebody reads them, newest first.
async fn entries(browser: &Browser) -> Vec<String> {
    let page = browser.open("/me/history").await;
    assert_eq!(page.status, 200, "{}", page.body);
    let list = page.body.split_once("class=\"entries\"").unwrap().1.split_once("</ol>").unwrap().0;
    list.split("<li").skip(1).map(|entry| text(entry.split_once('>').unwrap().1)).collect()
}

/// The text between the tags, with a bar where one ends another begins.
fn text(html: &str) -> String {
    let parts = html.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text).trim());
    parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" | ")
}

#[tokio::test]
async fn a_role_is_named_in_the_history_as_its_mail_promises_with_the_operator_and_nothing_of_them() {
    for app in App::both().await {
        let browser = app.browser();
        app.sign_in(&browser, "google", "minji").await;
        let member = id_of(&browser).await;
        app.roles().give(member, &Role::MODERATOR, &operation()).await.unwrap();
        app.roles().take(member, &Role::MODERATOR, &operation()).await.unwrap();
        let shown = entries(&browser).await;
        assert!(shown[0].starts_with("역할 회수 · ROLE_MODERATOR · 운영자 | "), "{shown:?}");
        assert!(shown[1].starts_with("역할 부여 · ROLE_MODERATOR · 운영자 | "), "{shown:?}");
        assert!(shown[2].starts_with("로그인 · Google | "), "{shown:?}");
        for unknown in ["알 수 없", "첫 관리자"] {
            assert!(!shown[..2].concat().contains(unknown), "{unknown}: {shown:?}");
        }
        app.settled().await;
        let mails = app.browser().fetch("/dev/mail?to=minji%40gmail.com").await.json();
        let told = mails.as_array().unwrap().iter().map(|mail| mail["text"].to_string());
        let told = told.filter(|text| text.contains("‘계정 기록’에서 볼 수 있습니다"));
        assert_eq!(told.count(), 2, "{mails}");
        app.stop().await;
    }
}

#[tokio::test]
async fn the_history_names_the_app_that_was_allowed_and_disconnected() {
    for app in App::both_configured(&consent::clients()).await {
        let browser = app.browser();
        app.sign_in(&browser, "google", "minji").await;
        consent::allowed(&browser, &[]).await;
        browser.submit("/api/auth/apps/withdraw", &[("client", "flower-shop")]).await;
        let shown = entries(&browser).await;
        assert!(shown[0].starts_with("앱 연결 해제 · 꽃집 &lt;b&gt; | "), "{shown:?}");
        assert!(shown[1].starts_with("앱에 허용 · 꽃집 &lt;b&gt; | "), "{shown:?}");
        app.stop().await;
    }
}

#[tokio::test]
async fn what_a_provider_reports_is_not_said_to_come_from_a_browser() {
    let app = App::start().await;
    let browser = app.browser();
    app.sign_in(&browser, "kakao", "minji").await;
    link(&app, &browser, "google", "minji").await;
    let notice = app.provider.control(Method::POST, "kakao/users/minji/cut", Value::Null).await;
    assert_eq!(deliver(&app, "kakao", &notice).await, 200);
    app.sign_in(&browser, "google", "minji").await;
    let shown = entries(&browser).await;
    let reported = shown.iter().find(|entry| entry.starts_with("연결된 서비스에서 연결 해제 · 카카오"));
    assert!(reported.is_some_and(|entry| entry.contains("다른 서비스의 요청 · ")), "{shown:?}");
    app.stop().await;
}
