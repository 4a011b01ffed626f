//! Families rotation by rotation.

use std::time::Duration;

use db::{Row as _, query};
use kernel::{Clock as _, OsRandomness, Randomness as _};
use names::MemberId;
use testkit::SeededRandomness;

use super::{Stage, access, client, decision, issue, redeem, refusal, rotate};
use crate::client_id::ClientId;
use crate::family::{EndReason, Grant};
use crate::redeem::{Presented, Redemption, Refused, Rotation};
use crate::refresh_token::RefreshToken;
use crate::scope::Scope;
use crate::tokens::Tokens;

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_hours(24);

async fn redeem_as(tokens: &Tokens, token: &RefreshToken, client: &str, scope: Option<&str>) -> Redemption {
    let client_id = ClientId::parse(client).unwrap();
    let scope = scope.map(|text| Scope::parse(text).unwrap());
    let mut tx = tokens.families.db.begin().await.unwrap();
    let presented = Presented { token, client_id: &client_id, scope: scope.as_ref(), key: None };
    let redemption = tokens.families.redeem(&mut tx, presented).await.unwrap();
    tx.commit().await.unwrap();
    redemption
}

#[tokio::test]
async fn s_tok_13_neither_tokens_nor_keys_are_in_the_database() {
    for stage in Stage::both().await {
        let tokens = stage.replica().await;
        let first = issue(&tokens, &stage.grant()).await;
        let second = rotate(&tokens, &first.refresh).await;
        let token = access(&tokens, &second).await;
        let dump = stage.database.dump().await;
        assert!(dump.contains(&second.family.id.to_string()), "the dump shows the table");
        for secret in [first.refresh.text(), second.refresh.text()] {
            assert!(!dump.contains(&secret[4..40]));
        }
        assert!(!dump.contains(token.expose().rsplit('.').next().unwrap()));
        // How every PKCS#8 of a P-256 key begins: its algorithm identifier, in the clear.
        let der = tokens.keys.set().signer(stage.clock.now()).unwrap().pkcs8().unwrap();
        assert!(!dump.contains(&*String::from_utf8_lossy(&der[8..20])));
    }
}

#[tokio::test]
async fn s_bff_14_a_member_sees_the_families_of_a_client_that_live() {
    for stage in Stage::both().await {
        let tokens = stage.replica().await;
        let grants = [stage.grant(), stage.grant(), stage.grant(), stage.grant()];
        let subject = grants[0].subject;
        let mut issued = Vec::new();
        for mut grant in grants {
            grant.subject = subject;
            issued.push(issue(&tokens, &grant).await);
            stage.clock.advance(SECOND);
        }
        let other = Grant { client_id: ClientId::own_app(), subject, ..stage.grant() };
        issue(&tokens, &other).await;
        issue(&tokens, &Grant { subject: MemberId::from_uuid(other.session.uuid()), ..stage.grant() }).await;
        rotate(&tokens, &issued[0].refresh).await;
        let mut tx = tokens.families.db.begin().await.unwrap();
        tokens.revoker.revoke_family(&mut tx, issued[1].family.id, EndReason::SignedOut).await.unwrap();
        tx.commit().await.unwrap();
        let list = async || {
            let mut reader = tokens.families.db.read().await.unwrap();
            let live = tokens.families.live_families(&mut reader, subject, &client(), 10).await.unwrap();
            live.into_iter().map(|live| live.family.id).collect::<Vec<_>>()
        };
        let ids = [0, 3, 2].map(|index| issued[index].family.id);
        assert_eq!(list().await, ids, "the one used last first");
        stage.clock.advance(DAY * 30);
        assert_eq!(list().await, []);
    }
}

#[tokio::test]
async fn s_tok_15_s_tok_17_a_spent_token_ends_the_family_and_the_end_survives_the_refusal() {
    for stage in Stage::both().await {
        let (one, other) = (stage.replica().await, stage.replica().await);
        let first = issue(&one, &stage.grant()).await;
        let second = rotate(&one, &first.refresh).await;
        let third = rotate(&other, &second.refresh).await;
        let token = access(&other, &third).await;
        assert_eq!(decision(&one, token.expose()).await, "OK");

        let refused = refusal(&one, &first.refresh).await;
        assert!(matches!(&refused, Refused::Reused(family) if family.id == third.family.id), "{refused:?}");
        // The word of it is given once, so that there is one audit row.
        for token in [&first.refresh, &second.refresh, &third.refresh] {
            let refused = refusal(&other, token).await;
            assert!(matches!(refused, Refused::Ended), "{refused:?}");
        }
        for replica in [&one, &other] {
            replica.feed.read().await.unwrap();
            assert_eq!(decision(replica, token.expose()).await, "TOKEN_REVOKED");
        }
        let mut reader = stage.database.read().await.unwrap();
        let row =
            query("SELECT end_reason, ended_at FROM refresh_families").fetch_one(&mut *reader).await.unwrap();
        assert_eq!(row.get::<String, _>("end_reason"), "reused");
        assert_eq!(row.get::<i64, _>("ended_at"), stage.clock.now().millis());
        let feed = query("SELECT kind FROM revocations").fetch_all(&mut *reader).await.unwrap();
        assert_eq!(feed.len(), 1);
        assert_eq!(feed[0].get::<String, _>("kind"), "family");
    }
}

#[tokio::test]
async fn s_tok_15_any_earlier_token_is_recognised_however_old() {
    let stage = Stage::sqlite().await;
    let tokens = stage.replica().await;
    let first = issue(&tokens, &stage.grant()).await;
    let mut last = first.clone();
    for _ in 0..50 {
        stage.clock.advance(Duration::from_hours(6));
        last = rotate(&tokens, &last.refresh).await;
    }
    assert!(matches!(refusal(&tokens, &first.refresh).await, Refused::Reused(_)));
    assert!(matches!(refusal(&tokens, &last.refresh).await, Refused::Ended));
}

#[tokio::test]
async fn s_tok_19_a_repeat_gets_the_same_successor_for_ten_seconds_until_that_is_used() {
    for stage in Stage::both().await {
        let tokens = stage.replica().await;
        let first = issue(&tokens, &stage.grant()).await;
        let second = rotate(&tokens, &first.refresh).await;
        assert!(!second.repeated);
        stage.clock.advance(SECOND * 5);
        let again = rotate(&tokens, &first.refresh).await;
        assert!(again.repeated);
        assert_eq!(again.refresh.text(), second.refresh.text());
        stage.clock.advance(SECOND * 5);
        assert_eq!(rotate(&tokens, &first.refresh).await.refresh.text(), second.refresh.text());

        // The successor is used: from now on the first token is a sign of theft.
        rotate(&tokens, &second.refresh).await;
        assert!(matches!(refusal(&tokens, &first.refresh).await, Refused::Reused(_)));
    }
}

#[tokio::test]
async fn s_tok_19_a_repeat_after_ten_seconds_ends_the_family() {
    for stage in Stage::both().await {
        let tokens = stage.replica().await;
        let first = issue(&tokens, &stage.grant()).await;
        let second = rotate(&tokens, &first.refresh).await;
        stage.clock.advance(SECOND * 11);
        assert!(matches!(refusal(&tokens, &first.refresh).await, Refused::Reused(_)));
        assert!(matches!(refusal(&tokens, &second.refresh).await, Refused::Ended));
    }
}

#[tokio::test]
async fn s_tok_18_the_absolute_end_is_30_days_from_sign_in_whatever_happens() {
    for stage in Stage::both().await {
        let tokens = stage.replica().await;
        let mut last = issue(&tokens, &stage.grant()).await;
        let end = stage.clock.now().plus(DAY * 30);
        for _ in 1..30 {
            stage.clock.advance(DAY);
            last = rotate(&tokens, &last.refresh).await;
            assert_eq!(last.family.expires_at, end);
            assert!(last.family.idle_at <= end);
        }
        stage.clock.advance(DAY);
        assert!(matches!(refusal(&tokens, &last.refresh).await, Refused::Expired));
    }
}

#[tokio::test]
async fn s_tok_18_a_family_that_is_not_used_ends() {
    for stage in Stage::both().await {
        let tokens = stage.replica().await;
        let (used, unused) = (issue(&tokens, &stage.grant()).await, issue(&tokens, &stage.grant()).await);
        stage.clock.advance(DAY * 13);
        let used = rotate(&tokens, &used.refresh).await;
        stage.clock.advance(DAY);
        assert!(matches!(refusal(&tokens, &unused.refresh).await, Refused::Expired));
        rotate(&tokens, &used.refresh).await;
    }
}

#[tokio::test]
async fn s_tok_14_a_token_is_bound_to_its_client_and_scope() {
    let stage = Stage::sqlite().await;
    let tokens = stage.replica().await;
    let first = issue(&tokens, &stage.grant()).await;
    let refused = |redemption| match redemption {
        Redemption::Refused(why) => why,
        Redemption::Rotated(_) => panic!("rotated"),
    };
    let why = refused(redeem_as(&tokens, &first.refresh, "other-client", None).await);
    assert!(matches!(why, Refused::WrongClient));
    let wide = Some("read admin");
    let why = refused(redeem_as(&tokens, &first.refresh, "portal-client", wide).await);
    assert!(matches!(why, Refused::ScopeTooWide));

    // Neither spent the token.
    let Redemption::Rotated(second) = redeem_as(&tokens, &first.refresh, "portal-client", Some("read")).await
    else {
        panic!("refused")
    };
    assert!(!second.repeated);
    assert_eq!(second.scope.as_str(), "read");
    let claims =
        tokens.verifier.verify(access(&tokens, &second).await.expose(), &["services"]).await.unwrap();
    assert_eq!(claims.scope.as_str(), "read");
    let third = rotate(&tokens, &second.refresh).await;
    assert_eq!(third.scope.as_str(), "openid read write", "less for once is not less for ever");
}

#[tokio::test]
async fn a_token_that_nobody_gave_out_is_unknown_and_ends_nothing() {
    let stage = Stage::sqlite().await;
    let tokens = stage.replica().await;
    let first = issue(&tokens, &stage.grant()).await;
    let stranger = RefreshToken::first(&OsRandomness);
    assert!(matches!(refusal(&tokens, &stranger).await, Refused::Unknown));
    rotate(&tokens, &first.refresh).await;
}

/// One who held a token and makes up another has shown that a token is in wrong hands.
#[tokio::test]
async fn s_tok_15_a_made_up_token_of_a_real_family_counts_as_spent() {
    let stage = Stage::sqlite().await;
    let tokens = stage.replica().await;
    let first = issue(&tokens, &stage.grant()).await;
    let made_up = first.refresh.next(&OsRandomness);
    assert!(matches!(refusal(&tokens, &made_up).await, Refused::Reused(_)));
}

#[tokio::test]
async fn what_is_not_committed_did_not_happen() {
    for stage in Stage::both().await {
        let tokens = stage.replica().await;
        let first = issue(&tokens, &stage.grant()).await;
        let client_id = client();
        let mut tx = tokens.families.db.begin().await.unwrap();
        let presented = Presented { token: &first.refresh, client_id: &client_id, scope: None, key: None };
        let lost = tokens.families.redeem(&mut tx, presented).await.unwrap();
        assert!(matches!(lost, Redemption::Rotated(_)));
        drop(tx);
        assert!(!rotate(&tokens, &first.refresh).await.repeated);
    }
}

#[tokio::test]
async fn s_key_3_a_successor_in_another_familys_row_is_not_given_out() {
    for stage in Stage::both().await {
        let tokens = stage.replica().await;
        let (mine, theirs) = (issue(&tokens, &stage.grant()).await, issue(&tokens, &stage.grant()).await);
        rotate(&tokens, &mine.refresh).await;
        rotate(&tokens, &theirs.refresh).await;
        let mut tx = stage.database.begin().await.unwrap();
        let sealed: Vec<u8> = query("SELECT successor FROM refresh_families WHERE id = ?")
            .bind(theirs.family.id.to_string())
            .fetch_one(&mut *tx)
            .await
            .unwrap()
            .get("successor");
        query("UPDATE refresh_families SET successor = ? WHERE id = ?")
            .bind(sealed)
            .bind(mine.family.id.to_string())
            .execute(&mut *tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let client_id = client();
        let mut tx = tokens.families.db.begin().await.unwrap();
        let presented = Presented { token: &mine.refresh, client_id: &client_id, scope: None, key: None };
        assert!(tokens.families.redeem(&mut tx, presented).await.is_err());
    }
}

#[tokio::test]
async fn any_token_of_a_family_finds_it() {
    let stage = Stage::sqlite().await;
    let tokens = stage.replica().await;
    let first = issue(&tokens, &stage.grant()).await;
    let second = rotate(&tokens, &first.refresh).await;
    let mut tx = tokens.families.db.begin().await.unwrap();
    for token in [&first.refresh, &second.refresh] {
        let family = tokens.families.family_of(&mut tx, token).await.unwrap().unwrap();
        assert_eq!(family.id, first.family.id);
        assert!(family.is_live(stage.clock.now()));
    }
    assert!(tokens.revoker.revoke_family(&mut tx, first.family.id, EndReason::ByClient).await.unwrap());
    assert!(
        !tokens.revoker.revoke_family(&mut tx, first.family.id, EndReason::ByClient).await.unwrap(),
        "once"
    );
    let family = tokens.families.family_of(&mut tx, &first.refresh).await.unwrap().unwrap();
    assert!(!family.is_live(stage.clock.now()));
    assert!(tokens.families.family_of(&mut tx, &RefreshToken::first(&OsRandomness)).await.unwrap().is_none());
}

/// What the design says of a family, and nothing about how it is done.
struct Model {
    /// All tokens, in the order in which they were given out; the last is valid.
    given: Vec<RefreshToken>,
    /// When each was given.
    given_at: Vec<i64>,
    ended: bool,
    started_at: i64,
}

#[derive(Debug, PartialEq, Eq)]
enum Expected {
    Next,
    SameAgain,
    Refused,
}

impl Model {
    fn expects(&mut self, index: usize, now: i64) -> Expected {
        let last = self.given.len() - 1;
        let seconds = |from: i64| (now - from) / 1000;
        let idle = seconds(self.given_at[last]) >= 14 * 86_400;
        let old = seconds(self.started_at) >= 30 * 86_400;
        if self.ended || idle || old {
            Expected::Refused
        } else if index == last {
            Expected::Next
        } else if index + 1 == last && now - self.given_at[last] <= 10_000 {
            Expected::SameAgain
        } else {
            self.ended = true;
            Expected::Refused
        }
    }
}

/// Long random lives of families, each step checked against the model.
#[tokio::test]
async fn s_tok_15_to_19_random_lives_follow_the_design() {
    for (stage, lives) in Stage::both().await.into_iter().zip([60, 15]) {
        let tokens = stage.replica().await;
        let chance = SeededRandomness::new(20_260_118);
        let pick = |below: usize| {
            let mut bytes = [0; 4];
            chance.fill(&mut bytes);
            u32::from_be_bytes(bytes) as usize % below
        };
        let mut outcomes = [0; 3];
        for _ in 0..lives {
            let first: Rotation = issue(&tokens, &stage.grant()).await;
            let now = stage.clock.now().millis();
            let mut model =
                Model { given: vec![first.refresh], given_at: vec![now], ended: false, started_at: now };
            let mut refusals = 0;
            while refusals < 3 {
                // Mostly the good token, else the one before it, seldom an older one.
                let back = if pick(25) == 0 { 1 + pick(5) } else { [0, 0, 0, 1][pick(4)] };
                // A repeat is mostly in time, or few lives would be long.
                let waits: &[u64] = if back > 0 {
                    &[0, 0, 0, 500, 1_000, 4_000, 9_999, 10_000, 10_001]
                } else {
                    &[0, 1_000, 9_999, 10_000, 10_001, 120_000, 86_400_000, 400_000_000]
                };
                stage.clock.advance(Duration::from_millis(waits[pick(waits.len())]));
                let now = stage.clock.now().millis();
                let index = (model.given.len() - 1).saturating_sub(back);
                let expected = model.expects(index, now);
                let outcome = match redeem(&tokens, &model.given[index].clone()).await {
                    Redemption::Refused(_) => Expected::Refused,
                    Redemption::Rotated(rotation) if rotation.repeated => {
                        assert_eq!(rotation.refresh.text(), model.given[model.given.len() - 1].text());
                        Expected::SameAgain
                    }
                    Redemption::Rotated(rotation) => {
                        assert!(model.given.iter().all(|given| given.text() != rotation.refresh.text()));
                        model.given.push(rotation.refresh.clone());
                        model.given_at.push(now);
                        Expected::Next
                    }
                };
                assert_eq!(outcome, expected);
                refusals += usize::from(outcome == Expected::Refused);
                outcomes[outcome as usize] += 1;
            }
        }
        assert!(outcomes.iter().all(|count| *count > lives), "each outcome was met often: {outcomes:?}");
    }
}
