//! What operators do in a browser.
//!
//! Who administers is a member with `ROLE_ADMIN`. The first one is made at the command line, or by an [invitation](Invitations): a link
//! that is good for one hour and once. There is no account by default, and no password in a log.

mod accept;
mod accept_error;
mod access;
mod accounts;
mod api;
mod invitations;
mod limit;
mod log;
pub mod masked;
mod operator;
mod reason;
mod reports;
mod routes;
mod routes_logs;
mod routes_reports;
mod span;
mod storage;

/// The tables of this part.
mod store {
    pub(crate) mod access_log;
    pub(crate) mod invitations;
}

pub use accept_error::AcceptError;
pub use access::query::{AccessQuery, AccessWanted};
pub use access::record::{Access, AccessLog, AccessPart, Looking, REVEALED};
pub use api::AdminApi;
pub use invitations::{Invitation, Invitations};
pub use log::query::{AuditQuery, AuditWanted};
pub use operator::Operator;
pub use reason::{
    AccountDeleting, AccountDisabled, FactorsStay, InvitationInvalid, MembersOnly, NoProofWaits,
    RoleImpossible, RoleTakenLately,
};
pub use routes::routes;
pub use storage::STORAGE;
pub use store::access_log::{AccessFilter, AccessId, AccessRow};
