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
mod authenticate;
mod caller;
mod change_address;
mod change_password;
mod cleaning;
mod contact;
mod default_picture;
mod deletion;
mod display_text;
mod error;
mod export;
mod field;
mod first_password;
mod hashing_queue;
mod keep_account;
mod limits;
mod link;
pub mod link_matrix;
mod mail_template;
mod mail_token;
mod me;
mod member;
mod next;
mod own_picture;
mod password;
mod password_hasher;
mod password_policy;
mod picture;
mod profile;
mod prove;
mod provider_unlink;
mod provider_webhook;
mod public_profile;
mod repeat;
mod request_context;
mod reset;
mod sign_in;
mod sign_in_methods;
mod sign_up;
mod store;
mod unlink_job;

pub use accounts::{AccountSettings, Accounts, EndSessions, Ports, Services};
pub use api::{MembersApi, routes};
pub use authenticate::Authenticated;
pub use caller::{BearerCallers, Caller, Callers, Renewal, Renewed};
pub use change_password::{FirstPassword, PasswordChange};
pub use default_picture::default_picture;
pub use error::AccountError;
pub use export::Elsewhere;
pub use limits::LimitSettings;
pub use mail_template::{MailTemplate, Mailer};
pub use mail_token::{MailCode, Proof};
pub use me::ProfileChange;
pub use member::{Member, MemberStatus};
pub use names::EmailAddress;
pub use own_picture::LARGER_BODIES;
pub use password::Password;
pub use password_hasher::{HashingError, HashingSettings};
pub use password_policy::{PasswordError, PasswordPolicy};
pub use picture::{Picture, PictureError};
pub use profile::{Greeting, Nickname};
pub use provider_unlink::Unlinker;
pub use provider_webhook::{WebhooksApi, webhook_routes};
pub use public_profile::PublicProfile;
pub use request_context::RequestContext;
pub use sign_in::{SignInError, SignedIn};
pub use sign_in_methods::{SignInMethodEntry, SignInMethodId};
pub use sign_up::SignUp;
pub use store::{IdentityId, find, mail_tokens::cancel_all as cancel_mail_tokens};

/// What is sealed in the tables of this part, for `daemun keys rotate`.
pub const SEALED: [db::SealedColumn; 1] = [store::identities::SEALED];

/// The jobs of this part, for `daemun keys rotate`.
pub const JOBS: [&jobs::JobKind; 2] = [&unlink_job::PROVIDER_UNLINK, &answered_request::ANSWERED_REQUEST];
