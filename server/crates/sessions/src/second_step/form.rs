//! `POST /api/auth/signin/second`: a browser whose sign-in waits sends a code. The same browser that sends the same code again, because
//! it was clicked twice or the answer was lost, is answered as before (decision 40).

use axum::extract::State;
use axum::response::Response;
use db::LentTransaction;
use names::path;
use providers::{BrowserBinding, LoginAnswer, SentCode};
use serde::Deserialize;
use utoipa::ToSchema;
use web::{Browser, Cookies, Refusal, RequestContext, ReturnTo, StrictForm};
use zeroize::Zeroizing;

use crate::begin::see_other;
use crate::second_step::ask::SecondSteps;
use crate::second_step::finish::{GoesFirst, LetIn, NothingWaits, SecondStepError};
use crate::store;

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
    let binding = steps.browser_cookie.read(&browser.headers).ok_or(NothingWaits)?;
    let answer = match steps.take(&form, &binding, &browser, &context).await {
        Err(SecondStepError::NothingWaits(_)) => {
            steps.answer_again(SentCode { browser: &binding, code: &form.code }).await?
        }
        result => result?,
    };
    Ok(steps.answer(&answer, &browser.cookies))
}

impl SecondSteps {
    /// Takes a code in the browser `binding`, in which a sign-in waits.
    async fn take(
        &self,
        form: &SecondStepForm,
        binding: &BrowserBinding,
        browser: &Browser,
        context: &RequestContext,
    ) -> Result<LoginAnswer, SecondStepError> {
        let step = self.step_of_browser(binding).await?.ok_or(NothingWaits)?;
        let return_to = ReturnTo::parse(&step.return_to);
        let old = self.starts.cookie.handle(&browser.headers);
        self.count_try(&step).await?;
        let begin = async |mut tx: LentTransaction| {
            let let_in = self.finish(&mut tx, &step, &form.code, context).await?;
            let Some(LetIn { member, sign_in, first }) = let_in else { return Ok(tx.roll_back(None)) };
            let handle = self.starts.begin_session(&mut tx, sign_in, old.as_ref(), &context.source).await?;
            let device = match form.remember {
                Some(_) => {
                    self.devices.remember(&mut tx, &browser.headers, member.id, &context.source).await?
                }
                None => None,
            };
            if let GoesFirst::RecoveryCodes(codes) = &first
                && let Some(session) = store::find(&mut tx, &handle.hash()).await?
            {
                self.members.codes.show_in(&mut tx, member.id, session.id, codes).await?;
            }
            let answer = LoginAnswer::new(leads_to(&first, &return_to), Some(&handle));
            let answer = answer.remembering(device.as_ref());
            let sent = SentCode { browser: binding, code: &form.code };
            self.providers.keep_answer_to_code(&mut tx, sent, step.method, &answer).await?;
            Ok::<_, SecondStepError>(tx.commit(Some(answer)))
        };
        let Some(answer) = self.context.db.transact(begin).await? else {
            return Err(self.refuse(&step, &form.code, context).await?.into());
        };
        self.starts.evict_ended(old.as_ref()).await;
        Ok(answer)
    }

    /// What the browser was answered when it sent the same code a moment ago, unless its session has ended since: that wins.
    async fn answer_again(&self, sent: SentCode<'_>) -> Result<LoginAnswer, SecondStepError> {
        let answer = self.providers.answer_to_code(&self.context.db, sent).await?.ok_or(NothingWaits)?;
        let handle = answer.session().ok_or(NothingWaits)?;
        let current = self.lookup.read(&handle.hash(), self.context.clock.now()).await?;
        Ok(current.map(|_| answer).ok_or(NothingWaits)?)
    }

    fn answer(&self, answer: &LoginAnswer, cookies: &Cookies) -> Response {
        if let Some(handle) = answer.session() {
            cookies.add(self.starts.cookie.holding(&handle));
        }
        if let Some(device) = answer.device() {
            cookies.add(self.devices.holding(&device));
        }
        see_other(&answer.location)
    }
}

/// Where somebody goes from here.
fn leads_to(first: &GoesFirst, return_to: &ReturnTo) -> String {
    match first {
        GoesFirst::Nowhere => return_to.as_str().to_owned(),
        GoesFirst::SetUpAgain => path::security("codes", "recovery_code_used", return_to.as_str()),
        GoesFirst::RecoveryCodes(_) => path::security("codes", "codes_on", return_to.as_str()),
    }
}
