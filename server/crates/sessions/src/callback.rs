//! `GET /api/auth/callback/{provider}`: the browser comes back from the provider.

use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use db::DbError;
use http::HeaderMap;
use kernel::OpaqueToken;
use members::{AuditEvent, AuditKind, MemberId, Origin, Outcome, Visitor};
use providers::{FinishError, Finished, ProviderIdentity, ProviderName};

use crate::begin::back_to_login;
use crate::link::back_from_link;
use crate::{Sessions, SessionsError, SignInMethod};

/// Finishes a login: asks the provider who came, finds or makes the member, and gives the browser a new session.
pub(crate) async fn get(
    State(sessions): State<Sessions>,
    Path(provider): Path<String>,
    visitor: Visitor,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, SessionsError> {
    let provider = ProviderName::parse(&provider).ok_or(SessionsError::UnknownProvider)?;
    let browser = sessions.known_browser(&headers);
    let query = query.unwrap_or_default();
    let finished = sessions.providers.finish(&sessions.db, provider, browser.as_ref(), &query).await;
    match finished {
        Ok(Finished { identity, return_to, link: Some(link) }) => {
            sessions.come_back_to_link((&identity, link), (&headers, &return_to), &visitor).await
        }
        Ok(Finished { identity, return_to, link: None }) => {
            let old = sessions.handle(&headers);
            let code = match sessions.establish(&identity, old.as_ref(), &visitor).await {
                Ok(handle) => return sessions.arrived(&handle, &return_to),
                Err(SessionsError::AccountDisabled) => "account_disabled",
                Err(SessionsError::AddressHasAccount) => "address_has_account",
                Err(error) => return Err(error),
            };
            sessions.note_failure(provider, code, &visitor.origin).await?;
            Ok(back_to_login(code, &return_to))
        }
        Err(error) => sessions.failed(provider, error, &visitor).await,
    }
}

impl Sessions {
    /// One transaction: the member, the end of the session that this browser had, the new session with its family of
    /// tokens, the audit row. A first sign-in that lost a race against the same person's other tab finds the member on
    /// the second try, and one that met a change of the account finds it changed.
    pub(crate) async fn establish(
        &self,
        identity: &ProviderIdentity,
        old: Option<&OpaqueToken>,
        visitor: &Visitor,
    ) -> Result<OpaqueToken, SessionsError> {
        match self.try_establish(identity, old, visitor).await {
            Err(error) if error.lost_a_race() => self.try_establish(identity, old, visitor).await,
            result => result,
        }
    }

    async fn try_establish(
        &self,
        identity: &ProviderIdentity,
        old: Option<&OpaqueToken>,
        visitor: &Visitor,
    ) -> Result<OpaqueToken, SessionsError> {
        let mut tx = self.db.begin().await?;
        let signed_in = self.accounts.come_in(&mut tx, identity, visitor).await?;
        let who = (signed_in.member.id, SignInMethod::Provider(identity.provider));
        let handle = self.begin_session(&mut tx, who, old, &visitor.origin).await?;
        tx.commit().await?;
        Ok(handle)
    }

    /// A login that did not come to its end: what a person should see goes to the login page, or to where they link from;
    /// what cannot be a person's doing is refused.
    async fn failed(
        &self,
        provider: ProviderName,
        error: FinishError,
        visitor: &Visitor,
    ) -> Result<Response, SessionsError> {
        let code = error.code();
        match error {
            FinishError::NotEnabled => Err(SessionsError::UnknownProvider),
            FinishError::Db(error) => Err(SessionsError::Db(error)),
            FinishError::Refused { return_to, link: Some(link), .. }
            | FinishError::ProviderUnavailable { return_to, link: Some(link) } => {
                let member = MemberId::from_uuid(link.member);
                self.accounts.note_refused_link(member, (provider, code), visitor).await?;
                Ok(back_from_link(&return_to, ("error", code), provider))
            }
            FinishError::Refused { return_to, .. } | FinishError::ProviderUnavailable { return_to, .. } => {
                self.note_failure(provider, code, &visitor.origin).await?;
                Ok(back_to_login(code, &return_to))
            }
            FinishError::BadCallback { .. } => {
                self.note_failure(provider, code, &visitor.origin).await?;
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
