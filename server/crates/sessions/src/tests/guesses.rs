//! Codes that are guessed while other first steps are taken in the same browser.

use kernel::Purpose;
use names::{MemberId, ProviderName, SignInMethod};

use super::{Stage, browser, context, sign_in};
use crate::second_step::ask::FirstStep;

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
            steps.wait_in_browser(first, &guesser, "/").await.unwrap();
            let step = steps.step_of_browser(&guesser).await.unwrap().unwrap();
            steps.count_try(&step).await.unwrap();
            // While the guess is looked at.
            steps.wait_in_browser(first, &guesser, "/").await.unwrap();
            steps.refuse(&step, "000000", &context()).await.unwrap();
            assert_eq!(wrong(&stage).await, count);
        }
    }
}
