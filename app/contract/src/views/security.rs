//! The viewer's sign-in methods and connected apps.

use names::{ProviderName, SignInMethod};

use crate::moment::Moment;
use crate::views::oauth::ScopeEntry;
use crate::views::second_factor::CodesView;

/// `/me/security`: the viewer's sign-in methods and connected apps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityView {
    /// The methods, in the order in which they were added.
    pub methods: Vec<SignInMethodEntry>,
    /// Whether one of them can be removed; the last one cannot.
    pub removable: bool,
    /// The providers that can be linked.
    pub linkable: Vec<ProviderName>,
    /// Those of them that confirm addresses.
    pub confirming: Vec<ProviderName>,
    /// The address that the viewer proved to us, with or without a password.
    pub email: Option<String>,
    /// The passkeys, if they are switched on.
    pub passkeys: Option<PasskeysView>,
    /// The one-time codes.
    pub codes: CodesView,
    /// The address to go on to, if a sign-in led here first.
    pub go_on: Option<String>,
    /// The connected apps, the one used last first.
    pub apps: Vec<ConnectedAppEntry>,
}

impl SecurityView {
    /// The address that belongs to the password; `None` if there is no password.
    pub fn password_for(&self) -> Option<&str> {
        self.methods.iter().find(|entry| entry.method == SignInMethod::Password)?.email.as_deref()
    }

    /// The first proven address; `None` if there is none.
    pub fn proven_address(&self) -> Option<&str> {
        let vouched = || {
            self.methods.iter().filter(|entry| entry.email_proven).find_map(|entry| entry.email.as_deref())
        };
        self.email.as_deref().or_else(vouched)
    }
}

/// A sign-in method, as its owner sees it at `/me/security`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInMethodEntry {
    /// Its id in forms.
    pub id: String,
    /// The method.
    pub method: SignInMethod,
    /// Its address, if it has one.
    pub email: Option<String>,
    /// Whether that address is proven.
    pub email_proven: bool,
    /// When it was linked, or the password last changed.
    pub since: Moment,
    /// When it was last used to sign in; unknown for passwords.
    pub last_used: Option<Moment>,
    /// Whether the viewer's session began with it.
    pub is_of_session: bool,
}

/// The viewer's passkeys, and what the script needs to add one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasskeysView {
    /// The `rp_id`: the domain for which they are made.
    pub rp_id: String,
    /// The user handle (`user.id`), in base64url.
    pub user: String,
    /// The name of the account in a browser's list of passkeys (`user.name`).
    pub name: String,
    /// The viewer's name in that list (`user.displayName`).
    pub nickname: String,
    /// The passkeys, oldest first.
    pub entries: Vec<PasskeyEntry>,
    /// Whether one of them can be removed; the last sign-in method cannot.
    pub removable: bool,
}

/// A passkey, as its owner sees it at `/me/security`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasskeyEntry {
    /// Its id in forms.
    pub id: String,
    /// Its credential id, in base64url.
    pub credential_id: String,
    /// The name that its owner gave it.
    pub name: String,
    /// When it was added.
    pub since: Moment,
    /// When it was last used to sign in.
    pub last_used: Option<Moment>,
    /// Whether it is synced to other devices.
    pub is_synced: bool,
    /// Whether it can be used here: it was made for this `rp_id`.
    pub is_usable: bool,
}

/// An app with the member's consent or with tokens for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectedAppEntry {
    /// Its id in forms.
    pub id: String,
    /// The name that the client registered.
    pub name: String,
    /// Its scopes.
    pub scopes: Vec<ScopeEntry>,
    /// When it was first used.
    pub first_used: Moment,
    /// When it was last used.
    pub last_used: Moment,
}
