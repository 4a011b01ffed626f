//! `/admin/members/{id}`.

use names::{AuditKind, SignInMethod};

use super::masked::Masked;
use super::members::FoundMember;
use crate::moment::Moment;

/// `/admin/members/{id}`: what there is to know of a member, and what can be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberView {
    /// Who.
    pub member: FoundMember,
    /// How they sign in.
    pub methods: Vec<MethodOfMember>,
    /// What else they can show.
    pub factors: FactorsOfMember,
    /// Where they are signed in, in browsers.
    pub sessions: Vec<SessionOfMember>,
    /// The sign-ins of apps of our own.
    pub sign_ins: Vec<AppOfMember>,
    /// The apps of others that they agreed to.
    pub consents: Vec<AppOfMember>,
    /// The newest mails to them.
    pub mails: Vec<MailOfMember>,
    /// What happened to the account, the newest first.
    pub rows: Vec<RowOfMember>,
    /// The roles that can be given to them.
    pub others: Vec<String>,
}

/// How somebody signs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MethodOfMember {
    /// By what.
    pub method: SignInMethod,
    /// Its address.
    pub address: Option<Masked>,
    /// Whether that is proven.
    pub is_proven: bool,
    /// Since when.
    pub since: Moment,
    /// When it was used last; not known of passwords.
    pub last_used: Option<Moment>,
}

/// What a member can show beside a password.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FactorsOfMember {
    /// Since when one-time codes are asked for.
    pub codes_since: Option<Moment>,
    /// How many recovery codes are left.
    pub recovery_left: u32,
    /// How many passkeys can be used here.
    pub passkeys: usize,
}

impl FactorsOfMember {
    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.codes_since.is_none() && self.passkeys == 0
    }
}

/// Where somebody is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionOfMember {
    /// The browser.
    pub browser: Option<&'static str>,
    /// Its system.
    pub system: Option<&'static str>,
    /// From which network.
    pub network: Masked,
    /// Since when.
    pub since: Moment,
    /// When it was used last.
    pub last_seen_at: Moment,
}

/// An app that acts for somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppOfMember {
    /// What it is called; `None` for our own.
    pub name: Option<String>,
    /// Since when.
    pub since: Moment,
    /// When it was used last.
    pub used_at: Moment,
}

/// A mail to somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailOfMember {
    /// Which mail, as the log names it.
    pub template: String,
    /// What came of it.
    pub state: MailState,
    /// Since when.
    pub at: Moment,
}

/// What came of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailState {
    /// It waits.
    Waiting,
    /// The mail server took it.
    Sent,
    /// It was given up.
    GivenUp,
}

/// A row of the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowOfMember {
    /// What happened; `None` for what a newer version wrote.
    pub what: Option<AuditKind>,
    /// The same, as the log names it.
    pub kind: String,
    /// Why it failed, as the log names it; `None` when it did not.
    pub failure: Option<String>,
    /// Whether an operator did it.
    pub by_operator: bool,
    /// The reason that they gave.
    pub note: String,
    /// When.
    pub at: Moment,
    /// How often.
    pub times: u32,
    /// From which network.
    pub network: Option<Masked>,
}
