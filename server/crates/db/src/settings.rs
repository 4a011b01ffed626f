//! What an operator decides about the connections to the database.

use std::time::Duration;

use crate::dialect::Dialect;
use crate::url::DatabaseUrl;

/// Where the database is, and how it is reached.
#[derive(Clone, Debug)]
pub struct DatabaseSettings {
    /// Where everything is written, and what must be true is read.
    pub url: DatabaseUrl,
    /// Where reads go that may be a moment old; `None` for the same place.
    pub read_url: Option<DatabaseUrl>,
    /// How many connections this process has to a MySQL at most. SQLite has one that writes, and half as many as this that read.
    pub connections: u32,
    /// How many it has to the place of reads.
    pub read_connections: u32,
    /// How long one waits for a connection, be it a new one or one that others have.
    pub connect_timeout: Duration,
    /// How long a MySQL works on a statement before it gives up: MariaDB on any, MySQL on one that reads.
    pub statement_timeout: Duration,
}

impl DatabaseSettings {
    /// The settings of which the example configuration tells.
    pub const fn new(url: DatabaseUrl) -> Self {
        Self {
            url,
            read_url: None,
            connections: 16,
            read_connections: 8,
            connect_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(30),
        }
    }

    /// How many connections read.
    pub(crate) const fn readers(&self) -> u32 {
        match self.url.dialect() {
            Dialect::Sqlite if self.connections < 2 => 1,
            Dialect::Sqlite => self.connections / 2,
            Dialect::Mysql => self.connections,
        }
    }
}

impl From<&DatabaseUrl> for DatabaseSettings {
    fn from(url: &DatabaseUrl) -> Self {
        Self::new(url.clone())
    }
}

impl From<&Self> for DatabaseSettings {
    fn from(settings: &Self) -> Self {
        settings.clone()
    }
}
