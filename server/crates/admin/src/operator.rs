//! Who calls: a member in their browser, or a client that acts for itself.

use std::sync::Arc;

use kernel::Timestamp;
use names::{MemberId, OperatedBy, Operation, OperatorReason, ProvenBy, Role};
use sessions::Current;
use tokens::{ClientId, Scope};
use web::{Identified, RequestContext};

/// What a client must be allowed to read.
pub(crate) const READ: &[&str] = &["admin:read", CHANGE];
/// What it must be allowed to change anything.
pub(crate) const WRITE: &[&str] = &[CHANGE];
const CHANGE: &str = "admin:write";

/// Who calls. What they may is the guard's to ask.
#[derive(Clone, Debug)]
pub enum Operator {
    /// A member, by their session.
    Member(Arc<Current>),
    /// A client with a token of its own, which it had at this moment.
    Client {
        /// Its id.
        id: ClientId,
        /// What the token allows.
        scope: Scope,
        /// When it was looked at.
        at: Timestamp,
    },
    /// An app with a member's token. Nobody administers through an app, whatever its scope: its member is not there.
    App(MemberId),
}

impl web::guard::Caller for Operator {
    /// A client shows its token with each request: there is nothing that could be older.
    fn proven_at(&self) -> Option<Timestamp> {
        match self {
            Self::Member(current) => Some(current.session.auth_time),
            Self::Client { at, .. } => Some(*at),
            Self::App(_) => None,
        }
    }

    fn proven_by(&self) -> Option<ProvenBy> {
        match self {
            Self::Member(current) => Some(current.session.proven_by),
            Self::Client { .. } | Self::App(_) => None,
        }
    }

    fn may(&self, scope: &str) -> bool {
        match self {
            Self::Member(_) => true,
            Self::Client { scope: allowed, .. } => allowed.has(scope),
            Self::App(_) => false,
        }
    }

    /// A client's scope says what it may.
    fn has_role(&self, role: &str) -> bool {
        match self {
            Self::Member(current) => current.has_role(role),
            Self::Client { .. } => [Role::ADMIN_NAME, Role::MODERATOR_NAME].contains(&role),
            Self::App(_) => false,
        }
    }

    fn has_session(&self) -> bool {
        matches!(self, Self::Member(_))
    }

    fn identified(&self) -> Identified {
        match self {
            Self::Member(current) => Identified::member(current.member.id),
            Self::Client { id, .. } => Identified::client(id.as_str()),
            Self::App(member) => Identified::member(*member),
        }
    }
}

impl Operator {
    /// What they do, for this reason.
    pub(crate) fn operation(&self, context: &RequestContext, reason: OperatorReason) -> Operation {
        let source = context.source.clone().by(names::Actor::Operator);
        Operation { source, by: self.by(), reason }
    }

    /// The operator as the audit log and the access log name them.
    pub(crate) fn by(&self) -> OperatedBy {
        match self {
            Self::Member(current) => OperatedBy::Member(current.member.id),
            Self::Client { id, .. } => OperatedBy::Client(id.as_str().to_owned()),
            // No guard lets it come so far.
            Self::App(_) => OperatedBy::Client(String::new()),
        }
    }
}
