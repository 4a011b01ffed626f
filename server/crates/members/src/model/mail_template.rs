//! The mails that accounts cause, and the port through which they leave.

use db::{DbError, Transaction};
use futures::future::BoxFuture;
use kernel::{OpaqueToken, Timestamp};
use names::{EmailAddress, Language, ProviderName, SignInMethod};

use crate::model::mail_code::MailCode;

/// A mail to be sent. Nothing in it was typed by anybody (S-MAIL-11).
#[derive(Clone, Debug)]
pub enum MailTemplate {
    /// Prove that this mailbox is yours, to finish signing up.
    ProveMailbox {
        /// For the link.
        token: OpaqueToken,
        /// To be typed.
        code: MailCode,
    },
    /// Somebody wanted to sign up with the address of this account, or to make it theirs.
    SignUpOnTakenAddress,
    /// Choose a new password.
    ResetPassword {
        /// For the link.
        token: OpaqueToken,
        /// To be typed.
        code: MailCode,
    },
    /// A new password was asked for; but this account is signed in to by Google, Naver or Kakao.
    ResetWithoutPassword,
    /// The password is another one now.
    PasswordChanged,
    /// Prove that this mailbox is yours, to make it the address of the account. Goes to the new address.
    ProveNewAddress {
        /// For the link.
        token: OpaqueToken,
        /// To be typed.
        code: MailCode,
    },
    /// The account has another address now. Goes to the old one.
    AddressChanged,
    /// A spent refresh token was presented again: its session was ended.
    TokenReuse,
    /// The account has another sign-in method.
    IdentityLinked {
        /// With which provider.
        provider: ProviderName,
    },
    /// A sign-in method was taken away.
    IdentityUnlinked {
        /// Which one.
        method: SignInMethod,
    },
    /// The account will be deleted unless its owner signs in before, or says so by the link.
    DeletionScheduled {
        /// When.
        when: Timestamp,
        /// For the link.
        token: OpaqueToken,
    },
    /// Everything that we know of the member was given out.
    DataExported,
}

/// The port for mails. An implementation writes the mail into a queue of its own within the caller's transaction, so that
/// a mail exists exactly if what it tells of does, and sends it later: a mail server that fails fails no request. It
/// builds links from `public_url`, never from a request (S-MAIL-7).
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
