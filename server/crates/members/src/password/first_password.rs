//! `POST /api/users/me/password/first`: a member who signs in by a provider gets a password, too. What it takes is at
//! [`Accounts::check_first_password`](crate::accounts::Accounts::check_first_password).

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;
use web::guard::Fresh;
use web::{Browser, Refusal, StrictBody, Success};

use crate::api::MembersApi;
use crate::caller::{Caller, Renewal};
use crate::field::Fields;
use crate::model::error::AccountError;
use crate::next::{Next, Step};
use crate::request_context::RequestContext;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FirstBody {
    #[schema(required = true, nullable = false, value_type = String, example = "hong@example.com")]
    email: Option<String>,
    #[schema(required = true, nullable = false, value_type = String, example = "마당 눈 위에 발자국 하나 둘")]
    password: Option<String>,
}

/// Sets it. Sessions go on, that of this browser by another secret.
pub(crate) async fn post(
    fresh: Fresh<Caller>,
    State(api): State<MembersApi>,
    context: RequestContext,
    browser: Browser,
    body: Result<StrictBody<FirstBody>, Refusal>,
) -> Result<Success<Next>, AccountError> {
    let StrictBody(value) = body?;
    let mut fields = Fields::default();
    let email = fields.email(value.email.as_deref());
    let password = fields.password("password", value.password.as_deref());
    let wish = fields.done(email.zip(password))?;
    let accounts = &api.accounts;
    accounts.limits.change_by(fresh.caller.member).await?;
    let first = accounts.check_first_password(&fresh, wish, &context).await?;
    let mut tx = accounts.db.begin().await?;
    let renewal = Renewal::of(&*api.callers, &browser.headers);
    let renewed = accounts.set_first_password(&mut tx, &first, renewal, &context).await?;
    tx.commit().await?;
    accounts.know_at_once().await;
    if let Some(renewed) = renewed {
        browser.cookies.add(renewed.cookie);
    }
    Ok(Success::ok(Step::Done.into()))
}
