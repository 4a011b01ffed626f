//! What operators do in a browser.
//!
//! Who administers is a member with `ROLE_ADMIN`. The first one is made at the command line, or by an [invitation](Invitations): a link
//! that is good for one hour and once. There is no account by default, and no password in a log.

mod accept;
mod accept_error;
mod accounts;
mod api;
mod invitations;
pub mod masked;
mod operator;
mod reason;
mod routes;
mod storage;

/// The table of invitations.
mod store {
    pub(crate) mod invitations;
}

pub use accept_error::AcceptError;
pub use api::AdminApi;
pub use invitations::{Invitation, Invitations};
pub use operator::Operator;
pub use reason::{
    AccountDeleting, AccountDisabled, FactorsStay, InvitationInvalid, MembersOnly, NoProofWaits,
    RoleImpossible, RoleTakenLately,
};
pub use routes::routes;
pub use storage::STORAGE;
