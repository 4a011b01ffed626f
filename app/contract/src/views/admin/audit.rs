//! `/admin/audit`.

use names::Actor;

use super::log::LogView;
use super::masked::Masked;
use crate::moment::Moment;

/// `/admin/audit`.
pub type AuditView = LogView<AuditAsked, AuditLine>;

/// The filter, as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditAsked {
    /// The member whom rows are about.
    pub member: String,
    /// The kind.
    pub kind: String,
    /// The actor.
    pub actor: String,
    /// The operator who acted.
    pub operator: String,
    /// The first day.
    pub since: String,
    /// The last day.
    pub until: String,
}

/// A row of the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditLine {
    /// The row's UUID, with which its network is revealed.
    pub id: String,
    /// When it happened.
    pub at: Moment,
    /// The kind as the log has it.
    pub kind: String,
    /// Whether it succeeded.
    pub succeeded: bool,
    /// Why it failed, as a code.
    pub reason: String,
    /// How often.
    pub times: i64,
    /// Who acted.
    pub actor: Option<Actor>,
    /// The member whom it is about.
    pub member: Option<String>,
    /// The member who acted as an operator.
    pub operator: Option<String>,
    /// The client that it concerns.
    pub client: String,
    /// What it acted on besides the member.
    pub object: String,
    /// The reason that an operator gave.
    pub note: String,
    /// The network.
    pub network: Option<Masked>,
    /// The browser.
    pub browser: Option<&'static str>,
    /// The operating system.
    pub system: Option<&'static str>,
}
