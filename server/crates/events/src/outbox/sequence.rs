//! The number of an event among those of its key.

use db::{Dialect, Statement, query};
use kernel::Timestamp;
use names::MemberId;

/// Of two events of one member, the later has the greater number. Numbers have gaps, and say nothing across members.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sequence(i64);

impl Sequence {
    /// The sequence with this number.
    pub const fn from_number(number: i64) -> Self {
        Self(number)
    }

    /// The value as it is stored; it grows from event to event of a member.
    pub const fn number(self) -> i64 {
        self.0
    }
}

/// One statement in two spellings. It must be one: "change, and where nothing changed, insert" deadlocks in MySQL when
/// three transactions append the first event of a key at once, since a refused insert keeps a shared lock.
const TAKE_SQLITE: &str = "INSERT INTO outbox_keys (event_key, last_sequence) VALUES (?, ?) \
    ON CONFLICT (event_key) DO UPDATE SET last_sequence = MAX(last_sequence + 1, excluded.last_sequence)";
const TAKE_MYSQL: &str = "INSERT INTO outbox_keys (event_key, last_sequence) VALUES (?, ?) \
    ON DUPLICATE KEY UPDATE last_sequence = GREATEST(last_sequence + 1, VALUES(last_sequence))";

const fn take(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => TAKE_SQLITE,
        Dialect::Mysql => TAKE_MYSQL,
    }
}

/// The statements of this file, for the test that prepares all of them.
pub(crate) fn statements(dialect: Dialect) -> Vec<&'static str> {
    vec![take(dialect)]
}

/// Takes the next number of `key`, which the event that is added next has. Until this transaction ends, others that want one for
/// the same key wait: so numbers are given in the order in which transactions become true. It is at least `now` in milliseconds
/// (see the migration).
pub(super) fn taking_next(dialect: Dialect, key: MemberId, now: Timestamp) -> Statement<'static> {
    query(take(dialect)).bind(key.to_string()).bind(now.millis())
}

#[cfg(test)]
mod tests {
    use super::*;
    use db::{Row as _, Transaction};
    use kernel::Clock as _;
    use testkit::{HandClock, TestDatabase};

    async fn taken(tx: &mut Transaction, key: MemberId, now: Timestamp) -> i64 {
        taking_next(tx.dialect(), key, now).execute(&mut **tx).await.unwrap();
        let number = query("SELECT last_sequence FROM outbox_keys WHERE event_key = ?").bind(key.to_string());
        number.fetch_one(&mut **tx).await.unwrap().get(0)
    }

    #[tokio::test]
    async fn s_evt_4_numbers_grow_even_after_the_row_of_a_key_was_cleaned() {
        let clock = HandClock::default();
        let key = MemberId::from_uuid(kernel::id::Uuid::from_u128(7));
        for database in TestDatabase::both().await {
            let mut numbers = Vec::new();
            for _ in 0..3 {
                let mut tx = database.begin().await.unwrap();
                numbers.push(taken(&mut tx, key, clock.now()).await);
                tx.commit().await.unwrap();
            }
            let mut tx = database.begin().await.unwrap();
            query("DELETE FROM outbox_keys").execute(&mut *tx).await.unwrap();
            clock.advance(std::time::Duration::from_secs(1));
            numbers.push(taken(&mut tx, key, clock.now()).await);
            assert!(numbers.is_sorted_by(|earlier, later| earlier < later), "{numbers:?}");
        }
    }
}
