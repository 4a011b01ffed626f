//! The templates of mails.

use std::collections::BTreeMap;

use kernel::Timestamp;
use names::{MailNotice, ProofMail, SignInMethod};
use serde::{Deserialize, Serialize};

use crate::code::Code;
use crate::device::Device;
use crate::link::Link;
use crate::network::Network;

/// A mail. All its values have closed types, so no mail can carry text that somebody typed (S-MAIL-11).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MailTemplate {
    /// Somebody became a member.
    Welcome,
    /// Somebody signed in from a device or a network that was not seen before.
    NewSignIn {
        /// When.
        when: Timestamp,
        /// With which device.
        device: Device,
        /// From which network. It prints without the full address.
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
    /// The account will be deleted unless its owner signs in before that, or cancels by the link.
    DeletionScheduled {
        /// When it will be deleted.
        when: Timestamp,
        /// Where to cancel.
        link: Link,
    },
    /// The same, ordered by an operator.
    DeletionOrdered {
        /// When it will be deleted.
        when: Timestamp,
        /// Where to cancel.
        link: Link,
    },
    /// An operator ordered a reset of the second factors, which their owner can stop.
    FactorResetOrdered {
        /// When they will be reset.
        when: Timestamp,
        /// Where to stop it.
        link: Link,
    },
    /// A mail without values.
    // Untagged, like the next one: in the queue it has the name of the notice itself.
    #[serde(untagged)]
    Notice(MailNotice),
    /// A mail that asks to prove the mailbox.
    #[serde(untagged)]
    Proof(Proof),
}

/// A mail with a link and a code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<ProofMail, LinkAndCode>", into = "BTreeMap<ProofMail, LinkAndCode>")]
pub struct Proof {
    /// The kind of mail.
    pub mail: ProofMail,
    /// Where to use the token.
    pub link: Link,
    /// The code to type instead.
    pub code: Code,
}

/// The values of such a mail, in the queue under its name.
#[derive(Clone, Serialize, Deserialize)]
struct LinkAndCode {
    link: Link,
    code: Code,
}

impl TryFrom<BTreeMap<ProofMail, LinkAndCode>> for Proof {
    type Error = &'static str;

    fn try_from(mut written: BTreeMap<ProofMail, LinkAndCode>) -> Result<Self, Self::Error> {
        match (written.pop_first(), written.is_empty()) {
            (Some((mail, LinkAndCode { link, code })), true) => Ok(Self { mail, link, code }),
            _ => Err("expected one mail"),
        }
    }
}

impl From<Proof> for BTreeMap<ProofMail, LinkAndCode> {
    fn from(Proof { mail, link, code }: Proof) -> Self {
        Self::from([(mail, LinkAndCode { link, code })])
    }
}

/// Mails with values, but without link and code.
const WITHOUT_TOKEN: [&str; 4] = ["welcome", "new-sign-in", "identity-linked", "identity-unlinked"];

/// Mails with a link that stops something.
const WITH_LINK: [&str; 3] = ["deletion-scheduled", "deletion-ordered", "factor-reset-ordered"];

/// Whether mails of this name have neither link nor code.
pub fn holds_no_token(name: &str) -> bool {
    WITHOUT_TOKEN.contains(&name) || MailNotice::ALL.iter().any(|notice| notice.as_str() == name)
}

/// The names of all mails, as [`MailTemplate::kind`] gives them.
pub fn all_kinds() -> impl Iterator<Item = &'static str> {
    let notices = MailNotice::ALL.iter().map(|notice| notice.as_str());
    let proofs = ProofMail::ALL.iter().map(|proof| proof.as_str());
    WITHOUT_TOKEN.into_iter().chain(WITH_LINK).chain(notices).chain(proofs)
}

impl MailTemplate {
    /// Its name, for metrics, logs and the queue.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Welcome => "welcome",
            Self::NewSignIn { .. } => "new-sign-in",
            Self::IdentityLinked { .. } => "identity-linked",
            Self::IdentityUnlinked { .. } => "identity-unlinked",
            Self::DeletionScheduled { .. } => "deletion-scheduled",
            Self::DeletionOrdered { .. } => "deletion-ordered",
            Self::FactorResetOrdered { .. } => "factor-reset-ordered",
            Self::Notice(notice) => notice.as_str(),
            Self::Proof(proof) => proof.mail.as_str(),
        }
    }

    /// Its link, where there is one.
    pub const fn link(&self) -> Option<&Link> {
        match self {
            Self::Proof(Proof { link, .. })
            | Self::DeletionScheduled { link, .. }
            | Self::DeletionOrdered { link, .. }
            | Self::FactorResetOrdered { link, .. } => Some(link),
            _ => None,
        }
    }

    /// Its code, where there is one.
    pub const fn code(&self) -> Option<&Code> {
        match self {
            Self::Proof(Proof { code, .. }) => Some(code),
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

    #[test]
    fn a_proof_is_in_the_queue_by_the_name_of_its_mail() {
        let queued =
            r#"{"ResetPassword":{"link":"https://login.example/password/reset?token=x","code":"731946"}}"#;
        let read = serde_json::from_str::<MailTemplate>(queued).unwrap();
        assert_eq!(
            (read.kind(), read.code().is_some(), read.link().is_some()),
            ("reset-password", true, true)
        );
        assert_eq!(serde_json::to_string(&read).unwrap(), queued);
        for other in ["{}", r#"{"ResetPassword":{}}"#, r#"{"Unknown":{"link":"x","code":"731946"}}"#] {
            assert!(serde_json::from_str::<MailTemplate>(other).is_err(), "{other}");
        }
    }
}
