//! `POST /api/auth/passkey/options`: what a browser asks its owner for, to sign in by a passkey. It is the same for everybody,
//! so that nothing tells who has one.

use axum::extract::State;
use db::DbError;
use members::{NoPasskeys, PasskeyQuestion, PasskeyQuestionError};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use web::{Browser, Plain, RequestContext};

use crate::error::{SessionsError, endpoint_error};
use crate::passkey::PasskeyLogins;

endpoint_error! {
    /// Why a browser is not asked for a passkey.
    pub(crate) enum QuestionError {
        NoPasskeys(NoPasskeys);
        Question(PasskeyQuestionError);
        Failed(SessionsError) from DbError;
    }
}

#[derive(Serialize, ToSchema)]
pub(crate) struct QuestionBody {
    pub(crate) ceremony: String,
    #[serde(rename = "publicKey")]
    #[schema(value_type = Object)]
    pub(crate) public_key: Value,
}

/// Begins a ceremony, bound to this browser.
pub(crate) async fn post(
    State(logins): State<PasskeyLogins>,
    context: RequestContext,
    Browser { headers, cookies }: Browser,
) -> Result<Plain<QuestionBody>, QuestionError> {
    let passkeys = logins.passkeys().ok_or(NoPasskeys)?;
    let browser = logins.browser_cookie.read_or_new(&headers, &*logins.context.randomness);
    let PasskeyQuestion { ceremony, options } = passkeys.ask(browser.hash(), &context).await?;
    cookies.add(logins.browser_cookie.cookie(&browser));
    Ok(Plain::of(&QuestionBody { ceremony, public_key: options }))
}
