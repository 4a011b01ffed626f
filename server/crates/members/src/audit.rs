//! The audit log: one row for each security event, only ever added to, in the transaction of what it tells.

use std::net::IpAddr;

use db::{DbError, Transaction, query};
use kernel::{Clock, Randomness, define_id};

use crate::MemberId;

define_id!(
    /// The id of a row of the audit log.
    AuditEventId
);

const LONGEST_USER_AGENT: usize = 400;

db::statements! {
    INSERT = "INSERT INTO audit_events \
        (id, at, kind, outcome, reason, member_id, provider, request_id, network, user_agent) \
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
}

/// What happened, in the one vocabulary that logs and table share (S-LOG-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditKind {
    /// Somebody signed in, or tried to.
    SignIn,
    /// Somebody signed out of this browser.
    SignOut,
    /// Somebody signed out everywhere.
    SignOutEverywhere,
    /// An operator signed a member out everywhere.
    SignedOutByOperator,
    /// Somebody ended a session from another one.
    SessionEnded,
    /// Somebody ended all sessions but the one that they did it from.
    OtherSessionsEnded,
    /// A spent refresh token was presented, and its family ended.
    TokenReuse,
    /// Somebody wanted an account with an address and a password.
    SignUp,
    /// Somebody proved a mailbox, which made them a member, or tried to.
    MailboxProof,
    /// Somebody asked for a new password by mail.
    PasswordResetRequest,
    /// A password was replaced by the proof of a mail, or somebody tried to.
    PasswordReset,
    /// A member changed or set their password, or somebody tried to.
    PasswordChange,
    /// A member wanted another address.
    AddressChangeRequest,
    /// An account got another address, or somebody tried to prove one.
    AddressChange,
    /// A member changed what they show of themselves.
    ProfileChange,
    /// A member got another way in, or wanted one.
    IdentityLinked,
    /// A way in was taken away, or somebody tried to take the last.
    IdentityUnlinked,
    /// A provider told that it ended a grant.
    ProviderNotice,
    /// A provider confirmed that a grant is ended there, or was given up.
    ProviderUnlink,
    /// A member wanted their account deleted, or its last way in was cut.
    DeletionRequest,
    /// A member whose account was to be deleted came back.
    DeletionCancelled,
    /// An account was erased.
    AccountErased,
    /// A member was given their data.
    DataExport,
}

impl AuditKind {
    /// All of them.
    pub const ALL: [Self; 23] = [
        Self::SignIn,
        Self::SignOut,
        Self::SignOutEverywhere,
        Self::SignedOutByOperator,
        Self::SessionEnded,
        Self::OtherSessionsEnded,
        Self::TokenReuse,
        Self::SignUp,
        Self::MailboxProof,
        Self::PasswordResetRequest,
        Self::PasswordReset,
        Self::PasswordChange,
        Self::AddressChangeRequest,
        Self::AddressChange,
        Self::ProfileChange,
        Self::IdentityLinked,
        Self::IdentityUnlinked,
        Self::ProviderNotice,
        Self::ProviderUnlink,
        Self::DeletionRequest,
        Self::DeletionCancelled,
        Self::AccountErased,
        Self::DataExport,
    ];

    /// The kind with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// The name in table and log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::SignOut => "sign_out",
            Self::SignOutEverywhere => "sign_out_everywhere",
            Self::SignedOutByOperator => "signed_out_by_operator",
            Self::SessionEnded => "session_ended",
            Self::OtherSessionsEnded => "other_sessions_ended",
            Self::TokenReuse => "token_reuse",
            Self::SignUp => "sign_up",
            Self::MailboxProof => "mailbox_proof",
            Self::PasswordResetRequest => "password_reset_request",
            Self::PasswordReset => "password_reset",
            Self::PasswordChange => "password_change",
            Self::AddressChangeRequest => "address_change_request",
            Self::AddressChange => "address_change",
            Self::ProfileChange => "profile_change",
            Self::IdentityLinked => "identity_linked",
            Self::IdentityUnlinked => "identity_unlinked",
            Self::ProviderNotice => "provider_notice",
            Self::ProviderUnlink => "provider_unlink",
            Self::DeletionRequest => "deletion_request",
            Self::DeletionCancelled => "deletion_cancelled",
            Self::AccountErased => "account_erased",
            Self::DataExport => "data_export",
        }
    }
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// As asked.
    Success,
    /// Not, with the code of the reason.
    Failure(&'static str),
}

/// From where it was asked.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The request id.
    pub request_id: String,
    /// The client's address. It goes into the event of a login, whose contract asks for it, and nowhere else.
    pub address: IpAddr,
    /// The client's network, not its full address.
    pub network: String,
    /// What the client calls itself; cut at 400 characters.
    pub user_agent: String,
}

impl Origin {
    /// The origin of a request, cut to what the table holds.
    pub fn new(request_id: &str, (address, network): (IpAddr, String), user_agent: &str) -> Self {
        let user_agent = user_agent.chars().take(LONGEST_USER_AGENT).collect();
        Self { request_id: request_id.to_owned(), address, network, user_agent }
    }

    /// The program itself, for what no request asked for.
    pub const fn program() -> Self {
        let address = IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED);
        Self { request_id: String::new(), address, network: String::new(), user_agent: String::new() }
    }
}

/// One event.
#[derive(Clone, Debug)]
pub struct AuditEvent<'a> {
    /// What.
    pub kind: AuditKind,
    /// How it ended.
    pub outcome: Outcome,
    /// Who, where known.
    pub member: Option<MemberId>,
    /// By which provider, or empty.
    pub provider: &'a str,
    /// From where.
    pub origin: &'a Origin,
}

/// Adds `event`, and writes it to the log as well.
///
/// # Errors
/// When the database refuses; then what the event tells must not become true either.
pub async fn record(
    tx: &mut Transaction,
    event: &AuditEvent<'_>,
    clock: &dyn Clock,
    randomness: &dyn Randomness,
) -> Result<(), DbError> {
    let (outcome, reason) = match event.outcome {
        Outcome::Success => ("success", ""),
        Outcome::Failure(reason) => ("failure", reason),
    };
    metrics::counter!("daemun_security_events_total", "kind" => event.kind.as_str(), "outcome" => outcome)
        .increment(1);
    let member = event.member.map(|id| id.to_string());
    query(INSERT)
        .bind(AuditEventId::new(clock, randomness).to_string())
        .bind(clock.now().millis())
        .bind(event.kind.as_str())
        .bind(outcome)
        .bind(reason)
        .bind(member.clone())
        .bind(event.provider)
        .bind(event.origin.request_id.as_str())
        .bind(event.origin.network.as_str())
        .bind(event.origin.user_agent.as_str())
        .execute(&mut **tx)
        .await?;
    tracing::info!(
        event = event.kind.as_str(),
        outcome,
        reason,
        member_id = member,
        provider = event.provider,
        network = event.origin.network,
        "security event"
    );
    Ok(())
}
