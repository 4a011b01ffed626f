//! `POST /api/users/me/password/first`: a member who comes in by a provider gets a password, too. What it takes stands at
//! [`Accounts::check_first_password`](crate::Accounts::check_first_password).

use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use web::guard::Fresh;
use web::{Refusal, StrictBody};

use crate::field::Fields;
use crate::{AccountError, Caller, MembersApi, Renewal, RequestContext, answer};

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

/// Sets it. Sessions go on, that of this browser by another secret.
pub(crate) async fn post(
    fresh: Fresh<Caller>,
    State(api): State<MembersApi>,
    context: RequestContext,
    headers: HeaderMap,
    body: Result<StrictBody<FirstBody>, Refusal>,
) -> Result<Response, AccountError> {
    let StrictBody { value, encoding } = body?;
    let mut fields = Fields::default();
    let email = fields.email(value.email.as_deref());
    let password = fields.password("password", value.password.as_deref());
    let wish = fields.done(email.zip(password))?;
    let accounts = &api.accounts;
    accounts.limits.change_by(fresh.caller.member).await?;
    let first = accounts.check_first_password(&fresh, wish, &context).await?;
    let mut tx = accounts.db.begin().await?;
    let renewal = Renewal::of(&*api.callers, &headers);
    let renewed = accounts.set_first_password(&mut tx, &first, renewal, &context).await?;
    tx.commit().await?;
    accounts.know_at_once().await;
    let next = Next { next: "DONE" };
    let answer = answer::either(encoding, (StatusCode::OK, next), "/me/security?notice=password_set");
    Ok(answer::with_cookie(answer, renewed))
}
