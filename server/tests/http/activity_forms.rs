//! Refused forms of posts and members, as people see them.

use testkit::Browser;

use crate::app::App;

async fn member(app: &App, provider: &str, name: &str) -> (Browser, String) {
    let browser = app.browser();
    app.sign_in(&browser, provider, name).await;
    let id = browser.fetch("/api/auth/session").await.json()["user"]["id"].as_str().unwrap().to_owned();
    (browser, id)
}

/// What every refusal must not say: it has nothing to do with a sign-in, with linked accounts, or with other sites.
const FOREIGN: [&str; 3] = ["다른 사이트에서", "다른 계정에 연결", "처음부터 다시 로그인"];

#[tokio::test]
async fn a_refused_follow_or_block_says_why() {
    let app = App::configured("[activity]\nfollow_most = 1\n").await;
    let (minji, own) = member(&app, "google", "minji").await;
    let (junho, other) = member(&app, "naver", "junho").await;
    let (_, third) = member(&app, "kakao", "haneul").await;
    let path = |id: &str, what: &str| format!("/api/activity/members/{id}/{what}");
    let followed = minji.submit(&path(&other, "follow"), &[]).await;
    assert_eq!((followed.status.as_u16(), followed.location()), (303, &*format!("/members/{other}")));
    let blocked = junho.submit(&path(&own, "block"), &[]).await;
    assert_eq!(blocked.status, 303, "{}", blocked.body);
    let followed = minji.submit(&path(&third, "follow"), &[]).await;
    assert_eq!(followed.status, 303, "the block has ended the other");
    for (who, to, status, said) in [
        (&minji, path(&other, "follow"), 403, "지금은 팔로우할 수 없는 회원이에요"),
        (&minji, path(&own, "follow"), 409, "자신을 팔로우하거나 차단할 수는 없어요"),
        (&minji, path(&own, "block"), 409, "자신을 팔로우하거나 차단할 수는 없어요"),
        (&junho, path(&third, "follow"), 303, ""),
        (&junho, path(&own, "unblock"), 303, ""),
        (&junho, path(&own, "follow"), 409, "팔로우할 수 있는 회원 수가 다 찼어요"),
    ] {
        let answer = who.submit(&to, &[]).await;
        assert_eq!(answer.status, status, "{to}: {}", answer.body);
        assert!(answer.body.contains(said), "{to}: {}", answer.body);
        assert!(!FOREIGN.iter().any(|word| answer.body.contains(word)), "{to}: {}", answer.body);
        if status != 303 {
            assert!(answer.body.contains("href=\"/feed\""), "{to}: {}", answer.body);
        }
    }
    app.stop().await;
}

#[tokio::test]
async fn a_refused_report_comes_back_with_its_note() {
    let app = App::start().await;
    let (minji, _) = member(&app, "google", "minji").await;
    let (junho, author) = member(&app, "naver", "junho").await;
    assert_eq!(junho.submit("/api/activity/posts", &[("text", "글")]).await.status, 303);
    let page = minji.open(&format!("/members/{author}")).await.body;
    let (_, post) = page.split_once("/api/activity/posts/").unwrap();
    let report = format!("/api/activity/posts/{}/report", &post[..36]);
    let long = "같은 글이 계속 올라옵니다. ".repeat(40);
    for note in ["왼쪽\u{202e}오른쪽", &long] {
        let answer = minji.submit(&report, &[("reason", "spam"), ("note", note)]).await;
        assert!(answer.status == 303 && answer.location().starts_with("/feed?draft="), "{answer:?}");
        let page = minji.open(answer.location()).await.body;
        assert!(page.contains(&format!("action=\"{report}\"")), "{page}");
        assert!(page.contains(note.trim()) && page.contains("id=\"report-note-error\""), "{page}");
        assert!(page.contains("신고를 보내지 못했어요"), "{page}");
    }
    let kept = minji.submit(&report, &[("reason", "spam"), ("note", "광고")]).await;
    assert_eq!((kept.status.as_u16(), kept.location()), (303, "/feed?notice=reported"));
    assert!(!minji.open("/feed").await.body.contains("report-note"), "nothing was refused");
    app.stop().await;
}

#[tokio::test]
async fn a_report_leads_back_to_the_page_of_the_member_and_nowhere_else() {
    let app = App::start().await;
    let (minji, _) = member(&app, "google", "minji").await;
    let (junho, author) = member(&app, "naver", "junho").await;
    assert_eq!(junho.submit("/api/activity/posts", &[("text", "글")]).await.status, 303);
    let own = format!("/members/{author}");
    let page = minji.open(&own).await.body;
    let field = format!("name=\"return_to\" value=\"{own}\"");
    assert_eq!(page.matches(&field).count(), 2, "in the report and in the choice of the language: {page}");
    let (_, post) = page.split_once("/api/activity/posts/").unwrap();
    let report = format!("/api/activity/posts/{}/report", &post[..36]);
    let back = format!("{own}?notice=reported");
    for (return_to, page) in [
        (&*own, &*back),
        ("https://evil.example/members/x", "/feed?notice=reported"),
        ("/me", "/feed?notice=reported"),
    ] {
        let kept = minji.submit(&report, &[("reason", "spam"), ("return_to", return_to)]).await;
        assert_eq!((kept.status.as_u16(), kept.location()), (303, page), "{return_to}");
    }
    assert!(minji.open(&back).await.body.contains("신고를 접수했어요"), "it is told there");
    let refused = minji.submit(&report, &[("reason", "none"), ("return_to", &own)]).await;
    let again = minji.open(refused.location()).await.body;
    assert!(again.contains(&field), "{again}");
    app.stop().await;
}

#[tokio::test]
async fn what_another_tab_has_removed_leads_back_to_its_page() {
    let app = App::start().await;
    let (junho, author) = member(&app, "naver", "junho").await;
    assert_eq!(junho.submit("/api/activity/posts", &[("text", "글")]).await.status, 303);
    let page = junho.open(&format!("/members/{author}")).await.body;
    let (_, post) = page.split_once("/api/activity/posts/").unwrap();
    let delete = format!("/api/activity/posts/{}/delete", &post[..36]);
    assert_eq!(junho.submit(&delete, &[]).await.location(), "/feed");
    let gone = "01890000-0000-7000-8000-000000000000";
    let (feed, security) = ("/feed?notice=already_gone", "/me/security?notice=already_gone");
    let passkey = format!("/api/users/me/passkeys/{gone}");
    for (path, form, page) in [
        (&*delete, &[][..], feed),
        (&*delete.replace("/delete", "/report"), &[("reason", "spam")], feed),
        (&*passkey, &[("name", "노트북")], security),
        (&*format!("{passkey}/remove"), &[], security),
        ("/api/users/me/identities/unlink", &[("way", gone)], security),
    ] {
        let answer = junho.submit(path, form).await;
        assert_eq!((answer.status.as_u16(), answer.location()), (303, page), "{path}: {}", answer.body);
        assert!(junho.open(page).await.body.contains("이미 삭제되었거나"), "{path}");
    }
    let removed = junho.call(&format!("{passkey}/remove"), &serde_json::json!({})).await;
    assert_eq!(removed.status, 404, "a program is told");
    app.stop().await;
}

#[tokio::test]
async fn what_no_form_of_ours_sends_is_told_without_a_word_of_signing_in() {
    let app = App::start().await;
    let (minji, _) = member(&app, "google", "minji").await;
    let answer = minji.submit("/api/auth/devices/forget", &[("device", "x")]).await;
    assert_eq!(answer.status, 400, "{}", answer.body);
    assert!(answer.body.contains("주소나 입력한 내용을 확인해 주세요"), "{}", answer.body);
    assert!(!FOREIGN.iter().any(|word| answer.body.contains(word)), "{}", answer.body);
    app.stop().await;
}
