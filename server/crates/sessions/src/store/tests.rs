//! How the database goes about the reads of each request.

use testkit::TestDatabase;

use super::{FIND, FIND_MEMBER};

#[tokio::test]
async fn the_session_of_a_cookie_and_its_member_are_found_without_reading_a_table() {
    for database in TestDatabase::both().await {
        for statement in [FIND, FIND_MEMBER] {
            let plan = database.plan(statement, &["x"]).await;
            assert!(!TestDatabase::reads_all(&plan), "{statement}:\n{plan}");
        }
        database.close().await;
    }
}
