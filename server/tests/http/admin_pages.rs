//! The pages of operators: for whom they are there, and what their forms do.

use std::time::Duration;

use names::{MemberId, Role};
use reqwest::Method;
use server::compose;
use testkit::{Answer, Browser};
use url::Url;
use web::{PublicOrigin, RouteEntry};

use crate::admin_api::{SECRET, clients, id_of};
use crate::admin_invitation::operation;
use crate::app::App;
use crate::oauth_clients::{basic, send};
use crate::portal::tokens;

/// Every page that is there for some alone.
fn hidden() -> Vec<RouteEntry> {
    let table = compose::table(&PublicOrigin::of(&Url::parse("http://localhost:3000").unwrap()));
    let is_hidden = |entry: &RouteEntry| entry.guard.member.is_some_and(|member| member.is_hidden);
    table.into_iter().filter(is_hidden).collect()
}

/// A browser in which this user of Google is signed in, with these roles.
pub(crate) async fn signed_in(app: &App, user: &str, roles: &[Role]) -> (Browser, MemberId) {
    let browser = app.browser();
    app.sign_in(&browser, "google", user).await;
    let member = id_of(&browser).await;
    for role in roles {
        app.roles().give(member, role, &operation()).await.unwrap();
    }
    (browser, member)
}

/// What tells one answer from another, but for the id of its request and the path that was opened, which the choice of a language has.
fn without_own(answer: &Answer, path: &str) -> (u16, Vec<(String, String)>, String) {
    let id = answer.header("x-request-id").to_owned();
    let headers = answer.headers.iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes()).replace(&id, "");
        (name.as_str().to_owned(), value)
    });
    let mut headers: Vec<_> =
        headers.filter(|(name, _)| !["date", "content-length"].contains(&&**name)).collect();
    headers.sort();
    (answer.status.as_u16(), headers, answer.body.replace(&id, "").replace(&format!("\"{path}\""), ""))
}

#[tokio::test]
async fn s_bff_7_the_pages_of_operators_are_there_for_fresh_administrators_alone() {
    let app = App::configured(&clients()).await;
    let (stale, _) = signed_in(&app, "nameless", &[Role::ADMIN]).await;
    app.advance(Duration::from_mins(11));
    let (member, about) = signed_in(&app, "minji", &[]).await;
    let (moderator, _) = signed_in(&app, "junho", &[Role::MODERATOR]).await;
    let (fresh, administrator) = signed_in(&app, "haneul", &[Role::ADMIN]).await;
    let mut bearers = Vec::new();
    for client in ["auditor", "helpdesk"] {
        let answer =
            send(&app, "/oauth2/token", &basic(client, SECRET), &[("grant_type", "client_credentials")])
                .await;
        bearers.push(format!("Bearer {}", tokens(&answer)["access_token"].as_str().unwrap()));
    }
    let pages = hidden();
    assert!(pages.len() >= 2, "{pages:?}");
    let navigate = ("sec-fetch-mode", "navigate");
    for entry in &pages {
        let path = entry.path.replace("{id}", &about.to_string());
        let path = path.replace("{consumer}", "nobody").replace("{event}", "evt-one");
        let nowhere = format!("{path}-nowhere");
        for headers in [&[navigate][..], &[("sec-fetch-mode", "cors")]] {
            for (who, browser) in
                [("nobody", &app.browser()), ("a member", &member), ("a moderator", &moderator)]
            {
                let is_theirs =
                    entry.guard.member.is_some_and(|member| member.role == Some("ROLE_MODERATOR"));
                if who == "a moderator" && is_theirs {
                    assert_eq!(browser.send(Method::GET, &path, headers, None).await.status, 200, "{path}");
                    continue;
                }
                let found = browser.send(Method::GET, &path, headers, None).await;
                let none = browser.send(Method::GET, &nowhere, headers, None).await;
                assert_eq!(found.status, 404, "{who}: {path}");
                assert_eq!(without_own(&found, &path), without_own(&none, &nowhere), "{who}: {path}");
                // No page takes a form. That says no more of one that is there than of one that is not.
                let [sent, nowhere_sent] =
                    [&path, &nowhere].map(|path| browser.send(Method::POST, path, headers, None));
                let (sent, nowhere_sent) = (sent.await, nowhere_sent.await);
                assert_eq!((sent.status.as_u16(), sent.header("allow")), (404, ""), "{who}: {path}");
                assert_eq!(without_own(&sent, &path), without_own(&nowhere_sent, &nowhere), "{who}: {path}");
            }
            for bearer in &bearers {
                let headers = [headers, &[("authorization", bearer)]].concat();
                let found = app.browser().send(Method::GET, &path, &headers, None).await;
                assert_eq!(found.status, 404, "a client: {path}");
            }
        }
        let led = stale.visit(&format!("{path}?a=1")).await;
        let back = form_urlencoded::byte_serialize(format!("{path}?a=1").as_bytes()).collect::<String>();
        assert_eq!(
            (led.status.as_u16(), led.location()),
            (303, &*format!("/oauth/prove?return_to={back}")),
            "{path}"
        );
        assert_eq!(stale.fetch(&path).await.status, 403, "{path}");
        // Of what a test of its own page makes, there may be none here.
        let shown = fresh.visit(&path).await;
        let is_of_others = entry.path.contains('{') && !entry.path.starts_with("/admin/members/");
        assert!(shown.status == 200 || is_of_others, "{path}: {}", shown.status);
    }
    app.roles().give(about, &Role::ADMIN, &operation()).await.unwrap();
    assert_eq!(
        member.visit("/admin/members").await.status,
        200,
        "from the moment on in which the role is given"
    );
    app.roles().take(administrator, &Role::ADMIN, &operation()).await.unwrap();
    assert_eq!(fresh.visit("/admin/members").await.status, 404, "and to the one in which it is taken away");
    app.stop().await;
}

#[tokio::test]
async fn the_first_look_and_the_page_of_the_program_show_the_same_findings() {
    let app = App::start().await;
    let (admin, _) = signed_in(&app, "haneul", &[Role::ADMIN]).await;
    // The clocks of tests have a time of their own, far from the database's.
    let (clock, few) = ("시계가 데이터베이스와 어긋나", "관리자가 두 명 미만이에요");
    let own = "관리자 계정에 2단계 인증이 없어요";
    for (page, is_for_its_reader) in [("/admin", true), ("/admin/program", false)] {
        let body = admin.visit(page).await.body;
        assert!(body.contains(clock) && body.contains(few), "{page}: {body}");
        assert_eq!(body.contains(own), is_for_its_reader, "{page}");
    }
    signed_in(&app, "minji", &[Role::ADMIN]).await;
    for page in ["/admin", "/admin/program"] {
        let body = admin.visit(page).await.body;
        assert!(body.contains(clock) && !body.contains(few), "{page}: {body}");
    }
    app.stop().await;
}

#[tokio::test]
async fn the_menu_leads_administrators_and_nobody_else_to_their_pages() {
    let app = App::start().await;
    let (member, _) = signed_in(&app, "minji", &[]).await;
    let (admin, _) = signed_in(&app, "haneul", &[Role::ADMIN]).await;
    let entry = "href=\"/admin";
    app.advance(Duration::from_secs(31));
    assert!(admin.visit("/me").await.body.contains(entry));
    assert!(!member.visit("/me").await.body.contains(entry));
    assert!(!app.browser().visit("/").await.body.contains(entry));
    app.stop().await;
}

#[tokio::test]
async fn s_log_1_actions_of_the_page_of_a_member_come_back_or_lead_on_and_are_told() {
    let app = App::start().await;
    let (_, about) = signed_in(&app, "minji", &[]).await;
    let (admin, own) = signed_in(&app, "haneul", &[Role::ADMIN]).await;
    let (page, actions) = (format!("/admin/members/{about}"), format!("/api/admin/members/{about}"));
    let refused = admin.submit(&format!("{actions}/disable"), &[("reason", " ")]).await;
    assert_eq!(refused.status, 303);
    assert!(refused.location().starts_with(&format!("{page}?draft=")), "{}", refused.location());
    let shown = admin.visit(refused.location()).await;
    assert_eq!(shown.status, 400);
    assert!(shown.body.contains("id=\"disable-reason-error\""), "at its field");
    assert!(!shown.body.contains("id=\"sign-out-reason-error\""), "and at no other");
    for (action, fields, notice, says) in [
        ("disable", &[("reason", "문의 7")][..], "account_disabled", "계정 사용 재개"),
        ("enable", &[("reason", "문의 8")], "account_enabled", "계정 사용 중지"),
        ("sign-out", &[("reason", "문의 9")], "member_signed_out", "문의 9"),
        ("roles/give", &[("role", "ROLE_MODERATOR"), ("reason", "문의 10")], "role_given", "ROLE_MODERATOR"),
        ("roles/take", &[("role", "ROLE_MODERATOR"), ("reason", "문의 11")], "role_taken", "문의 11"),
    ] {
        let done = admin.submit(&format!("{actions}/{action}"), fields).await;
        assert_eq!(
            (done.status.as_u16(), done.location()),
            (303, &*format!("{page}?notice={notice}")),
            "{action}"
        );
        let shown = admin.visit(done.location()).await;
        assert_eq!(shown.status, 200);
        assert!(shown.body.contains(says), "{action}: {}", shown.body);
        app.advance(Duration::from_secs(1));
    }
    let last = admin.submit(&format!("/api/admin/members/{own}/disable"), &[("reason", "x")]).await;
    let shown = admin.visit(last.location()).await;
    assert_eq!(shown.status, 409);
    assert!(shown.body.contains("마지막 관리자예요"), "{}", shown.body);
    assert_eq!(admin.visit("/admin/members/x").await.status, 404);
    assert_eq!(
        admin.visit(&format!("/admin/members/{}", "01912f3a-0000-7000-8000-000000000001")).await.status,
        404
    );
    app.stop().await;
}

#[tokio::test]
async fn members_are_found_on_their_page_by_each_field_and_stay_masked() {
    let app = App::start().await;
    let (_, minji) = signed_in(&app, "minji", &[Role::MODERATOR]).await;
    let (admin, haneul) = signed_in(&app, "haneul", &[Role::ADMIN]).await;
    let of = |member: MemberId| format!("/admin/members/{member}\"");
    let found = async |query: &str| {
        let body = admin.visit(&format!("/admin/members{query}")).await.body;
        (body.contains(&of(minji)), body.contains(&of(haneul)))
    };
    let identity = "SELECT subject FROM identities WHERE provider = 'google' AND member_id = ?";
    let mut reader = app.database.read().await.unwrap();
    let row = db::query(identity).bind(minji.to_string()).fetch_one(&mut *reader).await.unwrap();
    let subject: String = db::Row::get(&row, 0);
    drop(reader);
    for (query, expected) in [
        (String::new(), (true, true)),
        ("?by=nickname&value=%EA%B9%80".to_owned(), (true, false)),
        (format!("?by=id&value={haneul}"), (false, true)),
        ("?by=role&value=ROLE_MODERATOR".to_owned(), (true, false)),
        (format!("?by=google&value={subject}"), (true, false)),
        (format!("?by=naver&value={subject}"), (false, false)),
        ("?by=address&value=x".to_owned(), (false, false)),
        ("?by=nonsense&value=%EB%B0%95".to_owned(), (false, true)),
    ] {
        assert_eq!(found(&query).await, expected, "{query}");
    }
    let page = admin.visit(&format!("/admin/members/{minji}")).await.body;
    assert!(page.contains("m***@") && !page.contains("minji@"), "{page}");
    assert!(!page.contains("127.0.0.0"), "networks, too");
    assert_eq!(admin.visit("/admin/members?after=x").await.status, 404);
    app.stop().await;
}
