//! Another sign-in method: a signed-in member comes back from a provider that they went to in order to link it. The crate
//! `sessions` makes sure that it is the same member and session, with a fresh sign-in (S-UP-13).

use audit::{AuditEvent, AuditKind};
use db::{DbError, LentTransaction, Transaction};
use names::{MemberId, ProviderName, SignInMethod};
use providers::ProviderIdentity;
use web::{RequestContext, flow_error};

use crate::context::Context;
use crate::email::contact::Notices;
use crate::failure::Failure;
use crate::identities::grants::Grants;
use crate::identities::situation::{discard_waiting, situation};
use crate::model::link_matrix::Decision;
use crate::model::mail_template::MailTemplate;
use crate::model::store::members;
use crate::reason::{ChangedMeanwhile, IdentityTaken, NotSignedIn};

flow_error! {
    /// Why an identity does not become a sign-in method.
    pub enum LinkError {
        NotSignedIn(NotSignedIn);
        IdentityTaken(IdentityTaken);
        ChangedMeanwhile(ChangedMeanwhile);
        Failed(Failure) from DbError;
    }
}

/// Links further sign-in methods. Cheap to clone.
#[derive(Clone)]
pub struct Linking {
    pub(crate) context: Context,
    pub(crate) grants: Grants,
    pub(crate) notices: Notices,
}

impl Linking {
    /// Makes `identity` a sign-in method of `member`, within the caller's transaction; nothing, if it is one already. The owner
    /// is told by mail.
    ///
    /// # Errors
    /// [`LinkError::IdentityTaken`] when it is another member's. [`DbError::Exists`] or [`LinkError::ChangedMeanwhile`] when
    /// somebody else got it concurrently: the same call in a new transaction knows who.
    pub async fn link(
        &self,
        tx: &mut Transaction,
        member: MemberId,
        identity: &ProviderIdentity,
        context: &RequestContext,
    ) -> Result<(), LinkError> {
        // Locked until the commit, so that the end of the account comes entirely before or entirely after.
        if !members::hold(tx, member).await? {
            return Err(NotSignedIn.into());
        }
        let (situation, _) = situation(tx, identity, Some(member), self.context.clock.now()).await?;
        match situation.decision() {
            Decision::Nothing => return Ok(()),
            Decision::Link => {}
            Decision::LinkAlone => {
                if !discard_waiting(tx, identity, self.context.clock.now()).await? {
                    return Err(ChangedMeanwhile.into());
                }
            }
            _ => return Err(IdentityTaken.into()),
        }
        self.grants.add_identity(tx, member, identity).await?;
        let told = MailTemplate::IdentityLinked { method: SignInMethod::Provider(identity.provider) };
        self.notices.tell_owner_of(tx, member, told, context.language).await?;
        let linked = AuditEvent::new(AuditKind::IdentityLinked, &context.source);
        let linked = linked.about(member.uuid()).by_method(identity.provider.as_str());
        Ok(self.context.audit.record(tx, &linked).await?)
    }

    /// Records an attempt to link an identity that belongs to another member.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn note_refused_link(
        &self,
        member: MemberId,
        provider: ProviderName,
        reason: &'static str,
        context: &RequestContext,
    ) -> Result<(), DbError> {
        let refused = AuditEvent::new(AuditKind::IdentityLinked, &context.source).failed(reason);
        let refused = refused.about(member.uuid()).by_method(provider.as_str());
        let note = async |mut tx: LentTransaction| {
            self.context.audit.record(&mut tx, &refused).await?;
            Ok(tx.commit(()))
        };
        self.context.db.transact(note).await
    }
}
