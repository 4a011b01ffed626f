//! Removing an identity as a sign-in method, with everything that depends on it.

use audit::{AuditEvent, AuditKind};
use db::{DbError, Transaction};
use names::{EmailAddress, MemberId, SignInMethod};
use web::{RequestContext, flow_error};

use crate::context::Context;
use crate::email::contact::Notices;
use crate::failure::Failure;
use crate::identities::profile_copies;
use crate::identities::store::identities::{self, Identity};
use crate::identities::unlink_job::UnlinkJobs;
use crate::member_observer::MemberChanges;
use crate::model::mail_template::MailTemplate;
use crate::reason::ChangedMeanwhile;
use crate::revocation::Revocation;

flow_error! {
    /// Why an identity stays.
    pub enum RemovalError {
        ChangedMeanwhile(ChangedMeanwhile);
        Failed(Failure) from DbError;
    }
}

/// Takes identities away. Cheap to clone.
#[derive(Clone)]
pub struct IdentityRemoval {
    pub(crate) context: Context,
    pub(crate) notices: Notices,
    pub(crate) unlinks: UnlinkJobs,
    pub(crate) revocation: Revocation,
    pub(crate) changes: MemberChanges,
}

impl IdentityRemoval {
    /// Removes an identity as a sign-in method, and ends the sessions that began with it.
    pub(crate) async fn take_away(
        &self,
        tx: &mut Transaction,
        identity: &Identity,
        context: &RequestContext,
    ) -> Result<(), RemovalError> {
        let told = MailTemplate::IdentityUnlinked { method: SignInMethod::Provider(identity.provider) };
        self.notices.tell_owner_of(tx, identity.member, told, context.language).await?;
        self.unlinks.end_at_provider(tx, identity).await?;
        if !identities::delete(tx, identity).await? {
            return Err(ChangedMeanwhile.into());
        }
        profile_copies::take_away(&self.context, &self.changes, tx, identity).await?;
        self.revocation.end_of_provider(tx, identity.member, identity.provider).await?;
        let unlinked = AuditEvent::new(AuditKind::IdentityUnlinked, &context.source);
        let unlinked = unlinked.about(identity.member.uuid()).by_method(identity.provider.as_str());
        Ok(self.context.audit.record(tx, &unlinked).await?)
    }

    /// For when the owner of the mailbox `email` proved it to get a new password: identities that do not vouch for that mailbox may
    /// belong to somebody who was here before, and are removed (S-UP-11, the trojan identifier).
    pub(crate) async fn discard_unvouched(
        &self,
        tx: &mut Transaction,
        member: MemberId,
        email: &EmailAddress,
        context: &RequestContext,
    ) -> Result<(), RemovalError> {
        for identity in identities::of_member(tx, member).await? {
            if identity.vouched().as_ref() != Some(email) {
                self.take_away(tx, &identity, context).await?;
            }
        }
        Ok(())
    }
}
