//! Accounts that operators disable and enable again.

use std::time::{Duration, Instant};

use members::StatusChangeError;
use names::{Actor, MemberId, OperatedBy, Operation, OperatorReason, Role, Source};
use serde_json::{Value, json};
use testkit::Browser;

use crate::accounts::{EMAIL, PASSWORD, log_in, post, sign_up};
use crate::app::App;
use crate::process::place_with_member;
use crate::token_actor::MASTER_KEY;

/// How soon it holds everywhere (design 1.4).
const A_SECOND: Duration = Duration::from_secs(1);

fn operation(operator: Option<MemberId>) -> Operation {
    let source = Source::request("an-operators-request", String::new(), "").by(Actor::Operator);
    let by = operator.map_or(OperatedBy::CommandLine, OperatedBy::Member);
    Operation { source, by, reason: OperatorReason::parse("신고 77").unwrap() }
}

async fn id_of(browser: &Browser) -> Option<MemberId> {
    let session: Value = browser.fetch("/api/auth/session").await.json();
    session["user"]["id"].as_str().map(|id| MemberId::parse(id).unwrap())
}

#[tokio::test]
async fn s_bff_14_a_disabled_account_is_signed_out_everywhere_and_signs_in_only_when_enabled_again() {
    let file = format!("master_keys = [\"{MASTER_KEY}\"]\n");
    for app in App::both_configured(&file).await {
        let other = app.replica(&file).await;
        let browser = other.browser();
        other.sign_in(&browser, "google", "minji").await;
        let member = id_of(&browser).await.unwrap();
        assert!(app.status().disable(member, &operation(None)).await.unwrap());
        assert!(!app.status().disable(member, &operation(None)).await.unwrap());
        let began = Instant::now();
        while id_of(&browser).await.is_some() {
            assert!(began.elapsed() < A_SECOND, "still signed in");
            tokio::task::yield_now().await;
        }
        let refused = browser.visit(&other.until_callback(&browser, "google", "minji").await).await;
        assert!(refused.location().contains("error=account_disabled"), "{}", refused.location());
        app.advance(Duration::from_secs(1));
        other.advance(Duration::from_secs(1));
        assert!(app.status().enable(member, &operation(None)).await.unwrap());
        assert!(!app.status().enable(member, &operation(None)).await.unwrap());
        other.sign_in(&browser, "google", "minji").await;
        assert_eq!(id_of(&browser).await, Some(member));
        let export = browser.fetch("/api/users/me/export").await.json().to_string();
        assert!(export.contains("account_disabled") && !export.contains("신고 77"), "not why: {export}");
        let filter = audit::AuditFilter { member: Some(member.uuid()), ..Default::default() };
        let rows = audit::search::newest(&mut app.database.read().await.unwrap(), &filter, 9).await.unwrap();
        let told: Vec<_> = rows
            .iter()
            .filter(|row| !row.note.is_empty())
            .map(|row| (&*row.kind, &*row.actor, &*row.note))
            .collect();
        assert_eq!(
            told,
            [("account_enabled", "operator", "신고 77"), ("account_disabled", "operator", "신고 77")]
        );
        other.stop().await;
        app.stop().await;
    }
}

#[tokio::test]
async fn apps_of_a_disabled_account_get_no_tokens_and_its_owner_is_told() {
    let app = App::start().await;
    sign_up(&app).await;
    let tokens = log_in(&app).await;
    let bearer = tokens["access_token"].as_str();
    let me = crate::accounts::call(&app, reqwest::Method::GET, "/api/users/me", bearer, None).await;
    let member = MemberId::parse(me.body["data"]["id"].as_str().unwrap()).unwrap();
    app.status().disable(member, &operation(None)).await.unwrap();
    let me = crate::accounts::call(&app, reqwest::Method::GET, "/api/users/me", bearer, None).await;
    assert_eq!(me.code(), (401, "TOKEN_REVOKED"));
    let refresh = json!({"refresh_token": tokens["refresh_token"]});
    assert_eq!(post(&app, "/auth/refresh", refresh).await.code(), (401, "AUTH_REFRESH_INVALID"));
    let login = json!({"email": EMAIL, "password": PASSWORD});
    assert_eq!(post(&app, "/auth/login", login.clone()).await.code(), (401, "AUTH_BAD_CREDENTIALS"));
    app.settled().await;
    let mails = app.browser().fetch(&format!("/dev/mail?to={}", EMAIL.replace('@', "%40"))).await.body;
    assert!(mails.contains("사용이 중지되었습니다"), "{mails}");
    app.status().enable(member, &operation(None)).await.unwrap();
    assert_eq!(post(&app, "/auth/login", login).await.status, 200);
    app.stop().await;
}

#[tokio::test]
async fn an_account_that_is_disabled_beside_a_sign_in_is_not_signed_in() {
    for app in App::both().await {
        let browser = app.browser();
        app.sign_in(&browser, "google", "minji").await;
        let member = id_of(&browser).await.unwrap();
        for round in 0..6 {
            let another = app.browser();
            let callback = app.until_callback(&another, "google", "minji").await;
            let disable = async {
                // At another moment of the sign-in each time.
                for _ in 0..round * 4 {
                    tokio::task::yield_now().await;
                }
                app.status().disable(member, &operation(None)).await.unwrap()
            };
            let (_, disabled) = tokio::join!(another.visit(&callback), disable);
            assert!(disabled);
            assert_eq!((id_of(&another).await, id_of(&browser).await), (None, None), "round {round}");
            app.status().enable(member, &operation(None)).await.unwrap();
            assert_eq!(id_of(&another).await, None, "what ended stays so");
        }
        app.stop().await;
    }
}

#[tokio::test]
async fn the_last_administrator_is_disabled_at_the_command_line_alone() {
    let app = App::start().await;
    let (one, other) = (app.browser(), app.browser());
    app.sign_in(&one, "google", "minji").await;
    app.sign_in(&other, "google", "junho").await;
    let both = [id_of(&one).await.unwrap(), id_of(&other).await.unwrap()];
    for member in both {
        app.roles().give(member, &Role::ADMIN, &operation(None)).await.unwrap();
    }
    let by = |operator: MemberId| operation(Some(operator));
    let (first, second) = (by(both[1]), by(both[0]));
    let results = tokio::join!(app.status().disable(both[0], &first), app.status().disable(both[1], &second));
    let refused: Vec<_> = [results.0, results.1].into_iter().filter_map(Result::err).collect();
    assert!(matches!(refused[..], [StatusChangeError::LastAdministrator]), "{refused:?}");
    for member in both {
        app.status().disable(member, &operation(None)).await.unwrap();
    }
    assert_eq!((id_of(&one).await, id_of(&other).await), (None, None));
    let nobody = MemberId::parse("01912f3a-0000-7000-8000-000000000001").unwrap();
    for changed in [
        app.status().disable(nobody, &operation(None)).await,
        app.status().enable(nobody, &operation(None)).await,
    ] {
        assert!(matches!(changed, Err(StatusChangeError::NoMember)), "{changed:?}");
    }
    app.stop().await;
}

#[tokio::test]
async fn an_account_that_is_to_be_deleted_stays_so() {
    let app = App::start().await;
    let browser = app.browser();
    app.sign_in(&browser, "google", "minji").await;
    let member = id_of(&browser).await.unwrap();
    assert_eq!(browser.submit("/api/users/me/delete", &[]).await.status, 303);
    let refused = app.status().disable(member, &operation(None)).await;
    assert!(matches!(refused, Err(StatusChangeError::Deleting)), "{refused:?}");
    assert!(!app.status().enable(member, &operation(None)).await.unwrap(), "its owner alone keeps it");
    app.stop().await;
}

#[tokio::test]
async fn operators_disable_and_enable_beside_a_program_that_serves() {
    let (place, _simulators, process, browser) = place_with_member().await;
    let session = browser.fetch("/api/auth/session").await.json();
    let (id, email) = (session["user"]["id"].as_str().unwrap(), session["user"]["email"].as_str().unwrap());
    let says = async |arguments: &[&str]| place.says(&["member"], arguments).await;
    for (arguments, expected, part) in [
        (&["disable", email, "--reason", "x"][..], 0, format!("{id} is disabled")),
        (&["disable", id, "--reason", "x"], 0, format!("{id} was disabled already")),
        (&["enable", email, "--reason", "x"], 0, format!("{id} may sign in again")),
        (&["enable", id, "--reason", "x"], 0, format!("{id} was not disabled")),
        (&["disable", id], 2, "--reason".to_owned()),
        (&["enable", "--reason", "x"], 2, "ID|ADDRESS".to_owned()),
    ] {
        let (code, text) = says(arguments).await;
        assert!(code == expected && text.contains(&part), "{arguments:?}: {code} {text}");
    }
    process.stop().await;
}
