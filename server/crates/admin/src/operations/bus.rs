//! Events on their way: what waits for the bus, and how far consumers are behind on it.

use std::sync::Arc;

use async_trait::async_trait;
use db::{Database, DbError};
use events::Lag;
use events::outbox::{self, WaitingEvents};

/// The port to the buses of the program.
#[async_trait]
pub trait BusLook: Send + Sync {
    /// The name of the bus to which events go.
    fn name(&self) -> &'static str;

    /// What is wrong with the connection to it; `None` when nothing is known to be.
    fn problem(&self) -> Option<String>;

    /// How far consumers are behind, with the name of the bus: events may still wait on the one to which they went before.
    async fn lags(&self) -> Vec<(&'static str, Result<Vec<Lag>, String>)>;
}

/// What there is to see of events on their way.
#[derive(Clone, Debug)]
pub struct BusState {
    /// The bus to which events go.
    pub bus: &'static str,
    /// What is wrong with it.
    pub problem: Option<String>,
    /// What waits for it, by topic.
    pub waiting: Vec<WaitingEvents>,
    /// How far consumers are behind, by bus.
    pub lags: Vec<(&'static str, Lag)>,
    /// The buses that do not tell, and why.
    pub silent: Vec<(&'static str, String)>,
    /// How many events consumers could not deal with.
    pub dead_letters: i64,
}

/// Looks at events on their way.
pub struct Bus {
    db: Database,
    look: Arc<dyn BusLook>,
}

impl Bus {
    /// On this database and these buses.
    pub const fn new(db: Database, look: Arc<dyn BusLook>) -> Self {
        Self { db, look }
    }

    /// What there is to see now.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn state(&self) -> Result<BusState, DbError> {
        let mut reader = self.db.read().await?;
        let waiting = outbox::waiting(&mut reader).await?;
        let dead_letters = events::count_dead_letters(&mut reader).await?;
        drop(reader);
        let (mut lags, mut silent) = (Vec::new(), Vec::new());
        for (bus, told) in self.look.lags().await {
            match told {
                Ok(told) => lags.extend(told.into_iter().map(|lag| (bus, lag))),
                Err(why) => silent.push((bus, why)),
            }
        }
        let (bus, problem) = (self.look.name(), self.look.problem());
        Ok(BusState { bus, problem, waiting, lags, silent, dead_letters })
    }
}
