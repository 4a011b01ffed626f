//! What pages show of accounts.

use names::{ProviderName, SignInMethod};

/// What everybody may see of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicProfile {
    /// The member id.
    pub id: String,
    /// The nickname.
    pub nickname: String,
    /// A line about themselves; it may be empty.
    pub greeting: String,
    /// Where the picture is.
    pub picture: String,
}

/// The viewer's sign-in methods, and what they can do about them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignInMethods {
    /// The ways, in the order in which they came.
    pub ways: Vec<SignInMethodEntry>,
    /// Whether one of them can be taken away; the last never can.
    pub removable: bool,
    /// The providers that can be added.
    pub linkable: Vec<ProviderName>,
}

impl SignInMethods {
    /// The address that is signed in to with a password; `None` where there is no password.
    pub fn password_for(&self) -> Option<&str> {
        self.ways.iter().find(|way| way.method == SignInMethod::Password)?.email.as_deref()
    }

    /// The first address that is known to be the viewer's; `None` where nobody vouches for any.
    pub fn proven_address(&self) -> Option<&str> {
        self.ways.iter().filter(|way| way.email_proven).find_map(|way| way.email.as_deref())
    }
}

/// A sign-in method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInMethodEntry {
    /// How forms name it.
    pub id: String,
    /// Which kind.
    pub method: SignInMethod,
    /// The address that belongs to it, where there is one.
    pub email: Option<String>,
    /// Whether somebody proved that address, or the provider vouches for it.
    pub email_proven: bool,
    /// Since when, in RFC 3339.
    pub since: String,
    /// When somebody last signed in with it, in RFC 3339; not known of passwords.
    pub last_used: Option<String>,
}

/// What `?notice=…` can say: something that was asked for is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuccessNotice {
    /// The mailbox is proven; the account is there.
    MailboxProven,
    /// The password is another one, and nobody is signed in any more.
    PasswordChanged,
    /// The password is another one, and this browser stays signed in.
    PasswordReplaced,
    /// There is a password now.
    PasswordSet,
    /// The profile is another one.
    ProfileChanged,
    /// The address is another one.
    AddressChanged,
    /// A sign-in method was linked.
    Linked,
    /// A sign-in method was unlinked.
    Unlinked,
    /// The account will be deleted.
    DeletionScheduled,
    /// The account that was to be deleted stays.
    AccountKept,
}

impl SuccessNotice {
    /// All that the server sends, with its code in the address.
    pub const SENT: [(Self, &'static str); 10] = [
        (Self::MailboxProven, "mailbox_proven"),
        (Self::PasswordChanged, "password_changed"),
        (Self::PasswordReplaced, "password_replaced"),
        (Self::PasswordSet, "password_set"),
        (Self::ProfileChanged, "profile_changed"),
        (Self::AddressChanged, "address_changed"),
        (Self::Linked, "linked"),
        (Self::Unlinked, "unlinked"),
        (Self::DeletionScheduled, "deletion_scheduled"),
        (Self::AccountKept, "account_kept"),
    ];

    /// Reads a code; an unknown one says nothing.
    pub fn parse(code: &str) -> Option<Self> {
        Self::SENT.into_iter().find(|(_, known)| *known == code).map(|(done, _)| done)
    }
}

/// What `?error=…` says to somebody who comes back from a provider, which `provider=…` names, when nothing was linked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkRefused {
    /// The person said no at the provider.
    Cancelled,
    /// The identity is another member's sign-in method.
    Taken,
    /// The provider failed, or something that nobody explains.
    Failed,
}

impl LinkRefused {
    /// Reads a code. Nothing of an unknown one is shown.
    pub fn parse(code: &str) -> Self {
        match code {
            "access_denied" => Self::Cancelled,
            "identity_taken" => Self::Taken,
            _ => Self::Failed,
        }
    }
}
