//! One member who signs in again and again.

use db::{Row as _, query};
use kernel::NewId as _;
use kernel::{OsRandomness, Randomness as _};
use names::SessionId;

use super::{Stage, is_there, sign_in};

#[tokio::test]
async fn s_rate_7_the_oldest_sessions_of_a_member_give_way() {
    for stage in Stage::both().await {
        let sessions = stage.replica().await;
        let first = sign_in(&sessions, "77").await;
        let stranger = sign_in(&sessions, "78").await;
        let member = sessions.lookup.current(&first).await.unwrap().unwrap().session.member;
        let mut tx = stage.database.begin().await.unwrap();
        for _ in 0..999 {
            let mut handle = vec![0; 32];
            OsRandomness.fill(&mut handle);
            query(
                "INSERT INTO sessions (id, handle_hash, member_id, provider, created_at, last_seen_at, expires_at, \
                 ends_at, user_agent, network, rotated_at) SELECT ?, ?, member_id, provider, created_at + 1, \
                 last_seen_at, expires_at, ends_at, '', '', rotated_at FROM sessions WHERE member_id = ? LIMIT 1",
            )
            .bind(SessionId::new(&*stage.clock, &OsRandomness).to_string())
            .bind(handle)
            .bind(member.to_string())
            .execute(&mut *tx)
            .await
            .unwrap();
        }
        tx.commit().await.unwrap();
        stage.clock.advance(std::time::Duration::from_secs(5));
        assert!(is_there(&sessions, &first).await);
        let newest = sign_in(&sessions, "77").await;
        assert!(!is_there(&sessions, &first).await, "the oldest gave way");
        assert!(is_there(&sessions, &newest).await && is_there(&sessions, &stranger).await);
        let mut reader = stage.database.read().await.unwrap();
        let count = query("SELECT COUNT(*) FROM sessions WHERE member_id = ?").bind(member.to_string());
        assert_eq!(count.fetch_one(&mut *reader).await.unwrap().get::<i64, _>(0), 1000);
    }
}
