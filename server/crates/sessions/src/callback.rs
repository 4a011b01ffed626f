//! `GET /api/auth/callback/{provider}`: the browser comes back from the provider.

use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse as _, Response};
use db::DbError;
use http::header::{LOCATION, SET_COOKIE};
use http::{HeaderMap, StatusCode};
use kernel::OpaqueToken;
use members::{AuditEvent, AuditKind, Origin, Outcome};
use providers::{FinishError, Finished, ProviderIdentity, ProviderName};
use tokens::EndReason;
use web::ReturnTo;
use web::cookies::Lifetime;

use crate::origin::RequestOrigin;
use crate::session::{Session, SessionId};
use crate::{Sessions, SessionsError, store};

/// Finishes a login: asks the provider who came, finds or makes the member, and gives the browser a new session.
pub(crate) async fn get(
    State(sessions): State<Sessions>,
    Path(provider): Path<String>,
    RequestOrigin { origin, .. }: RequestOrigin,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, SessionsError> {
    let provider = ProviderName::parse(&provider).ok_or(SessionsError::UnknownProvider)?;
    let browser = sessions.known_browser(&headers);
    let query = query.unwrap_or_default();
    let finished = sessions.providers.finish(&sessions.db, provider, browser.as_ref(), &query).await;
    match finished {
        Ok(Finished { identity, return_to, .. }) => {
            let old = sessions.handle(&headers);
            match sessions.establish(&identity, old.as_ref(), &origin).await {
                Ok(handle) => arrived(&sessions, &handle, &return_to),
                Err(SessionsError::AccountDisabled) => {
                    sessions.note_failure(provider, "account_disabled", &origin).await?;
                    Ok(back_to_login("account_disabled", &return_to))
                }
                Err(error) => Err(error),
            }
        }
        Err(error) => sessions.failed(provider, error, &origin).await,
    }
}

impl Sessions {
    /// One transaction: the member, the end of the session that this browser had, the new session with its family of
    /// tokens, the audit row. A first sign-in that lost a race against the same person's other tab finds the member on
    /// the second try.
    pub(crate) async fn establish(
        &self,
        identity: &ProviderIdentity,
        old: Option<&OpaqueToken>,
        origin: &Origin,
    ) -> Result<OpaqueToken, SessionsError> {
        match self.try_establish(identity, old, origin).await {
            Err(SessionsError::Db(DbError::Exists(_))) => self.try_establish(identity, old, origin).await,
            result => result,
        }
    }

    async fn try_establish(
        &self,
        identity: &ProviderIdentity,
        old: Option<&OpaqueToken>,
        origin: &Origin,
    ) -> Result<OpaqueToken, SessionsError> {
        let mut tx = self.db.begin().await?;
        let signed_in = members::sign_in(&mut tx, identity, origin, &*self.clock, &*self.randomness).await?;
        if let Some(old) = old
            && let Some(ended) = store::find(&mut tx, &old.hash()).await?
        {
            store::delete(&mut tx, &old.hash()).await?;
            self.tokens.revoke_session(&mut tx, ended.id, EndReason::SignedOut).await?;
        }
        let now = self.clock.now();
        let handle = OpaqueToken::new(&*self.randomness);
        let session = Session {
            id: SessionId::new(&*self.clock, &*self.randomness),
            member: signed_in.member.id,
            provider: identity.provider,
            created_at: now,
            last_seen_at: now,
            expires_at: now.plus(self.limits.absolute.min(self.tokens.settings().refresh_life)),
            turned_at: now,
        };
        let (refresh_sealed, _) = self.begin_family(&mut tx, &session, &self.scope).await?;
        let row = (&handle.hash(), refresh_sealed);
        store::insert(&mut tx, &session, row, (origin, &self.limits)).await?;
        let event = AuditEvent {
            kind: AuditKind::SignIn,
            outcome: Outcome::Success,
            member: Some(session.member),
            provider: identity.provider.as_str(),
            origin,
        };
        members::record(&mut tx, &event, &*self.clock, &*self.randomness).await?;
        tx.commit().await?;
        Ok(handle)
    }

    /// A login that did not come to its end: what a person should see goes to the login page, what cannot be a
    /// person's doing is refused.
    async fn failed(
        &self,
        provider: ProviderName,
        error: FinishError,
        origin: &Origin,
    ) -> Result<Response, SessionsError> {
        let code = error.code();
        match error {
            FinishError::NotEnabled => Err(SessionsError::UnknownProvider),
            FinishError::Db(error) => Err(SessionsError::Db(error)),
            FinishError::Refused { return_to, .. } | FinishError::ProviderUnavailable { return_to, .. } => {
                self.note_failure(provider, code, origin).await?;
                Ok(back_to_login(code, &return_to))
            }
            FinishError::BadCallback { .. } => {
                self.note_failure(provider, code, origin).await?;
                Err(SessionsError::BadCallback(code))
            }
        }
    }

    async fn note_failure(
        &self,
        provider: ProviderName,
        reason: &'static str,
        origin: &Origin,
    ) -> Result<(), DbError> {
        let event = AuditEvent {
            kind: AuditKind::SignIn,
            outcome: Outcome::Failure(reason),
            member: None,
            provider: provider.as_str(),
            origin,
        };
        let mut tx = self.db.begin().await?;
        members::record(&mut tx, &event, &*self.clock, &*self.randomness).await?;
        tx.commit().await
    }
}

/// To where the person wanted to go, with a clean address and the new cookie (S-UP-16). The cookie has no `Max-Age`
/// of ours to trust: the server keeps the limits; it only lets the browser keep the cookie over a restart.
fn arrived(
    sessions: &Sessions,
    handle: &OpaqueToken,
    return_to: &ReturnTo,
) -> Result<Response, SessionsError> {
    let cookie = sessions
        .cookie
        .set(&handle.text(), Lifetime::For(sessions.limits.absolute))
        .ok_or(SessionsError::Fault("the session cookie cannot be written"))?;
    let mut response = see_other(return_to.as_str());
    response.headers_mut().insert(SET_COOKIE, cookie);
    Ok(response)
}

fn back_to_login(code: &str, return_to: &ReturnTo) -> Response {
    let query: String = form_urlencoded::Serializer::new(String::new())
        .append_pair("error", code)
        .append_pair("return_to", return_to.as_str())
        .finish();
    see_other(&format!("/oauth/login?{query}"))
}

fn see_other(location: &str) -> Response {
    (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response()
}
