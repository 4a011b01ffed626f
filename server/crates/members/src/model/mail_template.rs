//! The mails that accounts cause, and the port through which they leave.

use db::{DbError, Transaction};
use futures::future::BoxFuture;
use kernel::{OpaqueToken, Timestamp};
use names::{EmailAddress, Language, MailNotice, ProofMail, SignInMethod};

use crate::model::mail_code::MailCode;
use crate::model::mail_return::MailReturn;

/// A mail to be sent. Nothing in it was typed by anybody (S-MAIL-11).
#[derive(Clone, Debug)]
pub enum MailTemplate {
    /// What happened, in words alone.
    Notice(MailNotice),
    /// Prove that this mailbox is yours.
    Proof {
        /// For what.
        mail: ProofMail,
        /// The single-use secret in the mail's link.
        token: OpaqueToken,
        /// To be typed.
        code: MailCode,
        /// Where the link leads on.
        return_to: Option<MailReturn>,
    },
    /// The account has another sign-in method.
    IdentityLinked {
        /// The method that was linked.
        method: SignInMethod,
    },
    /// A sign-in method was taken away.
    IdentityUnlinked {
        /// The method that was unlinked.
        method: SignInMethod,
    },
    /// The account will be deleted unless its owner signs in before, or says so by the link.
    DeletionScheduled {
        /// When the account goes.
        when: Timestamp,
        /// The single-use secret in the mail's link.
        token: OpaqueToken,
    },
    /// The same, because an operator says so.
    DeletionOrdered {
        /// When the account goes.
        when: Timestamp,
        /// The single-use secret in the mail's link.
        token: OpaqueToken,
    },
    /// An operator wants the second factors to go; they do unless the owner stops it.
    FactorResetOrdered {
        /// When the second factors go.
        when: Timestamp,
        /// The single-use secret in the mail's link.
        token: OpaqueToken,
    },
}

/// The port for mails. An implementation enqueues the mail within the caller's transaction, so that it exists exactly if the
/// change does, and sends it later: a mail server that fails does not make requests fail. It builds links from `public_url`, never
/// from a request (S-MAIL-7).
pub trait Mailer: Send + Sync {
    /// Queues `template` for the mailbox `to`.
    fn queue<'a>(
        &'a self,
        tx: &'a mut Transaction,
        to: &'a EmailAddress,
        language: Language,
        template: MailTemplate,
    ) -> BoxFuture<'a, Result<(), DbError>>;
}
