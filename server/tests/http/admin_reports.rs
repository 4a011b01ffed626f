//! Posts that members reported, as operators see them and what they do about them.

use audit::AuditFilter;
use names::{AuditKind, Role};
use reqwest::Method;
use serde_json::{Value, json};

use crate::accounts::Reply;
use crate::admin_api::{client, clients, signed_in};
use crate::admin_caller::Caller;
use crate::app::App;

const REPORTS: &str = "/api/admin/reports";

fn reports(reply: &Reply) -> Vec<Value> {
    reply.body["data"]["reports"].as_array().unwrap_or_else(|| panic!("{}", reply.body)).clone()
}

#[tokio::test]
async fn s_log_1_reported_posts_are_hidden_and_shown_by_moderators_and_administrators() {
    for app in App::both_configured(&clients()).await {
        let (author, author_id) = signed_in(&app, "minji", &[]).await;
        let (moderator, moderator_id) = signed_in(&app, "junho", &[Role::MODERATOR]).await;
        let mut posts = Vec::new();
        for text in ["안녕하세요", "광고입니다"] {
            let written = author.posts(&app, "/api/activity/posts", json!({"text": text})).await;
            posts.push(
                written.body["data"]["id"].as_str().unwrap_or_else(|| panic!("{}", written.body)).to_owned(),
            );
        }
        for post in &posts {
            app.advance(std::time::Duration::from_secs(1));
            let body = json!({"reason": "spam", "note": "같은 글이 많습니다"});
            let reply = moderator.posts(&app, &format!("/api/activity/posts/{post}/report"), body).await;
            assert_eq!(reply.status, 202, "{}", reply.body);
        }
        let auditor = client(&app, "auditor").await;
        let all = reports(&auditor.gets(&app, REPORTS).await);
        let told: Vec<_> =
            all.iter().map(|report| (&report["post"], &report["text"], &report["state"])).collect();
        assert_eq!(
            told,
            [
                (&json!(posts[1]), &json!("광고입니다"), &json!("shown")),
                (&json!(posts[0]), &json!("안녕하세요"), &json!("shown")),
            ]
        );
        assert_eq!(all[0]["author"], author_id.to_string());
        let first = auditor.gets(&app, &format!("{REPORTS}?limit=1")).await;
        let next = first.body["data"]["next"].as_str().unwrap().to_owned();
        let second = auditor.gets(&app, &format!("{REPORTS}?limit=1&after={next}")).await;
        assert_eq!(
            (reports(&second)[0]["post"].clone(), &second.body["data"]["next"]),
            (json!(posts[0]), &Value::Null)
        );

        let path = |action: &str| format!("/api/admin/posts/{}/{action}", posts[1]);
        let hidden = moderator.posts(&app, &path("hide"), json!({"reason": "광고", "days": "30"})).await;
        assert_eq!(hidden.body["data"]["changed"], true, "{}", hidden.body);
        let all = reports(&moderator.gets(&app, REPORTS).await);
        assert_eq!((&all[0]["state"], &all[0]["hidden_reason"]), (&json!("hidden"), &json!("광고")));
        let helpdesk = client(&app, "helpdesk").await;
        for changed in [true, false] {
            let shown = helpdesk.posts(&app, &path("show"), json!({"reason": "이의 제기"})).await;
            assert_eq!(shown.body["data"]["changed"], changed, "{}", shown.body);
        }
        for (kind, by, note) in [
            (AuditKind::PostHidden, (Some(moderator_id.to_string()), String::new()), "광고"),
            (AuditKind::PostShown, (None, "helpdesk".to_owned()), "이의 제기"),
        ] {
            let filter = AuditFilter { kind: Some(kind), ..AuditFilter::default() };
            let mut reader = app.database.read().await.unwrap();
            let row = audit::search::newest(&mut reader, &filter, 1).await.unwrap().remove(0);
            assert_eq!((row.operator, row.client), by, "{kind:?}");
            assert_eq!((&*row.note, &row.object), (note, &posts[1]), "{kind:?}");
            assert_eq!(row.member, Some(author_id.to_string()), "{kind:?}");
        }
        app.stop().await;
    }
}

#[tokio::test]
async fn s_acc_13_what_is_no_post_or_no_time_is_refused_by_name() {
    let app = App::configured(&clients()).await;
    let (moderator, _) = signed_in(&app, "junho", &[Role::MODERATOR]).await;
    let nothing = "01912f3a-0000-7000-8000-000000000001";
    for (path, body, refusal) in [
        (format!("{nothing}/hide"), json!({"reason": "x"}), (404, "NOT_FOUND")),
        (format!("{nothing}/hide"), json!({"reason": "x", "days": "0"}), (400, "VALIDATION_FAILED")),
        (format!("{nothing}/hide"), json!({}), (400, "VALIDATION_FAILED")),
        ("x/hide".to_owned(), json!({"reason": "x"}), (404, "NOT_FOUND")),
        ("x/show".to_owned(), json!({"reason": "x"}), (404, "NOT_FOUND")),
    ] {
        let reply = moderator.posts(&app, &format!("/api/admin/posts/{path}"), body.clone()).await;
        assert_eq!(reply.code(), refusal, "{path} {body}: {}", reply.body);
    }
    let bad = moderator.gets(&app, &format!("{REPORTS}?after=x")).await;
    assert_eq!(bad.code(), (400, "CURSOR_INVALID"));
    app.stop().await;
    let app = App::configured(&(clients() + "[activity]\nenabled = false\n")).await;
    let (moderator, _) = signed_in(&app, "junho", &[Role::MODERATOR]).await;
    assert_eq!(moderator.gets(&app, REPORTS).await.code(), (404, "NOT_FOUND"), "nobody writes here");
    app.stop().await;
}

#[tokio::test]
async fn s_bff_7_reports_are_for_moderators_and_administrators_and_nobody_else() {
    let app = App::configured(&clients()).await;
    let (member, _) = signed_in(&app, "minji", &[]).await;
    let (moderator, _) = signed_in(&app, "junho", &[Role::MODERATOR]).await;
    let (admin, _) = signed_in(&app, "haneul", &[Role::ADMIN]).await;
    let hide = "/api/admin/posts/01912f3a-0000-7000-8000-000000000001/hide";
    for (who, caller, read, write) in [
        ("nobody", &Caller::Nobody, 401, 401),
        ("a member", &member, 403, 403),
        ("a client that reads", &client(&app, "auditor").await, 200, 403),
        ("a client that changes", &client(&app, "helpdesk").await, 200, 404),
        ("another client", &client(&app, "shop").await, 403, 403),
        ("a moderator", &moderator, 200, 404),
        ("an administrator", &admin, 200, 404),
    ] {
        assert_eq!(caller.gets(&app, REPORTS).await.status, read, "{who}");
        assert_eq!(caller.posts(&app, hide, json!({"reason": "x"})).await.status, write, "{who}");
    }
    let crossed = admin
        .asks_from(&app, "https://evil.example", &Method::POST, hide, Some(json!({"reason": "x"})))
        .await;
    assert_eq!(crossed.code(), (403, "CROSS_ORIGIN"));
    app.stop().await;
}
