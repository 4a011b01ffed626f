//! A callback that comes again is answered as the first one was (decision 40): the same session, the same page. Nothing is
//! done twice, and a session that ended meanwhile does not come back.

use std::time::Duration;

use axum::response::Response;
use db::LentTransaction;
use http::HeaderMap;
use providers::{LoginAnswer, Repeated, TransactionId};
use web::Cookies;

use crate::begin::see_other;
use crate::callback_error::CallbackError;
use crate::provider_logins::ProviderLogins;
use crate::reason::{BadCallback, CallbackUnderWay, SignedInAlready};

/// How often and how many times to look whether the first one was answered.
const POLL_INTERVAL: Duration = Duration::from_millis(100);
const MAX_POLLS: usize = 100;

/// The reasons of callbacks that may have done their work long ago.
const SPENT: [&str; 4] = ["state_unknown", "state_spent", "login_expired", "session_ended"];

impl ProviderLogins {
    /// Stores where a callback leads, in case it comes again, and answers with it.
    pub(crate) async fn keep(
        &self,
        id: TransactionId,
        location: String,
    ) -> Result<LoginAnswer, CallbackError> {
        let answer = LoginAnswer::new(location, None);
        let keep = async |mut tx: LentTransaction| {
            self.providers.keep_answer(&mut tx, id, &answer).await?;
            Ok::<_, CallbackError>(tx.commit(()))
        };
        self.context.db.transact(keep).await?;
        Ok(answer)
    }

    /// The answer to a callback.
    pub(crate) fn answer(&self, answer: &LoginAnswer, cookies: &Cookies) -> Response {
        if let Some(handle) = answer.session() {
            cookies.add(self.starts.cookie.holding(&handle));
        }
        see_other(&answer.location)
    }

    /// Answers a callback that came before in the same browser, after waiting for the first one if it must.
    pub(crate) async fn repeat(
        &self,
        id: TransactionId,
        mut first: Repeated,
    ) -> Result<LoginAnswer, CallbackError> {
        for _ in 0..MAX_POLLS {
            match first {
                Repeated::Answered(answer) => return self.answer_again(answer).await,
                Repeated::Over => return Err(BadCallback("state_spent").into()),
                Repeated::UnderWay => tokio::time::sleep(POLL_INTERVAL).await,
            }
            first = self.providers.look_again(&self.context.db, id).await?;
        }
        Err(CallbackUnderWay.into())
    }

    async fn answer_again(&self, answer: LoginAnswer) -> Result<LoginAnswer, CallbackError> {
        if let Some(handle) = answer.session()
            && self.lookup.read(&handle.hash(), self.context.clock.now()).await?.is_none()
        {
            // Signed out in the meantime: that wins.
            return Err(BadCallback("session_ended").into());
        }
        Ok(answer)
    }

    /// The error of a refused callback for somebody who is signed in: very likely they went back to an address that has already
    /// been used.
    pub(crate) async fn explain(&self, error: CallbackError, headers: &HeaderMap) -> CallbackError {
        match error {
            CallbackError::BadCallback(BadCallback(code)) if SPENT.contains(&code) => {
                match self.lookup.current(headers).await {
                    Ok(Some(_)) => SignedInAlready.into(),
                    _ => error,
                }
            }
            error => error,
        }
    }
}
