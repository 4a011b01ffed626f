//! `POST /api/auth/link/{provider}`: begins a login that links an identity. What its callback does is here as well.
//!
//! The login is bound to the member and to the very session in which it began, which must be fresh (S-UP-13): a person who
//! comes back in another one, or in none, links nothing. A link renews the session (S-COOKIE-5).

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use db::LentTransaction;
use http::HeaderMap;
use members::{LinkError, RenewalError};
use names::{LinkRefused, MemberId, ProviderName, path};
use providers::{Finished, LinkFor, LoginAnswer, Prompt};
use web::guard::Fresh;
use web::{Browser, Refusal, RequestContext, ReturnTo, StrictForm};

use crate::callback_error::CallbackError;
use crate::provider_logins::ProviderLogins;
use crate::reason::{BadCallback, UnknownProvider};
use crate::session::Current;
use crate::sign_in::{BeginLoginError, BeginLoginForm, LoginRequest};
use crate::state::Sessions;

/// Sends the browser of a member to the provider. Anyone who is signed in for longer than ten minutes signs in again first.
pub(crate) async fn post(
    Fresh { caller: current, .. }: Fresh<Arc<Current>>,
    State(sessions): State<Arc<Sessions>>,
    Path(provider): Path<String>,
    context: RequestContext,
    browser: Browser,
    form: Result<StrictForm<BeginLoginForm>, Refusal>,
) -> Result<Response, BeginLoginError> {
    let provider = ProviderName::parse(&provider).ok_or(UnknownProvider)?;
    let StrictForm(form) = form?;
    let return_to = ReturnTo::parse(form.return_to.as_deref().unwrap_or(path::SECURITY));
    let link = LinkFor { member: current.session.member, session: current.session.id };
    let request =
        LoginRequest { client: context.network, return_to, link: Some(link), prompt: Prompt::Account };
    sessions.provider_logins.begin_login(provider, request, &browser).await
}

/// The page that the member linked from, with the result and the provider.
pub(crate) fn back_from_link(return_to: &ReturnTo, key: &str, code: &str, provider: ProviderName) -> String {
    let (path, fragment) = match return_to.as_str().split_once('#') {
        Some((path, fragment)) => (path, format!("#{fragment}")),
        None => (return_to.as_str(), String::new()),
    };
    let sign = if path.contains('?') { '&' } else { '?' };
    format!("{path}{sign}{key}={code}&provider={provider}{fragment}")
}

impl ProviderLogins {
    /// Links the identity to the member who began, if it is they who came back.
    pub(crate) async fn finish_link(
        &self,
        finished: &Finished,
        link: LinkFor,
        headers: &HeaderMap,
        context: &RequestContext,
    ) -> Result<LoginAnswer, CallbackError> {
        let Finished { identity, login } = finished;
        let return_to = &login.return_to;
        let member = link.member;
        let current = self.lookup.current(headers).await?;
        let is_same = current
            .is_some_and(|current| current.session.id == link.session && current.session.member == member);
        if !is_same {
            return self.refuse_link(finished, member, headers, context).await;
        }
        // The same identity may have signed somebody in at the same time: the second attempt sees that.
        let linked = match self.try_link(finished, member, headers, context).await {
            Err(error) if error.lost_a_race() => self.try_link(finished, member, headers, context).await,
            result => result,
        };
        match linked {
            Ok(answer) => {
                self.members.revocation.know_at_once().await;
                Ok(answer)
            }
            Err(CallbackError::Link(LinkError::IdentityTaken(taken))) => {
                let code = LinkRefused::Taken.as_str();
                self.members.linking.note_refused_link(member, identity.provider, code, context).await?;
                // A person gets no error page: they go back to where they began, and read what they can do.
                if web::wants_page(headers) {
                    let back = back_from_link(return_to, "error", code, identity.provider);
                    return self.keep(login.id, back).await;
                }
                Err(LinkError::from(taken).into())
            }
            // Another link of this browser was faster, and the session has another cookie by now.
            Err(CallbackError::Renewal(RenewalError::NotSignedIn(_))) => {
                self.refuse_link(finished, member, headers, context).await
            }
            Err(error) => Err(error),
        }
    }

    /// Links nothing, since the session is not the one that began. A person whose cookie was theirs a moment ago gets no error page:
    /// they began several links at once, one of which renewed the session. They go back to where they began, and may try again.
    async fn refuse_link(
        &self,
        Finished { identity, login }: &Finished,
        member: MemberId,
        headers: &HeaderMap,
        context: &RequestContext,
    ) -> Result<LoginAnswer, CallbackError> {
        let why = "link_session_mismatch";
        self.members.linking.note_refused_link(member, identity.provider, why, context).await?;
        if web::wants_page(headers) && self.renewals.was_theirs(headers, member).await? {
            let code = LinkRefused::Failed.as_str();
            let back = back_from_link(&login.return_to, "error", code, identity.provider);
            return self.keep(login.id, back).await;
        }
        Err(BadCallback(why).into())
    }

    async fn try_link(
        &self,
        Finished { identity, login }: &Finished,
        member: MemberId,
        headers: &HeaderMap,
        context: &RequestContext,
    ) -> Result<LoginAnswer, CallbackError> {
        let link = async |mut tx: LentTransaction| {
            self.members.linking.link(&mut tx, member, identity, context).await?;
            let (_, handle) = self.renewals.renew_secret(&mut tx, headers).await?;
            let back = back_from_link(&login.return_to, "notice", "linked", identity.provider);
            let answer = LoginAnswer::new(back, Some(&handle));
            self.providers.keep_answer(&mut tx, login.id, &answer).await?;
            Ok::<_, CallbackError>(tx.commit(answer))
        };
        self.context.db.transact(link).await
    }
}
