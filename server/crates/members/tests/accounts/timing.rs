//! Whether the time of a sign-in says anything about the account.

use std::time::Instant;

use members::{AccountSettings, Allowance, LimitSettings};
use testkit::TestDatabase;

use crate::stage::{HONG, OTHER_PASSWORD, PASSWORD, Stage, visitor};

const ROUNDS: usize = 60;
const THROWN_AWAY: usize = 6;

#[tokio::test]
async fn s_acc_6_the_time_of_a_sign_in_does_not_tell_the_states_of_accounts_apart() {
    let unlimited =
        Allowance { burst: std::num::NonZeroU32::MAX, refill: std::time::Duration::from_nanos(1) };
    let limits = LimitSettings {
        passwords_by_network: unlimited,
        passwords_by_account: unlimited,
        passwords_by_account_and_network: unlimited,
        ..LimitSettings::default()
    };
    let stage =
        Stage::on(TestDatabase::sqlite().await, AccountSettings { limits, ..AccountSettings::default() })
            .await;
    stage.member(HONG).await;
    stage.sign_up("waiting@example.com", PASSWORD).await.unwrap();
    stage.member("out@example.com").await;
    stage.run("UPDATE members SET status = 'disabled' WHERE email = ?", "out@example.com").await;
    let identity = providers::ProviderIdentity {
        provider: providers::ProviderName::Google,
        subject: providers::Subject::parse("1234").unwrap(),
        email: providers::Email::parse("google@example.com"),
        email_verified: true,
        nickname: None,
        picture: None,
        grant: None,
    };
    let mut tx = stage.database.begin().await.unwrap();
    stage.accounts.come_in(&mut tx, &identity, &visitor("203.0.113.9")).await.unwrap();
    tx.commit().await.unwrap();
    let classes = [
        ("unknown", "nobody@example.com", PASSWORD),
        ("wrong", HONG, OTHER_PASSWORD),
        ("by Google", "google@example.com", PASSWORD),
        ("not proven", "waiting@example.com", PASSWORD),
        ("disabled", "out@example.com", PASSWORD),
    ];
    let mut times = vec![Vec::new(); classes.len()];
    let here = visitor("203.0.113.9");
    for _ in 0..ROUNDS {
        for (class, (_, address, secret)) in classes.iter().enumerate() {
            let before = Instant::now();
            stage.accounts.authenticate((address, secret), &here).await.unwrap_err();
            times[class].push(before.elapsed().as_secs_f64() * 1e3);
        }
    }
    let times: Vec<_> = times.iter().map(|times| &times[THROWN_AWAY..]).collect();
    for (class, (name, ..)) in classes.iter().enumerate() {
        let z = mann_whitney(times[0], times[class]);
        println!("{name:>10}: median {:.2} ms, Mann-Whitney z against unknown {z:+.2}", median(times[class]));
        // 2.58 would be p = 0.01 on a quiet machine; this one is not. An early return would give 9.
        assert!(z.abs() < 6.0, "{name}: {z}");
    }
}

fn median(times: &[f64]) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

/// The Mann-Whitney U statistic in its normal approximation.
#[expect(clippy::cast_precision_loss, reason = "the counts are small")]
fn mann_whitney(one: &[f64], other: &[f64]) -> f64 {
    let smaller: f64 = one
        .iter()
        .flat_map(|a| {
            other.iter().map(move |b| {
                if a < b {
                    1.0
                } else if a > b {
                    0.0
                } else {
                    0.5
                }
            })
        })
        .sum();
    let (m, n) = (one.len() as f64, other.len() as f64);
    (smaller - m * n / 2.0) / (m * n * (m + n + 1.0) / 12.0).sqrt()
}
