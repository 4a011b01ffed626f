//! What a mail says.

use kernel::Timestamp;
use names::SignInMethod;
use serde::{Deserialize, Serialize};

use crate::code::Code;
use crate::device::Device;
use crate::link::Link;
use crate::network::Network;

/// Every mail there is. Each part of one is of a closed type: nothing here can carry a text that somebody typed, be it
/// from an account that proved nothing yet (S-MAIL-11).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MailTemplate {
    /// Somebody became a member.
    Welcome,
    /// Prove that this mailbox is yours, to finish signing up.
    ProveMailbox {
        /// Where to spend the token.
        link: Link,
        /// The same, to be typed.
        code: Code,
    },
    /// Somebody wanted to sign up with the address of an account that exists.
    SignUpOnTakenAddress,
    /// Choose a new password.
    ResetPassword {
        /// Where to spend the token.
        link: Link,
        /// The same, to be typed.
        code: Code,
    },
    /// A new password was asked for an account that has none: it is signed in to by Google, Naver or Kakao.
    ResetWithoutPassword,
    /// The password is another one now.
    PasswordChanged,
    /// Prove that this mailbox is yours, to make it the address of the account. Goes to the new address.
    ProveNewAddress {
        /// Where to spend the token.
        link: Link,
        /// The same, to be typed.
        code: Code,
    },
    /// The account has another address now. Goes to the old one.
    AddressChanged,
    /// Somebody signed in from a device or a network that was not seen before.
    NewSignIn {
        /// When.
        when: Timestamp,
        /// With what, in words of ours.
        device: Device,
        /// From where: the network, never the full address.
        network: Network,
    },
    /// A spent refresh token was presented again: its session was ended.
    TokenReuse,
    /// Another sign-in method was added.
    IdentityLinked {
        /// Which.
        method: SignInMethod,
    },
    /// A sign-in method was removed.
    IdentityUnlinked {
        /// Which.
        method: SignInMethod,
    },
    /// The account will be deleted unless its owner signs in before, or says so by the link.
    DeletionScheduled {
        /// When it will be gone.
        when: Timestamp,
        /// Where to keep it.
        link: Link,
    },
    /// Everything that we know of the member was given out.
    DataExported,
}

impl MailTemplate {
    /// Its name, for metrics, logs and the queue.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Welcome => "welcome",
            Self::ProveMailbox { .. } => "prove-mailbox",
            Self::SignUpOnTakenAddress => "sign-up-on-taken-address",
            Self::ResetPassword { .. } => "reset-password",
            Self::ResetWithoutPassword => "reset-without-password",
            Self::PasswordChanged => "password-changed",
            Self::ProveNewAddress { .. } => "prove-new-address",
            Self::AddressChanged => "address-changed",
            Self::NewSignIn { .. } => "new-sign-in",
            Self::TokenReuse => "token-reuse",
            Self::IdentityLinked { .. } => "identity-linked",
            Self::IdentityUnlinked { .. } => "identity-unlinked",
            Self::DeletionScheduled { .. } => "deletion-scheduled",
            Self::DataExported => "data-exported",
        }
    }

    /// Its link, where there is one.
    pub const fn link(&self) -> Option<&Link> {
        match self {
            Self::ProveMailbox { link, .. }
            | Self::ResetPassword { link, .. }
            | Self::ProveNewAddress { link, .. }
            | Self::DeletionScheduled { link, .. } => Some(link),
            _ => None,
        }
    }

    /// Its code, where there is one.
    pub const fn code(&self) -> Option<&Code> {
        match self {
            Self::ProveMailbox { code, .. }
            | Self::ResetPassword { code, .. }
            | Self::ProveNewAddress { code, .. } => Some(code),
            _ => None,
        }
    }
}
