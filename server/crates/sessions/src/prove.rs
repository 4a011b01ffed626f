//! `POST /api/auth/prove`: a member proves again who they are, by their password. Their session goes on under a new secret
//! (S-COOKIE-5), and they are back on the page that asked for it, where nothing has been done yet.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use members::{Failure, NoPassword, PasswordSignInError, WrongPassword};
use serde::Deserialize;
use utoipa::ToSchema;
use web::guard::SignedIn;
use web::{Browser, Refusal, RequestContext, ReturnTo, StrictForm};
use zeroize::Zeroizing;

use crate::error::{SessionsError, endpoint_error};
use crate::password::{PasswordLoginError, PasswordLogins, Typed};
use crate::reason::BadForm;
use crate::session::Current;

endpoint_error! {
    /// Why a member has not proven who they are.
    pub(crate) enum ProveError {
        Form(BadForm) from Refusal;
        NoPassword(NoPassword);
        Wrong(WrongPassword);
        SignIn(PasswordLoginError);
        Failed(SessionsError) from Failure;
    }
    sign_in: Wrong, SignIn;
}

/// The member's password, and where they go on.
#[derive(Deserialize, ToSchema)]
pub(crate) struct ProveForm {
    #[serde(default)]
    #[schema(required = true, value_type = String, example = "마당 눈 위에 발자국 하나 둘")]
    password: Zeroizing<String>,
    #[schema(nullable = false, example = "/me/security")]
    return_to: Option<String>,
}

/// Takes the password of the member who is signed in, and asks for a code where they use codes.
pub(crate) async fn post(
    SignedIn { caller: current, .. }: SignedIn<Arc<Current>>,
    State(logins): State<PasswordLogins>,
    browser: Browser,
    context: RequestContext,
    form: Result<StrictForm<ProveForm>, Refusal>,
) -> Result<Response, ProveError> {
    let StrictForm(form) = form?;
    let return_to = form.return_to.as_deref().map_or_else(ReturnTo::home, ReturnTo::parse);
    let methods = logins.members.sign_in_methods.of_member(current.member.id).await?;
    let own = methods.entries.into_iter().find(|method| method.provider.is_none());
    let email = own.and_then(|method| method.email).ok_or(NoPassword)?;
    let typed = Typed { email: &email, password: &form.password };
    match logins.sign_in(typed, &return_to, &browser, &context).await {
        Err(PasswordLoginError::SignIn(PasswordSignInError::BadCredentials(_))) => Err(WrongPassword.into()),
        result => Ok(result?),
    }
}
