//! The way back of a member who lost their second factor (decision 74): ordered by an operator, stopped by its owner, or carried out.

use std::time::Duration;

use members::{FactorResetError, FactorResetWorker};
use names::{Actor, MemberId, OperatedBy, Operation, OperatorReason, Source};
use testkit::{Browser, TestDatabase};

use crate::accounts::{EMAIL, PASSWORD, mail, token};
use crate::app::App;
use crate::authenticator::{Careful, OTHER, RECOVERED, by_password, second};
use crate::process::Place;

pub const DELAY: Duration = Duration::from_hours(24);
pub const PAGE: &str = "/account/keep/factors";
pub const STOP: &str = "/api/users/factor-reset/cancel";

pub async fn number(app: &App, statement: &'static str) -> i64 {
    app.flush_audit().await;
    let mut reader = app.database.read().await.unwrap();
    db::Row::get(&db::query(statement).fetch_one(&mut *reader).await.unwrap(), 0)
}

pub async fn member(app: &App) -> MemberId {
    let mut reader = app.database.read().await.unwrap();
    let row = db::query("SELECT member_id FROM local_accounts").fetch_one(&mut *reader).await.unwrap();
    MemberId::parse(&db::Row::get::<String, _>(&row, 0)).unwrap()
}

/// What an operator does, by the command or over HTTP.
pub async fn order(app: &App) -> Result<(), FactorResetError> {
    order_of(app, member(app).await).await
}

pub async fn order_of(app: &App, member: MemberId) -> Result<(), FactorResetError> {
    let source = Source::request("test", String::new(), "").by(Actor::Operator);
    let reason = OperatorReason::parse("seen with passport").unwrap();
    let operation = Operation { source, by: OperatedBy::CommandLine, reason };
    app.members().factor_resets.order(member, &operation).await.map(drop)
}

/// Lets what is due be carried out, by this replica or by another worker that has it.
pub async fn carry_out(app: &App) {
    let worker = FactorResetWorker::new(app.members().factor_resets.clone(), FactorResetWorker::SETTINGS);
    for _ in 0..1000 {
        worker.round().await.unwrap();
        let due = "SELECT COUNT(*) FROM jobs WHERE kind = 'factor-reset'";
        if number(app, due).await == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it is never carried out");
}

async fn mails(app: &App, subject: &str) -> usize {
    app.settled().await;
    let mails = app.browser().fetch("/dev/mail?to=haneul%40example.com").await.json();
    mails.as_array().unwrap().iter().filter(|mail| mail["subject"] == subject).count()
}

async fn asks_for_a_code(app: &App) {
    assert_eq!(by_password(&app.browser(), PASSWORD).await.location(), "/oauth/second");
}

pub const ORDERED: &str =
    "SELECT COUNT(*) FROM audit_events WHERE kind = 'factor_reset_ordered' AND actor = 'operator'";
pub const STOPPED: &str =
    "SELECT COUNT(*) FROM audit_events WHERE kind = 'factor_reset_stopped' AND outcome = 'success'";
pub const DONE: &str =
    "SELECT COUNT(*) FROM audit_events WHERE kind = 'factors_reset' AND outcome = 'success'";

#[tokio::test]
async fn s_acc_16_after_the_delay_the_factor_goes_and_all_that_was_reached_by_it() {
    for app in App::both().await {
        let careful = Careful::become_one(&app).await;
        let (inside, remembered) = (careful.sign_in(&app).await, app.browser());
        by_password(&remembered, PASSWORD).await;
        let code = careful.authenticator.next_code(&app);
        remembered.submit("/api/auth/signin/second", &[("code", &code), ("remember", "1")]).await;
        order(&app).await.unwrap();
        assert_eq!(mails(&app, "2단계 인증이 초기화될 예정입니다").await, 1, "at once");
        assert_eq!(number(&app, ORDERED).await, 1);

        app.advance(DELAY.checked_sub(Duration::from_secs(1)).unwrap());
        let worker = FactorResetWorker::new(app.members().factor_resets.clone(), FactorResetWorker::SETTINGS);
        assert_eq!(worker.round().await.unwrap().tried(), 0);
        asks_for_a_code(&app).await;
        assert!(app.is_signed_in(&inside).await, "nothing is different before");

        app.advance(Duration::from_secs(1));
        carry_out(&app).await;
        assert_eq!((number(&app, DONE).await, mails(&app, "2단계 인증이 초기화되었습니다").await), (1, 1));
        for browser in [&inside, &remembered] {
            assert!(!app.is_signed_in(browser).await);
        }
        for table in [
            "SELECT COUNT(*) FROM totp_seeds",
            "SELECT COUNT(*) FROM recovery_codes",
            "SELECT COUNT(*) FROM remembered_devices",
        ] {
            assert_eq!(number(&app, table).await, 0, "{table}");
        }
        let known = by_password(&app.browser(), PASSWORD).await;
        assert!(known.location().starts_with("/oauth/login?error=bad_credentials"), "{}", known.location());

        let browser = app.browser();
        browser.submit("/api/users/password/forgot", &[("email", EMAIL)]).await;
        let proof = token(&mail(&app, EMAIL, "/password/reset").await);
        browser.submit("/api/users/password/reset", &[("token", &proof), ("password", OTHER)]).await;
        assert_eq!(by_password(&browser, OTHER).await.location(), "/me");
        app.stop().await;
    }
}

#[tokio::test]
async fn s_acc_16_the_link_stops_it_once_and_only_by_its_button() {
    for app in App::both().await {
        Careful::become_one(&app).await;
        order(&app).await.unwrap();
        let stop = token(&mail(&app, EMAIL, PAGE).await);
        // A password reset ends all other links, and opens nothing.
        let thief = app.browser();
        thief.submit("/api/users/password/forgot", &[("email", EMAIL)]).await;
        let proof = token(&mail(&app, EMAIL, "/password/reset").await);
        thief.submit("/api/users/password/reset", &[("token", &proof), ("password", OTHER)]).await;
        assert_eq!(by_password(&thief, OTHER).await.location(), "/oauth/second");

        let reader = app.browser();
        for _ in 0..3 {
            let page = reader.open(&format!("{PAGE}?token={stop}")).await;
            assert_eq!(page.status, 200, "S-MAIL-6: opening it changes nothing");
            assert!(page.body.contains("2단계 인증 유지하기") && page.body.contains(&stop), "{}", page.body);
        }
        assert_eq!(number(&app, STOPPED).await, 0);
        for _ in 0..2 {
            let kept = reader.submit(STOP, &[("token", &stop)]).await;
            assert_eq!(kept.location(), "/oauth/login?notice=factors_kept");
        }
        assert!(!app.is_signed_in(&reader).await, "nobody is signed in by it");
        let other = app.browser();
        let spent = other.submit(STOP, &[("token", &stop)]).await;
        assert_eq!(other.open(spent.location()).await.status, 400);
        assert_eq!(
            (number(&app, STOPPED).await, mails(&app, "2단계 인증 초기화가 취소되었습니다").await),
            (1, 1)
        );

        app.advance(DELAY);
        carry_out(&app).await;
        assert_eq!(number(&app, DONE).await, 0);
        assert_eq!(by_password(&app.browser(), OTHER).await.location(), "/oauth/second");
        order(&app).await.expect("another one can be ordered");
        app.stop().await;
    }
}

#[tokio::test]
async fn s_acc_16_who_shows_a_factor_stops_it() {
    for app in App::both().await {
        let careful = Careful::become_one(&app).await;
        order(&app).await.unwrap();
        asks_for_a_code(&app).await;
        assert_eq!(number(&app, STOPPED).await, 0, "the password alone does not");
        let browser = careful.sign_in(&app).await;
        assert_eq!(
            (number(&app, STOPPED).await, mails(&app, "2단계 인증 초기화가 취소되었습니다").await),
            (1, 1)
        );
        app.advance(DELAY);
        carry_out(&app).await;
        assert!(app.is_signed_in(&browser).await);
        assert_eq!(number(&app, DONE).await, 0);

        order(&app).await.unwrap();
        let by_recovery = app.browser();
        by_password(&by_recovery, PASSWORD).await;
        assert_eq!(second(&by_recovery, &careful.recovery_codes[0]).await.location(), RECOVERED);
        assert_eq!(number(&app, STOPPED).await, 2, "a recovery code as well");
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn s_acc_16_one_order_waits_and_one_replica_carries_it_out() {
    for database in TestDatabase::both().await {
        let app = App::start_on(database, &[("DAEMUN_MASTER_KEYS", crate::token_actor::MASTER_KEY)]).await;
        let keys = format!("master_keys = [\"{}\"]\n", crate::token_actor::MASTER_KEY);
        let other = app.replica(&keys).await;
        assert!(matches!(
            order_of(&app, MemberId::parse("0192f3a0-0000-7000-8000-000000000000").unwrap()).await,
            Err(FactorResetError::NoMember)
        ));
        let careful = Careful::become_one(&app).await;
        let id = member(&app).await;
        let ordered =
            futures::future::join_all([order_of(&app, id), order_of(&other, id), order_of(&app, id)]).await;
        assert_eq!(ordered.iter().filter(|result| result.is_ok()).count(), 1);
        assert!(ordered.iter().all(|result| matches!(result, Ok(()) | Err(FactorResetError::Waits(_)))));
        assert_eq!(
            (number(&app, ORDERED).await, mails(&app, "2단계 인증이 초기화될 예정입니다").await),
            (1, 1)
        );
        app.advance(DELAY);
        other.advance(kernel::Clock::now(&*app.clock).since(kernel::Clock::now(&*other.clock)));
        futures::future::join(carry_out(&app), carry_out(&other)).await;
        assert_eq!((number(&app, DONE).await, mails(&app, "2단계 인증이 초기화되었습니다").await), (1, 1));
        assert!(matches!(order(&app).await, Err(FactorResetError::NoFactor)));
        drop(careful);
        other.stop().await;
        app.stop().await;
    }
}

/// Codes that were set up after the order are not those that were lost.
#[tokio::test]
async fn s_acc_16_an_order_takes_no_codes_that_were_set_up_since() {
    let app = App::start().await;
    let careful = Careful::become_one(&app).await;
    let browser: Browser = careful.sign_in(&app).await;
    order(&app).await.unwrap();
    app.advance(Duration::from_secs(60));
    let again = Careful::turn_on(&app, &browser).await;
    app.advance(DELAY);
    carry_out(&app).await;
    assert_eq!(number(&app, DONE).await, 0);
    again.sign_in(&app).await;
}

#[tokio::test]
async fn operators_are_told_why_nothing_is_reset() {
    let mut place = Place::new();
    place.set("DAEMUN_SIMULATORS__ENABLED", "false");
    let process = place.start().await;
    process.stop().await;
    let says = async |arguments: &[&str]| {
        let output =
            place.command().args(["member", "reset-factors"]).args(arguments).output().await.unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let nobody = "0192f3a0-0000-7000-8000-000000000000";
    let (code, said) = says(&[nobody, "--reason", "seen with passport"]).await;
    assert!(code == Some(1) && said.contains("there is no member 0192f3a0"), "{said}");
    for wrong in [&[nobody][..], &[nobody, "--reason", " "], &["nobody", "--reason", "x"]] {
        let (code, said) = says(wrong).await;
        assert_eq!(code, Some(2), "{said}");
    }
}
