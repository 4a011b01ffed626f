//! `POST /api/auth/signin/recovery`: a member whose passkey is lost, and who has no other sign-in method, sends the code of their account
//! and a recovery code.

use axum::extract::State;
use axum::response::Response;
use db::{DbError, LentTransaction};
use members::{NoPasskeys, RecoverySignIn, RecoverySignInError, TypedRecovery};
use names::{ProvenBy, SignInMethod, path};
use serde::Deserialize;
use utoipa::ToSchema;
use web::{Browser, Refusal, RequestContext, ReturnTo, StrictForm};
use zeroize::Zeroizing;

use crate::begin::{SignIn, see_other};
use crate::error::{SessionsError, endpoint_error};
use crate::passkey::PasskeyLogins;
use crate::reason::BadForm;

endpoint_error! {
    /// Why nobody signs in by a recovery code.
    pub(crate) enum RecoverError {
        Form(BadForm) from Refusal;
        NoPasskeys(NoPasskeys);
        SignIn(RecoverySignInError);
        Failed(SessionsError) from DbError;
    }
    sign_in: SignIn;
}

/// Two codes that were printed together. A missing one lets nobody in.
#[derive(Deserialize, ToSchema)]
pub(crate) struct RecoverForm {
    #[serde(default)]
    #[schema(required = true, example = "7K3Q-0M9X")]
    account: String,
    #[serde(default)]
    #[schema(required = true, value_type = String, example = "7K3QP-0M9XA")]
    code: Zeroizing<String>,
    #[schema(nullable = false, example = "/me")]
    return_to: Option<String>,
}

/// Gives the browser a new session, and leads to where another passkey is added.
pub(crate) async fn post(
    State(logins): State<PasskeyLogins>,
    browser: Browser,
    context: RequestContext,
    form: Result<StrictForm<RecoverForm>, Refusal>,
) -> Result<Response, RecoverError> {
    let recovery = logins.members.recovery_sign_in.as_ref().ok_or(NoPasskeys)?;
    let StrictForm(form) = form?;
    let return_to = form.return_to.as_deref().map_or_else(ReturnTo::home, ReturnTo::parse);
    logins.recover(recovery, &form, &browser, &context).await?;
    Ok(see_other(&path::security("passkeys", "passkey_lost", return_to.as_str())))
}

impl PasskeyLogins {
    async fn recover(
        &self,
        recovery: &RecoverySignIn,
        form: &RecoverForm,
        browser: &Browser,
        context: &RequestContext,
    ) -> Result<(), RecoverError> {
        let typed = TypedRecovery { account: &form.account, code: &form.code };
        let account = match recovery.count_try(typed, context).await {
            Err(error @ RecoverySignInError::Refused(_)) => {
                recovery.note_refused(None, context).await?;
                return Err(error.into());
            }
            result => result?,
        };
        let old = self.starts.cookie.handle(&browser.headers);
        let sign_in = async |mut tx: LentTransaction| {
            let member = recovery.sign_in_by_recovery(&mut tx, &account, typed.code, context).await?;
            let (method, proven_by) = (SignInMethod::Passkey, ProvenBy::RecoveryCode);
            let who = SignIn { member: member.id, method, proven_by };
            let handle = self.starts.begin_session(&mut tx, who, old.as_ref(), &context.source).await?;
            Ok::<_, RecoverError>(tx.commit(handle))
        };
        match self.context.db.transact(sign_in).await {
            Ok(handle) => {
                self.starts.evict_ended(old.as_ref()).await;
                browser.cookies.add(self.starts.cookie.holding(&handle));
                Ok(())
            }
            Err(RecoverError::SignIn(error @ RecoverySignInError::Refused(_))) => {
                recovery.note_refused(Some(&account), context).await?;
                Err(error.into())
            }
            Err(error) => Err(error),
        }
    }
}
