//! Checks whether somebody knows a member's current password.

use std::sync::Arc;

use audit::{AuditEvent, AuditKind};
use db::DbError;
use names::MemberId;
use web::{Refuse as _, RequestContext, flow_error};

use crate::context::Context;
use crate::failure::Failure;
use crate::limits::Limits;
use crate::model::member::MemberStatus;
use crate::model::password::Password;
use crate::network::Network;
use crate::password::password_hasher::HashingError;
use crate::password::password_hasher::{Decision, PasswordHasher};
use crate::password::store::local_accounts::{self, LocalAccount};
use crate::reason::{Limited, NoPassword, NotSignedIn, WrongPassword};

flow_error! {
    /// Why somebody who is signed in has not proved again who they are.
    pub enum CurrentPasswordError {
        NoPassword(NoPassword);
        NotSignedIn(NotSignedIn);
        WrongPassword(WrongPassword);
        Limited(Limited);
        Hashing(HashingError);
        Failed(Failure) from DbError;
    }
}

flow_error! {
    /// Why a password cannot be compared with a member's.
    pub enum PasswordLookError {
        Hashing(HashingError);
        Failed(Failure) from DbError;
    }
}

/// Compares the passwords of members who are known. Cheap to clone.
#[derive(Clone)]
pub struct CurrentPasswords {
    pub(crate) context: Context,
    pub(crate) hasher: PasswordHasher,
    pub(crate) limits: Arc<Limits>,
}

impl CurrentPasswords {
    /// Compares the current password of `member`, which is how they prove again who they are. Tries count like those of a
    /// sign-in.
    pub(crate) async fn account_of(
        &self,
        member: MemberId,
        current: Password,
        kind: AuditKind,
        context: &RequestContext,
    ) -> Result<LocalAccount, CurrentPasswordError> {
        let account = {
            let mut reader = self.context.db.read().await?;
            local_accounts::find_by_member(&mut reader, member).await?.ok_or(NoPassword)?
        };
        if account.is_ended() || !account.has_password() {
            return Err(NoPassword.into());
        }
        if account.status != MemberStatus::Active {
            return Err(NotSignedIn.into());
        }
        self.limits.password_of(&account.email, Some(account.changed_at), context.network).await?;
        // Failures of strangers do not block a member who is signed in (S-RATE-1).
        let stored = account.password_hash.clone();
        let decision = self
            .hasher
            .in_turn(context.network, move |hasher| hasher.verify(&current, Some(&stored)))
            .await??;
        if decision == Decision::Wrong {
            let refused = AuditEvent::new(kind, &context.source).about(member.uuid());
            self.context.audit.record_refusal(&refused.failed(WrongPassword.audit_reason())).await?;
            return Err(WrongPassword.into());
        }
        Ok(account)
    }

    /// Whether `password` is that of the member now: a form that is sent again must show the one that it set.
    pub(crate) async fn has_password(
        &self,
        member: MemberId,
        password: Password,
        network: Network,
    ) -> Result<bool, PasswordLookError> {
        let account = {
            let mut reader = self.context.db.read().await?;
            local_accounts::find_by_member(&mut reader, member).await?
        };
        let stored = account.as_ref().and_then(LocalAccount::comparable).map(str::to_owned);
        let Some(stored) = stored else { return Ok(false) };
        let decision =
            self.hasher.in_turn(network, move |hasher| hasher.verify(&password, Some(&stored))).await??;
        Ok(decision != Decision::Wrong)
    }
}
