//! Identifies the sender of a gateway request by token or session, in the types of the gateway, and makes the token that the
//! service gets instead.

use std::error::Error;
use std::sync::Arc;

use async_trait::async_trait;
use gateway::{AuthProblem, Authenticator, BoundToken, Destination, Identity, Proof, SignedIn, Wanted};
use http::{HeaderMap, HeaderValue};
use kernel::{Clock, Timestamp};
use names::{Level, ProvenBy};
use quick_cache::Equivalent;
use quick_cache::sync::Cache;
use sessions::{SessionAccess, Sessions, SessionsError};
use tokens::{BoundError, Call, Claims, ProofError, Scope, TokenId, Tokens, TokensError, VerifyError};
use web::{CookieName, PublicOrigin};

/// How many pairs of a verified credential and a service are cached in all. Each kept entry takes one to two kilobytes, most of
/// it the token, and those of tokens that have expired stay until others need the room.
const CACHED_PAIRS_PER_CREDENTIAL: usize = 2;
/// How often a session whose access was revoked is looked up: a second look shows whether the session ended or only a role is
/// gone.
const MAX_ATTEMPTS: usize = 2;

/// Checks credentials with the token service and the sessions.
pub struct GatewayAuthenticator {
    tokens: Tokens,
    sessions: Arc<Sessions>,
    cookie: CookieName,
    /// What proofs name.
    origin: PublicOrigin,
    clock: Arc<dyn Clock>,
    /// What the gateway says of each credential at each service, so that a token is signed once in the life of the one that
    /// it stands for, and a request makes nothing. Only asked after the credential itself was found good.
    kept: Cache<Kept, SignedIn>,
}

/// By what an entry is kept.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Kept {
    /// The credential.
    token: TokenId,
    /// Where it is taken to; `None` where nobody gets a token.
    to: Option<Arc<Destination>>,
    /// Entries from before a signing key was gone are not found any more.
    epoch: u64,
}

/// The same without owning anything.
#[derive(PartialEq, Eq, Hash)]
struct KeptRef<'a> {
    token: TokenId,
    to: Option<&'a Destination>,
    epoch: u64,
}

impl Equivalent<Kept> for KeptRef<'_> {
    fn equivalent(&self, kept: &Kept) -> bool {
        self.token == kept.token && self.epoch == kept.epoch && self.to == kept.to.as_deref()
    }
}

/// What a credential was.
#[derive(Clone, Copy)]
enum Credential<'a> {
    /// A token that was made for the service, and stays as it is.
    Service(&'a str),
    /// Another token.
    Token,
    /// The cookie of a session that has this absolute end.
    Session(Timestamp),
}

impl GatewayAuthenticator {
    /// For the tokens and sessions of this program, which is found at `origin`.
    pub fn new(tokens: Tokens, sessions: Arc<Sessions>, origin: PublicOrigin, clock: Arc<dyn Clock>) -> Self {
        let cookie = sessions.cookie.name.clone();
        let kept = Cache::new(tokens.settings().cached_tokens.saturating_mul(CACHED_PAIRS_PER_CREDENTIAL));
        Self { tokens, sessions, cookie, origin, clock, kept }
    }

    /// What stands for the sender of a good credential at the service.
    async fn signed_in(
        &self,
        claims: &Arc<Claims>,
        wanted: Wanted<'_>,
        credential: Credential<'_>,
    ) -> Result<SignedIn, AuthProblem> {
        if let Some(kept) = self.kept(claims, wanted) {
            return Ok(kept);
        }
        let (token, to, epoch) = (claims.id, destination(wanted), self.tokens.keys.epoch());
        // Of several requests at once, one makes the token, and the others wait for it.
        let key = Kept { token, to: to.cloned(), epoch };
        let made = async {
            let authorization = match (to, credential) {
                (Some(to), Credential::Service(sent)) if allows(claims, to) => gateway::authorization(sent),
                (Some(to), Credential::Token | Credential::Session(_)) => self.exchanged(claims, to).await?,
                _ => None,
            };
            Ok(SignedIn { identity: Arc::new(self.identity(claims, credential)), authorization })
        };
        self.kept.get_or_insert_async(&key, made).await
    }

    fn kept(&self, claims: &Claims, wanted: Wanted<'_>) -> Option<SignedIn> {
        let (token, epoch) = (claims.id, self.tokens.keys.epoch());
        self.kept.get(&KeptRef { token, to: destination(wanted).map(|to| &**to), epoch })
    }

    /// The `Authorization` field with a token for the service; `None` when the credential lacks the scope.
    async fn exchanged(
        &self,
        claims: &Claims,
        to: &Destination,
    ) -> Result<Option<http::HeaderValue>, AuthProblem> {
        let Some(scope) = Scope::parse(&to.scope) else { return Ok(None) };
        match self.tokens.minter.exchange(claims, &to.audience, &scope).await {
            Ok(token) => Ok(gateway::authorization(token.expose())),
            Err(TokensError::ScopeTooWide) => Ok(None),
            Err(error) => Err(unavailable(&error)),
        }
    }

    /// The access of the session that comes with a request, renewed when it is about to expire, and the session's absolute end.
    /// `None` when there is no such session, or no longer.
    async fn access(
        &self,
        headers: &HeaderMap,
    ) -> Result<Option<(Arc<SessionAccess>, Timestamp)>, SessionsError> {
        let Some(current) = self.sessions.lookup.current(headers).await? else { return Ok(None) };
        let access = self.sessions.families.access(&current).await?;
        Ok(access.map(|access| (access, current.session.expires_at)))
    }

    /// The sender, whose streams last until the absolute end of their session, however much happens in them.
    fn identity(&self, claims: &Arc<Claims>, credential: Credential<'_>) -> Identity {
        let (tokens, watched) = (self.tokens.clone(), Arc::clone(claims));
        let session_end = match credential {
            Credential::Session(ends_at) => Some(ends_at),
            Credential::Service(_) | Credential::Token => None,
        };
        let clock = Arc::clone(&self.clock);
        let active = move || {
            session_end.is_none_or(|ends_at| clock.now() < ends_at) && tokens.verifier.is_active(&watched)
        };
        Identity::new(
            claims.member(),
            &claims.roles,
            claims.scope.as_str(),
            claims.client_id.as_str(),
            active,
        )
        .proven(proof_of(claims))
    }
}

#[async_trait]
impl Authenticator for GatewayAuthenticator {
    async fn bearer(&self, token: &str, wanted: Wanted<'_>) -> Result<SignedIn, AuthProblem> {
        let own = self.tokens.own_audience();
        let audiences = [own, wanted.audience(), wanted.resource().unwrap_or(own)];
        let claims = self.tokens.verifier.verify(token, &audiences).await.map_err(|error| problem(&error))?;
        let is_for_service = *claims.audience == *wanted.audience();
        let credential = if is_for_service { Credential::Service(token) } else { Credential::Token };
        self.signed_in(&claims, wanted, credential).await
    }

    async fn bound(&self, sent: BoundToken<'_>, wanted: Wanted<'_>) -> Result<SignedIn, AuthProblem> {
        let BoundToken { token, proof, method, path } = sent;
        let own = self.tokens.own_audience();
        let audiences = [own, wanted.audience(), wanted.resource().unwrap_or(own)];
        let call = Call { method, origin: self.origin.as_str(), path };
        let claims = self.tokens.proofs.verify_bound(token, &audiences, proof, &call).await;
        // The service gets one that is bound to no key, even where this one was made for it: it cannot verify our proof.
        self.signed_in(&claims.map_err(|error| bound_problem(&error))?, wanted, Credential::Token).await
    }

    fn proof_nonce(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.tokens.proofs.nonce()).ok()
    }

    fn bearer_now(&self, token: &str, wanted: Wanted<'_>) -> Option<Result<SignedIn, AuthProblem>> {
        let own = self.tokens.own_audience();
        let audiences = [own, wanted.audience(), wanted.resource().unwrap_or(own)];
        match self.tokens.verifier.verify_now(token, &audiences)? {
            Ok(claims) => self.kept(&claims, wanted).map(Ok),
            Err(error) => Some(Err(problem(&error))),
        }
    }

    async fn cookie(&self, headers: &HeaderMap, wanted: Wanted<'_>) -> Result<SignedIn, AuthProblem> {
        if self.cookie.read(headers).is_none() {
            return Err(if self.cookie.is_twice(headers) {
                AuthProblem::CookieTwice
            } else {
                AuthProblem::Missing
            });
        }
        let mut looks = 0;
        let (access, ends_at) = loop {
            let access = self.access(headers).await.map_err(|error| unavailable(&error))?;
            let (access, ends_at) = access.ok_or(AuthProblem::SessionEnded)?;
            looks += 1;
            // It is our own, and yet it is checked: a session that was ended on another replica a moment ago shows here. So does
            // a role that was removed between the two, and then the session goes on without it.
            match self.tokens.verifier.holds(&access.claims).await {
                Ok(()) => break (access, ends_at),
                Err(VerifyError::Revoked) if looks < MAX_ATTEMPTS => {}
                Err(error) => return Err(session_problem(&error)),
            }
        };
        self.signed_in(&access.claims, wanted, Credential::Session(ends_at)).await
    }

    fn cookie_now(&self, headers: &HeaderMap, wanted: Wanted<'_>) -> Option<Result<SignedIn, AuthProblem>> {
        let access = self.sessions.families.access_now(&*self.sessions.lookup.current_now(headers)?)?;
        match self.tokens.verifier.holds_now(&access.claims)? {
            Ok(()) => self.kept(&access.claims, wanted).map(Ok),
            // The database may know that only a role is gone.
            Err(VerifyError::Revoked) => None,
            Err(error) => Some(Err(session_problem(&error))),
        }
    }
}

/// What a token says of the proof of its member. Where it does not say by what, it counts for the least.
fn proof_of(claims: &Claims) -> Option<Proof> {
    let level = claims.proven_by.map_or(Level::One, ProvenBy::level);
    claims.auth_time.map(|at| Proof { at, level })
}

fn destination(wanted: Wanted<'_>) -> Option<&Arc<Destination>> {
    match wanted {
        Wanted::Identity(_) => None,
        Wanted::Token(to) => Some(to),
    }
}

/// Whether a token allows what is needed at a service.
fn allows(claims: &Claims, to: &Destination) -> bool {
    Scope::parse(&to.scope).is_some_and(|needed| needed.is_within(&claims.scope))
}

fn session_problem(error: &VerifyError) -> AuthProblem {
    match problem(error) {
        AuthProblem::Revoked => AuthProblem::SessionEnded,
        other => other,
    }
}

fn problem(error: &VerifyError) -> AuthProblem {
    match error {
        VerifyError::Invalid(_) => AuthProblem::Invalid,
        VerifyError::Expired => AuthProblem::Expired,
        VerifyError::Revoked => AuthProblem::Revoked,
        VerifyError::Unavailable(_) => unavailable(error),
    }
}

fn bound_problem(error: &BoundError) -> AuthProblem {
    match error {
        BoundError::Token(error) => problem(error),
        BoundError::Proof(ProofError::Invalid(reason)) => {
            tracing::info!(event = "access_denied", reason, "a DPoP proof was refused");
            AuthProblem::ProofInvalid
        }
        BoundError::Proof(ProofError::Nonce) => AuthProblem::ProofNonce,
        BoundError::Proof(error @ ProofError::TooMany) => unavailable(error),
    }
}

fn unavailable(error: &(dyn Error + 'static)) -> AuthProblem {
    tracing::error!(error, "the sender of a request at the gateway cannot be identified");
    AuthProblem::Unavailable
}
