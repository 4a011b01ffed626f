//! `POST /api/auth/signin/second/passkey/options` and `POST /api/auth/signin/second/passkey`: a member who needs a second factor and
//! has none makes a passkey, in the browser in which their sign-in waits for that. It is added and the session begins in one transaction.

use axum::extract::State;
use db::{DbError, LentTransaction};
use kernel::OpaqueToken;
use members::{
    Failure, MadePasskey, NewPasskeyAnswer, NewPasskeyError, NewPasskeys, NoPasskeys, PasskeyQuestion,
    SetUpPlace,
};
use providers::BrowserBinding;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;
use web::body::Nested;
use web::reason::{FieldErrors, InputError};
use web::{Browser, Plain, Refusal, RequestContext, ReturnTo, StrictJson};

use crate::error::{SessionsError, endpoint_error};
use crate::passkey::{SignedInBody, no_answer};
use crate::passkey_options::QuestionBody;
use crate::second_step::ask::SecondSteps;
use crate::second_step::finish::{NothingWaits, SecondStepError};
use crate::store::second_steps::SecondStepRow;

endpoint_error! {
    /// Why nobody makes a passkey in the course of a sign-in.
    pub(crate) enum PasskeySetUpError {
        Input(InputError) from Refusal, FieldErrors;
        NoPasskeys(NoPasskeys);
        NothingWaits(NothingWaits);
        SignIn(SecondStepError);
        Passkey(NewPasskeyError);
        Failed(SessionsError) from DbError, Failure;
    }
    sign_in: NothingWaits, SignIn, Passkey;
}

/// What the browser made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MadeBody {
    #[schema(required = true, nullable = false, value_type = String, example = "01912f3a-0000-7000-8000-000000000001")]
    ceremony: Option<String>,
    /// As `PublicKeyCredential.toJSON()` gives it.
    #[schema(required = true, nullable = false, value_type = Object)]
    credential: Option<Nested<Value>>,
}

/// Asks the browser to make one.
pub(crate) async fn options(
    State(steps): State<SecondSteps>,
    Browser { headers, .. }: Browser,
) -> Result<Plain<QuestionBody>, PasskeySetUpError> {
    let new = steps.new_passkeys()?;
    let binding = steps.browser_cookie.read(&headers).ok_or(NothingWaits)?;
    let step = steps.step_that_lacks(&binding).await?;
    let place = SetUpPlace::waiting(&step.challenge);
    let PasskeyQuestion { ceremony, options } = new.ask(step.member, place).await?;
    Ok(Plain::of(&QuestionBody { ceremony, public_key: options }))
}

/// Adds it, and gives the browser the session for which it waited.
pub(crate) async fn post(
    State(steps): State<SecondSteps>,
    browser: Browser,
    context: RequestContext,
    body: Result<StrictJson<MadeBody>, Refusal>,
) -> Result<Plain<SignedInBody>, PasskeySetUpError> {
    let new = steps.new_passkeys()?;
    let binding = steps.browser_cookie.read(&browser.headers).ok_or(NothingWaits)?;
    let step = steps.step_that_lacks(&binding).await?;
    let answer = match read(body) {
        Ok(answer) => answer,
        Err(error) => return Ok(new.refuse_unreadable(step.member, error, &context).await?),
    };
    let made = new.prove(step.member, SetUpPlace::waiting(&step.challenge), answer, &context).await?;
    let old = steps.starts.cookie.handle(&browser.headers);
    let handle = steps.begin_with(new, &made, Waiting { step: &step, old: old.as_ref() }, &context).await?;
    browser.cookies.add(steps.starts.cookie.holding(&handle));
    Ok(Plain::of(&SignedInBody { next: ReturnTo::parse(&step.return_to).as_str().to_owned() }))
}

fn read(body: Result<StrictJson<MadeBody>, Refusal>) -> Result<NewPasskeyAnswer, InputError> {
    let StrictJson(MadeBody { ceremony, credential }) = body.map_err(no_answer)?;
    let Some((ceremony, Nested(credential))) = ceremony.zip(credential) else {
        return Err(FieldErrors::one("credential", "what the browser made, with its `ceremony`").into());
    };
    Ok(NewPasskeyAnswer { ceremony, credential, name: None })
}

/// The sign-in that waits in a browser, and the session that this had before.
#[derive(Clone, Copy)]
struct Waiting<'a> {
    step: &'a SecondStepRow,
    old: Option<&'a OpaqueToken>,
}

impl SecondSteps {
    fn new_passkeys(&self) -> Result<&NewPasskeys, NoPasskeys> {
        self.members.new_passkeys.as_ref().ok_or(NoPasskeys)
    }

    /// The sign-in that waits in a browser until its member has a second factor.
    async fn step_that_lacks(&self, browser: &BrowserBinding) -> Result<SecondStepRow, SecondStepError> {
        let step = self.step_of_browser(browser).await?.ok_or(NothingWaits)?;
        let mut reader = self.context.db.read().await?;
        let is_lacking = self.members.required_factors.are_lacking_of(&mut reader, step.member).await?;
        Ok(is_lacking.then_some(step).ok_or(NothingWaits)?)
    }

    async fn begin_with(
        &self,
        new: &NewPasskeys,
        made: &MadePasskey,
        Waiting { step, old }: Waiting<'_>,
        context: &RequestContext,
    ) -> Result<OpaqueToken, PasskeySetUpError> {
        let begin = async |mut tx: LentTransaction| {
            let let_in = self.let_in_lacking(&mut tx, step, context).await?;
            new.give(&mut tx, made, context).await?;
            let handle = self.starts.begin_session(&mut tx, let_in.sign_in, old, &context.source).await?;
            Ok::<_, PasskeySetUpError>(tx.commit(handle))
        };
        match self.context.db.transact(begin).await {
            Ok(handle) => {
                self.starts.evict_ended(old).await;
                Ok(handle)
            }
            Err(PasskeySetUpError::Passkey(error)) => Ok(new.refuse_late(made, error, context).await?),
            Err(error) => Err(error),
        }
    }
}
