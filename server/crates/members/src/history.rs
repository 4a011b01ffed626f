//! The audit log as the member reads it whom it is about: what happened, when, and from where (S-LOG).

use kernel::Timestamp;

use crate::store::history;
use crate::{AccountError, Accounts, AuditEventId, MemberId};

/// So many lines at once; one more shows whether there are older ones.
const PAGE: u32 = 30;

/// A line of the log. Why something failed is not in it: whoever tried in vain may not be the member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryRow {
    /// The line.
    pub id: AuditEventId,
    /// When.
    pub at: Timestamp,
    /// What, as [`crate::AuditKind`] names it.
    pub kind: String,
    /// Whether it came about.
    pub succeeded: bool,
    /// By which sign-in method: a provider's name, `password`, or empty where it is about none.
    pub way: String,
    /// In which network, as [`web::ClientAddress::network`] writes it; empty for the program itself.
    pub network: String,
    /// What the client called itself.
    pub user_agent: String,
    /// How often; more than once where repetitions within the hour after `at` share the line.
    pub times: i64,
}

/// A part of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryPage {
    /// The lines, the newest first.
    pub lines: Vec<HistoryRow>,
    /// The last of them, if there are older ones: where the next part begins.
    pub older: Option<AuditEventId>,
}

impl Accounts {
    /// What happened to the account of `member`: thirty lines, the newest first, or those after the line `after`. A part
    /// begins at a line and not at a number, so that new lines move nothing.
    ///
    /// # Errors
    /// [`AccountError::NotFound`] when `after` is no line about this member.
    pub async fn history(
        &self,
        member: MemberId,
        after: Option<AuditEventId>,
    ) -> Result<HistoryPage, AccountError> {
        let mut reader = self.db.read().await?;
        let after = match after {
            Some(line) => {
                let moment = history::moment_of(&mut reader, member, line).await?;
                Some((moment.ok_or(AccountError::NotFound)?, line))
            }
            None => None,
        };
        let mut lines = history::older(&mut reader, member, after, PAGE + 1).await?;
        let has_older = lines.len() > PAGE as usize;
        lines.truncate(PAGE as usize);
        let older = lines.last().filter(|_| has_older).map(|line| line.id);
        Ok(HistoryPage { lines, older })
    }
}
