//! Periodic upkeep: finds authors who have become loud or quiet, members who no longer read their feed, erased members, and posts
//! whose hiding ends.

use std::time::Duration;

use db::LentTransaction;
use kernel::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::context::Context;
use crate::failure::Failure;
use crate::person::{PersonNo, PersonState};
use crate::store::{people, posts};
use crate::work::job::{FEED_WORK, FeedWork};
use crate::work::queue;

const INTERVAL: Duration = Duration::from_secs(2);
/// How many of each kind one round handles.
const BATCH_SIZE: u32 = 100;

/// Looks after feeds. Cheap to clone.
#[derive(Clone)]
pub struct Upkeep {
    context: Context,
    erasures_alone: bool,
}

impl Upkeep {
    /// One that works with these.
    pub const fn new(context: Context) -> Self {
        Self { context, erasures_alone: false }
    }

    /// One for where feeds are switched off: what erased members wrote before goes all the same.
    pub const fn of_erasures(context: Context) -> Self {
        Self { context, erasures_alone: true }
    }

    /// Maintains feeds in rounds, until `end`.
    pub async fn run(self, end: CancellationToken) {
        while !end.is_cancelled() {
            if let Err(error) = self.round().await {
                tracing::warn!(error = &error as &dyn std::error::Error, "feeds could not be maintained");
            }
            let _ = end.run_until_cancelled(tokio::time::sleep(INTERVAL)).await;
        }
    }

    /// Looks for erased members of whom something is left. Work that was given up is begun again.
    async fn erasures(&self) -> Result<(), Failure> {
        let mut reader = self.context.db.read().await?;
        let leaving = people::in_state(&mut reader, PersonState::Leaving, BATCH_SIZE).await?;
        self.measure(jobs::oldest_waiting(&mut reader, &FEED_WORK).await?);
        drop(reader);
        self.begin(leaving.into_iter().map(|person| FeedWork::Leave { person })).await
    }

    /// Looks once. Whatever is found is begun by one replica: conditional updates and the names of jobs decide.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn round(&self) -> Result<(), Failure> {
        self.erasures().await?;
        if self.erasures_alone {
            return Ok(());
        }
        let settings = self.context.settings;
        let mut reader = self.context.db.read().await?;
        let loud = people::grown_loud(&mut reader, settings.loud_at.into(), BATCH_SIZE).await?;
        let quiet = people::grown_quiet(&mut reader, settings.quiet_below(), BATCH_SIZE).await?;
        let since = self.context.now().minus(settings.asleep_after);
        let unseen = people::unseen(&mut reader, since, BATCH_SIZE).await?;
        let waking = people::in_state(&mut reader, PersonState::Waking, BATCH_SIZE).await?;
        let shown = posts::hidden_until(&mut reader, self.context.now(), BATCH_SIZE).await?;
        drop(reader);
        for author in loud {
            self.change_loud(author, true).await?;
        }
        for author in quiet {
            self.change_loud(author, false).await?;
        }
        for no in unseen {
            self.put_to_sleep(no, since).await?;
        }
        // Work that was given up is begun again.
        self.begin(waking.into_iter().map(|reader| FeedWork::Wake { reader, after: PersonNo::FIRST }))
            .await?;
        for post in shown {
            let show = async |mut tx: LentTransaction| {
                posts::show(&mut tx, post).await?;
                Ok::<_, Failure>(tx.commit(()))
            };
            self.context.db.transact(show).await?;
        }
        Ok(())
    }

    /// Adds work; what waits already is not added twice.
    async fn begin(&self, all: impl Iterator<Item = FeedWork>) -> Result<(), Failure> {
        for work in all {
            let add = async |mut tx: LentTransaction| {
                queue::add(&self.context, &mut tx, &work).await?;
                Ok::<_, Failure>(tx.commit(()))
            };
            self.context.db.transact(add).await?;
        }
        Ok(())
    }

    async fn put_to_sleep(&self, reader: PersonNo, since: Timestamp) -> Result<(), Failure> {
        let work = FeedWork::Sleep { reader, after: PersonNo::FIRST };
        let sleep = async |mut tx: LentTransaction| {
            if !people::fall_asleep(&mut tx, reader, since).await? {
                return Ok(tx.roll_back(()));
            }
            queue::add(&self.context, &mut tx, &work).await?;
            Ok::<_, Failure>(tx.commit(()))
        };
        self.context.db.transact(sleep).await
    }

    async fn change_loud(&self, author: PersonNo, loud: bool) -> Result<(), Failure> {
        let after = PersonNo::FIRST;
        let work =
            if loud { FeedWork::Louden { author, after } } else { FeedWork::Quieten { author, after } };
        let change = async |mut tx: LentTransaction| {
            if !people::set_loud(&mut tx, author, loud).await? {
                return Ok(tx.roll_back(()));
            }
            queue::add(&self.context, &mut tx, &work).await?;
            Ok::<_, Failure>(tx.commit(()))
        };
        self.context.db.transact(change).await
    }

    fn measure(&self, oldest: Option<Timestamp>) {
        let age = oldest.map_or(Duration::ZERO, |since| self.context.now().since(since));
        metrics::gauge!("daemun_feed_work_oldest_waiting_seconds").set(age.as_secs_f64());
    }
}
