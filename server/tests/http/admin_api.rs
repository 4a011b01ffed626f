//! The admin API: every path for everybody who may come, and what operators do with members by it.

use std::time::Duration;

use audit::AuditFilter;
use names::{MemberId, Role};
use reqwest::Method;
use serde_json::{Value, json};
use server::compose;
use testkit::Browser;
use url::Url;
use web::{PublicOrigin, RouteEntry};

use crate::accounts::{EMAIL, Reply, call, log_in, sign_up};
use crate::admin_caller::Caller;
use crate::admin_invitation::operation;
use crate::admin_operations;
use crate::app::{App, ORIGIN};
use crate::oauth_clients::{basic, send};
use crate::portal::tokens;

pub(crate) const SECRET: &str = "k3Jx9QpL-vW8Rt1YcXo7_kEa2JmBh4GdSf0uZn5i";
const NOBODY: &str = "01912f3a-0000-7000-8000-000000000001";

/// A configuration with a client that reads, one that changes, and one that may do something else.
pub(crate) fn clients() -> String {
    [("auditor", "admin:read"), ("helpdesk", "admin:write"), ("shop", "read")]
        .map(|(id, scope)| {
            format!(
                "[[clients]]\nid = \"{id}\"\nname = \"{id}\"\nauth = \"client_secret_basic\"\nsecret = \"{SECRET}\"\n\
                 grants = [\"client_credentials\"]\nscopes = [\"{scope}\"]\n"
            )
        })
        .concat()
}

pub(crate) async fn id_of(browser: &Browser) -> MemberId {
    let session = browser.fetch("/api/auth/session").await.json();
    MemberId::parse(session["user"]["id"].as_str().unwrap()).unwrap()
}

/// A browser in which this user of Google is signed in, with these roles.
pub(crate) async fn signed_in(app: &App, user: &str, roles: &[Role]) -> (Caller, MemberId) {
    let browser = app.browser();
    app.sign_in(&browser, "google", user).await;
    let member = id_of(&browser).await;
    for role in roles {
        app.roles().give(member, role, &operation()).await.unwrap();
    }
    (Caller::Browser(browser), member)
}

pub(crate) async fn client(app: &App, id: &str) -> Caller {
    let form = [("grant_type", "client_credentials")];
    let answer = send(app, "/oauth2/token", &basic(id, SECRET), &form).await;
    Caller::Token(tokens(&answer)["access_token"].as_str().unwrap().to_owned())
}

const WRITES: [&str; 5] = ["disable", "enable", "sign-out", "roles/give", "roles/take"];

fn body_of(action: &str) -> Value {
    if action.starts_with("roles") {
        json!({"role": "ROLE_MODERATOR", "reason": "ticket 7"})
    } else {
        json!({"reason": "ticket 7"})
    }
}

/// Every path of the admin API for this member, as the table of routes has it, by method.
fn paths(method: &str, member: MemberId) -> Vec<String> {
    let table = compose::table(&PublicOrigin::of(&Url::parse(ORIGIN).unwrap()));
    let is_of_operators = |entry: &RouteEntry| entry.guard.member.is_some_and(|member| member.role.is_some());
    let of_api = table.iter().filter(|entry| entry.path.starts_with("/api/admin/") && is_of_operators(entry));
    let with_method = of_api.filter(|entry| entry.method == method);
    with_method.map(|entry| entry.path.replace("{id}", &member.to_string())).collect()
}

/// What is for moderators as well.
fn is_of_moderators(path: &str) -> bool {
    path == "/api/admin/reports" || path.starts_with("/api/admin/posts/")
}

/// What is taken as a file.
fn is_file(path: &str) -> bool {
    ["csv", "jsonl"].contains(&path.rsplit('.').next().unwrap_or_default())
}

#[tokio::test]
async fn s_bff_7_every_path_of_the_admin_api_lets_in_whom_it_should_and_nobody_else() {
    let app = App::configured(&clients()).await;
    let (stale, _) = signed_in(&app, "nameless", &[Role::ADMIN]).await;
    app.advance(Duration::from_mins(11));
    let (member, victim) = signed_in(&app, "minji", &[]).await;
    let (moderator, _) = signed_in(&app, "junho", &[Role::MODERATOR]).await;
    let (fresh, _) = signed_in(&app, "haneul", &[Role::ADMIN]).await;
    sign_up(&app).await;
    let of_app = Caller::Token(log_in(&app).await["access_token"].as_str().unwrap().to_owned());
    let (auditor, shop) = (client(&app, "auditor").await, client(&app, "shop").await);
    let forged = Caller::Token("a.b.c".to_owned());
    let reads = [
        "/api/admin/members".to_owned(),
        format!("/api/admin/members/{victim}"),
        "/api/admin/audit".to_owned(),
        "/api/admin/access-log".to_owned(),
    ];
    let reads: Vec<_> = reads.into_iter().chain(admin_operations::READS.map(str::to_owned)).collect();
    let mut writes =
        WRITES.map(|action| (format!("/api/admin/members/{victim}/{action}"), body_of(action))).to_vec();
    let reveal = json!({"member": victim.to_string(), "reason": "ticket 7"});
    writes.push(("/api/admin/reveal".to_owned(), reveal));
    let signed_up = AuditFilter { kind: Some(names::AuditKind::SignIn), ..AuditFilter::default() };
    let rows = audit::search::newest(&mut app.database.read().await.unwrap(), &signed_up, 1).await.unwrap();
    writes.push((format!("/api/admin/audit/{}/reveal", rows[0].id), json!({"reason": "ticket 7"})));
    // Who may read may take a file, which is asked for with a reason.
    let of_file = json!({"since": "2026-01-01", "until": "2026-01-02", "reason": "review"});
    let accounts = async || {
        let dump = app.state().await;
        // Not those of sessions: when one was seen last is written down behind the answers.
        let tables = ["members|", "member_roles|", "refresh_families|", "revocations|"];
        let of_accounts = |line: &&str| tables.iter().any(|table| line.starts_with(table));
        dump.lines().filter(of_accounts).map(str::to_owned).collect::<Vec<_>>()
    };
    let before = accounts().await;
    for (who, caller, read, write) in [
        ("nobody", &Caller::Nobody, (401, "NOT_SIGNED_IN"), (401, "NOT_SIGNED_IN")),
        ("a forged token", &forged, (401, "TOKEN_INVALID"), (401, "TOKEN_INVALID")),
        ("a member", &member, (403, "INSUFFICIENT_ROLE"), (403, "INSUFFICIENT_ROLE")),
        ("a moderator", &moderator, (403, "INSUFFICIENT_ROLE"), (403, "INSUFFICIENT_ROLE")),
        ("a stale administrator", &stale, (403, "FRESH_SIGN_IN_NEEDED"), (403, "FRESH_SIGN_IN_NEEDED")),
        ("an app", &of_app, (403, "INSUFFICIENT_SCOPE"), (403, "INSUFFICIENT_SCOPE")),
        ("another client", &shop, (403, "INSUFFICIENT_SCOPE"), (403, "INSUFFICIENT_SCOPE")),
        ("a client that reads", &auditor, (200, ""), (403, "INSUFFICIENT_SCOPE")),
    ] {
        let known = if read.0 == 200 { reads.clone() } else { paths("GET", victim) };
        let is_moderator = who == "a moderator";
        for path in known.iter().filter(|path| !(is_moderator && is_of_moderators(path))) {
            assert_eq!(caller.gets(&app, path).await.code(), read, "{who}: {path}");
        }
        for path in paths("POST", victim).iter().filter(|path| !(is_moderator && is_of_moderators(path))) {
            if is_file(path) && read.0 == 200 {
                assert_eq!(caller.posts(&app, path, of_file.clone()).await.status, 200, "{who}: {path}");
                continue;
            }
            let body = json!({"reason": "ticket 7"});
            assert_eq!(caller.posts(&app, path, body).await.code(), write, "{who}: {path}");
        }
        for (path, body) in admin_operations::writes() {
            assert_eq!(caller.posts(&app, path, body).await.code(), write, "{who}: {path}");
        }
    }
    for path in &paths("POST", victim) {
        let body = json!({"reason": "ticket 7"});
        for origin in ["https://evil.example", "null"] {
            let crossed = fresh.asks_from(&app, origin, &Method::POST, path, Some(body.clone())).await;
            assert_eq!(crossed.code(), (403, "CROSS_ORIGIN"), "{path}");
        }
    }
    for (path, body) in admin_operations::writes() {
        let crossed = fresh.asks_from(&app, "https://evil.example", &Method::POST, path, Some(body)).await;
        assert_eq!(crossed.code(), (403, "CROSS_ORIGIN"), "{path}");
    }
    assert_eq!(before, accounts().await, "nothing was changed");
    app.flush_audit().await;
    let filter = AuditFilter { kind: Some(names::AuditKind::AccessDenied), ..AuditFilter::default() };
    let rows = audit::search::newest(&mut app.database.read().await.unwrap(), &filter, 50).await.unwrap();
    for reason in ["INSUFFICIENT_ROLE", "CROSS_ORIGIN", "FRESH_SIGN_IN_NEEDED", "INSUFFICIENT_SCOPE"] {
        assert!(rows.iter().any(|row| row.reason.eq_ignore_ascii_case(reason)), "{reason}: {rows:?}");
    }
    let is_named = |row: &audit::AuditRow| match &*row.actor {
        "client" => row.client == "auditor" && row.member.is_none(),
        _ => row.member.is_some() && row.client.is_empty(),
    };
    for actor in ["member", "client"] {
        assert!(rows.iter().any(|row| row.actor == actor && is_named(row)), "{actor}: {rows:?}");
    }
    let succeed = async |who: &str, caller: &Caller| {
        for path in &reads {
            assert_eq!(caller.gets(&app, path).await.status, 200, "{who}: {path}");
        }
        for (path, body) in &writes {
            let reply = caller.posts(&app, path, body.clone()).await;
            assert_eq!(reply.status, 200, "{who}: {path}: {}", reply.body);
        }
    };
    succeed("a fresh administrator", &fresh).await;
    // Until the role can be given again.
    app.advance(Duration::from_mins(3));
    succeed("a client that changes", &client(&app, "helpdesk").await).await;
    app.stop().await;
}

#[tokio::test]
async fn s_acc_13_what_is_not_as_it_should_be_is_refused_by_name() {
    let app = App::configured(&clients()).await;
    let (admin, own) = signed_in(&app, "haneul", &[Role::ADMIN]).await;
    for (path, body, refusal) in [
        (format!("{NOBODY}/disable"), json!({"reason": "x"}), (404, "NOT_FOUND")),
        (format!("{NOBODY}/enable"), json!({"reason": "x"}), (404, "NOT_FOUND")),
        (format!("{NOBODY}/sign-out"), json!({"reason": "x"}), (404, "NOT_FOUND")),
        ("x/sign-out".to_owned(), json!({"reason": "x"}), (404, "NOT_FOUND")),
        (format!("{NOBODY}/roles/give"), json!({"role": "ROLE_ADMIN", "reason": "x"}), (404, "NOT_FOUND")),
        (format!("{own}/disable"), json!({}), (400, "VALIDATION_FAILED")),
        (format!("{own}/disable"), json!({"reason": " "}), (400, "VALIDATION_FAILED")),
        (format!("{own}/disable"), json!({"reason": "x", "member": NOBODY}), (400, "VALIDATION_FAILED")),
        (format!("{own}/roles/give"), json!({"role": "admin", "reason": "x"}), (400, "VALIDATION_FAILED")),
        (format!("{own}/roles/give"), json!({"role": "ROLE_USER", "reason": "x"}), (409, "ROLE_IMPOSSIBLE")),
        (format!("{own}/roles/give"), json!({"role": "ROLE_X", "reason": "x"}), (409, "ROLE_IMPOSSIBLE")),
        (
            format!("{own}/roles/take"),
            json!({"role": "ROLE_ADMIN", "reason": "x"}),
            (409, "LAST_ADMINISTRATOR"),
        ),
        (format!("{own}/disable"), json!({"reason": "x"}), (409, "LAST_ADMINISTRATOR")),
        (format!("{own}/delete"), json!({"reason": "x"}), (409, "LAST_ADMINISTRATOR")),
        (format!("{own}/delete"), json!({}), (400, "VALIDATION_FAILED")),
        (format!("{NOBODY}/delete"), json!({"reason": "x"}), (404, "NOT_FOUND")),
        (format!("{own}/reset-factors"), json!({"reason": "x"}), (409, "FACTORS_STAY")),
        (format!("{NOBODY}/reset-factors"), json!({"reason": "x"}), (404, "NOT_FOUND")),
        (format!("{own}/proof-again"), json!({"reason": "x"}), (409, "NO_PROOF_WAITS")),
        (format!("{NOBODY}/proof-again"), json!({"reason": "x"}), (404, "NOT_FOUND")),
    ] {
        let reply = admin.posts(&app, &format!("/api/admin/members/{path}"), body.clone()).await;
        assert_eq!(reply.code(), refusal, "{path} {body}: {}", reply.body);
    }
    for query in [
        "id=x",
        "address=x",
        "nickname=",
        "role=admin",
        "provider=google",
        "subject=1",
        "provider=other&subject=1",
        "id=x&nickname=y",
        "id=01912f3a-0000-7000-8000-000000000001&subject=1",
        "role=ROLE_ADMIN&subject=1",
        "after=x",
        "limit=0",
        "limit=101",
        "name=y",
    ] {
        let reply = admin.gets(&app, &format!("/api/admin/members?{query}")).await;
        assert_eq!(reply.code(), (400, "VALIDATION_FAILED"), "{query}");
    }
    assert_eq!(admin.gets(&app, "/api/admin/members/x").await.code(), (404, "NOT_FOUND"));
    // Of one mail or post among them, there is none with this id.
    for path in paths("GET", own) {
        let reply = admin.gets(&app, &format!("{path}?nobody=1")).await;
        assert_eq!(reply.code(), (400, "VALIDATION_FAILED"), "{path}: {}", reply.body);
    }
    app.stop().await;
}

/// The ids that a list names.
fn ids(reply: &Reply) -> Vec<String> {
    let members = reply.body["data"]["members"].as_array().unwrap_or_else(|| panic!("{}", reply.body));
    members.iter().map(|member| member["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn members_are_found_by_what_is_known_of_them_and_their_addresses_are_masked() {
    for app in App::both_configured(&clients()).await {
        let auditor = client(&app, "auditor").await;
        let (_, minji) = signed_in(&app, "minji", &[Role::MODERATOR]).await;
        app.advance(Duration::from_secs(1));
        sign_up(&app).await;
        let me = log_in(&app).await;
        let me = call(&app, Method::GET, "/api/users/me", me["access_token"].as_str(), None).await;
        let local = me.body["data"]["id"].as_str().unwrap().to_owned();
        let found = async |query: &str| auditor.gets(&app, &format!("/api/admin/members{query}")).await;
        let (all, minji) = (found("").await, minji.to_string());
        assert_eq!(ids(&all), [local.clone(), minji.clone()], "the newest first");
        assert_eq!(all.body["data"]["next"], Value::Null);
        let first = found("?limit=1").await;
        assert_eq!(ids(&first), std::slice::from_ref(&local));
        let next = first.body["data"]["next"].as_str().unwrap().to_owned();
        let second = found(&format!("?limit=1&after={next}")).await;
        assert_eq!((ids(&second), &second.body["data"]["next"]), (vec![minji.clone()], &Value::Null));
        assert_eq!(ids(&found(&format!("?id={minji}")).await), std::slice::from_ref(&minji));
        assert_eq!(ids(&found(&format!("?id={NOBODY}")).await), [""; 0]);
        assert_eq!(ids(&found(&format!("?address={EMAIL}")).await), std::slice::from_ref(&local));
        assert_eq!(ids(&found("?address=nobody@example.com").await), [""; 0]);
        assert_eq!(ids(&found("?role=ROLE_MODERATOR").await), std::slice::from_ref(&minji));
        assert_eq!(ids(&found("?role=ROLE_USER").await), [local.clone(), minji.clone()], "it is everybody's");
        assert_eq!(
            ids(&found("?nickname=%ED%95%98").await),
            std::slice::from_ref(&local),
            "하늘 begins with 하"
        );
        assert_eq!(ids(&found("?nickname=%EC%97%86").await), [""; 0]);
        let identity = "SELECT subject FROM identities WHERE provider = 'google'";
        let mut reader = app.database.read().await.unwrap();
        let row = db::query(identity).fetch_one(&mut *reader).await.unwrap();
        let subject: String = db::Row::get(&row, 0);
        drop(reader);
        assert_eq!(
            ids(&found(&format!("?provider=google&subject={subject}")).await),
            std::slice::from_ref(&minji)
        );
        assert_eq!(ids(&found(&format!("?provider=naver&subject={subject}")).await), [""; 0]);

        let one = auditor.gets(&app, &format!("/api/admin/members/{local}")).await.body["data"].clone();
        let (name, host) = EMAIL.split_once('@').unwrap();
        let masked = format!("{}***@{host}", &name[..1]);
        assert_eq!(one["member"]["address"], masked.as_str());
        assert_eq!(one["sign_in_methods"][0]["method"], "password");
        assert!(one["sign_in_methods"][0]["last_used"].is_string(), "they signed in by it: {one}");
        assert_eq!(one["sign_in_methods"][0]["address"], masked.as_str());
        assert_eq!(one["apps"].as_array().unwrap().len(), 1);
        assert_eq!(one["factors"]["codes_since"], Value::Null);
        assert_eq!(one["consents"], json!([]));
        let mails = one["mails"].as_array().unwrap();
        assert!(mails.iter().any(|mail| mail["mail"] == "prove-mailbox"), "{one}");
        assert!(!one.to_string().contains(EMAIL));
        let one = auditor.gets(&app, &format!("/api/admin/members/{minji}")).await.body["data"].clone();
        assert_eq!(one["member"]["roles"], json!(["ROLE_USER", "ROLE_MODERATOR"]));
        assert_eq!(one["sessions"].as_array().unwrap().len(), 1);
        assert!(one["sessions"][0]["network"].as_str().unwrap().ends_with("***"), "{one}");
        app.stop().await;
    }
}

/// Nicknames in their order, however many are alike.
#[tokio::test]
async fn a_list_by_nickname_goes_on_where_it_ended() {
    for app in App::both_configured(&clients()).await {
        let auditor = client(&app, "auditor").await;
        let names = ["가람", "가람", "가람", "가온", "가을", "나래"];
        for (number, name) in names.into_iter().enumerate() {
            let id = format!("01912f3a-0000-7000-8000-00000000001{number}");
            let insert = db::query(
                "INSERT INTO members (id, nickname, greeting, status, created_at, updated_at) \
                 VALUES (?, ?, '', 'active', 1, 1)",
            );
            let mut tx = app.database.begin().await.unwrap();
            insert.bind(id).bind(name).execute(&mut *tx).await.unwrap();
            tx.commit().await.unwrap();
        }
        for limit in 1..=6 {
            let (mut seen, mut after) = (Vec::new(), String::new());
            loop {
                let path = format!("/api/admin/members?nickname=%EA%B0%80&limit={limit}{after}");
                let reply = auditor.gets(&app, &path).await;
                seen.extend(ids(&reply));
                let Some(next) = reply.body["data"]["next"].as_str() else { break };
                after = format!("&after={next}");
            }
            let last = |id: &String| id.chars().last().unwrap();
            assert_eq!(seen.iter().map(last).collect::<String>(), "01234", "limit {limit}");
        }
        app.stop().await;
    }
}

#[tokio::test]
async fn s_log_1_what_operators_do_is_in_the_audit_log_with_the_operator_and_the_reason() {
    let app = App::configured(&clients()).await;
    let (admin, administrator) = signed_in(&app, "haneul", &[Role::ADMIN]).await;
    let (member, victim) = signed_in(&app, "minji", &[]).await;
    let helpdesk = client(&app, "helpdesk").await;
    let path = |action: &str| format!("/api/admin/members/{victim}/{action}");
    let reply = admin.posts(&app, &path("sign-out"), json!({"reason": "잃어버린 기기"})).await;
    assert_eq!(reply.body["data"]["changed"], true, "{}", reply.body);
    let Caller::Browser(browser) = &member else { unreachable!() };
    assert!(browser.fetch("/api/auth/session").await.json().is_null());
    app.advance(Duration::from_secs(1));
    helpdesk.posts(&app, &path("disable"), json!({"reason": "ticket 9"})).await;
    let filter = AuditFilter { member: Some(victim.uuid()), ..AuditFilter::default() };
    let rows = audit::search::newest(&mut app.database.read().await.unwrap(), &filter, 2).await.unwrap();
    let by = administrator.to_string();
    let told: Vec<_> = rows
        .iter()
        .map(|row| (&*row.kind, &*row.actor, row.operator.as_deref(), &*row.client, &*row.note))
        .collect();
    assert_eq!(
        told,
        [
            ("account_disabled", "operator", None, "helpdesk", "ticket 9"),
            ("signed_out_by_operator", "operator", Some(&*by), "", "잃어버린 기기"),
        ]
    );
    app.stop().await;
}

#[test]
fn s_as_34_a_client_administers_for_itself_alone() {
    let wrong =
        clients().replacen("[\"client_credentials\"]", "[\"client_credentials\", \"authorization_code\"]", 1)
            + "redirect_uris = [\"https://app.example/callback\"]\n";
    let error = crate::app::configuration_of(&wrong, &[]);
    let error = error.map(|config| server::authorization::clients(&config).map(|_| ()));
    let text = format!("{error:?}");
    assert!(text.contains("a client administers for itself alone"), "{text}");
}
