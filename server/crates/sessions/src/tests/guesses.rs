//! Codes that are guessed while other first steps are taken in the same browser.

use kernel::Purpose;
use names::{MemberId, ProviderName, SignInMethod};

use providers::{BrowserBinding, Finished, ProviderIdentity};

use super::{DAY, Stage, browser, context, login, sign_in};
use crate::second_step::ask::FirstStep;
use crate::state::Sessions;

async fn use_codes(stage: &Stage, member: MemberId) {
    let seed = stage
        .key_ring
        .seal(Purpose::new("totp-seed"), &member.to_string(), b"12345678901234567890", &kernel::OsRandomness)
        .unwrap();
    let insert = "INSERT INTO totp_seeds (id, seed_sealed, enabled_at, last_step, accepted, wrong, after_providers) \
        VALUES (?, ?, 0, 0, 0, 0, 1)";
    let mut tx = stage.database.begin().await.unwrap();
    db::query(insert).bind(member.to_string()).bind(seed).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
}

async fn wrong(stage: &Stage) -> i64 {
    let mut reader = stage.database.read().await.unwrap();
    let row = db::query("SELECT wrong FROM totp_seeds").fetch_one(&mut *reader).await.unwrap();
    db::Row::get(&row, 0)
}

async fn wait(stage: &Stage, sessions: &Sessions, first: FirstStep, browser: &BrowserBinding) {
    let mut tx = stage.database.begin().await.unwrap();
    sessions.second_steps.wait_in_browser(&mut tx, first, browser, "/").await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn s_rate_1_a_guess_counts_when_another_first_step_has_ended_its_own() {
    for stage in Stage::both().await {
        let sessions = stage.replica().await;
        let owner = sign_in(&sessions, "1").await;
        let member = sessions.lookup.current(&owner).await.unwrap().unwrap().member.id;
        use_codes(&stage, member).await;
        let (steps, guesser) = (&sessions.second_steps, browser(&sessions));
        let method = SignInMethod::Provider(ProviderName::Kakao);
        let first = FirstStep { member, method, password_at: None };
        for count in 1..=3 {
            wait(&stage, &sessions, first, &guesser).await;
            let step = steps.step_of_browser(&guesser).await.unwrap().unwrap();
            steps.count_try(&step).await.unwrap();
            // While the guess is looked at.
            wait(&stage, &sessions, first, &guesser).await;
            steps.refuse(&step, "000000", &context()).await.unwrap();
            assert_eq!(wrong(&stage).await, count);
        }
    }
}

/// The provider may say once that an address is proven, and never again.
#[tokio::test]
async fn s_up_11_the_word_of_a_provider_is_taken_although_a_code_is_still_asked_for() {
    for stage in Stage::both().await {
        let sessions = stage.replica().await;
        let owner = sign_in(&sessions, "1").await;
        let member = sessions.lookup.current(&owner).await.unwrap().unwrap().member.id;
        use_codes(&stage, member).await;
        let before = identity(&stage).await;
        stage.clock.advance(DAY);
        let identity_now = ProviderIdentity {
            provider: ProviderName::Kakao,
            subject: providers::Subject::parse("1").unwrap(),
            email: kernel::email_address::read("minji@example.com"),
            email_verified: true,
            nickname: Some("민지".to_owned()),
            picture: None,
            grant: None,
        };
        let finished = Finished { identity: identity_now, login: login("/me") };
        let answer = sessions
            .provider_logins
            .start_session(&finished, &browser(&sessions), &http::HeaderMap::new(), &context())
            .await
            .unwrap();
        assert_eq!(answer.location, "/oauth/second");
        assert!(answer.session().is_none());
        let after = identity(&stage).await;
        assert_eq!((after.email.as_deref(), after.is_vouched), (Some("minji@example.com"), 1));
        assert_eq!(after.last_sign_in_at, before.last_sign_in_at, "nobody has signed in yet");
    }
}

struct Row {
    email: Option<String>,
    is_vouched: i64,
    last_sign_in_at: i64,
}

async fn identity(stage: &Stage) -> Row {
    let mut reader = stage.database.read().await.unwrap();
    let select = "SELECT email, email_verified, last_sign_in_at FROM identities";
    let row = db::query(select).fetch_one(&mut *reader).await.unwrap();
    Row {
        email: db::Row::get(&row, "email"),
        is_vouched: db::Row::get(&row, "email_verified"),
        last_sign_in_at: db::Row::get(&row, "last_sign_in_at"),
    }
}
