//! How far a clock of ours is from the database's.

use kernel::{Clock, Timestamp};

use crate::database::Database;
use crate::error::DbError;

impl Database {
    /// How many milliseconds `clock` is ahead of the database's; negative when it is behind. On SQLite both are the machine's.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn clock_offset(&self, clock: &dyn Clock) -> Result<i64, DbError> {
        let began = clock.now();
        let theirs = self.clock().await?;
        Ok(offset(began, theirs, clock.now()))
    }
}

/// The database was asked somewhere between `began` and `ended`, so that span is never attributed to a clock.
const fn offset(began: Timestamp, theirs: Timestamp, ended: Timestamp) -> i64 {
    let (began, theirs, ended) = (began.millis(), theirs.millis(), ended.millis());
    if began > theirs {
        began.saturating_sub(theirs)
    } else if theirs > ended {
        ended.saturating_sub(theirs)
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_the_question_is_no_offset() {
        let at = Timestamp::from_millis;
        for (began, theirs, ended, expected) in
            [(0, 50, 100, 0), (0, 0, 0, 0), (3_000, 0, 9_000, 3_000), (0, 9_000, 4_000, -5_000)]
        {
            assert_eq!(offset(at(began), at(theirs), at(ended)), expected);
        }
    }
}
