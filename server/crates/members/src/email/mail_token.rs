//! What a mail gives its reader to prove that they read it: a token in a link, and a code of six digits. How both are made,
//! and found again.

use std::sync::Arc;
use std::time::Duration;

use db::{DbError, LentTransaction, Transaction};
use kernel::{KeyRing, OpaqueToken, Purpose};
use names::{EmailAddress, MemberId};
use web::reason::NotFound;
use web::{RequestContext, flow_error};

use crate::context::Context;
use crate::email::store::mail_tokens;
use crate::email::store::mail_tokens::{FoundToken, NewToken};
use crate::failure::Failure;
use crate::limits::Limits;
use crate::model::mail_code::MailCode;
use crate::model::mail_proof::Proof;
use crate::model::mail_purpose::MailPurpose;
use crate::password::store::local_accounts;
use crate::password::store::local_accounts::LocalAccount;
use crate::reason::Limited;

flow_error! {
    /// Why a token or code of a mail is not looked up.
    pub enum MailTokenError {
        Limited(Limited);
        Failed(Failure) from DbError;
    }
}

/// What codes are authenticated for.
const CODE: Purpose = Purpose::new("mail-code");

/// The message that authenticates a code: its purpose, owner and address.
fn code_message(purpose: MailPurpose, owner: &str, address: &EmailAddress, code: &MailCode) -> String {
    format!("{}/{owner}/{}/{}", purpose.as_str(), address.as_str(), code.text())
}

/// Makes the tokens and codes of mails, and finds them again. Cheap to clone.
#[derive(Clone)]
pub struct MailTokens {
    pub(crate) context: Context,
    pub(crate) key_ring: Arc<KeyRing>,
    pub(crate) limits: Arc<Limits>,
    pub(crate) deletion_grace: Duration,
    pub(crate) has_mail: bool,
}

impl MailTokens {
    /// Refuses what needs a mail where no mail is sent.
    pub(crate) fn needs_mail(&self) -> Result<(), NotFound> {
        if self.has_mail { Ok(()) } else { Err(NotFound) }
    }

    /// Makes the token and code of a mail to `address`; an older mail of the same purpose is no longer valid.
    pub(crate) async fn issue_token(
        &self,
        tx: &mut Transaction,
        purpose: MailPurpose,
        owner: &str,
        address: &EmailAddress,
    ) -> Result<(OpaqueToken, MailCode), DbError> {
        let token = OpaqueToken::new(&*self.context.randomness);
        let code = MailCode::new(&*self.context.randomness);
        let message = code_message(purpose, owner, address, &code);
        let new = NewToken {
            token: token.hash(),
            code_tag: self.key_ring.authenticate(CODE, message.as_bytes()),
            purpose,
            owner,
            address,
            expires_at: self.context.clock.now().plus(purpose.life(self.deletion_grace)),
        };
        mail_tokens::put(tx, &new).await?;
        Ok((token, code))
    }

    /// Whether the mailbox has a mail of this purpose that stays valid for at least a third of its lifetime. If so, no further
    /// mail is needed once a limit is reached (decision 37).
    pub(crate) async fn has_good_mail(
        &self,
        tx: &mut Transaction,
        purpose: MailPurpose,
        owner: &str,
        address: &EmailAddress,
    ) -> Result<bool, DbError> {
        let long_enough = self.context.clock.now().plus(purpose.life(self.deletion_grace) / 3);
        let waiting = mail_tokens::of_owner(tx, owner).await?;
        Ok(waiting.iter().any(|(of, to, expires_at)| {
            of == purpose.as_str() && to == address.as_str() && *expires_at >= long_enough
        }))
    }

    /// The token that `proof` shows, with the account that it was sent for.
    pub(crate) async fn find_account(
        &self,
        purpose: MailPurpose,
        proof: &Proof,
        context: &RequestContext,
    ) -> Result<Option<(FoundToken, LocalAccount)>, MailTokenError> {
        let Some(found) = self.find_token(purpose, proof, context).await? else { return Ok(None) };
        let Ok(member) = MemberId::parse(&found.owner) else { return Ok(None) };
        let mut reader = self.context.db.read().await?;
        let account = local_accounts::find_by_member(&mut reader, member).await?;
        Ok(account.map(|account| (found, account)))
    }

    /// The token that `proof` shows, if it is valid. It is not spent yet: what follows may still be refused, and then it stays
    /// valid.
    pub(crate) async fn find_token(
        &self,
        purpose: MailPurpose,
        proof: &Proof,
        context: &RequestContext,
    ) -> Result<Option<FoundToken>, MailTokenError> {
        let now = self.context.clock.now();
        match proof {
            Proof::Token(token) => {
                let mut reader = self.context.db.read().await?;
                Ok(mail_tokens::find(&mut reader, &token.hash(), purpose, now).await?)
            }
            Proof::Code { address, code } => {
                self.limits.code_for(address, context.network).await?;
                let count = async |mut tx: LentTransaction| {
                    let found = mail_tokens::count_attempt(&mut tx, address, purpose, now).await?;
                    Ok::<_, DbError>(tx.commit(found))
                };
                let found = self.context.db.transact(count).await?;
                Ok(found.into_iter().find(|found| {
                    let message = code_message(purpose, &found.owner, &found.address, code);
                    self.key_ring.authentic(CODE, message.as_bytes(), &found.code_tag)
                }))
            }
        }
    }
}
