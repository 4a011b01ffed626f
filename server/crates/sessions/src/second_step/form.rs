//! `POST /api/auth/signin/second`: a browser whose sign-in waits sends a code.

use axum::extract::State;
use axum::response::Response;
use db::LentTransaction;
use serde::Deserialize;
use utoipa::ToSchema;
use web::{Browser, Refusal, RequestContext, ReturnTo, StrictForm};
use zeroize::Zeroizing;

use crate::second_step::ask::SecondSteps;
use crate::second_step::finish::{LetIn, NothingWaits, SecondStepError};

/// A code, and whether this browser is to be remembered.
#[derive(Deserialize, ToSchema)]
pub(crate) struct SecondStepForm {
    /// Six digits of the device, or a recovery code.
    #[serde(default)]
    #[schema(required = true, value_type = String, example = "081804")]
    code: Zeroizing<String>,
    /// Sent when its box is ticked: no code is asked for in this browser for a while.
    #[schema(nullable = false, example = "1")]
    remember: Option<String>,
}

/// Gives the browser the session for which it waited.
pub(crate) async fn post(
    State(steps): State<SecondSteps>,
    browser: Browser,
    context: RequestContext,
    form: Result<StrictForm<SecondStepForm>, Refusal>,
) -> Result<Response, SecondStepError> {
    let StrictForm(form) = form?;
    let step = steps.step_in(&browser.headers).await?.ok_or(NothingWaits)?;
    let old = steps.starts.cookie.handle(&browser.headers);
    steps.count_try(&step).await?;
    let begin = async |mut tx: LentTransaction| {
        let let_in = steps.finish(&mut tx, &step, &form.code, &context).await?;
        let Some(LetIn { member, sign_in }) = let_in else { return Ok(tx.roll_back(None)) };
        let handle = steps.starts.begin_session(&mut tx, sign_in, old.as_ref(), &context.source).await?;
        let device = match form.remember {
            Some(_) => steps.devices.remember(&mut tx, member.id, &context.source).await?,
            None => None,
        };
        Ok::<_, SecondStepError>(tx.commit(Some((handle, device))))
    };
    let Some((handle, device)) = steps.context.db.transact(begin).await? else {
        return Err(steps.refuse(&step, &context).await?.into());
    };
    steps.starts.evict_ended(old.as_ref()).await;
    if let Some(cookie) = device {
        browser.cookies.add(cookie);
    }
    Ok(steps.starts.signed_in(&handle, &ReturnTo::parse(&step.return_to), &browser.cookies))
}
