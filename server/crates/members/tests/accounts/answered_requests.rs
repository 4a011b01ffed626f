//! What was answered is done, also when the process that answered is no more.

use std::sync::Arc;
use std::time::Duration;

use kernel::Clock as _;
use members::{AccountSettings, Members, Nickname, SignUp};

use crate::people::{context, email, password};
use crate::stage::{HONG, PASSWORD, Stage, settings};

const ROWS: &str = "SELECT COUNT(*) FROM jobs WHERE kind = 'answered-request'";
const INSERT: &str = "INSERT INTO jobs (id, kind, payload, sealed, state, attempts, due_at, created_at, expires_at) \
    VALUES (?, 'answered-request', '', ?, 'waiting', 0, 0, 0, ?)";

/// A process that gives its answer and is killed in that very moment: nothing that it began goes on.
fn answer_and_die(stage: &Stage, settings: &AccountSettings, ask: impl AsyncFnOnce(Arc<Members>) + Send) {
    let life = || {
        let process = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        process.block_on(async { ask(stage.replica(settings.clone()).await.members).await });
    };
    std::thread::scope(|scope| scope.spawn(life).join().unwrap());
}

async fn ask_reset(members: Arc<Members>) {
    members.password_resets.request_reset(email(HONG).into(), &context("203.0.113.9")).await.unwrap();
}

#[tokio::test]
async fn a_mail_that_was_promised_by_a_process_that_died_goes_out_once() {
    for stage in Stage::both().await {
        stage.member(HONG).await;
        let settings = settings();
        answer_and_die(&stage, &settings, ask_reset);
        assert_eq!(stage.kinds(HONG).await, ["prove-mailbox"]);
        let replicas =
            [stage.replica(settings.clone()).await.members, stage.replica(settings.clone()).await.members];
        replicas[0].left_requests.fulfil_what_is_left().await.unwrap();
        assert_eq!(stage.count(ROWS).await, 1, "the process that answered may still be at it");
        stage.clock.advance(Duration::from_secs(5));
        let both = replicas.iter().map(|replica| replica.left_requests.fulfil_what_is_left());
        assert!(futures::future::join_all(both).await.iter().all(Result::is_ok));
        assert_eq!(stage.kinds(HONG).await, ["prove-mailbox", "reset-password"]);
        assert_eq!(stage.audited("password_reset_request", "success").await, 1);
        assert_eq!(stage.count(ROWS).await, 0);
    }
}

#[tokio::test]
async fn s_mail_9_the_same_is_written_down_for_every_address_and_none_lies_there_in_the_clear() {
    let stage = Stage::sqlite().await;
    stage.member(HONG).await;
    for (address, rows) in [(HONG, 1), ("nobody@example.org", 2)] {
        answer_and_die(&stage, &settings(), async |members: Arc<Members>| {
            members
                .password_resets
                .request_reset(email(address).into(), &context("203.0.113.9"))
                .await
                .unwrap();
        });
        assert_eq!(stage.count(ROWS).await, rows);
    }
    assert!(!stage.dump().await.contains("nobody@example.org"));
    stage.clock.advance(Duration::from_secs(5));
    assert_eq!(stage.members.left_requests.fulfil_what_is_left().await.unwrap(), 2);
    assert_eq!(stage.kinds("nobody@example.org").await, Vec::<String>::new());
}

#[tokio::test]
async fn a_sign_up_that_was_answered_by_a_process_that_died_is_kept() {
    let stage = Stage::discreet().await;
    let settings = AccountSettings { reveal_existing: false, ..settings() };
    answer_and_die(&stage, &settings, async |members: Arc<Members>| {
        let nickname = Nickname::parse("홍길동").unwrap();
        let wish = SignUp { email: email(HONG), password: password(PASSWORD), nickname, return_to: None };
        members.sign_ups.sign_up(wish, &context("203.0.113.9")).await.unwrap();
    });
    stage.clock.advance(Duration::from_secs(5));
    stage.members.left_requests.fulfil_what_is_left().await.unwrap();
    let mail = stage.newest_mail(HONG).await;
    stage.members.mailbox_proofs.prove_mailbox(&mail.token(), None, &context("203.0.113.9")).await.unwrap();
    assert!(stage.can_sign_in(HONG, PASSWORD).await);
}

#[tokio::test]
async fn what_could_not_be_done_for_an_hour_is_dropped() {
    for stage in Stage::both().await {
        answer_and_die(&stage, &settings(), ask_reset);
        stage.clock.advance(Duration::from_hours(1));
        let mut tx = stage.database.begin().await.unwrap();
        assert_eq!(jobs::STORAGE.delete_expired(&mut tx, stage.clock.now(), 10).await.unwrap(), 1);
        tx.commit().await.unwrap();
        assert_eq!(stage.count(ROWS).await, 0);
    }
}

#[tokio::test]
async fn requests_that_cannot_be_done_keep_none_of_the_others_from_being_done() {
    for stage in Stage::both().await {
        stage.member(HONG).await;
        let mut tx = stage.database.begin().await.unwrap();
        // More than are looked at in one go, and older.
        for number in 0..60 {
            let insert = db::query(INSERT).bind(format!("00000000-0000-7000-8000-0000000000{number:02}"));
            insert.bind(vec![0_u8]).bind(i64::MAX).execute(&mut *tx).await.unwrap();
        }
        tx.commit().await.unwrap();
        answer_and_die(&stage, &settings(), ask_reset);
        stage.clock.advance(Duration::from_secs(5));
        assert_eq!(stage.members.left_requests.fulfil_what_is_left().await.unwrap(), 61);
        assert_eq!(stage.kinds(HONG).await, ["prove-mailbox", "reset-password"]);
        assert_eq!(stage.count(ROWS).await, 60);
        assert_eq!(
            stage.members.left_requests.fulfil_what_is_left().await.unwrap(),
            0,
            "not before their time"
        );
        let mut tries = 60;
        while tries < 60 * 20 {
            stage.clock.advance(Duration::from_mins(5));
            match stage.members.left_requests.fulfil_what_is_left().await.unwrap() {
                0 => break,
                again => tries += again,
            }
        }
        assert_eq!(tries, 60 * 8, "then they are parked");
        assert_eq!(stage.count(ROWS).await, 60, "and are there for somebody to look at");
    }
}

#[tokio::test]
async fn a_request_that_has_no_id_keeps_none_of_the_others_from_being_done() {
    for stage in Stage::both().await {
        stage.member(HONG).await;
        let mut tx = stage.database.begin().await.unwrap();
        db::query(INSERT).bind("odd").bind(vec![0_u8]).bind(i64::MAX).execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
        answer_and_die(&stage, &settings(), ask_reset);
        stage.clock.advance(Duration::from_secs(5));
        assert_eq!(stage.members.left_requests.fulfil_what_is_left().await.unwrap(), 2);
        assert_eq!(stage.kinds(HONG).await, ["prove-mailbox", "reset-password"]);
    }
}
