//! `POST /api/auth/signin/password`: a browser signs in with e-mail and password.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use db::{DbError, LentTransaction};
use members::{Context, HashingError, Limited, Members, PasswordSignInError};
use names::{LoginError, SignInMethod};
use serde::Deserialize;
use utoipa::ToSchema;
use web::{Browser, Refusal, Refuse as _, RequestContext, ReturnTo, StrictForm};
use zeroize::Zeroizing;

use crate::begin::{SessionStarts, SignIn, back_to_login};
use crate::error::{SessionsError, endpoint_error};
use crate::reason::BadForm;
use crate::second_step::ask::{FirstStep, SecondSteps};

endpoint_error! {
    /// Why nobody signs in with an address and a password.
    pub(crate) enum PasswordLoginError {
        Form(BadForm) from Refusal;
        SignIn(PasswordSignInError);
        Failed(SessionsError) from DbError;
    }
    sign_in: SignIn;
}

/// Who wants to sign in, and where they want to go. A missing field signs nobody in.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Credentials {
    #[serde(default)]
    #[schema(required = true, example = "hong@example.com")]
    email: String,
    #[serde(default)]
    #[schema(required = true, value_type = String, example = "마당 눈 위에 발자국 하나 둘")]
    password: Zeroizing<String>,
    #[schema(nullable = false, example = "/me")]
    return_to: Option<String>,
}

/// Gives the browser a new session, or sends it back to the login page, which says what to do. All failures get the same answer
/// (S-ACC-6).
pub(crate) async fn post(
    State(logins): State<PasswordLogins>,
    browser: Browser,
    context: RequestContext,
    form: Result<StrictForm<Credentials>, Refusal>,
) -> Result<Response, PasswordLoginError> {
    let StrictForm(form) = form?;
    let return_to = form.return_to.as_deref().map_or_else(ReturnTo::home, ReturnTo::parse);
    let typed = Typed { email: &form.email, password: &form.password };
    match logins.sign_in(typed, &return_to, &browser, &context).await {
        Ok(answer) => Ok(answer),
        Err(PasswordLoginError::SignIn(error)) => match explained(&error) {
            // For the layers around this: something was refused, although the answer is a redirect.
            Some(told) => {
                Ok((Extension(error.refusal().mark()), back_to_login(told, &return_to)).into_response())
            }
            None => Err(error.into()),
        },
        Err(error) => Err(error),
    }
}

/// What the login page explains; other errors have nothing to do with the person.
const fn explained(error: &PasswordSignInError) -> Option<LoginError> {
    match error {
        PasswordSignInError::BadCredentials(_) => Some(LoginError::BadCredentials),
        PasswordSignInError::Limited(Limited::TooMany(_)) => Some(LoginError::TooManyTries),
        PasswordSignInError::Hashing(HashingError::Busy) => Some(LoginError::Busy),
        _ => None,
    }
}

/// Signing in with address and password in a browser.
#[derive(Clone)]
pub struct PasswordLogins {
    pub(crate) context: Context,
    pub(crate) members: Arc<Members>,
    pub(crate) starts: Arc<SessionStarts>,
    pub(crate) second_steps: SecondSteps,
}

/// The address and the password, as somebody typed them.
#[derive(Clone, Copy)]
pub(crate) struct Typed<'a> {
    pub(crate) email: &'a str,
    pub(crate) password: &'a str,
}

impl PasswordLogins {
    /// Gives the browser a session, or sends it to where a code is asked for. Nothing has come about then but that the code is
    /// waited for: what was looked at is looked at again with it.
    pub(crate) async fn sign_in(
        &self,
        Typed { email, password }: Typed<'_>,
        return_to: &ReturnTo,
        browser: &Browser,
        context: &RequestContext,
    ) -> Result<Response, PasswordLoginError> {
        let authenticated = self.members.password_sign_in.authenticate(email, password, context).await?;
        let first = FirstStep {
            member: authenticated.member(),
            method: SignInMethod::Password,
            password_at: Some(authenticated.changed_at()),
        };
        let old = self.starts.cookie.handle(&browser.headers);
        let sign_in = async |mut tx: LentTransaction| {
            let let_in = self.members.password_sign_in.sign_in_by_password(&mut tx, &authenticated, context);
            let who = SignIn::by(let_in.await?.id, SignInMethod::Password);
            if self.second_steps.is_due_in_browser(&mut tx, first, &browser.headers).await? {
                return Ok(tx.roll_back(None));
            }
            let handle = self.starts.begin_session(&mut tx, who, old.as_ref(), &context.source).await?;
            Ok::<_, PasswordLoginError>(tx.commit(Some(handle)))
        };
        let Some(handle) = self.context.db.transact(sign_in).await? else {
            return Ok(self.second_steps.ask(first, return_to, browser).await?);
        };
        self.starts.evict_ended(old.as_ref()).await;
        Ok(self.starts.signed_in(&handle, return_to, &browser.cookies))
    }
}
