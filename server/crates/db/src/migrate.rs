//! Bringing the schema up to date. The migrations of both dialects lie in `migrations/`, the same schema twice.

use sqlx::migrate::{MigrateError, Migrator};

use crate::{Database, Dialect, OpenError};

static SQLITE: Migrator = sqlx::migrate!("../../../migrations/sqlite");
static MYSQL: Migrator = sqlx::migrate!("../../../migrations/mysql");

/// Applies what is missing. Replicas that start together wait for each other (a named lock on MySQL).
pub(crate) async fn run(database: &Database) -> Result<(), OpenError> {
    let migrator = match database.dialect() {
        Dialect::Sqlite => &SQLITE,
        Dialect::Mysql => &MYSQL,
    };
    let known = migrator.iter().map(|migration| migration.version).max().unwrap_or(0);
    migrator.run(database.write_pool()).await.map_err(|error| match error {
        MigrateError::VersionMissing(version) if version > known => OpenError::Newer { version, known },
        other => OpenError::Migrate(Box::new(other)),
    })
}
