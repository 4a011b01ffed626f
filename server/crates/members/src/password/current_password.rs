//! Checks whether somebody knows a member's current password.

use std::sync::Arc;

use audit::{AuditEvent, AuditKind};
use db::{DbError, LentTransaction};
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
    /// sign-in, and after a hundred wrong ones in a row a new password must be set by mail: a thief with the session guesses no longer.
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
        let stored = account.comparable_signed_in().ok_or(NoPassword)?.to_owned();
        if account.status != MemberStatus::Active {
            return Err(NotSignedIn.into());
        }
        self.limits.password_of(&account.email, Some(account.changed_at), context.network).await?;
        let decision = self
            .hasher
            .in_turn(context.network, move |hasher| hasher.verify(&current, Some(&stored)))
            .await??;
        if decision != Decision::Wrong && self.is_confirmed(&account, context.network).await? {
            return Ok(account);
        }
        let refused = AuditEvent::new(kind, &context.source).about(member.uuid());
        let refused = refused.failed(WrongPassword.audit_reason());
        let count = async |mut tx: LentTransaction| {
            local_accounts::count_signed_in_failure(&mut tx, &account).await?;
            self.context.audit.record_folded(&mut tx, &refused).await?;
            Ok::<_, DbError>(tx.commit(()))
        };
        self.context.db.transact(count).await?;
        Err(WrongPassword.into())
    }

    async fn is_confirmed(&self, account: &LocalAccount, network: Network) -> Result<bool, DbError> {
        let confirm = async |mut tx: LentTransaction| {
            let is_confirmed = local_accounts::confirm_signed_in(&mut tx, account).await?;
            if is_confirmed {
                let LocalAccount { email, changed_at, .. } = account;
                self.limits.password_was_right(&mut tx, email, *changed_at, network).await?;
            }
            Ok::<_, DbError>(tx.commit(is_confirmed))
        };
        self.context.db.transact(confirm).await
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
