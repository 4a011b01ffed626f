//! What operators read of both logs: what happened, and who saw what of whom.

use std::time::Duration;

use audit::AuditFilter;
use names::{AuditKind, Role};
use reqwest::Method;
use serde_json::{Value, json};

use crate::accounts::{EMAIL, Reply, call, log_in, sign_up};
use crate::admin_api::{client, clients, signed_in};
use crate::admin_caller::Caller;
use crate::app::App;

const AUDIT: &str = "/api/admin/audit";
const ACCESS: &str = "/api/admin/access-log";

fn rows(reply: &Reply) -> Vec<Value> {
    reply.body["data"]["rows"].as_array().unwrap_or_else(|| panic!("{}", reply.body)).clone()
}

/// A member of our own, with their address.
async fn local_member(app: &App) -> String {
    sign_up(app).await;
    let tokens = log_in(app).await;
    let me = call(app, Method::GET, "/api/users/me", tokens["access_token"].as_str(), None).await;
    me.body["data"]["id"].as_str().unwrap().to_owned()
}

/// The text of a file, with its headers.
async fn file(app: &App, token: &str, path: &str, body: &Value) -> (reqwest::header::HeaderMap, String) {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = http.post(app.site.join(path).unwrap()).header("host", "localhost:3000");
    let answer = request.bearer_auth(token).json(body).send().await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    (answer.headers().clone(), answer.text().await.unwrap())
}

fn token_of(caller: &Caller) -> &str {
    let Caller::Token(token) = caller else { unreachable!() };
    token
}

#[tokio::test]
async fn s_log_1_operators_find_what_happened_by_member_kind_time_and_operator() {
    for app in App::both_configured(&clients()).await {
        let auditor = client(&app, "auditor").await;
        let (admin, administrator) = signed_in(&app, "haneul", &[Role::ADMIN]).await;
        let (_, victim) = signed_in(&app, "minji", &[]).await;
        app.advance(Duration::from_secs(1));
        let path = |action: &str| format!("/api/admin/members/{victim}/{action}");
        admin.posts(&app, &path("disable"), json!({"reason": "문의 #7"})).await;
        app.advance(Duration::from_mins(1));
        let helpdesk = client(&app, "helpdesk").await;
        helpdesk.posts(&app, &path("enable"), json!({"reason": "문의 #8"})).await;

        let find = async |query: String| auditor.gets(&app, &format!("{AUDIT}?{query}")).await;
        let kinds = async |query: String| -> Vec<String> {
            let rows = rows(&find(query).await);
            rows.iter().map(|row| row["kind"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(kinds(format!("member={victim}&limit=2")).await, ["account_enabled", "account_disabled"]);
        assert_eq!(kinds(format!("operator={administrator}")).await, ["account_disabled"]);
        assert_eq!(kinds("operator=helpdesk".to_owned()).await, ["account_enabled"]);
        assert_eq!(kinds("kind=account_disabled&actor=operator".to_owned()).await, ["account_disabled"]);
        assert_eq!(kinds("kind=account_disabled&actor=member".to_owned()).await, [""; 0]);
        let row = rows(&find("kind=account_disabled".to_owned()).await)[0].clone();
        assert_eq!((&row["note"], &row["operator"]), (&json!("문의 #7"), &json!(administrator.to_string())));
        assert_eq!(row["network"], "127.0.***", "masked");
        let at = row["at"].as_str().unwrap();
        assert_eq!(kinds(format!("actor=operator&until={at}")).await, ["role_given"]);
        let since = kinds(format!("actor=operator&since={at}")).await;
        assert_eq!(since, ["account_enabled", "account_disabled"]);
        // In parts: as many as there are at once.
        let whole = kinds("limit=100".to_owned()).await;
        let (mut seen, mut after) = (Vec::new(), String::new());
        loop {
            let part = find(format!("limit=2{after}")).await;
            seen.extend(rows(&part).iter().map(|row| row["kind"].as_str().unwrap().to_owned()));
            let Some(next) = part.body["data"]["next"].as_str() else { break };
            after = format!("&after={next}");
        }
        assert_eq!(seen, whole);
        app.stop().await;
    }
}

#[tokio::test]
async fn s_acc_13_a_query_that_is_not_as_it_should_be_is_refused_by_name() {
    let app = App::configured(&clients()).await;
    let auditor = client(&app, "auditor").await;
    let cursor = {
        let part = auditor.gets(&app, &format!("{AUDIT}?limit=1")).await;
        part.body["data"]["next"].as_str().unwrap_or("YQ").to_owned()
    };
    for (path, query, field) in [
        (AUDIT, "member=x", "member"),
        (AUDIT, "kind=nothing", "kind"),
        (AUDIT, "actor=nobody", "actor"),
        (AUDIT, "operator=two%20words", "operator"),
        (AUDIT, "since=yesterday", "since"),
        (AUDIT, "since=2026-01-02&until=2026-01-01T00:00:00Z", "until"),
        (AUDIT, "after=x", "after"),
        (AUDIT, "limit=0", "limit"),
        (AUDIT, "page=2", "page"),
        (AUDIT, "kind=sign_in&kind=sign_out", "kind"),
        (ACCESS, "member=x", "member"),
        (ACCESS, "operator=two%20words", "operator"),
        (ACCESS, &format!("after={cursor}"), "after"),
        (ACCESS, "kind=member", "kind"),
    ] {
        let reply = auditor.gets(&app, &format!("{path}?{query}")).await;
        assert_eq!(reply.code(), (400, "VALIDATION_FAILED"), "{query}");
        assert_eq!(reply.body["error"]["fields"][0]["field"], field, "{query}: {}", reply.body);
    }
    for (body, field) in [
        (json!({"since": "2026-01-01", "until": "2026-01-02"}), "reason"),
        (json!({"since": "2026-01-01", "reason": "x"}), "since"),
        (json!({"since": "2026-01-01", "until": "2026-12-31", "reason": "x"}), "since"),
        (json!({"since": "2026-01-01", "until": "2026-01-02", "reason": "x", "whole": "yes"}), "whole"),
        (json!({"since": "2026-01-01", "until": "2026-01-02", "reason": "x", "limit": "1"}), "limit"),
    ] {
        let reply = auditor.posts(&app, "/api/admin/audit.csv", body.clone()).await;
        assert_eq!(reply.code(), (400, "VALIDATION_FAILED"), "{body}");
        assert_eq!(reply.body["error"]["fields"][0]["field"], field, "{body}: {}", reply.body);
    }
    let (helpdesk, id) = (client(&app, "helpdesk").await, "01912f3a-0000-7000-8000-000000000001");
    for (path, body, refusal) in [
        ("/api/admin/reveal", json!({"member": id, "reason": "x"}), (404, "NOT_FOUND")),
        ("/api/admin/reveal", json!({"member": id}), (400, "VALIDATION_FAILED")),
        ("/api/admin/reveal", json!({"reason": "x"}), (400, "VALIDATION_FAILED")),
        (
            "/api/admin/reveal",
            json!({"member": id, "reason": "x", "what": "all"}),
            (400, "VALIDATION_FAILED"),
        ),
        ("/api/admin/audit/x/reveal", json!({"reason": "x"}), (404, "NOT_FOUND")),
        (&format!("/api/admin/audit/{id}/reveal"), json!({"reason": "x"}), (404, "NOT_FOUND")),
    ] {
        let reply = helpdesk.posts(&app, path, body.clone()).await;
        assert_eq!(reply.code(), refusal, "{path} {body}: {}", reply.body);
    }
    let access = auditor.gets(&app, ACCESS).await;
    assert_eq!(rows(&access), Vec::<Value>::new(), "nothing was shown, so nothing was seen");
    app.stop().await;
}

/// The two kinds of file, of the same span.
#[tokio::test]
async fn s_log_1_the_log_is_taken_as_a_file_and_that_is_in_both_logs() {
    for app in App::both_configured(&clients()).await {
        let (auditor, member) = (client(&app, "auditor").await, local_member(&app).await);
        let helpdesk = client(&app, "helpdesk").await;
        let disable = format!("/api/admin/members/{member}/disable");
        helpdesk.posts(&app, &disable, json!({"reason": "=HYPERLINK(\"x\"), \"문의\""})).await;
        app.flush_audit().await;
        let now = rows(&auditor.gets(&app, AUDIT).await)[0]["at"].as_str().unwrap().to_owned();
        let day = &now[..10];
        let body = json!({"since": day, "until": day, "member": member, "reason": "월간 점검"});
        let (headers, lines) = file(&app, token_of(&auditor), "/api/admin/audit.jsonl", &body).await;
        assert_eq!(headers["content-disposition"], "attachment; filename=\"audit.jsonl\"");
        assert_eq!(
            (&headers["content-type"], &headers["cache-control"]),
            (&"application/x-ndjson".parse().unwrap(), &"no-store".parse().unwrap())
        );
        let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let listed = rows(&auditor.gets(&app, &format!("{AUDIT}?member={member}&limit=100")).await);
        // What was written since is about the file itself.
        let listed: Vec<_> = listed.into_iter().filter(|row| row["kind"] != "log_downloaded").collect();
        let listed: Vec<_> = listed.iter().collect();
        assert_eq!(lines.iter().filter(|row| row["kind"] != "log_downloaded").collect::<Vec<_>>(), listed);
        assert!(lines.iter().all(|row| row["network"] == "" || row["network"] == "127.0.***"), "masked");

        app.advance(Duration::from_secs(1));
        let whole =
            json!({"since": day, "until": day, "member": member, "reason": "월간 점검", "whole": "on"});
        for path in ["/api/admin/audit.csv", "/api/admin/audit.jsonl"] {
            let refused = auditor.posts(&app, path, whole.clone()).await;
            assert_eq!(refused.code(), (403, "INSUFFICIENT_SCOPE"), "who may only read: {path}");
        }
        let (headers, table) = file(&app, token_of(&helpdesk), "/api/admin/audit.csv", &whole).await;
        assert_eq!(headers["content-type"], "text/csv");
        assert!(table.starts_with("\u{feff}id,at,kind,outcome,"), "{table}");
        assert!(table.contains("\"'=HYPERLINK(\"\"x\"\"), \"\"문의\"\"\""), "{table}");
        assert!(table.contains("127.0.0.0/24"), "whole: {table}");

        let seen = rows(&auditor.gets(&app, ACCESS).await);
        let told: Vec<_> = seen.iter().map(|row| (&row["kind"], &row["client"], &row["note"])).collect();
        let (one, other, note) = (json!("helpdesk"), json!("auditor"), json!("월간 점검"));
        assert_eq!(told, [(&json!("whole_audit_file"), &one, &note), (&json!("audit_file"), &other, &note)]);
        assert!(seen[0]["object"].as_str().unwrap().contains('/'), "the span: {}", seen[0]);
        assert_eq!((&seen[0]["member"], &seen[0]["address"]), (&json!(member), &json!("127.0.0.1")));
        let filter = AuditFilter { kind: Some(AuditKind::LogDownloaded), ..AuditFilter::default() };
        let mut reader = app.database.read().await.unwrap();
        let downloads = audit::search::newest(&mut reader, &filter, 9).await.unwrap();
        drop(reader);
        assert_eq!(
            downloads.iter().map(|row| (&*row.object, &*row.client, &*row.note)).collect::<Vec<_>>(),
            [("whole_audit_file", "helpdesk", "월간 점검"), ("audit_file", "auditor", "월간 점검")]
        );

        app.advance(Duration::from_secs(1));
        let body = json!({"since": day, "until": day, "reason": "점검"});
        let (_, seen) = file(&app, token_of(&auditor), "/api/admin/access-log.jsonl", &body).await;
        let kinds: Vec<_> = seen.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).collect();
        let kinds: Vec<_> = kinds.iter().map(|row| row["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["access_file", "whole_audit_file", "audit_file"], "also that it was taken");
        let (_, table) = file(&app, token_of(&auditor), "/api/admin/access-log.csv", &body).await;
        assert_eq!(table.lines().count(), 1 + 4, "{table}");
        app.stop().await;
    }
}

#[tokio::test]
async fn s_log_1_what_is_revealed_is_in_the_access_log_before_it_is_shown() {
    for app in App::both_configured(&clients()).await {
        let member = local_member(&app).await;
        let (admin, administrator) = signed_in(&app, "haneul", &[Role::ADMIN]).await;
        let one = admin.gets(&app, &format!("/api/admin/members/{member}")).await;
        assert!(!one.body.to_string().contains(EMAIL), "masked");
        app.advance(Duration::from_secs(1));
        let reveal = |what: &str| json!({"member": member, "what": what, "reason": "전화 문의 #12"});
        let shown = admin.posts(&app, "/api/admin/reveal", reveal("addresses")).await;
        assert_eq!(shown.body["data"]["address"], EMAIL, "{}", shown.body);
        assert_eq!(shown.body["data"]["sign_in_methods"][0]["address"], EMAIL);
        app.advance(Duration::from_secs(1));
        let own = json!({"member": administrator.to_string(), "what": "networks", "reason": "내 세션 확인"});
        let shown = admin.posts(&app, "/api/admin/reveal", own).await;
        assert_eq!(shown.body["data"]["sessions"][0]["network"], "127.0.0.0/24", "{}", shown.body);
        assert_eq!(shown.body["data"]["address"], Value::Null, "nothing that was not asked for");
        let row = rows(&admin.gets(&app, &format!("{AUDIT}?kind=mailbox_proof")).await)[0].clone();
        app.advance(Duration::from_secs(1));
        let path = format!("{AUDIT}/{}/reveal", row["id"].as_str().unwrap());
        let shown = admin.posts(&app, &path, json!({"reason": "공격 확인"})).await;
        assert_eq!(shown.body["data"]["network"], "127.0.0.0/24", "{}", shown.body);

        let seen = rows(&admin.gets(&app, ACCESS).await);
        let by = json!(administrator.to_string());
        assert!(seen.iter().all(|row| row["operator"] == by && row["address"] == "127.0.0.1"), "{seen:?}");
        let told: Vec<_> = seen
            .iter()
            .map(|row| {
                let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
                (text("kind"), text("member"), text("object"), text("note"))
            })
            .collect();
        let line = |kind: &str, member: &str, object: &str, note: &str| {
            (kind.to_owned(), member.to_owned(), object.to_owned(), note.to_owned())
        };
        assert_eq!(
            told,
            [
                line("audit_network", &member, row["id"].as_str().unwrap(), "공격 확인"),
                line("networks", by.as_str().unwrap(), "", "내 세션 확인"),
                line("addresses", &member, "", "전화 문의 #12"),
                line("member", &member, "", ""),
            ]
        );
        for (query, many) in [
            (format!("member={member}"), 3),
            (format!("operator={administrator}"), 4),
            (format!("member={member}&operator={administrator}"), 3),
            ("operator=helpdesk".to_owned(), 0),
            (format!("member={member}&operator=helpdesk"), 0),
            ("since=2999-01-01".to_owned(), 0),
        ] {
            let found = rows(&admin.gets(&app, &format!("{ACCESS}?{query}")).await);
            assert_eq!(found.len(), many, "{query}: {found:?}");
        }
        let shown = rows(&admin.gets(&app, &format!("{AUDIT}?kind=personal_data_shown")).await);
        assert_eq!(shown.len(), 3, "{shown:?}");
        app.stop().await;
    }
}

#[tokio::test]
async fn s_ops_6_who_saw_what_outlives_the_account_and_not_the_setting() {
    let app = App::configured(&(clients() + "[admin]\naccess_log = \"100d\"\n")).await;
    let helpdesk = client(&app, "helpdesk").await;
    let (member, id) = signed_in(&app, "minji", &[]).await;
    let body = json!({"member": id.to_string(), "reason": "문의 #3"});
    helpdesk.posts(&app, "/api/admin/reveal", body).await;
    let Caller::Browser(browser) = &member else { unreachable!() };
    let export = browser.fetch("/api/users/me/export").await.json();
    let seen = export["data"]["seen_by_operators"].as_array().unwrap().clone();
    assert_eq!(seen[0]["kind"], "addresses");
    let told = export["data"].to_string();
    assert!(!told.contains("helpdesk") && !told.contains("문의 #3"), "not by whom, nor why: {export}");
    let audit = export["data"]["audit"].as_array().unwrap().clone();
    let (shown, own): (Vec<_>, Vec<_>) = audit.into_iter().partition(|row| row["actor"] == "operator");
    let tells = |row: &Value| row["network"] != "" || row["user_agent"] != "" || row["client"] != "";
    assert!(shown.len() == 1 && !shown.iter().any(tells), "{shown:?}");
    assert!(own.iter().any(tells), "their own rows are whole: {own:?}");
    let count = async || {
        let mut reader = app.database.read().await.unwrap();
        let row = db::query("SELECT COUNT(*) FROM access_log").fetch_one(&mut *reader).await.unwrap();
        db::Row::get::<i64, _>(&row, 0)
    };
    app.advance(Duration::from_hours(24 * 99));
    app.clean_tables().await;
    assert_eq!(count().await, 1);
    app.advance(Duration::from_hours(24 * 2));
    app.clean_tables().await;
    assert_eq!(count().await, 0);
    app.stop().await;
}
