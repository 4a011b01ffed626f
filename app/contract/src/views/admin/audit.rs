//! `/admin/audit`.

use names::{Actor, AuditKind};

use super::masked::Masked;
use crate::moment::Moment;

/// `/admin/audit`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditView {
    /// What is looked for.
    pub asked: AuditAsked,
    /// Whether a part of that can be nothing.
    pub is_wrong: bool,
    /// What was found, the newest first.
    pub rows: Vec<AuditLine>,
    /// Whether it is a later part.
    pub is_later: bool,
    /// Where the next part begins.
    pub next: Option<String>,
    /// Today, where the site is: the end of a file, if nobody says another one.
    pub today: String,
}

/// What is looked for, as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditAsked {
    /// About whom.
    pub member: String,
    /// Of what kind.
    pub kind: String,
    /// By what actor.
    pub actor: String,
    /// Whose acts: an operator.
    pub operator: String,
    /// From which day on.
    pub since: String,
    /// To which day.
    pub until: String,
}

/// A row of the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditLine {
    /// Its id.
    pub id: String,
    /// When.
    pub at: Moment,
    /// What happened; `None` for a kind of another version of the program.
    pub what: Option<AuditKind>,
    /// The same as the log has it.
    pub kind: String,
    /// Whether it succeeded.
    pub succeeded: bool,
    /// Why not, as a code.
    pub reason: String,
    /// How often.
    pub times: i64,
    /// Who acted.
    pub actor: Option<Actor>,
    /// About whom.
    pub member: Option<String>,
    /// Which member operated.
    pub operator: Option<String>,
    /// Which client it concerns.
    pub client: String,
    /// On what it acted.
    pub object: String,
    /// Why an operator did it.
    pub note: String,
    /// From which network.
    pub network: Option<Masked>,
    /// With which browser.
    pub browser: Option<&'static str>,
    /// On which system.
    pub system: Option<&'static str>,
}
