//! Taking passkeys away, with everything that depends on them.

use audit::{AuditEvent, AuditKind};
use db::Transaction;
use names::{MemberId, SessionId, SignInMethod};
use web::RequestContext;

use crate::context::Context;
use crate::email::contact::Notices;
use crate::failure::Failure;
use crate::identities::method_count::MethodCount;
use crate::model::mail_template::MailTemplate;
use crate::passkeys::passkey::PasskeyId;
use crate::passkeys::store::passkeys;
use crate::revocation::Revocation;

/// Which passkey is removed, and in which session.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Removed {
    pub(crate) id: PasskeyId,
    pub(crate) session: Option<SessionId>,
}

/// Takes passkeys away. Cheap to clone.
#[derive(Clone)]
pub(crate) struct PasskeyRemoval {
    pub(crate) context: Context,
    pub(crate) notices: Notices,
    pub(crate) revocation: Revocation,
    pub(crate) counts: MethodCount,
}

impl PasskeyRemoval {
    /// Removes one, and ends the sessions that began with it; `false` when the member has no such passkey. The session in which
    /// they do it goes on: they proved in it a moment ago who they are, and by the passkey itself where it is their last. The
    /// owner is told by mail.
    pub(crate) async fn take_away(
        &self,
        tx: &mut Transaction,
        member: MemberId,
        removed: Removed,
        request: &RequestContext,
    ) -> Result<bool, Failure> {
        if !passkeys::delete(tx, member, removed.id).await? {
            return Ok(false);
        }
        self.revocation.end_of_passkeys(tx, member, removed.session).await?;
        self.tell(tx, member, request).await?;
        Ok(true)
    }

    /// For when the owner of the mailbox proved it and nothing else to get a new password: a passkey may belong to somebody who
    /// had access before (S-UP-11). Sessions are ended elsewhere.
    pub(crate) async fn take_all_away(
        &self,
        tx: &mut Transaction,
        member: MemberId,
        request: &RequestContext,
    ) -> Result<(), Failure> {
        let mut removed = false;
        for passkey in passkeys::of_member(tx, member).await? {
            removed |= passkeys::delete(tx, member, passkey.id).await?;
        }
        if removed { self.tell(tx, member, request).await } else { Ok(()) }
    }

    async fn tell(
        &self,
        tx: &mut Transaction,
        member: MemberId,
        request: &RequestContext,
    ) -> Result<(), Failure> {
        let told = MailTemplate::IdentityUnlinked { method: SignInMethod::Passkey };
        self.notices.tell_owner_of(tx, member, told, request.language).await?;
        let removed = AuditEvent::new(AuditKind::IdentityUnlinked, &request.source);
        let removed = removed.about(member.uuid()).by_method(SignInMethod::Passkey.as_str());
        Ok(self.context.audit.record(tx, &removed).await?)
    }
}
