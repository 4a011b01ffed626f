//! Every statement of this part is prepared on both databases.

use testkit::TestDatabase;

use crate::email::store::mail_tokens;
use crate::identities::store::identities;
use crate::lifecycle::store::{deletions, sign_ups};
use crate::model::store::members;
use crate::password::store::local_accounts;
use crate::profile::store::pictures;
use crate::store::answered_forms;

#[tokio::test]
async fn every_statement_is_understood_by_both_databases() {
    for database in TestDatabase::both().await {
        for statements in [
            members::STATEMENTS,
            local_accounts::STATEMENTS,
            deletions::STATEMENTS,
            identities::STATEMENTS,
            answered_forms::STATEMENTS,
            mail_tokens::STATEMENTS,
            pictures::STATEMENTS,
            sign_ups::STATEMENTS,
        ] {
            database.prepare(statements).await;
        }
    }
}
