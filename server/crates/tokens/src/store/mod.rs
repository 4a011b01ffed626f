//! The tables of this part: [`signing_keys`], [`retired_keys`], [`refresh_families`](families), [`revocations`].

pub(crate) mod families;
pub(crate) mod grants;
pub(crate) mod live_families;
pub(crate) mod retired_keys;
pub(crate) mod revocations;
pub(crate) mod signing_keys;

#[cfg(test)]
mod tests {
    use kernel::NewId as _;
    use std::time::Duration;

    use kernel::{Clock as _, OsRandomness, Timestamp, TokenHash};
    use testkit::{HandClock, TestDatabase};

    use super::families::{self, NextRotation};
    use crate::client_id::ClientId;
    use crate::family::{EndReason, Family, FamilyId};
    use crate::refresh_token::RefreshToken;
    use crate::scope::Scope;
    use names::{MemberId, SessionId};

    const MINUTE: Duration = Duration::from_mins(1);

    fn family(now: Timestamp) -> Family {
        let clock = HandClock::default();
        Family {
            id: FamilyId::new(&clock, &OsRandomness),
            subject: MemberId::new(&clock, &OsRandomness),
            session: SessionId::new(&clock, &OsRandomness),
            client_id: ClientId::parse("c").unwrap(),
            scope: Scope::default(),
            audience: None,
            auth_time: now,
            proven_by: Some(names::ProvenBy::Password),
            method: Some(names::SignInMethod::Password),
            key: None,
            started_at: now,
            expires_at: now.plus(MINUTE * 10),
            idle_at: now.plus(MINUTE),
            ended_at: None,
        }
    }

    /// A rotation that finds `spent` good, tried at `now` and not committed.
    async fn rotates(database: &TestDatabase, id: FamilyId, spent: &TokenHash, now: Timestamp) -> bool {
        let good = TokenHash::of(b"good");
        let rotation = NextRotation { spent, good: &good, successor: &[1], now, idle_at: now.plus(MINUTE) };
        families::rotate(&mut database.begin().await.unwrap(), id, rotation).await.unwrap()
    }

    /// What was read before may be old by the time of the update: the update alone decides.
    #[tokio::test]
    async fn s_tok_16_the_update_refuses_a_turn_that_a_reading_would_have_allowed() {
        for database in TestDatabase::both().await {
            let now = HandClock::default().now();
            let (family, token) = (family(now), RefreshToken::first(&OsRandomness));
            let mut tx = database.begin().await.unwrap();
            families::inserting(&family, &token).execute(&mut *tx).await.unwrap();
            tx.commit().await.unwrap();
            let hash = token.hash();
            assert!(rotates(&database, family.id, &hash, now).await, "the control");
            assert!(!rotates(&database, family.id, &TokenHash::of(b"other"), now).await, "not the good one");
            assert!(!rotates(&database, family.id, &hash, family.idle_at).await, "idle for too long");
            let mut tx = database.begin().await.unwrap();
            assert_eq!(families::end(&mut tx, family.id, EndReason::SignedOut, now).await.unwrap(), 1);
            tx.commit().await.unwrap();
            assert!(!rotates(&database, family.id, &hash, now).await, "ended");
        }
    }

    #[tokio::test]
    async fn s_tok_16_the_update_ends_no_family_for_a_token_that_is_good_or_may_be_repeated() {
        for database in TestDatabase::both().await {
            let now = HandClock::default().now();
            let (family, token) = (family(now), RefreshToken::first(&OsRandomness));
            let (spent, good) = (token.hash(), token.next(&OsRandomness).hash());
            let mut tx = database.begin().await.unwrap();
            families::inserting(&family, &token).execute(&mut *tx).await.unwrap();
            let end = families::end_reused;
            assert!(!end(&mut tx, family.id, &spent, now).await.unwrap(), "good before the first rotation");
            let rotation =
                NextRotation { spent: &spent, good: &good, successor: &[1], now, idle_at: family.idle_at };
            assert!(families::rotate(&mut tx, family.id, rotation).await.unwrap());
            let later = now.plus(Duration::from_secs(10));
            assert!(!end(&mut tx, family.id, &good, later).await.unwrap(), "good");
            assert!(!end(&mut tx, family.id, &spent, later).await.unwrap(), "may be repeated");
            let too_late = later.plus(Duration::from_millis(1));
            assert!(end(&mut tx, family.id, &spent, too_late).await.unwrap(), "too late");
            assert!(!end(&mut tx, family.id, &spent, too_late).await.unwrap(), "ended already");
        }
    }
}
