//! Members: who somebody is to us, the identities and passwords with which they sign in, and what they
//! [show of themselves](PublicProfile). What happens to an account is written into the [audit log](audit), and
//! what other services should hear is announced as [events](events), in the same transaction.
//!
//! Each room has its flows and its tables: `profile`, `password`, `passkeys`, `email`, `identities`, `totp`, `factor_reset` and
//! `lifecycle`, beside the `model` that all of them use. A flow is a small service of what it needs, and [`Members`] has them all, for
//! those who are above.
//!
//! A member who comes by a provider is found by `(provider, subject)` and by nothing else (S-UP-9). What happens to one who
//! is new, and to one who links another sign-in method, is in one [table](link_matrix). A sign-in method can be
//! [taken away](SignInMethods::unlink) unless it is the last; its grant is then [ended at the provider](Unlinker), too. An
//! account is [deleted](Deletions::request_deletion) with a grace.
//!
//! # An account by e-mail and password
//! A [sign-up](SignUps::sign_up) waits for the [proof of its mailbox](MailboxProofs::prove_mailbox), which makes the member.
//! To sign in, [`PasswordSignIn::authenticate`] compares the password, and [`PasswordSignIn::sign_in_by_password`] lets the
//! member in within the transaction that makes their session. A forgotten password is
//! [asked for](PasswordResets::request_reset) and [replaced](PasswordResets::reset) by mail, a known one
//! [changed](PasswordChanges::change_password), and so is [the address](AddressChanges::request_address_change). What is
//! above this part is reached through [`Ports`].

mod announce;
mod answer;
mod answered_request;
mod api;
mod caller;
mod context;
mod directory;
mod elsewhere;
mod email;
mod factor_reset;
mod factors;
mod failure;
mod field;
mod identities;
mod larger_bodies;
mod left_requests;
mod lifecycle;
mod limits;
mod member_observer;
mod members;
mod model;
mod network;
mod next;
mod onward;
mod passkeys;
mod password;
mod profile;
mod reason;
mod repeat;
mod required_factors;
mod revocation;
mod roles;
mod routes;
mod settings;
mod shared;
mod storage;
mod totp;

/// The table of forms that were answered.
mod store {
    pub(crate) mod answered_forms;
}

pub use answered_request::DeferError;
pub use api::MembersApi;
pub use caller::{BearerCallers, Caller, Callers, Renewal, RenewalError, Renewed};
pub use context::Context;
pub use directory::listed::ListedMember;
pub use directory::{Directory, MemberList, Wanted};
pub use elsewhere::{Elsewhere, Sections};
pub use email::change_address::AddressChanges;
pub use email::change_address::{AddressChangeError, AddressProofError};
pub use email::contact::{Notices, mailbox_of};
pub use email::first_address::FirstAddressError;
pub use email::store::mail_tokens::cancel_all as cancel_mail_tokens;
pub use factor_reset::order::{FactorResetError, FactorResets};
pub use factor_reset::stop::FactorKeepError;
pub use factor_reset::store::factor_resets::cancel_all as cancel_factor_resets;
pub use factor_reset::worker::FactorResetWorker;
pub use factors::Factors;
pub use failure::Failure;
pub use identities::link::{LinkError, Linking};
pub use identities::provider_unlink::Unlinker;
pub use identities::provider_webhook::ProviderWebhooks;
pub use identities::provider_webhook::{WebhooksApi, webhook_routes};
pub use identities::sign_in::ProviderSignIn;
pub use identities::sign_in::{SignInError, SignedIn};
pub use identities::sign_in_methods::{SignInMethodEntry, SignInMethodId, SignInMethodList};
pub use identities::sign_in_methods::{SignInMethods, UnlinkError};
pub use larger_bodies::{LARGER_BODIES, PASSKEY_SET_UP, PASSKEY_SIGN_IN, PASSKEY_SIGN_UP};
pub use left_requests::LeftRequests;
pub use lifecycle::deletion::{DeletionError, Deletions};
pub use lifecycle::erase_elsewhere::EraseElsewhere;
pub use lifecycle::erasure::Erasure;
pub use lifecycle::export::Exports;
pub use lifecycle::keep_account::{KeepError, KeptAccounts};
pub use lifecycle::prove::{MailboxProofError, MailboxProofs};
pub use lifecycle::sign_up::{ProofAgainError, SignUp, SignUpError, SignUps};
pub use lifecycle::status::{AccountStatus, StatusChangeError};
pub use limits::LimitSettings;
pub use limits::Limits;
pub use member_observer::{MemberChanges, MemberObserver};
pub use members::Members;
pub use model::identity_id::IdentityId;
pub use model::link_matrix;
pub use model::link_matrix_page::print as print_link_matrix;
pub use model::link_situation;
pub use model::mail_code::MailCode;
pub use model::mail_proof::Proof;
pub use model::mail_return::MailReturn;
pub use model::mail_template::{MailTemplate, Mailer};
pub use model::mail_wish::MailWish;
pub use model::member::{Member, MemberStatus};
pub use model::password::Password;
pub use model::password_error::PasswordError;
pub use model::profile::{Greeting, Nickname};
pub use model::store::members::{
    exists, find, find_active, hold, holding, look_up, look_up_family, read_held, read_member,
    with_proven_address,
};
pub use names::EmailAddress;
pub use passkeys::moved::stranded_by;
pub use passkeys::own_passkeys::{
    OwnPasskeys, PasskeyEntry, PasskeyNameError, PasskeyRemovalError, ShownPasskeys,
};
pub use passkeys::passkey::{PasskeyId, PasskeyName};
pub use passkeys::question::{PasskeyAnswer, PasskeyQuestion};
pub use passkeys::register::{MadePasskey, NewPasskeyAnswer, NewPasskeyError, NewPasskeys};
pub use passkeys::settings::PasskeySettings;
pub use passkeys::sign_in::{PasskeyQuestionError, PasskeySignInError};
pub use passkeys::sign_in::{PasskeySignIn, ProvenPasskey};
pub use passkeys::sign_up::{
    NewMember, PasskeySignUpError, PasskeySignUpQuestionError, PasskeySignUps, ProvenSignUp,
};
pub use passkeys::store::ceremonies::cancel_all as cancel_ceremonies;
pub use password::authenticate::Authenticated;
pub use password::authenticate::{PasswordSignIn, PasswordSignInError};
pub use password::change_password::PasswordChange;
pub use password::change_password::{PasswordChangeError, PasswordChanges};
pub use password::current_password::CurrentPasswordError;
pub use password::first_password::FirstPassword;
pub use password::first_password::{FirstPasswordError, FirstPasswords};
pub use password::new_password::{NewPasswordError, NewPasswords};
pub use password::password_hasher::{HashingError, HashingSettings};
pub use password::password_policy::PasswordPolicy;
pub use password::reset::{PasswordResets, ResetError, ResetRequestError};
pub use profile::default_picture::default_picture;
pub use profile::me::{OwnProfileError, ProfileChangeError, Profiles};
pub use profile::me::{ProfileBody, ProfileChange};
pub use profile::own_picture::{PictureRemovalError, PictureUploadError, Pictures};
pub use profile::picture::{Picture, PictureError};
pub use profile::picture_address::picture_address;
pub use profile::public_profile::PublicProfile;
pub use profile::public_profile::{PublicProfileError, public_profile};
pub use reason::{
    BadCredentials, BadProof, Busy, ChangedMeanwhile, HasPassword, IdentityTaken, LastAdministrator,
    LastSecondFactor, LastSignInMethod, Limited, NewPasskeyRefused, NoPasskeys, NoPassword, NotSignedIn,
    NothingBegun, PasskeyLimit, PasskeyRefused, PasskeyTaken, PasskeyUnknown, PasswordNeeded,
    RecoveryRefused, Taken, WrongCode, WrongFirstCode, WrongPassword,
};
pub use required_factors::RequiredFactors;
pub use revocation::{EndSessions, Revocation};
pub use roles::store::member_roles::{GivenRole, active_holders};
pub use roles::{MemberRoles, RoleChangeError};
pub use routes::routes;
pub use settings::{AccountSettings, Ports, Services, SettingsError};
pub use storage::STORAGE;
pub use totp::account_code::AccountCode;
pub use totp::codes::{CodeKind, CodesInUse, OneTimeCodes, SetUpShown};
pub use totp::recovery_sign_in::{RecoverySignIn, RecoverySignInError, TypedRecovery};
pub use totp::set_up::{FirstCode, SetUpError};
pub use totp::set_up_place::SetUpPlace;
pub use totp::turn_off::CodesChangeError;

/// The jobs of this part.
pub const JOBS: [&jobs::JobKind; 3] = [
    &identities::unlink_job::PROVIDER_UNLINK,
    &answered_request::ANSWERED_REQUEST,
    &factor_reset::job_kind::FACTOR_RESET,
];
