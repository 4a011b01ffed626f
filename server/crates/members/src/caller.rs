//! From a request to the member who sent it.
//!
//! This part knows bearer tokens. The session cookie is above it: the composition of the program puts an
//! implementation before [`BearerCallers`] that looks at the cookie first.

use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use db::{DbError, Transaction};
use futures::future::BoxFuture;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use http::request::Parts;
use kernel::Timestamp;
use names::{ErrorCode, MemberId, ProvenBy, SessionId};
use tokens::{Scope, Tokens, TokensError};
use web::cookies::Cookie;
use web::{Browser, Identified, Refusal, flow_error};

use crate::failure::Failure;
use crate::reason::NotSignedIn;

/// What an access token must allow for its bearer to see the profile (OpenID Connect Core section 5.4); a bearer that
/// may change anything may see it, too.
pub(crate) const READ: &[&str] = &["profile", CHANGE];
/// What it must allow to change anything, and to see more than the profile.
pub(crate) const WRITE: &[&str] = &[CHANGE];
const CHANGE: &str = "write";

/// A member who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The member whose token or session it is.
    pub member: MemberId,
    /// When they last signed in, by password or at a provider; `None` where that is not known, as with an access token.
    pub authenticated_at: Option<Timestamp>,
    /// How they proved it; `None` where that is not known.
    pub proven_by: Option<ProvenBy>,
    /// Their session; `None` for a program.
    pub session: Option<SessionId>,
    /// The scope of their access token; `None` for a person, who may do all that our pages offer.
    pub scope: Option<Scope>,
    /// Their roles.
    pub roles: Vec<String>,
}

impl web::guard::Caller for Caller {
    fn proven_at(&self) -> Option<Timestamp> {
        self.authenticated_at
    }

    fn proven_by(&self) -> Option<ProvenBy> {
        self.proven_by
    }

    fn may(&self, scope: &str) -> bool {
        self.scope.as_ref().is_none_or(|allowed| allowed.has(scope))
    }

    fn has_role(&self, role: &str) -> bool {
        self.roles.iter().any(|own| own == role)
    }

    fn has_session(&self) -> bool {
        self.session.is_some()
    }

    fn identified(&self) -> Identified {
        Identified::member(self.member)
    }
}

/// Finds the member who sent a request.
pub trait Callers: Send + Sync {
    /// The caller; `None` when the request says nothing about one.
    fn find<'a>(&'a self, headers: &'a HeaderMap) -> BoxFuture<'a, Result<Option<Caller>, Refusal>>;

    /// Gives the session of the browser that sent a request a new secret, within the caller's transaction (S-COOKIE-5). `None`
    /// for a program: it has no session. [`RenewalError::NotSignedIn`] when the session has ended meanwhile.
    fn renew<'a>(
        &'a self,
        tx: &'a mut Transaction,
        headers: &'a HeaderMap,
    ) -> BoxFuture<'a, Result<Option<Renewed>, RenewalError>> {
        let _ = (tx, headers);
        Box::pin(async { Ok(None) })
    }

    /// Notes that a code was shown in a session of this moment, within the caller's transaction.
    fn note_code<'a>(
        &'a self,
        tx: &'a mut Transaction,
        session: SessionId,
    ) -> BoxFuture<'a, Result<(), Failure>> {
        let _ = (tx, session);
        Box::pin(async { Ok(()) })
    }
}

flow_error! {
    /// Why a session gets no new secret.
    pub enum RenewalError {
        NotSignedIn(NotSignedIn);
        Failed(Failure) from DbError, TokensError;
    }
}

/// A session under its new secret.
pub struct Renewed {
    /// Its id from now on.
    pub session: SessionId,
    /// The cookie for its browser.
    pub cookie: Cookie<'static>,
}

/// Does not show the secret.
impl std::fmt::Debug for Renewed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Renewed").field("session", &self.session).finish_non_exhaustive()
    }
}

/// The request with which a member changes how they sign in. Its browser stays signed in, with a new secret.
#[derive(Clone, Copy)]
pub struct Renewal<'a>(Option<(&'a dyn Callers, &'a HeaderMap)>);

impl<'a> Renewal<'a> {
    /// For the request with these headers.
    pub fn of(callers: &'a dyn Callers, headers: &'a HeaderMap) -> Self {
        Self(Some((callers, headers)))
    }

    /// Where no browser is to stay signed in.
    pub const fn nobody() -> Self {
        Self(None)
    }

    pub(crate) async fn make(&self, tx: &mut Transaction) -> Result<Option<Renewed>, RenewalError> {
        match self.0 {
            Some((callers, headers)) => callers.renew(tx, headers).await,
            None => Ok(None),
        }
    }

    /// Notes that a code was shown in the session that was renewed.
    pub(crate) async fn note_code(&self, tx: &mut Transaction, session: SessionId) -> Result<(), Failure> {
        match self.0 {
            Some((callers, _)) => callers.note_code(tx, session).await,
            None => Ok(()),
        }
    }
}

/// The browser that sent a request, whose session may have to be renewed: an argument of handlers.
pub(crate) struct Sender {
    callers: Arc<dyn Callers>,
    /// Where a renewed session is set.
    pub(crate) browser: Browser,
}

impl Sender {
    /// The renewal of the session that sent the request.
    pub(crate) fn renewal(&self) -> Renewal<'_> {
        Renewal::of(&*self.callers, &self.browser.headers)
    }

    /// Gives the browser its renewed session, after the commit.
    pub(crate) fn keep(&self, renewed: Option<Renewed>) {
        if let Some(renewed) = renewed {
            self.browser.cookies.add(renewed.cookie);
        }
    }
}

impl web::openapi::Argument for Sender {}

impl<S: Send + Sync> FromRequestParts<S> for Sender
where
    Arc<dyn Callers>: FromRef<S>,
{
    type Rejection = <Browser as FromRequestParts<S>>::Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        Ok(Self {
            callers: FromRef::from_ref(state),
            browser: Browser::from_request_parts(parts, state).await?,
        })
    }
}

/// Callers with an access token in `Authorization: Bearer` (RFC 6750 section 2.1) that was issued for our own API: tokens for
/// services are valid only there.
///
/// What a token says of its member's proof (`auth_time`, `acr`) counts for nothing here: it is no fresh proof and of the lowest
/// level. It tells that the member was there when the app got it, and not that it is they who hold the app now. So no app can
/// change how people sign in: that is done on our own pages, where the session is the one in which the proof was given. Each
/// route of the gateway decides for itself, with `fresh` and `level`.
#[derive(Clone, Debug)]
pub struct BearerCallers(pub Tokens);

impl Callers for BearerCallers {
    fn find<'a>(&'a self, headers: &'a HeaderMap) -> BoxFuture<'a, Result<Option<Caller>, Refusal>> {
        Box::pin(async move {
            let mut lines = headers.get_all(AUTHORIZATION).iter();
            let (Some(line), None) = (lines.next(), lines.next()) else {
                return if headers.contains_key(AUTHORIZATION) { Err(invalid()) } else { Ok(None) };
            };
            let token = line
                .to_str()
                .ok()
                .and_then(|line| line.split_once(' '))
                .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
                .map(|(_, token)| token.trim())
                .ok_or_else(invalid)?;
            let claims = self
                .0
                .verifier
                .verify(token, &[self.0.own_audience()])
                .await
                .map_err(|error| error.refusal())?;
            let member = claims.member().ok_or_else(|| not_a_member(claims.client_id.as_str()))?;
            Ok(Some(Caller {
                member,
                authenticated_at: None,
                proven_by: None,
                session: None,
                scope: Some(claims.scope.clone()),
                roles: claims.roles.clone(),
            }))
        })
    }
}

/// The API is about the member who asks, and a client that acts for itself is not a member (S-TOK-11).
fn not_a_member(client: &str) -> Refusal {
    Refusal::of(ErrorCode::MembersOnly).sent_by(Identified::client(client))
}

fn invalid() -> Refusal {
    Refusal::of(ErrorCode::TokenInvalid)
}
