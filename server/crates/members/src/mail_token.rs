//! What a mail gives its reader to prove that they read it: a token in a link, and a code of six digits.

use std::fmt;
use std::time::Duration;

use db::{DbError, Transaction};
use kernel::{OpaqueToken, Purpose, Randomness, TokenHash};
use names::EmailAddress;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::store::mail_tokens::{self, NewToken};
use crate::{AccountError, Accounts, RequestContext};

/// What codes are authenticated for.
const CODE: Purpose = Purpose::new("mail-code");

/// What a token is good for, and nothing else (S-MAIL-4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MailPurpose {
    /// Finishing a sign-up.
    ProveMailbox,
    /// A new password.
    ResetPassword,
    /// Another address.
    ProveNewAddress,
    /// Keeping an account that is to be deleted.
    KeepAccount,
}

impl MailPurpose {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::ProveMailbox => "prove_mailbox",
            Self::ResetPassword => "reset_password",
            Self::ProveNewAddress => "prove_new_address",
            Self::KeepAccount => "keep_account",
        }
    }

    /// How long it lives (S-MAIL-3); one that keeps an account as long as there is something to keep.
    pub(crate) const fn life(self, deletion_grace: Duration) -> Duration {
        match self {
            Self::ResetPassword => Duration::from_mins(30),
            Self::ProveMailbox | Self::ProveNewAddress => Duration::from_hours(24),
            Self::KeepAccount => deletion_grace,
        }
    }
}

/// Six digits that a mail holds beside its link, to be typed on another device. Wiped when dropped, never printed.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct MailCode(u32);

impl MailCode {
    pub(crate) fn new(randomness: &dyn Randomness) -> Self {
        let mut bytes = [0; 8];
        randomness.fill(&mut bytes);
        // Of 2⁶⁴ values, the remainder favours none by more than one in 10¹³.
        Self(u32::try_from(u64::from_ne_bytes(bytes) % 1_000_000).unwrap_or(0))
    }

    /// Reads a code as people type it: six digits, with or without spaces.
    pub fn parse(typed: &str) -> Option<Self> {
        let digits: String = typed.chars().filter(|c| !c.is_whitespace()).take(7).collect();
        (digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_digit()))
            .then(|| digits.parse().ok().map(Self))
            .flatten()
    }

    /// The six digits. A secret: never log it.
    pub fn text(&self) -> String {
        format!("{:06}", self.0)
    }
}

/// Keeps the code out of logs and panics (S-KEY-8).
impl fmt::Debug for MailCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[REDACTED]")
    }
}

/// What somebody shows to prove that they read a mail.
#[derive(Debug)]
pub enum Proof {
    /// The token of its link.
    Token(OpaqueToken),
    /// Its code, and the address that it was sent to.
    Code {
        /// The address.
        address: EmailAddress,
        /// The code.
        code: MailCode,
    },
}

/// A token that is good now, not spent yet.
pub(crate) struct FoundToken {
    pub(crate) token: TokenHash,
    pub(crate) code_tag: Vec<u8>,
    pub(crate) owner: String,
    pub(crate) address: EmailAddress,
}

/// What a code is authenticated as: of this purpose, owner and address.
fn code_message(purpose: MailPurpose, owner: &str, address: &EmailAddress, code: &MailCode) -> String {
    format!("{}/{owner}/{}/{}", purpose.as_str(), address.as_str(), code.text())
}

impl Accounts {
    /// Makes the token and code of a mail to `address`; an older mail of the same purpose is worth nothing from then on.
    pub(crate) async fn issue_token(
        &self,
        tx: &mut Transaction,
        purpose: MailPurpose,
        (owner, address): (&str, &EmailAddress),
    ) -> Result<(OpaqueToken, MailCode), DbError> {
        let token = OpaqueToken::new(&*self.randomness);
        let code = MailCode::new(&*self.randomness);
        let message = code_message(purpose, owner, address, &code);
        let new = NewToken {
            token: token.hash(),
            code_tag: self.key_ring.authenticate(CODE, message.as_bytes()),
            purpose,
            owner,
            address,
            expires_at: self.clock.now().plus(purpose.life(self.deletion_grace)),
        };
        mail_tokens::put(tx, &new).await?;
        Ok((token, code))
    }

    /// Whether a mail of this purpose is in the mailbox that is good for a third of its life yet. Then one more is not
    /// needed, however much too many were asked for; otherwise it is (decision 37).
    pub(crate) async fn has_good_mail(
        &self,
        tx: &mut Transaction,
        purpose: MailPurpose,
        (owner, address): (&str, &EmailAddress),
    ) -> Result<bool, DbError> {
        let long_enough = self.clock.now().plus(purpose.life(self.deletion_grace) / 3);
        let waiting = mail_tokens::of_owner(tx, owner).await?;
        Ok(waiting.iter().any(|(of, to, expires_at)| {
            of == purpose.as_str() && to == address.as_str() && *expires_at >= long_enough
        }))
    }

    /// The token that `proof` shows, if it is good. It is not spent yet: what follows may still be refused, and then it
    /// stays good.
    pub(crate) async fn find_token(
        &self,
        purpose: MailPurpose,
        proof: &Proof,
        context: &RequestContext,
    ) -> Result<Option<FoundToken>, AccountError> {
        let now = self.clock.now();
        match proof {
            Proof::Token(token) => {
                let mut reader = self.db.read().await?;
                Ok(mail_tokens::find(&mut reader, (&token.hash(), purpose), now).await?)
            }
            Proof::Code { address, code } => {
                self.limits.code_for(address, context.network).await?;
                let mut tx = self.db.begin().await?;
                let found = mail_tokens::count_attempt(&mut tx, (address, purpose), now).await?;
                tx.commit().await?;
                Ok(found.into_iter().find(|found| {
                    let message = code_message(purpose, &found.owner, &found.address, code);
                    self.key_ring.authentic(CODE, message.as_bytes(), &found.code_tag)
                }))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use testkit::SeededRandomness;

    #[test]
    fn a_code_is_six_digits_however_it_is_typed() {
        let randomness = SeededRandomness::new(7);
        for _ in 0..1_000 {
            let code = MailCode::new(&randomness);
            assert_eq!(code.text().len(), 6);
            assert_eq!(MailCode::parse(&code.text()).map(|read| read.text()), Some(code.text()));
        }
        assert!(MailCode::parse(" 012 345\n").is_some_and(|code| code.text() == "012345"));
        for bad in ["", "12345", "1234567", "12345a", "-12345", "+12345", "１２３４５６"] {
            assert!(MailCode::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn s_key_8_a_code_does_not_print() {
        assert_eq!(format!("{:?}", MailCode(123_456)), "[REDACTED]");
    }
}
