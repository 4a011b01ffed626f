//! Verifying access tokens, strictly (S-TOK-3 to S-TOK-12): all parts of Daemun do it here.
//!
//! Nothing in a token decides how it is verified. Its `kid` finds a key in memory, and the key has one algorithm; every header
//! parameter that we do not write ourselves is refused, and with them all that carry or point to keys (RFC 8725 section 3.10).
//! The header and the claims are closed: a new claim needs a release that reads it before the release that writes it.

use std::borrow::Cow;
use std::sync::Arc;

use kernel::{Clock, Timestamp, TokenHash};
use names::{MemberId, ProvenBy, Role, SessionId};
use serde::Deserialize;

use crate::claims::Claims;
use crate::claims::{LEEWAY, MAX_TOKEN_BYTES, TYPE};
use crate::claims::{Subject, TokenId};
use crate::client_id::ClientId;
use crate::dpop::thumbprint::Thumbprint;
use crate::feed::RevocationFeed;
use crate::freshness;
use crate::jwt::{Header, Jwt};
use crate::keys::SigningKeys;
use crate::revocation::Target;
use crate::scope::Scope;
use crate::settings::Settings;
use crate::verified_tokens::{TokenDigest, VerifiedTokens};
use crate::verify_error::VerifyError;

/// The claims, closed, all required but `nbf`, which we never write and honour if it is there (S-TOK-4). `sid`, `roles` and
/// `nickname` are required of what is about a member, and refused of what is about a client (S-TOK-11). `auth_time`, `acr` and
/// `amr` tell of the proof of a member. `cnf` is in those alone that are bound to a key.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Payload<'a> {
    #[serde(borrow)]
    iss: Cow<'a, str>,
    #[serde(borrow)]
    sub: Cow<'a, str>,
    #[serde(borrow)]
    aud: Cow<'a, str>,
    exp: i64,
    iat: i64,
    nbf: Option<i64>,
    #[serde(borrow)]
    jti: Cow<'a, str>,
    #[serde(borrow)]
    client_id: Cow<'a, str>,
    #[serde(borrow)]
    scope: Cow<'a, str>,
    #[serde(borrow)]
    sid: Option<Cow<'a, str>>,
    roles: Option<Vec<String>>,
    nickname: Option<String>,
    auth_time: Option<i64>,
    #[serde(borrow)]
    acr: Option<Cow<'a, str>>,
    amr: Option<Vec<Cow<'a, str>>>,
    #[serde(borrow)]
    cnf: Option<Confirmation<'a>>,
}

/// Which key a sender must have (RFC 9449 section 6.1).
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Confirmation<'a> {
    #[serde(borrow)]
    jkt: Cow<'a, str>,
}

/// Verifies access tokens, and says whether what was verified still holds.
#[derive(Clone)]
pub struct Verifier {
    pub(crate) settings: Arc<Settings>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) keys: Arc<SigningKeys>,
    pub(crate) feed: Arc<RevocationFeed>,
    pub(crate) verified: Arc<VerifiedTokens>,
}

/// A session as it was read a while ago.
#[derive(Clone, Copy, Debug)]
pub struct SeenSession<'a> {
    /// The id of the session.
    pub session: SessionId,
    /// The member who is signed in.
    pub subject: MemberId,
    /// The roles that they had, alongside everybody's.
    pub roles: &'a [Role],
    /// The handle with which it was found.
    pub handle: &'a TokenHash,
    /// A moment before the database was asked.
    pub read_at: Timestamp,
}

impl Verifier {
    /// Verifies an access token as it came after `Bearer `, for an API that takes tokens for these `audiences`. Anyone who
    /// asks has to say which: a token for another API is refused like any other that is not for here (S-TOK-12). So is one that is
    /// bound to a key: [`Proofs::verify_bound`](crate::dpop::proofs::Proofs::verify_bound) takes it, with a proof (RFC 9449 section 7.2).
    ///
    /// A token seen before costs a hash and two look-ups and allocates nothing. When the revocation feed has not been
    /// read for five seconds, the database is asked about each token.
    ///
    /// # Errors
    /// See [`VerifyError`].
    pub async fn verify(&self, token: &str, audiences: &[&str]) -> Result<Arc<Claims>, VerifyError> {
        self.verify_any(token, audiences).await.and_then(bearer)
    }

    /// Verifies an access token whether it is bound to a key or not, for those who do not let its sender do anything: to tell
    /// a client what its token is, or before the proof is looked at.
    ///
    /// # Errors
    /// See [`VerifyError`].
    pub async fn verify_any(&self, token: &str, audiences: &[&str]) -> Result<Arc<Claims>, VerifyError> {
        if let Some(verified) = self.verify_any_now(token, audiences) {
            return verified;
        }
        let digest = TokenDigest::of(token);
        let claims = match self.verified.get(&digest) {
            Some(claims) if !is_for(&claims, audiences) => return Err(VerifyError::Invalid("audience")),
            Some(claims) => claims,
            None => {
                self.keys.reread().await?;
                let claims = Arc::new(self.check(token, audiences, self.clock.now())?);
                self.verified.insert(digest, Arc::clone(&claims));
                claims
            }
        };
        self.holds(&claims).await?;
        Ok(claims)
    }

    /// [`Self::verify`] where it need not wait: a future that holds all of that is large, and most requests do without.
    /// `None` when the keys have to be read again or the database has to be asked.
    pub fn verify_now(&self, token: &str, audiences: &[&str]) -> Option<Result<Arc<Claims>, VerifyError>> {
        self.verify_any_now(token, audiences).map(|verified| verified.and_then(bearer))
    }

    fn verify_any_now(&self, token: &str, audiences: &[&str]) -> Option<Result<Arc<Claims>, VerifyError>> {
        if token.len() > MAX_TOKEN_BYTES {
            return Some(Err(VerifyError::Invalid("oversized")));
        }
        let now = self.clock.now();
        let digest = TokenDigest::of(token);
        let claims = match self.verified.get(&digest) {
            Some(claims) if !is_for(&claims, audiences) => {
                return Some(Err(VerifyError::Invalid("audience")));
            }
            Some(claims) => claims,
            None => match self.check(token, audiences, now) {
                Ok(claims) => {
                    let claims = Arc::new(claims);
                    self.verified.insert(digest, Arc::clone(&claims));
                    claims
                }
                Err(VerifyError::Unavailable(_)) => return None,
                Err(error) => {
                    error.count();
                    return Some(Err(error));
                }
            },
        };
        // Also for what comes from the cache: a revocation may have been read between the check and the insertion.
        self.holds_at(&claims, now).map(|holds| holds.map(|()| claims))
    }

    /// Whether claims that were made or verified in this process are still valid: their time is not over, and nothing of theirs
    /// was revoked.
    ///
    /// # Errors
    /// [`VerifyError::Expired`], [`VerifyError::Revoked`], or [`VerifyError::Unavailable`] when nobody can tell.
    pub async fn holds(&self, claims: &Claims) -> Result<(), VerifyError> {
        match self.holds_now(claims) {
            Some(holds) => holds,
            None if self.feed.is_revoked_by_database(claims).await? => Err(VerifyError::Revoked),
            None => Ok(()),
        }
    }

    /// [`Self::holds`] as far as this process knows by itself; `None` when the database has to be asked.
    pub fn holds_now(&self, claims: &Claims) -> Option<Result<(), VerifyError>> {
        self.holds_at(claims, self.clock.now())
    }

    fn holds_at(&self, claims: &Claims, now: Timestamp) -> Option<Result<(), VerifyError>> {
        if is_over(claims, now) {
            return Some(Err(VerifyError::Expired));
        }
        let is_revoked = self.feed.revocations.refuses(claims, now)?;
        Some(if is_revoked { Err(VerifyError::Revoked) } else { Ok(()) })
    }

    /// Whether a session is still as the database knew it, as far as the revocation feed tells: for those
    /// who keep sessions in memory. `None` when it cannot tell, because the feed has not been read for five seconds, or
    /// because `read_at` is so long ago that a revocation may have been forgotten: ask the database.
    pub fn session_is_active(&self, seen: &SeenSession<'_>) -> Option<bool> {
        let SeenSession { session, subject, roles, handle, read_at } = *seen;
        let now = self.clock.now();
        if !freshness::holds(read_at, now, self.settings.longest_access_life()) {
            return None;
        }
        let targets = [Target::Session(session), Target::Member(subject), Target::handle(handle)];
        let targets = targets.into_iter().chain(Target::roles(subject, roles));
        self.feed.revocations.end(targets, read_at, now).map(|ended| !ended)
    }

    /// Everything but revocation.
    fn check(&self, token: &str, audiences: &[&str], now: Timestamp) -> Result<Claims, VerifyError> {
        let claims = self.check_for_any(token, now)?;
        if is_for(&claims, audiences) { Ok(claims) } else { Err(VerifyError::Invalid("audience")) }
    }

    /// Everything but revocation and audience.
    pub(crate) fn check_for_any(&self, token: &str, now: Timestamp) -> Result<Claims, VerifyError> {
        let invalid = VerifyError::Invalid;
        let jwt = Jwt::parse(token).map_err(invalid)?;
        let keys = self.keys.set();
        let decoded = jwt.header().map_err(invalid)?;
        let header = Header::read(&decoded, TYPE).map_err(invalid)?;
        let Some(key) = keys.verifier(&header.kid, now) else {
            // A set that was not read lately may lack a new key of ours.
            return Err(if keys.is_fresh(now) {
                invalid("unknown key")
            } else {
                VerifyError::Unavailable(None)
            });
        };
        let decoded = jwt.claims(&header, key.public()).map_err(invalid)?;
        let payload: Payload<'_> = serde_json::from_slice(&decoded).map_err(|_| invalid("claims"))?;
        self.decide(payload, now)
    }

    fn decide(&self, payload: Payload<'_>, now: Timestamp) -> Result<Claims, VerifyError> {
        let invalid = VerifyError::Invalid;
        if payload.iss != *self.settings.issuer {
            return Err(invalid("issuer"));
        }
        let latest = now.plus(LEEWAY).seconds();
        if payload.iat > latest || payload.nbf.is_some_and(|nbf| nbf > latest) {
            return Err(invalid("not yet valid"));
        }
        let life = payload.exp.saturating_sub(payload.iat);
        if life <= 0 || life.unsigned_abs() > self.settings.longest_access_life().as_secs() {
            return Err(invalid("lifetime"));
        }
        let subject = match MemberId::parse(&payload.sub) {
            Ok(member) => Subject::Member(member),
            Err(_) if payload.sub == payload.client_id => Subject::Client,
            Err(_) => return Err(invalid("subject")),
        };
        let (session, roles, nickname) = match (subject, payload.sid, payload.roles, payload.nickname) {
            (Subject::Member(_), Some(sid), Some(roles), Some(nickname)) => {
                (Some(SessionId::parse(&sid).map_err(|_| invalid("session"))?), roles, nickname)
            }
            (Subject::Client, None, None, None) => (None, Vec::new(), String::new()),
            _ => return Err(invalid("claims")),
        };
        let proven_by = match (subject, payload.auth_time, &payload.acr, &payload.amr) {
            (Subject::Member(_), Some(_), Some(acr), amr) => {
                let amr = amr.as_deref().unwrap_or_default();
                Some(ProvenBy::of_claims(acr, amr).ok_or(invalid("proof"))?)
            }
            (Subject::Member(_), _, None, None) | (Subject::Client, None, None, None) => None,
            _ => return Err(invalid("proof")),
        };
        let claims = Claims {
            subject,
            audience: payload.aud.into(),
            session,
            client_id: ClientId::parse(&payload.client_id).ok_or(invalid("client"))?,
            scope: Scope::parse(&payload.scope).ok_or(invalid("scope"))?,
            roles,
            nickname,
            auth_time: payload.auth_time.map(|seconds| Timestamp::from_millis(seconds.saturating_mul(1000))),
            proven_by,
            key: match payload.cnf {
                Some(cnf) => Some(Thumbprint::parse(&cnf.jkt).ok_or(invalid("key"))?),
                None => None,
            },
            id: TokenId::parse(&payload.jti).ok_or(invalid("token id"))?,
            issued_at: Timestamp::from_millis(payload.iat.saturating_mul(1000)),
            expires_at: Timestamp::from_millis(payload.exp.saturating_mul(1000)),
        };
        if is_over(&claims, now) { Err(VerifyError::Expired) } else { Ok(claims) }
    }
}

/// A token that is enough by itself.
fn bearer(claims: Arc<Claims>) -> Result<Arc<Claims>, VerifyError> {
    if claims.key.is_some() {
        let error = VerifyError::Invalid("bound to a key");
        error.count();
        return Err(error);
    }
    Ok(claims)
}

fn is_for(claims: &Claims, audiences: &[&str]) -> bool {
    audiences.contains(&&*claims.audience)
}

fn is_over(claims: &Claims, now: Timestamp) -> bool {
    now >= claims.expires_at.plus(LEEWAY)
}
