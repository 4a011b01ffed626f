//! `GET /api/auth/callback/{provider}`: the browser comes back from the provider.

use std::sync::Arc;

use audit::AuditEvent;
use axum::extract::{FromRequestParts as _, Path, State};
use axum::response::{IntoResponse as _, Response};
use db::{DbError, LentTransaction};
use http::HeaderMap;
use names::{AuditKind, LoginError, ProviderName, SignInMethod, Source, path};
use providers::{BrowserBinding, FinishError, Finished, LoginAnswer, PresentedCallback, SpentLogin};
use web::guard::{Proof, Proven, Unproven};
use web::{Cookies, LeadsOn, RequestContext};

use crate::begin::{SignIn, see_other};
use crate::callback_error::CallbackError;
use crate::link::back_from_link;
use crate::provider_logins::ProviderLogins;
use crate::reason::{BadCallback, UnknownProvider};
use crate::second_step::ask::FirstStep;
use crate::state::Sessions;

/// A browser that comes back from a provider. The proof is that it began logins here, and that it names one.
pub(crate) struct Callback {
    presented: PresentedCallback,
    context: RequestContext,
    headers: HeaderMap,
}

impl Proof<Arc<Sessions>> for Callback {
    async fn read(request: Unproven<'_, Arc<Sessions>>) -> Result<Self, Response> {
        let Unproven { state: sessions, parts, .. } = request;
        let logins = &sessions.provider_logins;
        let provider = match Path::<String>::from_request_parts(parts, &()).await {
            Ok(Path(name)) => ProviderName::parse(&name),
            Err(_) => None,
        };
        let provider = provider.ok_or_else(|| CallbackError::from(UnknownProvider).into_response())?;
        let context = RequestContext::of(parts);
        let browser = logins.browser_cookie.read(&parts.headers);
        let headers = parts.headers.clone();
        match logins.providers.present(provider, browser, parts.uri.query().unwrap_or_default()) {
            Ok(presented) => Ok(Self { presented, context, headers }),
            Err(error) => {
                let refused = match logins.failed(provider, error, &context).await {
                    Ok(answer) => see_other(&answer.location),
                    Err(error) => logins.explain(error, &headers).await.into_response(),
                };
                Err(refused)
            }
        }
    }
}

/// What a callback has begun.
enum Started {
    /// A session, in a transaction that is committed.
    Session(LoginAnswer),
    /// Nothing: a code is asked for.
    SecondStep(FirstStep),
}

/// Finishes a login: asks the provider who came, finds or makes the member, and gives the browser a new session.
pub(crate) async fn get(
    Proven { proof: callback, .. }: Proven<Callback>,
    State(sessions): State<Arc<Sessions>>,
    cookies: Cookies,
) -> Result<LeadsOn, CallbackError> {
    let answer = sessions.provider_logins.receive(&callback).await?;
    Ok(sessions.provider_logins.answer(&answer, &cookies).into())
}

impl ProviderLogins {
    async fn receive(&self, callback: &Callback) -> Result<LoginAnswer, CallbackError> {
        let Callback { presented, context, headers } = callback;
        let answer = match self.providers.finish(&self.context.db, presented).await {
            Ok(finished) => self.finish(callback, &finished).await,
            Err(FinishError::Repeated { id, first }) => self.repeat(id, first).await,
            Err(error) => self.failed(presented.provider(), error, context).await,
        };
        self.explained(answer, headers).await
    }

    async fn explained(
        &self,
        answer: Result<LoginAnswer, CallbackError>,
        headers: &HeaderMap,
    ) -> Result<LoginAnswer, CallbackError> {
        match answer {
            Ok(answer) => Ok(answer),
            Err(error) => Err(self.explain(error, headers).await),
        }
    }

    /// Signs in, or links, whom the provider knows.
    async fn finish(
        &self,
        Callback { presented, context, headers }: &Callback,
        finished: &Finished,
    ) -> Result<LoginAnswer, CallbackError> {
        let login = &finished.login;
        if let Some(link) = login.link {
            return match self.finish_link(finished, link, headers, context).await {
                Ok(answer) => Ok(answer),
                Err(error) => self.came_to_nothing(login, error).await,
            };
        }
        let refused = match self.start_session(finished, presented.browser(), headers, context).await {
            Ok(answer) => return Ok(answer),
            Err(CallbackError::AccountDisabled(_)) => LoginError::AccountDisabled,
            Err(CallbackError::AddressHasAccount(_)) => LoginError::AddressHasAccount,
            Err(error) => return self.came_to_nothing(login, error).await,
        };
        self.note_failure(presented.provider(), refused.as_str(), &context.source).await?;
        self.keep(login.id, path::login(Some(refused), login.return_to.as_str())).await
    }

    /// So that the same callback, sent again, does not wait for an answer that never comes.
    async fn came_to_nothing(
        &self,
        login: &SpentLogin,
        error: CallbackError,
    ) -> Result<LoginAnswer, CallbackError> {
        if let Err(error) = self.providers.evict(&self.context.db, login.id).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "a login that failed stays a while");
        }
        Err(error)
    }

    /// One transaction: the member, the end of the session that this browser had, the new session with its family of
    /// tokens, the audit row, and what the callback is answered with. A first sign-in that lost a race against the same
    /// person's other tab finds the member on the second try, and one that met a change of the account finds it changed.
    ///
    /// If a code is required, the transaction only records that this browser has to show one, and what the provider says about
    /// the member's address.
    pub(crate) async fn start_session(
        &self,
        finished: &Finished,
        browser: &BrowserBinding,
        headers: &HeaderMap,
        context: &RequestContext,
    ) -> Result<LoginAnswer, CallbackError> {
        let started = match self.try_start_session(finished, headers, context).await {
            Err(error) if error.lost_a_race() => self.try_start_session(finished, headers, context).await,
            result => result,
        }?;
        let login = &finished.login;
        match started {
            Started::Session(answer) => {
                self.starts.evict_ended(self.starts.cookie.handle(headers).as_ref()).await;
                Ok(answer)
            }
            Started::SecondStep(first) => {
                let answer = LoginAnswer::new(path::SECOND_STEP.to_owned(), None);
                let wait = async |mut tx: LentTransaction| {
                    self.members.provider_sign_in.store_claims(&mut tx, &finished.identity).await?;
                    let return_to = login.return_to.as_str();
                    self.second_steps.wait_in_browser(&mut tx, first, browser, return_to).await?;
                    self.providers.keep_answer(&mut tx, login.id, &answer).await?;
                    Ok::<_, CallbackError>(tx.commit(()))
                };
                self.context.db.transact(wait).await?;
                Ok(answer)
            }
        }
    }

    async fn try_start_session(
        &self,
        Finished { identity, login }: &Finished,
        headers: &HeaderMap,
        context: &RequestContext,
    ) -> Result<Started, CallbackError> {
        let old = self.starts.cookie.handle(headers);
        let start = async |mut tx: LentTransaction| {
            let signed_in =
                self.members.provider_sign_in.sign_in_by_provider(&mut tx, identity, context).await?;
            let method = SignInMethod::Provider(identity.provider);
            let first = FirstStep { member: signed_in.member.id, method, password_at: None };
            if self.second_steps.is_due_in_browser(&mut tx, first, headers).await? {
                return Ok(tx.roll_back(Started::SecondStep(first)));
            }
            let who = SignIn::by(signed_in.member.id, method);
            let handle = self.starts.begin_session(&mut tx, who, old.as_ref(), &context.source).await?;
            let answer = LoginAnswer::new(login.return_to.as_str().to_owned(), Some(&handle));
            self.providers.keep_answer(&mut tx, login.id, &answer).await?;
            Ok::<_, CallbackError>(tx.commit(Started::Session(answer)))
        };
        self.context.db.transact(start).await
    }

    /// A login that failed: what a person should see goes to the login page, or to where they link from; what cannot be caused by
    /// a person's click is refused.
    async fn failed(
        &self,
        provider: ProviderName,
        error: FinishError,
        context: &RequestContext,
    ) -> Result<LoginAnswer, CallbackError> {
        let code = error.code();
        match error {
            FinishError::NotEnabled => Err(UnknownProvider.into()),
            FinishError::Db(error) => Err(error.into()),
            FinishError::Refused { error, login } => self.send_back(provider, error, &login, context).await,
            FinishError::ProviderUnavailable { login } => {
                self.send_back(provider, LoginError::ProviderUnavailable, &login, context).await
            }
            FinishError::BadCallback { .. } | FinishError::Repeated { .. } => {
                self.note_failure(provider, code, &context.source).await?;
                Err(BadCallback(code).into())
            }
        }
    }

    /// To the login page, or to where the person links from, which explains the error.
    async fn send_back(
        &self,
        provider: ProviderName,
        error: LoginError,
        login: &SpentLogin,
        context: &RequestContext,
    ) -> Result<LoginAnswer, CallbackError> {
        let code = error.as_str();
        let back = if let Some(link) = login.link {
            self.members.linking.note_refused_link(link.member, provider, code, context).await?;
            back_from_link(&login.return_to, "error", code, provider)
        } else {
            self.note_failure(provider, code, &context.source).await?;
            path::login(Some(error), login.return_to.as_str())
        };
        self.keep(login.id, back).await
    }

    async fn note_failure(
        &self,
        provider: ProviderName,
        reason: &'static str,
        source: &Source,
    ) -> Result<(), DbError> {
        let failed = AuditEvent::new(AuditKind::SignIn, source).failed(reason);
        self.context.audit.record_refusal(&failed.by_method(provider.as_str())).await
    }
}
