//! What a mail says.

use kernel::Timestamp;
use names::{MailNotice, SignInMethod};
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
    /// Choose a new password.
    ResetPassword {
        /// Where to spend the token.
        link: Link,
        /// The same, to be typed.
        code: Code,
    },
    /// Prove that this mailbox is yours, to make it the address of the account. Goes to the new address.
    ProveNewAddress {
        /// Where to spend the token.
        link: Link,
        /// The same, to be typed.
        code: Code,
    },
    /// Somebody signed in from a device or a network that was not seen before.
    NewSignIn {
        /// When.
        when: Timestamp,
        /// With what, in words of ours.
        device: Device,
        /// From where: the network, never the full address.
        network: Network,
    },
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
    /// What happened, in words alone.
    // Untagged: in the queue it has the name of the notice itself.
    #[serde(untagged)]
    Notice(MailNotice),
}

impl MailTemplate {
    /// Its name, for metrics, logs and the queue.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Welcome => "welcome",
            Self::ProveMailbox { .. } => "prove-mailbox",
            Self::ResetPassword { .. } => "reset-password",
            Self::ProveNewAddress { .. } => "prove-new-address",
            Self::NewSignIn { .. } => "new-sign-in",
            Self::IdentityLinked { .. } => "identity-linked",
            Self::IdentityUnlinked { .. } => "identity-unlinked",
            Self::DeletionScheduled { .. } => "deletion-scheduled",
            Self::Notice(notice) => notice.as_str(),
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A mail waits in the queue while the program is updated.
    #[test]
    fn a_notice_is_in_the_queue_by_its_own_name() {
        let notice = MailTemplate::Notice(MailNotice::PasswordChanged);
        let queued = serde_json::to_string(&notice).unwrap();
        assert_eq!(queued, "\"PasswordChanged\"");
        assert_eq!(serde_json::from_str::<MailTemplate>(&queued).unwrap(), notice);
        assert_eq!(serde_json::from_str::<MailTemplate>("\"Welcome\"").unwrap(), MailTemplate::Welcome);
    }
}
