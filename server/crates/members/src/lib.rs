//! Members: who somebody is to us, the [identities](sign_in) and [passwords](Accounts) with which they sign in, and
//! what they [show of themselves](PublicProfile). What happens to an account is written into the [audit log](audit), and
//! what other services should hear is announced as [events](events), in the same transaction.
//!
//! A member who comes by a provider is found by `(provider, subject)` and by nothing else (S-UP-9). What happens to one who
//! is new, and to one who links another sign-in method, is in one [table](link_matrix). A sign-in method can be
//! [taken away](Accounts::unlink) unless it is the last; its grant is then [ended at the provider](Unlinker), too. An account
//! is [deleted](Accounts::request_deletion) with a grace.
//!
//! # An account by e-mail and password
//! A [sign-up](Accounts::sign_up) waits for the [proof of its mailbox](Accounts::prove_mailbox), which makes the member.
//! To sign in, [`Accounts::authenticate`] compares the password, and [`Accounts::enter`] lets the member in within the
//! transaction that makes their session. A forgotten password is [asked for](Accounts::request_reset) and
//! [replaced](Accounts::reset) by mail, a known one [changed](Accounts::change_password), and so is
//! [the address](Accounts::request_address_change). What is above this part is reached through [`Ports`].

mod accounts;
mod announce;
mod answered_request;
mod api;
mod caller;
mod elsewhere;
mod email;
mod field;
mod identities;
mod lifecycle;
mod limits;
mod model;
mod network;
mod next;
mod password;
mod profile;
mod refusal;
mod repeat;
mod request_context;
mod routes;

/// The table of forms that were answered.
mod store {
    pub(crate) mod answered_forms;
}

#[cfg(test)]
mod statements;

pub use accounts::{AccountSettings, Accounts, EndSessions, Ports, Services};
pub use api::MembersApi;
pub use caller::{BearerCallers, Caller, Callers, Renewal, Renewed};
pub use elsewhere::Elsewhere;
pub use email::store::mail_tokens::cancel_all as cancel_mail_tokens;
pub use identities::provider_unlink::Unlinker;
pub use identities::provider_webhook::{WebhooksApi, webhook_routes};
pub use identities::sign_in::{SignInError, SignedIn};
pub use identities::sign_in_methods::{SignInMethodEntry, SignInMethodId};
pub use lifecycle::sign_up::SignUp;
pub use limits::LimitSettings;
pub use model::error::AccountError;
pub use model::identity_id::IdentityId;
pub use model::link_matrix;
pub use model::link_matrix_page::print as print_link_matrix;
pub use model::mail_code::MailCode;
pub use model::mail_proof::Proof;
pub use model::mail_template::{MailTemplate, Mailer};
pub use model::member::{Member, MemberStatus};
pub use model::password::Password;
pub use model::password_error::PasswordError;
pub use model::profile::{Greeting, Nickname};
pub use model::store::members::find;
pub use names::EmailAddress;
pub use password::authenticate::Authenticated;
pub use password::change_password::{FirstPassword, PasswordChange};
pub use password::password_hasher::{HashingError, HashingSettings};
pub use password::password_policy::PasswordPolicy;
pub use profile::default_picture::default_picture;
pub use profile::me::ProfileChange;
pub use profile::own_picture::LARGER_BODIES;
pub use profile::picture::{Picture, PictureError};
pub use profile::picture_address::picture_address;
pub use profile::public_profile::PublicProfile;
pub use request_context::RequestContext;
pub use routes::routes;

/// What is sealed in the tables of this part, for `daemun keys rotate`.
pub const SEALED: [db::SealedColumn; 1] = [identities::store::identities::SEALED];

/// The jobs of this part, for `daemun keys rotate`.
pub const JOBS: [&jobs::JobKind; 2] =
    [&identities::unlink_job::PROVIDER_UNLINK, &answered_request::ANSWERED_REQUEST];
