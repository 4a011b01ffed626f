//! The audit log: a row for each security event, in the transaction of what it tells.
//!
//! What nobody had to identify for could fill the table, so repetitions of it within an hour [share a row](AuditRow::fold_key)
//! that counts them, and what only repeats a refusal is [written later](crate::refusals). How long rows are kept depends on
//! whether somebody is [known](AuditRow::anonymous) by them. Every event is a line of the program's log as well.

use std::net::IpAddr;
use std::time::Duration;

use db::{DbError, Transaction};
use kernel::{Clock, Randomness, Timestamp, define_id};

use crate::MemberId;
use crate::store::audit_events;

define_id!(
    /// The id of a row of the audit log.
    AuditEventId
);

const LONGEST_USER_AGENT: usize = 400;

/// The hour of a moment: within one, repetitions share a row.
pub(crate) const fn hour(at: Timestamp) -> i64 {
    at.millis().div_euclid(60 * 60 * 1000)
}

/// How long rows are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditRetention {
    /// Rows about a member, and of the program and its operators.
    pub accounts: Duration,
    /// Rows of which nobody knows who caused them.
    pub anonymous: Duration,
}

impl Default for AuditRetention {
    fn default() -> Self {
        let days = |days: u64| Duration::from_hours(24 * days);
        Self { accounts: days(400), anonymous: days(30) }
    }
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
    /// A member got another sign-in method, or wanted one.
    IdentityLinked,
    /// A sign-in method was taken away, or somebody tried to take the last.
    IdentityUnlinked,
    /// A provider told that it ended a grant.
    ProviderNotice,
    /// A provider confirmed that a grant is ended there, or was given up.
    ProviderUnlink,
    /// A member wanted their account deleted, or its last sign-in method was cut.
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

/// A row as it will be written.
#[derive(Clone, Debug)]
pub(crate) struct AuditRow {
    pub(crate) at: Timestamp,
    pub(crate) kind: AuditKind,
    pub(crate) outcome: Outcome,
    pub(crate) member: Option<MemberId>,
    pub(crate) provider: String,
    pub(crate) request_id: String,
    pub(crate) network: String,
    pub(crate) user_agent: String,
}

impl AuditRow {
    /// The row of what happens now. It is counted here, so that alarms wait for nothing.
    pub(crate) fn new(event: &AuditEvent<'_>, now: Timestamp) -> Self {
        let origin = event.origin;
        let outcome = if event.outcome == Outcome::Success { "success" } else { "failure" };
        metrics::counter!("daemun_security_events_total", "kind" => event.kind.as_str(), "outcome" => outcome)
            .increment(1);
        Self {
            at: now,
            kind: event.kind,
            outcome: event.outcome,
            member: event.member,
            provider: event.provider.to_owned(),
            request_id: origin.request_id.clone(),
            network: origin.network.clone(),
            user_agent: origin.user_agent.clone(),
        }
    }

    /// Whether nobody knows who caused it. What the program did itself comes from no network.
    pub(crate) const fn anonymous(&self) -> bool {
        self.member.is_none() && !self.network.is_empty()
    }

    /// `success` or `failure`, and why it failed.
    pub(crate) const fn outcome(&self) -> (&'static str, &'static str) {
        match self.outcome {
            Outcome::Success => ("success", ""),
            Outcome::Failure(reason) => ("failure", reason),
        }
    }

    /// What repetitions have in common. All of it stands in the row's other columns, too.
    pub(crate) fn fold_key(&self) -> String {
        let (outcome, reason) = self.outcome();
        let member = self.member.map(|member| member.to_string()).unwrap_or_default();
        let Self { at, kind, provider, network, .. } = self;
        format!("{} {outcome} {reason} {provider} {member} {network} {}", kind.as_str(), hour(*at))
    }

    /// The line of the log.
    pub(crate) fn log(&self, times: u64) {
        let (outcome, reason) = self.outcome();
        tracing::info!(
            event = self.kind.as_str(),
            outcome,
            reason,
            member_id = self.member.map(tracing::field::display),
            provider = self.provider,
            network = self.network,
            times,
            "security event"
        );
    }
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
    let row = AuditRow::new(event, clock.now());
    audit_events::insert(tx, (AuditEventId::new(clock, randomness), &row)).await?;
    row.log(1);
    Ok(())
}
