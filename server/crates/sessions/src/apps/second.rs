//! `POST /auth/login/second`: an app sends the code for which its sign-in waits.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use db::LentTransaction;
use kernel::OpaqueToken;
use serde::Deserialize;
use utoipa::ToSchema;
use web::guard::{Proof, Proven, Unproven};
use web::openapi::{Argument as _, Operation};
use web::{RequestContext, StrictJson, Success};
use zeroize::Zeroizing;

use crate::apps::tokens_body::{self, TokensBody};
use crate::second_step::finish::{LetIn, NothingWaits, SecondStepError};
use crate::state::Sessions;
use crate::store::second_steps::SecondStepRow;

/// A code for a sign-in that waits.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SecondBody {
    /// What `POST /auth/login` answered.
    #[schema(value_type = String, example = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    challenge: Zeroizing<String>,
    /// Six digits of the device, or a recovery code.
    #[schema(value_type = String, example = "081804")]
    code: Zeroizing<String>,
}

/// The proof of the second step: a challenge that we gave out, and a code that is still to be looked at.
pub(crate) struct Second {
    step: SecondStepRow,
    code: Zeroizing<String>,
}

impl Proof<Arc<Sessions>> for Second {
    async fn read(request: Unproven<'_, Arc<Sessions>>) -> Result<Self, Response> {
        waiting(request).await.map_err(SecondStepError::into_response)
    }

    fn describe(operation: &mut Operation) {
        StrictJson::<SecondBody>::describe(operation);
    }
}

async fn waiting(request: Unproven<'_, Arc<Sessions>>) -> Result<Second, SecondStepError> {
    let Unproven { state: sessions, parts, body } = request;
    let SecondBody { challenge, code } = tokens_body::read(&parts.headers, body).await?;
    let challenge = OpaqueToken::parse(&challenge).ok_or(NothingWaits)?;
    let step = sessions.second_steps.step_of(&challenge).await?.ok_or(NothingWaits)?;
    Ok(Second { step, code })
}

/// Lets a member in whose code is right.
pub(crate) async fn post(
    Proven { proof: Second { step, code }, .. }: Proven<Second>,
    State(sessions): State<Arc<Sessions>>,
    context: RequestContext,
) -> Result<Success<TokensBody>, SecondStepError> {
    let apps = &sessions.app_logins;
    let steps = &sessions.second_steps;
    steps.count_try(&step).await?;
    let begin = async |mut tx: LentTransaction| {
        let let_in = steps.finish(&mut tx, &step, &code, &context).await?;
        let Some(LetIn { member, sign_in, .. }) = let_in else { return Ok(tx.roll_back(None)) };
        let rotation = apps.begin_family(&mut tx, sign_in, &context).await?;
        Ok::<_, SecondStepError>(tx.commit(Some((rotation, member))))
    };
    let Some((rotation, member)) = apps.context.db.transact(begin).await? else {
        return Err(steps.refuse(&step, &code, &context).await?.into());
    };
    Ok(Success::ok(apps.tokens_body(&rotation, &member).await?))
}
