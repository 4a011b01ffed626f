//! Who a request at the gate comes from: tokens and sessions, asked in the gate's words.

use std::error::Error;
use std::sync::Arc;

use async_trait::async_trait;
use gateway::{AuthProblem, Authenticator, Identity, SignedIn};
use http::HeaderMap;
use quick_cache::sync::Cache;
use sessions::{SessionAccess, Sessions, SessionsError};
use tokens::{Claims, TokenId, Tokens, VerifyError};
use web::{CookieName, Cookies};

/// Judges credentials by the token service and the sessions.
pub struct GateAuthenticator {
    tokens: Tokens,
    sessions: Sessions,
    cookie: CookieName,
    /// What the gate says of each token, so that a request does not make it anew. Only asked for after the token was
    /// verified.
    identities: Cache<TokenId, Arc<Identity>>,
}

impl GateAuthenticator {
    /// For sessions whose cookie is called `cookie`.
    pub fn new(tokens: Tokens, sessions: Sessions, cookie: CookieName) -> Self {
        let identities = Cache::new(tokens.settings().cached_tokens);
        Self { tokens, sessions, cookie, identities }
    }

    async fn judge(&self, token: &str) -> Result<Arc<Identity>, AuthProblem> {
        let claims = self.tokens.verify(token).await.map_err(|error| problem(&error))?;
        if let Some(identity) = self.identities.get(&claims.id) {
            return Ok(identity);
        }
        let identity = Arc::new(self.identity(&claims));
        self.identities.insert(claims.id, Arc::clone(&identity));
        Ok(identity)
    }

    /// The access token of the session that comes with a request, renewed when it is about to expire. `None` when there
    /// is no such session, or no longer.
    async fn access(&self, headers: &HeaderMap) -> Result<Option<Arc<SessionAccess>>, SessionsError> {
        match self.sessions.current(headers).await? {
            Some(current) => self.sessions.access(&current).await,
            None => Ok(None),
        }
    }

    fn identity(&self, claims: &Arc<Claims>) -> Identity {
        let (tokens, watched) = (self.tokens.clone(), Arc::clone(claims));
        let stands = move || tokens.stands(&watched);
        Identity::new(
            claims.subject.uuid(),
            &claims.roles,
            claims.scope.as_str(),
            claims.client_id.as_str(),
            stands,
        )
    }
}

#[async_trait]
impl Authenticator for GateAuthenticator {
    async fn bearer(&self, token: &str) -> Result<Arc<Identity>, AuthProblem> {
        self.judge(token).await
    }

    async fn cookie(&self, headers: &HeaderMap) -> Result<SignedIn, AuthProblem> {
        if Cookies::of(headers).get(&self.cookie).is_none() {
            return Err(AuthProblem::Missing);
        }
        let access = self.access(headers).await.map_err(|error| unavailable(&error))?;
        let access = access.ok_or(AuthProblem::SessionEnded)?;
        let token = &access.token;
        // Ours, and still it is verified: a session that was ended on another replica a moment ago shows here.
        let identity = self.judge(token.expose()).await.map_err(|problem| match problem {
            AuthProblem::Revoked => AuthProblem::SessionEnded,
            other => other,
        })?;
        let authorization = gateway::authorization(token.expose()).ok_or(AuthProblem::Unavailable)?;
        Ok(SignedIn { identity, authorization })
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

fn unavailable(error: &(dyn Error + 'static)) -> AuthProblem {
    tracing::error!(error, "nobody can say who asks at the gate");
    AuthProblem::Unavailable
}
