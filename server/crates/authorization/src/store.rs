//! The tables of this part: [`authorization_requests`](requests) and [`authorization_codes`](codes).

pub(crate) mod codes;
pub(crate) mod requests;

#[cfg(test)]
mod tests {
    use testkit::TestDatabase;

    #[tokio::test]
    async fn every_statement_is_understood_by_both_databases() {
        for database in TestDatabase::both().await {
            database.prepare(super::codes::STATEMENTS).await;
            database.prepare(super::requests::STATEMENTS).await;
        }
    }
}
