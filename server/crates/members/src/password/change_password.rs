//! `POST /api/users/me/password`: a new password, set by somebody who knows the current one.
//!
//! The slow part, comparing and hashing, comes before the transaction, and its result is a value that the transaction
//! takes. The browser from which the change comes stays signed in: its session is [renewed](Renewal) in that transaction,
//! and all others end in it.

use std::sync::Arc;

use audit::AuditKind;
use axum::extract::State;
use db::{DbError, LentTransaction, Transaction};
use names::{MailNotice, MemberId};
use serde::Deserialize;
use tokens::EndReason;
use utoipa::ToSchema;
use web::endpoint_error;
use web::guard::SignedIn;
use web::reason::{FieldErrors, InputError};
use web::{Refusal, RequestContext, StrictBody, Success};

use crate::caller::RenewalError;
use crate::caller::{Caller, Renewal, Renewed, Sender};
use crate::context::Context;
use crate::failure::Failure;
use crate::field::Fields;
use crate::model::mail_template::{MailTemplate, Mailer};
use crate::model::password::Password;
use crate::next::{Next, Step};
use crate::password::current_password::CurrentPasswords;
use crate::password::current_password::{CurrentPasswordError, PasswordLookError};
use crate::password::new_password::NewPasswordError;
use crate::password::new_password::NewPasswords;
use crate::password::password_policy::Owner;
use crate::password::store::local_accounts;
use crate::password::store::local_accounts::LocalAccount;
use crate::reason::{ChangedMeanwhile, NotSignedIn};
use crate::repeat::AnsweredForms;
use crate::repeat::Sent;
use crate::revocation::Revocation;

/// A change of password that was checked and not made yet.
#[must_use = "nothing has changed yet"]
pub struct PasswordChange {
    pub(crate) account: LocalAccount,
    pub(crate) hash: String,
}

endpoint_error! {
    /// Why a password stays as it is.
    pub enum PasswordChangeError {
        Input(InputError) from Refusal, FieldErrors;
        NotSignedIn(NotSignedIn);
        Current(CurrentPasswordError);
        Look(PasswordLookError);
        Password(NewPasswordError);
        ChangedMeanwhile(ChangedMeanwhile);
        Renewal(RenewalError);
        Failed(Failure) from DbError;
    }
}

/// Replaces passwords that their owners know. Cheap to clone.
#[derive(Clone)]
pub struct PasswordChanges {
    pub(crate) context: Context,
    pub(crate) current: CurrentPasswords,
    pub(crate) new: NewPasswords,
    pub(crate) revocation: Revocation,
    pub(crate) mails: Arc<dyn Mailer>,
    pub(crate) answered: AnsweredForms,
}

impl PasswordChanges {
    /// Finds out whether `member` may change their password to `new`.
    ///
    /// # Errors
    /// When the current one is wrong, or the new one is not acceptable.
    pub async fn check_password_change(
        &self,
        member: MemberId,
        current: Password,
        new: Password,
        context: &RequestContext,
    ) -> Result<PasswordChange, PasswordChangeError> {
        let account = self.current.account_of(member, current, AuditKind::PasswordChange, context).await?;
        let hash = self
            .new
            .hash_new(new, Owner { email: &account.email, nickname: &account.nickname }, context.network)
            .await?;
        Ok(PasswordChange { account, hash })
    }

    /// Makes the change. The browser that it comes from gets a new secret; all other sessions and tokens of the member end, and
    /// those of an app that made the change as well; the owner is told by mail (S-ACC-10).
    ///
    /// # Errors
    /// [`PasswordChangeError::ChangedMeanwhile`] when another change came first, [`PasswordChangeError::Renewal`] when the browser
    /// signed out meanwhile.
    pub async fn change_password(
        &self,
        tx: &mut Transaction,
        change: &PasswordChange,
        renewal: Renewal<'_>,
        context: &RequestContext,
    ) -> Result<Option<Renewed>, PasswordChangeError> {
        let PasswordChange { account, hash } = change;
        if !local_accounts::set_password(tx, account, hash, self.context.clock.now()).await? {
            return Err(ChangedMeanwhile.into());
        }
        let renewed = renewal.make(tx).await?;
        let reason = EndReason::PasswordChanged;
        match &renewed {
            Some(Renewed { session, .. }) => {
                self.revocation.end_others(tx, account.member, *session, reason).await?;
            }
            None => self.revocation.end_everything(tx, account.member, reason).await?,
        }
        // No limit: this mail warns the owner.
        self.mails
            .queue(tx, &account.email, context.language, MailTemplate::Notice(MailNotice::PasswordChanged))
            .await?;
        self.context.record(tx, AuditKind::PasswordChange, account.member, context).await?;
        Ok(renewed)
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeBody {
    #[schema(required = true, nullable = false, value_type = String, example = "마당 눈 위에 발자국 하나 둘")]
    current_password: Option<String>,
    #[schema(required = true, nullable = false, value_type = String, example = "마당 눈 위에 발자국 하나 둘")]
    password: Option<String>,
}

/// The page for the member who signs in with the new password.
pub(crate) const SIGN_IN: &str = "/oauth/login?notice=password_changed";

/// Changes the caller's password. Their browser stays signed in, whether it sent a form or JSON; a program signs in again.
pub(crate) async fn post(
    caller: Option<SignedIn<Caller>>,
    State(changes): State<PasswordChanges>,
    context: RequestContext,
    sender: Sender,
    body: Result<StrictBody<ChangeBody>, Refusal>,
) -> Result<Success<Next>, PasswordChangeError> {
    // The caller is checked first: a stranger is not told what the body should look like (S-BFF-7).
    let (caller, StrictBody(value)) = match (caller, body) {
        (None, Err(_)) => return Err(NotSignedIn.into()),
        (caller, body) => (caller, body?),
    };
    let mut fields = Fields::default();
    let current = fields.password("current_password", value.current_password.as_deref());
    let new = fields.new_password(value.password.as_deref(), &changes.new.policy);
    let Some(SignedIn { caller, .. }) = caller else {
        // The new cookie was lost with the answer to the first request, but the password is changed.
        let new = new.ok_or(NotSignedIn)?;
        return match changes.answered.find(Sent::ChangePassword, &context).await? {
            Some(member) if changes.current.has_password(member, new, context.network).await? => {
                Ok(Success::ok(Step::SignIn.into()).leading_to(SIGN_IN))
            }
            _ => Err(NotSignedIn.into()),
        };
    };
    let (current, new) = fields.done(current.zip(new))?;
    let change = changes.check_password_change(caller.member, current, new, &context).await?;
    let set = async |mut tx: LentTransaction| {
        let renewed = changes.change_password(&mut tx, &change, sender.renewal(), &context).await?;
        changes.answered.remember(&mut tx, Sent::ChangePassword, caller.member, &context).await?;
        Ok::<_, PasswordChangeError>(tx.commit(renewed))
    };
    let renewed = changes.context.db.transact(set).await?;
    changes.revocation.know_at_once().await;
    Ok(match renewed {
        Some(renewed) => {
            sender.browser.cookies.add(renewed.cookie);
            Success::ok(Step::Done.into())
        }
        None => Success::ok(Step::SignIn.into()).leading_to(SIGN_IN),
    })
}
