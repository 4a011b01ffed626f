//! `POST /api/auth/signin/passkey`: a browser signs in by a passkey.

use std::sync::Arc;

use axum::extract::State;
use db::{DbError, LentTransaction};
use http::StatusCode;
use kernel::OpaqueToken;
use members::{
    Context, Members, NoPasskeys, PasskeyAnswer, PasskeySignIn, PasskeySignInError, ProvenPasskey,
};
use names::SignInMethod;
use providers::BrowserCookie;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use web::body::Nested;
use web::reason::{FieldErrors, InputError};
use web::{Browser, Plain, Refusal, RequestContext, ReturnTo, StrictJson};

use crate::begin::{SessionStarts, SignIn};
use crate::error::{SessionsError, endpoint_error};

endpoint_error! {
    /// Why nobody signs in by a passkey.
    pub(crate) enum PasskeyLoginError {
        Input(InputError) from Refusal, FieldErrors;
        NoPasskeys(NoPasskeys);
        SignIn(PasskeySignInError);
        Failed(SessionsError) from DbError;
    }
    sign_in: SignIn;
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnswerBody {
    #[schema(required = true, nullable = false, value_type = String, example = "01912f3a-0000-7000-8000-000000000001")]
    pub(crate) ceremony: Option<String>,
    /// As `PublicKeyCredential.toJSON()` gives it.
    #[schema(required = true, nullable = false, value_type = Object)]
    pub(crate) credential: Option<Nested<Value>>,
    #[schema(nullable = false, example = "/me")]
    pub(crate) return_to: Option<String>,
}

/// Where the page leads.
#[derive(Serialize, ToSchema)]
pub(crate) struct SignedInBody {
    pub(crate) next: String,
}

/// Gives the browser a new session.
pub(crate) async fn post(
    State(logins): State<PasskeyLogins>,
    browser: Browser,
    context: RequestContext,
    body: Result<StrictJson<AnswerBody>, Refusal>,
) -> Result<Plain<SignedInBody>, PasskeyLoginError> {
    let passkeys = logins.passkeys().ok_or(NoPasskeys)?;
    let AnswerBody { ceremony, credential, return_to } = match body {
        Ok(StrictJson(body)) => body,
        Err(refusal) => {
            passkeys.note_unreadable(&context).await?;
            return Err(no_answer(refusal).into());
        }
    };
    let Some((ceremony, Nested(credential))) = ceremony.zip(credential) else {
        passkeys.note_unreadable(&context).await?;
        return Err(FieldErrors::one("credential", "what the browser answered, with its `ceremony`").into());
    };
    let return_to = return_to.as_deref().map_or_else(ReturnTo::home, ReturnTo::parse);
    let bound = logins.browser_cookie.read(&browser.headers).map(|bound| bound.hash());
    let answer = PasskeyAnswer { ceremony, credential, browser: bound };
    let proven = passkeys.prove(answer, &context).await?;
    let old = logins.starts.cookie.handle(&browser.headers);
    let handle = logins.sign_in(passkeys, &proven, old.as_ref(), &context).await?;
    browser.cookies.add(logins.starts.cookie.holding(&handle));
    Ok(Plain::of(&SignedInBody { next: return_to.as_str().to_owned() }))
}

/// What is larger than any answer is none, like all that cannot be read.
pub(crate) fn no_answer(refusal: Refusal) -> Refusal {
    let is_too_large = refusal.status() == StatusCode::PAYLOAD_TOO_LARGE;
    if is_too_large { refusal.with_status(StatusCode::BAD_REQUEST) } else { refusal }
}

/// Signing in by passkeys.
#[derive(Clone)]
pub struct PasskeyLogins {
    pub(crate) context: Context,
    pub(crate) members: Arc<Members>,
    pub(crate) starts: Arc<SessionStarts>,
    pub(crate) browser_cookie: BrowserCookie,
}

impl PasskeyLogins {
    /// What knows passkeys; `None` where they are switched off.
    pub(crate) fn passkeys(&self) -> Option<&PasskeySignIn> {
        self.members.passkey_sign_in.as_ref()
    }

    async fn sign_in(
        &self,
        passkeys: &PasskeySignIn,
        proven: &ProvenPasskey,
        old: Option<&OpaqueToken>,
        context: &RequestContext,
    ) -> Result<OpaqueToken, PasskeyLoginError> {
        let sign_in = async |mut tx: LentTransaction| {
            let member = passkeys.sign_in_by_passkey(&mut tx, proven, context).await?;
            self.members.codes.take_again(&mut tx, member.id).await?;
            let who = SignIn::by(member.id, SignInMethod::Passkey);
            let handle = self.starts.begin_session(&mut tx, who, old, &context.source).await?;
            Ok::<_, PasskeyLoginError>(tx.commit(handle))
        };
        match self.context.db.transact(sign_in).await {
            Ok(handle) => {
                self.starts.evict_ended(old).await;
                Ok(handle)
            }
            Err(PasskeyLoginError::SignIn(error)) => {
                passkeys.note_late(proven, &error, context).await?;
                Err(error.into())
            }
            Err(error) => Err(error),
        }
    }
}
