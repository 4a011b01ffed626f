//! The table `audit_events`.

pub(crate) mod read;
pub(crate) mod write;

#[cfg(test)]
mod tests {
    use db::Dialect;
    use testkit::TestDatabase;

    use super::{read, write};

    #[tokio::test]
    async fn every_statement_is_understood_by_the_database_that_it_is_for() {
        let [sqlite, mysql] = TestDatabase::both().await;
        for (database, dialect) in [(sqlite, Dialect::Sqlite), (mysql, Dialect::Mysql)] {
            database.prepare(read::STATEMENTS).await;
            database.prepare(write::STATEMENTS).await;
            database.prepare(&[write::fold_statement(dialect), write::delete_statement(dialect)]).await;
        }
    }
}
