//! The viewer's sign-in methods and connected apps.

use names::{ProviderName, SignInMethod};

use crate::moment::Moment;
use crate::views::oauth::ScopeEntry;
use crate::views::second_factor::CodesView;

/// `/me/security`: the viewer's sign-in methods, and what they can do about them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityView {
    /// The methods, in the order in which they came.
    pub methods: Vec<SignInMethodEntry>,
    /// Whether one of them can be removed; the last never can.
    pub removable: bool,
    /// The providers that can be added.
    pub linkable: Vec<ProviderName>,
    /// Their passkeys, where there can be some.
    pub passkeys: Option<PasskeysView>,
    /// Their one-time codes.
    pub codes: CodesView,
    /// Where they go on from here, if they came from a sign-in that led here first.
    pub go_on: Option<String>,
    /// The apps that have something of the viewer's, the one used last first.
    pub apps: Vec<ConnectedAppEntry>,
}

impl SecurityView {
    /// The address that is signed in to with a password; `None` where there is no password.
    pub fn password_for(&self) -> Option<&str> {
        self.methods.iter().find(|way| way.method == SignInMethod::Password)?.email.as_deref()
    }

    /// The first address that is known to be the viewer's; `None` where nobody vouches for any.
    pub fn proven_address(&self) -> Option<&str> {
        self.methods.iter().filter(|way| way.email_proven).find_map(|way| way.email.as_deref())
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
    /// Since when.
    pub since: Moment,
    /// When somebody last signed in with it; not known of passwords.
    pub last_used: Option<Moment>,
}

/// The viewer's passkeys, and what browsers are told of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasskeysView {
    /// The domain for which they are made.
    pub rp_id: String,
    /// How browsers name the viewer, in base64url.
    pub user: String,
    /// What tells accounts apart in a list of passkeys.
    pub name: String,
    /// What the viewer is called there.
    pub nickname: String,
    /// Which, oldest first.
    pub entries: Vec<PasskeyEntry>,
    /// Whether one of them can be removed; the last sign-in method never can.
    pub removable: bool,
}

/// A passkey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasskeyEntry {
    /// How forms name it.
    pub id: String,
    /// How browsers name it, in base64url.
    pub credential_id: String,
    /// What its owner calls it.
    pub name: String,
    /// Since when.
    pub since: Moment,
    /// When somebody last signed in with it.
    pub last_used: Option<Moment>,
    /// Whether it is copied to other devices.
    pub is_synced: bool,
    /// Whether it can be used: it was made for this domain.
    pub is_usable: bool,
}

/// An app that has something of the viewer's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectedAppEntry {
    /// How forms name it.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<ScopeEntry>,
    /// When it was first used.
    pub first_used: Moment,
    /// When it was last used.
    pub last_used: Moment,
}
