//! The mail with which another address is proven, once more, because an operator says so.

use audit::{AuditEvent, AuditKind};
use db::{DbError, LentTransaction};
use names::{MemberId, Operation, ProofMail};

use crate::email::change_address::AddressChanges;
use crate::email::store::mail_tokens;
use crate::failure::Failure;
use crate::model::mail_purpose::MailPurpose;
use crate::model::mail_template::MailTemplate;

const PURPOSE: MailPurpose = MailPurpose::ProveNewAddress;

impl AddressChanges {
    /// Sends a member the mail once more with which they prove the address that they want; link and code of the mail before are worth
    /// nothing from then on. `false` when no address waits for its proof.
    ///
    /// # Errors
    /// When the database refuses; then nothing was sent.
    pub async fn send_proof_again(&self, member: MemberId, operation: &Operation) -> Result<bool, Failure> {
        match self.send_once_more(member, operation).await {
            // Somebody else did the same at this moment, and theirs is replaced.
            Err(Failure::Db(DbError::Exists(_))) => self.send_once_more(member, operation).await,
            result => result,
        }
    }

    async fn send_once_more(&self, member: MemberId, operation: &Operation) -> Result<bool, Failure> {
        let send = async |mut tx: LentTransaction| {
            let (owner, now) = (member.to_string(), self.context.clock.now());
            let waiting = mail_tokens::of_owner(&mut tx, &owner).await?;
            let wanted = waiting.iter().find(|(of, _, until)| of == PURPOSE.as_str() && *until > now);
            let Some(address) = wanted.and_then(|(_, address, _)| kernel::email_address::read(address))
            else {
                return Ok(tx.roll_back(false));
            };
            let (token, code) = self.mail_tokens.issue_token(&mut tx, PURPOSE, &owner, &address).await?;
            let mail = ProofMail::ProveNewAddress;
            let template = MailTemplate::Proof { mail, token, code, return_to: None };
            self.mails.queue(&mut tx, &address, self.language, template).await?;
            let sent = AuditEvent::operated(AuditKind::AddressChangeRequest, operation).about(member.uuid());
            self.context.audit.record(&mut tx, &sent).await?;
            Ok::<_, Failure>(tx.commit(true))
        };
        self.context.db.transact(send).await
    }
}
