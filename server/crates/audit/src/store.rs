//! The table `audit_events`.

pub(crate) mod read;
pub(crate) mod write;

#[cfg(test)]
mod tests {
    use testkit::TestDatabase;

    use super::{read, write};

    #[tokio::test]
    async fn every_statement_is_understood_by_the_database_that_it_is_for() {
        for database in TestDatabase::both().await {
            let dialect = database.dialect();
            database.prepare(read::STATEMENTS).await;
            database.prepare(write::STATEMENTS).await;
            database.prepare(&[write::fold_statement(dialect), write::delete_statement(dialect)]).await;
        }
    }
}
