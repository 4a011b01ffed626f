//! Roles: in tokens, at services, at routes; given and taken away by operators, and gone everywhere at once.

use std::time::{Duration, Instant};

use members::{MemberRoles, RoleChangeError};
use names::{Actor, MemberId, OperatedBy, Operation, OperatorReason, Role, Source};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, Browser};

use crate::accounts::{Reply, call, log_in, post, sign_up};
use crate::app::App;
use crate::echo::Echo;
use crate::process::place_with_member;
use crate::token_actor::{MASTER_KEY, claims_of};

/// How soon a role is gone everywhere.
const A_SECOND: Duration = Duration::from_secs(1);

/// The id of nobody.
const NOBODY: &str = "01912f3a-0000-7000-8000-000000000001";

fn routes(echo: &Echo) -> String {
    let route = |path: &str, role: &str| {
        let upstream = echo.url();
        format!(
            "[[gateway.routes]]\npath = \"{path}\"\nupstream = [\"{upstream}\"]\nmethods = [\"GET\"]\nscope = \"read\"\n{role}\n"
        )
    };
    [
        format!("master_keys = [\"{MASTER_KEY}\"]\n[roles]\nnames = [\"ROLE_SUPPORT\"]\n"),
        route("/api/desk/{*rest}", "role = \"ROLE_SUPPORT\""),
        route("/api/{*rest}", ""),
    ]
    .concat()
}

/// What an operator does: at the command line, or a member who administers.
fn operation(operator: Option<MemberId>) -> Operation {
    let source = Source::request("an-operators-request", String::new(), "").by(Actor::Operator);
    let by = operator.map_or(OperatedBy::CommandLine, OperatedBy::Member);
    Operation { source, by, reason: OperatorReason::parse("문의 1234").unwrap() }
}

fn support() -> Role {
    Role::parse("ROLE_SUPPORT").unwrap()
}

async fn id_of(browser: &Browser) -> MemberId {
    let session = browser.fetch("/api/auth/session").await.json();
    MemberId::parse(session["user"]["id"].as_str().unwrap()).unwrap()
}

fn code(answer: &Answer) -> (u16, String) {
    let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    (answer.status.as_u16(), body["error"]["code"].as_str().unwrap_or_default().to_owned())
}

async fn until(ask: impl AsyncFn() -> (u16, String), expected: (u16, &str)) {
    let began = Instant::now();
    loop {
        let (status, code) = ask().await;
        if (status, &*code) == expected {
            return;
        }
        assert!(began.elapsed() < A_SECOND, "still {status} {code}");
        tokio::task::yield_now().await;
    }
}

/// What a service is asked by an app.
async fn asked(app: &App, path: &str, tokens: &Value) -> Reply {
    call(app, Method::GET, path, tokens["access_token"].as_str(), None).await
}

#[tokio::test]
async fn s_tok_15_a_role_that_is_taken_away_is_gone_on_every_replica_within_a_second_and_nobody_is_signed_out()
 {
    let echo = Echo::start().await;
    for app in App::both_configured(&routes(&echo)).await {
        let other = app.replica(&routes(&echo)).await;
        let browser = other.browser();
        other.sign_in(&browser, "google", "minji").await;
        let member = id_of(&browser).await;
        let desk = async || code(&browser.fetch("/api/desk/1").await);
        assert_eq!(desk().await, (403, "INSUFFICIENT_ROLE".to_owned()));
        assert!(app.roles().give(member, &support(), &operation(None)).await.unwrap());
        assert!(!app.roles().give(member, &support(), &operation(None)).await.unwrap(), "once is enough");
        other.advance(Duration::from_secs(31));
        app.advance(Duration::from_secs(31));
        let answer = browser.fetch("/api/desk/1").await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.json()["headers"]["x-member-roles"], "ROLE_USER,ROLE_SUPPORT");
        let sent = answer.json()["headers"]["authorization"].as_str().unwrap().to_owned();
        assert_eq!(claims_of(&sent)["roles"], json!(["ROLE_USER", "ROLE_SUPPORT"]));
        let verify = async |role: &str| code(&browser.fetch(&format!("/auth/verify?role={role}")).await);
        assert_eq!(verify("ROLE_SUPPORT").await.0, 200);
        assert_eq!(verify("ROLE_ADMIN").await, (403, "INSUFFICIENT_ROLE".to_owned()));
        assert_eq!(verify("admin").await.0, 400);
        other.flush_audit().await;
        let kind = Some(names::AuditKind::AccessDenied);
        let filter = audit::AuditFilter { member: Some(member.uuid()), kind, ..Default::default() };
        let rows = audit::search::newest(&mut app.database.read().await.unwrap(), &filter, 9).await.unwrap();
        assert!(rows.iter().any(|row| row.reason == "INSUFFICIENT_ROLE"), "the gateway names them: {rows:?}");

        assert!(app.roles().take(member, &support(), &operation(None)).await.unwrap());
        until(desk, (403, "INSUFFICIENT_ROLE")).await;
        let answer = browser.fetch("/api/orders/1").await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.json()["headers"]["x-member-roles"], "ROLE_USER");
        assert!(other.is_signed_in(&browser).await);
        assert!(!app.roles().take(member, &support(), &operation(None)).await.unwrap());
        other.stop().await;
        app.stop().await;
    }
}

#[tokio::test]
async fn s_tok_15_an_apps_token_with_the_role_is_refused_and_its_next_one_is_without() {
    let echo = Echo::start().await;
    let app = App::configured(&routes(&echo)).await;
    sign_up(&app).await;
    let first = log_in(&app).await;
    let me = asked(&app, "/api/users/me", &first).await;
    let member = MemberId::parse(me.body["data"]["id"].as_str().unwrap()).unwrap();
    app.roles().give(member, &support(), &operation(None)).await.unwrap();
    assert_eq!(asked(&app, "/api/desk/1", &first).await.code(), (403, "INSUFFICIENT_ROLE"));
    let refreshed = async |tokens: &Value| {
        let refresh = json!({"refresh_token": tokens["refresh_token"]});
        post(&app, "/auth/refresh", refresh).await.body["data"].clone()
    };
    let second = refreshed(&first).await;
    assert_eq!(asked(&app, "/api/desk/1", &second).await.status, 200);
    app.roles().take(member, &support(), &operation(None)).await.unwrap();
    assert_eq!(asked(&app, "/api/desk/1", &second).await.code(), (401, "TOKEN_REVOKED"));
    assert_eq!(asked(&app, "/api/users/me", &second).await.code(), (401, "TOKEN_REVOKED"));
    let third = refreshed(&second).await;
    assert_eq!(asked(&app, "/api/users/me", &third).await.status, 200);
    assert_eq!(asked(&app, "/api/desk/1", &third).await.code(), (403, "INSUFFICIENT_ROLE"));
    assert_eq!(asked(&app, "/api/users/me", &first).await.status, 200, "it never had the role");
    app.stop().await;
}

#[tokio::test]
async fn a_role_that_is_taken_away_beside_refreshes_is_in_no_token_that_is_good() {
    let echo = Echo::start().await;
    for app in App::both_configured(&routes(&echo)).await {
        sign_up(&app).await;
        let mut tokens = log_in(&app).await;
        let me = asked(&app, "/api/users/me", &tokens).await;
        let member = MemberId::parse(me.body["data"]["id"].as_str().unwrap()).unwrap();
        for round in 0..6 {
            app.roles().give(member, &support(), &operation(None)).await.unwrap();
            let refresh = json!({"refresh_token": tokens["refresh_token"]});
            let take = async {
                // At another moment of the refresh each time.
                for _ in 0..round * 3 {
                    tokio::task::yield_now().await;
                }
                app.roles().take(member, &support(), &operation(None)).await.unwrap()
            };
            let (refreshed, taken) = tokio::join!(post(&app, "/auth/refresh", refresh), take);
            assert!(taken && refreshed.status == 200, "{}", refreshed.body);
            tokens = refreshed.body["data"].clone();
            let answer = asked(&app, "/api/desk/1", &tokens).await;
            let (status, code) = answer.code();
            assert!(
                matches!((status, code), (401, "TOKEN_REVOKED") | (403, "INSUFFICIENT_ROLE")),
                "{round}: {status} {code}"
            );
            app.advance(Duration::from_secs(600));
        }
        app.stop().await;
    }
}

#[tokio::test]
async fn a_role_comes_back_only_when_its_last_tokens_are_gone() {
    let app = App::configured("[roles]\nnames = [\"ROLE_SUPPORT\"]\n").await;
    let browser = app.browser();
    app.sign_in(&browser, "google", "minji").await;
    let member = id_of(&browser).await;
    app.roles().give(member, &support(), &operation(None)).await.unwrap();
    app.roles().take(member, &support(), &operation(None)).await.unwrap();
    let again = app.roles().give(member, &support(), &operation(None)).await;
    assert!(matches!(again, Err(RoleChangeError::TakenLately(_))), "{again:?}");
    app.roles().give(member, &Role::MODERATOR, &operation(None)).await.unwrap();
    app.advance(Duration::from_secs(120));
    let again = app.roles().give(member, &support(), &operation(None)).await;
    assert!(matches!(again, Err(RoleChangeError::TakenLately(_))), "{again:?}");
    app.advance(Duration::from_mins(10));
    assert!(app.roles().give(member, &support(), &operation(None)).await.unwrap());
    for (role, refusal) in [
        (Role::USER, "every member has ROLE_USER"),
        (Role::parse("ROLE_NOBODY_KNOWS").unwrap(), "ROLE_ADMIN, ROLE_MODERATOR, ROLE_SUPPORT"),
    ] {
        let error = app.roles().give(member, &role, &operation(None)).await.unwrap_err().to_string();
        assert!(error.contains(refusal), "{error}");
    }
    let nobody = MemberId::parse("01912f3a-0000-7000-8000-000000000001").unwrap();
    let error = app.roles().give(nobody, &support(), &operation(None)).await.unwrap_err();
    assert!(matches!(error, RoleChangeError::NoMember), "{error}");
    app.stop().await;
}

/// Makes members into administrators.
async fn administrators(app: &App, users: &[&str]) -> Vec<MemberId> {
    let mut members = Vec::new();
    for user in users {
        let browser = app.browser();
        app.sign_in(&browser, "google", user).await;
        let member = id_of(&browser).await;
        app.roles().give(member, &Role::ADMIN, &operation(None)).await.unwrap();
        members.push(member);
    }
    members
}

async fn are_administrators(roles: &MemberRoles) -> Vec<MemberId> {
    roles.holders(&Role::ADMIN, None, 10).await.unwrap().iter().map(|given| given.member).collect()
}

#[tokio::test]
async fn of_two_administrators_who_take_the_role_from_each_other_one_keeps_it() {
    for app in App::both().await {
        for _ in 0..5 {
            let both = administrators(&app, &["minji", "junho"]).await;
            let take = async |from: MemberId, by: MemberId| {
                app.roles().take(from, &Role::ADMIN, &operation(Some(by))).await
            };
            let (one, other) = tokio::join!(take(both[0], both[1]), take(both[1], both[0]));
            let refused = [one, other].into_iter().filter_map(Result::err).collect::<Vec<_>>();
            assert!(matches!(refused[..], [RoleChangeError::LastAdministrator]), "{refused:?}");
            let last = are_administrators(app.roles()).await;
            assert_eq!(last.len(), 1);
            let alone = app.roles().take(last[0], &Role::ADMIN, &operation(Some(last[0]))).await;
            assert!(matches!(alone, Err(RoleChangeError::LastAdministrator)), "{alone:?}");
            assert!(app.roles().take(last[0], &Role::ADMIN, &operation(None)).await.unwrap());
            assert_eq!(are_administrators(app.roles()).await, []);
            app.advance(Duration::from_mins(10));
        }
        app.stop().await;
    }
}

#[tokio::test]
async fn s_log_1_the_audit_log_says_which_operator_gave_or_took_which_role_and_why() {
    let app = App::start().await;
    let both = administrators(&app, &["minji", "junho"]).await;
    app.advance(Duration::from_secs(1));
    app.roles().give(both[0], &Role::MODERATOR, &operation(Some(both[1]))).await.unwrap();
    app.advance(Duration::from_secs(1));
    app.roles().take(both[0], &Role::MODERATOR, &operation(Some(both[1]))).await.unwrap();
    let filter = audit::AuditFilter { member: Some(both[0].uuid()), ..Default::default() };
    let rows = audit::search::newest(&mut app.database.read().await.unwrap(), &filter, 3).await.unwrap();
    let by = both[1].to_string();
    let told: Vec<_> = rows
        .iter()
        .map(|row| (&*row.kind, &*row.object, &*row.actor, row.operator.as_deref(), &*row.note))
        .collect();
    assert_eq!(
        told,
        [
            ("role_taken", "ROLE_MODERATOR", "operator", Some(&*by), "문의 1234"),
            ("role_given", "ROLE_MODERATOR", "operator", Some(&*by), "문의 1234"),
            ("role_given", "ROLE_ADMIN", "operator", None, "문의 1234"),
        ]
    );
    app.stop().await;
}

#[tokio::test]
async fn operators_give_and_take_roles_beside_a_program_that_serves() {
    let (place, _simulators, process, browser) = place_with_member().await;
    let session = browser.fetch("/api/auth/session").await.json();
    let (id, email) = (session["user"]["id"].as_str().unwrap(), session["user"]["email"].as_str().unwrap());
    let says = async |arguments: &[&str]| place.says(&["member", "roles"], arguments).await;
    let reason = ["--reason", "first administrator"];
    let (code, text) = says(&[&[email, "--add", "ROLE_ADMIN"][..], &reason].concat()).await;
    assert!(code == 0 && text.starts_with(&format!("{id} now has ROLE_ADMIN\n")), "{text}");
    let (code, text) = says(&["--with", "ROLE_ADMIN"]).await;
    assert!(code == 0 && text.starts_with(id) && text.lines().count() == 1, "{text}");
    let (code, text) = says(&[id]).await;
    assert!(code == 0 && text.contains("ROLE_USER\n") && text.contains("ROLE_ADMIN since"), "{text}");
    let (code, text) = says(&[&[id, "--remove", "ROLE_ADMIN"][..], &reason].concat()).await;
    assert!(code == 0 && text.starts_with(&format!("{id} no longer has ROLE_ADMIN\n")), "{text}");
    for (arguments, expected, part) in [
        (&["nobody@example.com", "--add", "ROLE_ADMIN", "--reason", "x"][..], 1, "no member has proven"),
        (&[id, "--add", "ROLE_OTHER", "--reason", "x"], 1, "there is no role ROLE_OTHER"),
        (&[id, "--add", "ROLE_ADMIN"], 2, "--reason"),
        (&[id, "--add", "admin", "--reason", "x"], 2, "such as ROLE_SUPPORT"),
        (&["somebody"], 2, "an address that they have proven"),
        (&[NOBODY], 1, "there is no member 01912f3a"),
        (&["--with", "ROLE_NOPE"], 1, "there is no role ROLE_NOPE"),
        (&["--with", "ROLE_USER"], 2, "every member has ROLE_USER"),
        (&[], 2, "ID|ADDRESS"),
    ] {
        let (code, text) = says(arguments).await;
        assert!(code == expected && text.contains(part), "{arguments:?}: {code} {text}");
    }
    let before = place.says(&["audit"], &["--json"]).await.1;
    for (command, arguments, part) in [
        (&["sign-out"][..], &["--member", NOBODY][..], "there is no such member"),
        (&["member", "disable"], &[NOBODY, "--reason", "x"], "there is no member"),
        (&["activity", "rebuild"], &["--member", NOBODY], "there is no such member"),
    ] {
        let (code, text) = place.says(command, arguments).await;
        assert!(code == 1 && text.contains(part), "{command:?}: {code} {text}");
    }
    let hide = [NOBODY, "--reason", "x", "--for", "0s"];
    let (code, text) = place.says(&["activity", "hide"], &hide).await;
    assert!(code == 2 && text.contains("above zero"), "{code} {text}");
    assert_eq!(place.says(&["audit"], &["--json"]).await.1, before, "nothing was done");
    process.stop().await;
}
