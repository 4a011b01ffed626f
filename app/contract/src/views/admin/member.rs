//! `/admin/members/{id}`.

use names::SignInMethod;

use super::masked::Masked;
use super::members::FoundMember;
use crate::moment::Moment;

/// `/admin/members/{id}`: a member as operators see them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberView {
    /// The member.
    pub member: FoundMember,
    /// Their sign-in methods.
    pub methods: Vec<MethodOfMember>,
    /// Their second factors.
    pub factors: FactorsOfMember,
    /// Their sessions in browsers.
    pub sessions: Vec<SessionOfMember>,
    /// The sign-ins of first-party apps.
    pub sign_ins: Vec<AppOfMember>,
    /// The apps that have their consent.
    pub consents: Vec<AppOfMember>,
    /// The newest mails to them.
    pub mails: Vec<MailOfMember>,
    /// The audit log about them, newest first.
    pub rows: Vec<RowOfMember>,
    /// The roles that they do not have and can be given.
    pub others: Vec<String>,
}

/// A sign-in method of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MethodOfMember {
    /// The method.
    pub method: SignInMethod,
    /// The address, masked, if the method has one.
    pub address: Option<Masked>,
    /// Whether the address is proven.
    pub is_proven: bool,
    /// When the method was linked, or the password last changed.
    pub since: Moment,
    /// When it was used last; unknown for passwords.
    pub last_used: Option<Moment>,
}

/// The second factors of a member.
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

/// A browser in which the member is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionOfMember {
    /// The browser.
    pub browser: Option<&'static str>,
    /// The operating system.
    pub system: Option<&'static str>,
    /// The network.
    pub network: Masked,
    /// When the member signed in there.
    pub since: Moment,
    /// When it was used last.
    pub last_seen_at: Moment,
}

/// An app that acts for a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppOfMember {
    /// Its name; `None` for first-party apps.
    pub name: Option<String>,
    /// When the member signed in to the app.
    pub since: Moment,
    /// When it was used last.
    pub used_at: Moment,
}

/// One of the newest mails to the member; its text is not shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailOfMember {
    /// The kind of mail, as the log names it.
    pub template: String,
    /// Its state.
    pub state: MailState,
    /// When it was enqueued.
    pub at: Moment,
}

/// How far a mail got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailState {
    /// It waits.
    Waiting,
    /// The mail server accepted it.
    Sent,
    /// It was given up.
    GivenUp,
}

/// A row of the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowOfMember {
    /// The kind, as the log names it.
    pub kind: String,
    /// What it acted on besides the member, such as a role; empty for most kinds.
    pub object: String,
    /// The app that it is about.
    pub app: Option<String>,
    /// Why it failed, as the log names it; `None` when it did not.
    pub failure: Option<String>,
    /// Whether an operator did it.
    pub by_operator: bool,
    /// The reason that the operator gave.
    pub note: String,
    /// When it happened.
    pub at: Moment,
    /// How often it happened.
    pub times: u32,
    /// The network.
    pub network: Option<Masked>,
}
