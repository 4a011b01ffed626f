//! `GET /api/auth/callback/{provider}`: the browser comes back from the provider.

use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use db::DbError;
use http::HeaderMap;
use kernel::OpaqueToken;
use members::{AuditEvent, AuditKind, Origin, Outcome};
use providers::{FinishError, Finished, ProviderIdentity, ProviderName};

use crate::begin::back_to_login;
use crate::origin::RequestOrigin;
use crate::{Sessions, SessionsError, SignInMethod};

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
                Ok(handle) => sessions.arrived(&handle, &return_to),
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
        let who = (signed_in.member.id, SignInMethod::Provider(identity.provider));
        let handle = self.begin_session(&mut tx, who, old, origin).await?;
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
