//! What operators do in a browser.
//!
//! Who administers is a member with `ROLE_ADMIN`. The first one is made at the command line, or by an [invitation](Invitations): a link
//! that is good for one hour and once. There is no account by default, and no password in a log.

mod accept;
mod accept_error;
mod access;
mod accounts;
mod api;
mod given_reason;
mod invitations;
mod limit;
mod log;
pub mod masked;
mod no_parameters;
mod operations;
mod operator;
mod part;
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
pub use access::query::AccessQuery;
pub use access::record::{Access, AccessLog, AccessPart, Looking, REVEAL_LIFETIME};
pub use api::AdminApi;
pub use invitations::{Invitation, Invitations};
pub use log::given_fields::LogWanted;
pub use log::query::AuditQuery;
pub use operations::api::{Operations, OperationsApi, OwnRoute, ToReseal};
pub use operations::bus::{Bus, BusLook, BusState};
pub use operations::clients::{ClientBook, KnownClient};
pub use operations::clients_api::unreadable_client;
pub use operations::dead_letters::{DeadLetters, Decision, FindError};
pub use operations::health::{Finding, Health, Said, SettingFindings};
pub use operations::long_work::id::WorkId;
pub use operations::long_work::kind::{LONG_WORK, WorkKind};
pub use operations::long_work::store::{WorkRow, WorkState};
pub use operations::long_work::{BeginError, LongWork};
pub use operations::long_work_worker::{Resealer, Work, Worker};
pub use operations::mail_queue::MailQueue;
pub use operations::parts::{Part, PartError};
pub use operations::receivers::{ConfiguredReceiver, ReceiverState, Receivers, Replayed};
pub use operations::refused::Refused;
pub use operations::routes::operations_routes;
pub use operations::shown_secret::ShownSecrets;
pub use operator::Operator;
pub use reason::{
    AccountDeleting, AccountDisabled, ClientConfigured, ClientExists, ClientHasNoSecret, FactorsStay,
    InvitationInvalid, MailEmptied, MasterKeysDiffer, MembersOnly, NoProofWaits, RoleImpossible,
    RoleTakenLately, WorkRuns,
};
pub use routes::routes;
pub use storage::STORAGE;
pub use store::access_log::{AccessFilter, AccessId, AccessRow};
pub use store::invitations::cancel_all as cancel_invitations;
