//! A row of the log, as it is read.

use kernel::Timestamp;
use names::define_id;

define_id!(
    /// The id of a row of the audit log.
    AuditRowId
);

/// A row. Values of closed lists are text here: a replica of a newer version may have written them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// Which row.
    pub id: AuditRowId,
    /// When it happened, or for the first time.
    pub at: Timestamp,
    /// What, as [`AuditKind::as_str`](crate::kind::AuditKind::as_str) names it.
    pub kind: String,
    /// `success` or `failure`.
    pub outcome: String,
    /// Why it failed, as a code; empty on success. Members do not see it: somebody else may have tried.
    pub reason: String,
    /// Who acted, as [`Actor::as_str`](names::Actor::as_str) names it.
    pub actor: String,
    /// About whom, if known.
    pub member: Option<String>,
    /// With which sign-in method: a provider's name, `password`, or empty where it is about none.
    pub provider: String,
    /// Which OAuth client it concerns, by its id; empty where it is about none.
    pub client: String,
    /// On what it acted alongside the member, such as a role; empty for most.
    pub object: String,
    /// Which member acted as an operator; `None` at the command line, and for everybody else.
    pub operator: Option<String>,
    /// The reason that the operator gave. No page shows it to members.
    pub note: String,
    /// In which request; empty for the program itself.
    pub request_id: String,
    /// From which network; empty for the program itself.
    pub network: String,
    /// What the client called itself. It is the client's own text: encode it wherever it is shown.
    pub user_agent: String,
    /// How often; more than once where repetitions within the hour after `at` share the row.
    pub times: i64,
}

impl AuditRow {
    /// Whether it succeeded.
    pub fn succeeded(&self) -> bool {
        self.outcome == "success"
    }
}
