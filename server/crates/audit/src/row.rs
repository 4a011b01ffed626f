//! A row of the log, as it is read.

use kernel::Timestamp;
use names::define_id;

define_id!(
    /// The id of a row of the audit log.
    AuditRowId
);

/// A row. Values of closed lists are text here, since a replica of a newer version may have written them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// Its id.
    pub id: AuditRowId,
    /// When it happened, or first happened.
    pub at: Timestamp,
    /// What happened, as [`AuditKind::as_str`](crate::kind::AuditKind::as_str) names it.
    pub kind: String,
    /// `success` or `failure`.
    pub outcome: String,
    /// Why it failed, as a code; empty on success. Pages do not show it to members: somebody else may have tried.
    pub reason: String,
    /// Who acted, as [`Actor::as_str`](names::Actor::as_str) names it.
    pub actor: String,
    /// The member whom it is about, if known.
    pub member: Option<String>,
    /// The sign-in method: a provider's name, `password` or `passkey`; empty if it is about none.
    pub provider: String,
    /// The id of the OAuth client that it concerns; empty if it is about none.
    pub client: String,
    /// What it acted on besides the member, such as a role; empty for most kinds.
    pub object: String,
    /// The member who acted as an operator; `None` for the command line and all other actors.
    pub operator: Option<String>,
    /// The reason that the operator gave. No page shows it to members.
    pub note: String,
    /// The id of the request; empty for the program itself.
    pub request_id: String,
    /// The network; empty for the program itself.
    pub network: String,
    /// The `User-Agent`. The client chose this text: encode it wherever it is shown.
    pub user_agent: String,
    /// How often it happened; more than once if repetitions within the hour share the row.
    pub times: i64,
}

impl AuditRow {
    /// Whether it succeeded.
    pub fn succeeded(&self) -> bool {
        self.outcome == "success"
    }
}
