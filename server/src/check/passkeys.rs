//! Members whom a changed `passkeys.rp_id` would lock out.

use db::Database;

use crate::config::{Config, Finding};
use crate::lost_passkeys::lost;

/// How many. A database that does not answer is another finding; one that no program has used has no members.
pub(super) async fn of_another_domain(config: &Config, db: &Database) -> Option<Finding> {
    let lost = lost(config, db).await.ok()??;
    Some(Finding::new(
        "passkeys.rp_id",
        format!(
            "{} members could not sign in any more: all that they have is passkeys of another domain",
            lost.members
        ),
        "Write the domain that it was before, or check and start with --accept-lost-passkeys",
    ))
}
