//! Signing in by a recovery code in place of a lost passkey: for members who have nothing but passkeys, and who name their account by its
//! code. Members with another sign-in method use that, and a recovery code after it.

use std::sync::Arc;

use audit::{AuditEvent, AuditKind};
use db::{DbError, Transaction};
use names::{MemberId, SignInMethod};
use web::{RequestContext, flow_error};

use crate::announce::{self, SignIn};
use crate::context::Context;
use crate::failure::Failure;
use crate::lifecycle::revival;
use crate::limits::Limits;
use crate::model::member::Member;
use crate::reason::{Limited, RecoveryRefused};
use crate::totp::account_code::AccountCode;
use crate::totp::codes::{CodeKind, OneTimeCodes};
use crate::totp::store::account_codes;

flow_error! {
    /// Why nobody signs in by a recovery code.
    pub enum RecoverySignInError {
        Refused(RecoveryRefused);
        Limited(Limited);
        Failed(Failure) from DbError;
    }
}

/// The account code and the recovery code, as somebody typed them.
#[derive(Clone, Copy)]
pub struct TypedRecovery<'a> {
    /// The code of the account.
    pub account: &'a str,
    /// The recovery code.
    pub code: &'a str,
}

/// Lets members in whose passkey is lost. Cheap to clone.
#[derive(Clone)]
pub struct RecoverySignIn {
    pub(crate) context: Context,
    pub(crate) limits: Arc<Limits>,
    pub(crate) codes: OneTimeCodes,
}

impl RecoverySignIn {
    /// Counts a try, before it is looked at, whether there is such an account or not.
    ///
    /// # Errors
    /// When there were too many.
    pub async fn count_try(
        &self,
        typed: TypedRecovery<'_>,
        context: &RequestContext,
    ) -> Result<AccountCode, RecoverySignInError> {
        self.limits.proof_from(context.network).await?;
        let account = AccountCode::parse(typed.account).ok_or(RecoveryRefused)?;
        self.limits.recovery_of(&account, context.network).await?;
        Ok(account)
    }

    /// Spends the recovery code and lets its member in, within the transaction that makes their session.
    ///
    /// # Errors
    /// [`RecoverySignInError::Refused`], the same for all who are not let in.
    pub async fn sign_in_by_recovery(
        &self,
        tx: &mut Transaction,
        account: &AccountCode,
        code: &str,
        context: &RequestContext,
    ) -> Result<Member, RecoverySignInError> {
        let member = account_codes::find(tx, account).await?.ok_or(RecoveryRefused)?;
        let member = revival::hold(&self.context, tx, member, context).await?.ok_or(RecoveryRefused)?;
        if self.codes.required.counts.has_more_than_passkeys(tx, member.id).await?
            || self.codes.spend(tx, member.id, code, context).await? != Some(CodeKind::Recovery)
        {
            return Err(RecoveryRefused.into());
        }
        let sign_in = SignIn { member: &member, method: SignInMethod::Passkey, context };
        announce::sign_in(tx, sign_in, &*self.context.clock, &*self.context.randomness).await?;
        Ok(member)
    }

    /// Records that somebody was not let in.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn note_refused(
        &self,
        account: Option<&AccountCode>,
        context: &RequestContext,
    ) -> Result<(), DbError> {
        let member = match account {
            Some(account) => account_codes::find(&mut *self.context.db.read().await?, account).await?,
            None => None,
        };
        let failed = AuditEvent::new(AuditKind::SignIn, &context.source).failed("wrong_code");
        let failed = failed.by_method(SignInMethod::Passkey.as_str());
        self.context.audit.record_refusal(&failed.about_known(member.map(MemberId::uuid))).await
    }
}
