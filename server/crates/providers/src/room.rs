//! Logins in progress: bounded in all, with a share for each network (S-RATE-7).
//!
//! Only a network that has used up its share is refused. When all places are taken, nobody is refused: the oldest logins of the
//! network that has the most are dropped. So anyone who fills the places, from one network or from many, loses their own logins
//! first.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use db::{Database, DbError, LentTransaction};
use kernel::Timestamp;

use crate::error::BeginError;
use crate::login_network::LoginNetwork;
use crate::store;

/// How old the count of all logins may be.
const COUNT_AGE: Duration = Duration::from_secs(1);
/// How many are dropped at once, so that a flood does not search for them each time.
const BATCH_SIZE: u64 = 100;
/// With so few logins, no single network is to blame: then the oldest of all are dropped.
const MIN_PER_NETWORK: u64 = 10;

/// The places in all.
#[derive(Debug)]
pub(crate) struct Room {
    in_all: u64,
    share: u64,
    taken: Mutex<Taken>,
}

/// The count of all, as of a moment, kept up in between: so a flood costs one count a second and not one each.
#[derive(Debug, Default)]
struct Taken {
    count: u64,
    counted_at: Option<Timestamp>,
}

impl Room {
    pub(crate) fn new(in_all: u32, share: u32) -> Self {
        Self { in_all: u64::from(in_all), share: u64::from(share.min(in_all)), taken: Mutex::default() }
    }

    /// Takes a place.
    ///
    /// # Errors
    /// [`BeginError::TooMany`] for a network that has used its share.
    pub(crate) async fn take(
        &self,
        db: &Database,
        login_network: Option<LoginNetwork>,
        now: Timestamp,
    ) -> Result<(), BeginError> {
        if let Some(login_network) = login_network {
            let mut reader = db.read().await?;
            if store::count_live_of(&mut reader, &login_network.network, now, self.share).await? >= self.share
            {
                return Err(BeginError::TooMany);
            }
        }
        if self.with(|taken| taken.counted_at.is_none_or(|at| now.since(at) >= COUNT_AGE)) {
            let count = {
                let mut reader = db.read().await?;
                store::count_live(&mut reader, now).await?
            };
            self.with(|taken| *taken = Taken { count, counted_at: Some(now) });
        }
        if self.with(|taken| taken.count >= self.in_all) {
            let made = make_room(db, now).await?;
            self.with(|taken| taken.count = taken.count.saturating_sub(made));
        }
        let admitted = self.with(|taken| {
            taken.count += 1;
            taken.count <= self.in_all
        });
        if admitted { Ok(()) } else { Err(BeginError::TooMany) }
    }

    fn with<T>(&self, look: impl FnOnce(&mut Taken) -> T) -> T {
        look(&mut self.taken.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Ends the oldest logins of the place that has the most; returns how many.
async fn make_room(db: &Database, now: Timestamp) -> Result<u64, DbError> {
    let mut reader = db.read().await?;
    let crowded =
        store::most_crowded(&mut reader, now).await?.filter(|(_, logins)| *logins >= MIN_PER_NETWORK);
    let mut oldest = match &crowded {
        Some((place, logins)) => {
            let most = (logins / 10).clamp(1, BATCH_SIZE);
            store::oldest_of(&mut reader, place, now, most).await?
        }
        None => store::oldest(&mut reader, now, MIN_PER_NETWORK).await?,
    };
    drop(reader);
    // By key and in one order, as callbacks take them, so that none waits for the other.
    oldest.sort_unstable();
    let spend = async |mut tx: LentTransaction| {
        let mut made = 0;
        for id in &oldest {
            made += u64::from(store::spend(&mut tx, *id).await?);
        }
        Ok::<_, DbError>(tx.commit(made))
    };
    let made = db.transact(spend).await?;
    tracing::warn!(
        event = "limit_hit",
        limit = "logins_in_flight",
        made,
        "the oldest pending logins were dropped to make room"
    );
    Ok(made)
}
