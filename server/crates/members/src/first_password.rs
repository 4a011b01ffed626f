//! `POST /api/users/me/password/first`: a member who comes in by a provider gets a password, too. What it takes stands at
//! [`Accounts::check_first_password`](crate::Accounts::check_first_password).

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use web::{Refusal, StrictBody};

use crate::caller::ChangingCaller;
use crate::field::Fields;
use crate::{AccountError, MembersApi, Visitor, answer};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FirstBody {
    email: Option<String>,
    password: Option<String>,
}

#[derive(Serialize)]
struct Next {
    next: &'static str,
}

/// Sets it. Sessions go on.
pub(crate) async fn post(
    State(api): State<MembersApi>,
    visitor: Visitor,
    ChangingCaller(caller): ChangingCaller,
    body: Result<StrictBody<FirstBody>, Refusal>,
) -> Result<Response, AccountError> {
    let StrictBody { value, encoding } = body?;
    let mut fields = Fields::default();
    let email = fields.email(value.email.as_deref());
    let password = fields.password("password", value.password.as_deref());
    let wish = fields.done(email.zip(password))?;
    let accounts = &api.accounts;
    accounts.limits.change_by(caller.member).await?;
    let first = accounts.check_first_password(&caller, wish).await?;
    let mut tx = accounts.db.begin().await?;
    accounts.set_first_password(&mut tx, &first, &visitor).await?;
    tx.commit().await?;
    let next = Next { next: "DONE" };
    Ok(answer::either(encoding, (StatusCode::OK, next), "/me/security?notice=password_set"))
}
