//! Closed value types that many parts share, so that each exists once: no behaviour and no I/O. The crate compiles to WASM, and
//! the wire types of the pages use it as well.

pub mod access_kind;
pub mod actor;
pub mod audit_kind;
pub mod email_address;
pub mod error_code;
pub mod field_reason;
pub mod finding_code;
pub mod id;
pub mod language;
pub mod link_refused;
pub mod login_error;
pub mod mail_notice;
pub mod operation;
pub mod path;
pub mod proof_mail;
pub mod proven_by;
pub mod provider_name;
pub mod role;
pub mod sign_in_method;
pub mod source;

pub use access_kind::AccessKind;
pub use actor::Actor;
pub use audit_kind::AuditKind;
pub use email_address::EmailAddress;
pub use error_code::{ErrorCode, ErrorDescription, ErrorText};
pub use field_reason::FieldReason;
pub use finding_code::{FindingCode, FindingDescription};
pub use id::{Id, IdError, MemberId, SessionId};
pub use language::Language;
pub use link_refused::LinkRefused;
pub use login_error::LoginError;
pub use mail_notice::MailNotice;
pub use operation::{OperatedBy, Operation, OperatorReason, OperatorReasonError};
pub use proof_mail::ProofMail;
pub use proven_by::{Acr, Level, ProvenBy};
pub use provider_name::ProviderName;
pub use role::{Role, RoleError};
pub use sign_in_method::SignInMethod;
pub use source::Source;
