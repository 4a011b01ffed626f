//! Who calls: the seam through which a request becomes a member.
//!
//! This part knows bearer tokens. The session cookie stands above it: whoever composes the program puts an
//! implementation before [`BearerCallers`] that looks at the cookie first.

use std::time::Duration;

use axum::extract::FromRequestParts;
use db::Transaction;
use futures::future::BoxFuture;
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};
use kernel::Timestamp;
use tokens::{SessionId, Tokens};
use web::Refusal;

use crate::{AccountError, MemberId, MembersApi};

/// How long an authentication counts as fresh.
const FRESH: Duration = Duration::from_mins(10);

/// A member who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Who.
    pub member: MemberId,
    /// When they last proved it, by password or at a provider; `None` where nobody can say, as with a bearer token.
    pub authenticated_at: Option<Timestamp>,
    /// Whether they may change something here: a person may, a program as far as its token says.
    pub may_change: bool,
}

impl Caller {
    /// Whether they proved who they are within the last ten minutes (S-ACC-14).
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        self.authenticated_at.is_some_and(|at| is_fresh(at, now))
    }
}

/// Whether a proof of who somebody is, given at the moment `at`, still counts as fresh: ten minutes.
pub fn is_fresh(at: Timestamp, now: Timestamp) -> bool {
    now.since(at) <= FRESH
}

/// What a token must allow for its bearer to see the profile (OpenID Connect Core section 5.4), and to change anything.
const READ: &str = "profile";
const CHANGE: &str = "write";

/// Finds the member who sent a request.
pub trait Callers: Send + Sync {
    /// The caller; `None` when the request says nothing about one.
    fn find<'a>(&'a self, headers: &'a HeaderMap) -> BoxFuture<'a, Result<Option<Caller>, Refusal>>;

    /// Gives the browser that sent a request another secret for its session, within the caller's transaction
    /// (S-COOKIE-5). `None` for a program: it has no session. [`AccountError::NotSignedIn`] when the session has ended
    /// meanwhile.
    fn renew<'a>(
        &'a self,
        tx: &'a mut Transaction,
        headers: &'a HeaderMap,
    ) -> BoxFuture<'a, Result<Option<Renewed>, AccountError>> {
        let _ = (tx, headers);
        Box::pin(async { Ok(None) })
    }
}

/// A session under its new secret.
pub struct Renewed {
    /// Its id from now on.
    pub session: SessionId,
    /// The `Set-Cookie` line for its browser.
    pub cookie: HeaderValue,
}

/// Does not show the secret.
impl std::fmt::Debug for Renewed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Renewed").field("session", &self.session).finish_non_exhaustive()
    }
}

/// The request by which a member changes how their account is entered. Its browser stays signed in, by another secret.
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

    pub(crate) async fn make(&self, tx: &mut Transaction) -> Result<Option<Renewed>, AccountError> {
        match self.0 {
            Some((callers, headers)) => callers.renew(tx, headers).await,
            None => Ok(None),
        }
    }
}

/// Callers with an access token in `Authorization: Bearer` (RFC 6750 section 2.1) that was made for our own API: the
/// tokens that services get are good there alone.
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
            let claims =
                self.0.verify(token, &[self.0.own_audience()]).await.map_err(|error| error.refusal())?;
            let may_change = claims.scope.has(CHANGE);
            if !may_change && !claims.scope.has(READ) {
                return Err(lacks_scope());
            }
            let member = MemberId::from_uuid(claims.subject.uuid());
            Ok(Some(Caller { member, authenticated_at: None, may_change }))
        })
    }
}

fn invalid() -> Refusal {
    Refusal::new(StatusCode::UNAUTHORIZED, "TOKEN_INVALID", "The access token is not valid here.")
}

fn lacks_scope() -> Refusal {
    Refusal::new(StatusCode::FORBIDDEN, "INSUFFICIENT_SCOPE", "The access token does not allow this.")
}

/// A caller who may change something.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChangingCaller(pub(crate) Caller);

/// A handler that takes a `ChangingCaller` refuses requests of others.
impl FromRequestParts<MembersApi> for ChangingCaller {
    type Rejection = AccountError;

    async fn from_request_parts(parts: &mut Parts, state: &MembersApi) -> Result<Self, AccountError> {
        let caller = Caller::from_request_parts(parts, state).await?;
        if caller.may_change { Ok(Self(caller)) } else { Err(AccountError::Refused(lacks_scope())) }
    }
}

/// A handler that takes a `Caller` refuses requests without one.
impl FromRequestParts<MembersApi> for Caller {
    type Rejection = AccountError;

    async fn from_request_parts(parts: &mut Parts, state: &MembersApi) -> Result<Self, AccountError> {
        state.callers.find(&parts.headers).await?.ok_or(AccountError::NotSignedIn)
    }
}
