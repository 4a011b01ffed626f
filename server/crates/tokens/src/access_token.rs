//! Making access tokens (RFC 9068).

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use kernel::{Clock, Randomness, Timestamp};
use names::ProvenBy;
use serde::Serialize;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::claims::Claims;
use crate::claims::MAX_TOKEN_BYTES;
use crate::claims::{Subject, TokenId};
use crate::client_id::ClientId;
use crate::dpop::thumbprint::Thumbprint;
use crate::error::TokensError;
use crate::family::{Family, FamilyId};
use crate::jwt::unsigned;
use crate::keys::SigningKeys;
use crate::scope::Scope;
use crate::settings::Settings;
use crate::signers::{Signers, sign};
use crate::signing_key::SigningKey;

/// How long the making of a token may take without showing in [`AccessToken::expires_in`].
const ISSUE_TOLERANCE: Duration = Duration::from_secs(1);

/// A signed access token. A secret: wiped from memory when dropped, never printed.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct AccessToken {
    text: String,
    #[zeroize(skip)]
    issued_at: Timestamp,
    #[zeroize(skip)]
    expires_at: Timestamp,
}

impl AccessToken {
    /// The text that goes into `Authorization: Bearer`. Never log it.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// Until when it is valid.
    pub const fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// For how many seconds it is valid, for `expires_in` (RFC 6749 section 5.1). Claims are cut to whole seconds, and a token
    /// takes a moment to make: neither shows, so that a token of two minutes is told as one of 120 seconds. Verifiers have a
    /// leeway of more.
    pub fn expires_in(&self, now: Timestamp) -> u64 {
        let left =
            self.expires_at.plus(ISSUE_TOLERANCE).since(now).min(self.expires_at.since(self.issued_at));
        left.as_secs() + u64::from(left.subsec_nanos() > 0)
    }
}

/// Keeps the token out of logs and panics (S-KEY-8).
impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[REDACTED]")
    }
}

/// What goes into an access token.
#[derive(Clone, Copy, Debug)]
pub struct Access<'a> {
    /// Whom it is for, with which session and client.
    pub family: &'a Family,
    /// For which API.
    pub audience: &'a str,
    /// What it allows: at most what the family does.
    pub scope: &'a Scope,
    /// Valid from: the time of the [rotation](crate::redeem::Rotation), or one before the database said that the family lives. So
    /// a process that stalls in between issues no token that outlives a revocation.
    pub from: Timestamp,
    /// Its lifetime, if the client has its own.
    pub life: Option<Duration>,
    /// What others see of the member.
    pub nickname: &'a str,
    /// The member's roles, such as `ROLE_USER`.
    pub roles: &'a [String],
    /// The key that it is bound to, if it is.
    pub key: Option<Thumbprint>,
}

/// Which key a sender must have (RFC 9449 section 6.1).
#[derive(Serialize)]
struct Confirmation {
    jkt: String,
}

/// What goes into an access token that a client gets for itself.
#[derive(Clone, Copy, Debug)]
pub struct ClientAccess<'a> {
    /// Which client.
    pub client_id: &'a ClientId,
    /// When it was registered; `None` for one of the configuration.
    pub registered_at: Option<Timestamp>,
    /// For which API.
    pub audience: &'a str,
    /// What it allows.
    pub scope: &'a Scope,
    /// Its lifetime, if the client has its own.
    pub life: Option<Duration>,
    /// The key that it is bound to, if it is.
    pub key: Option<Thumbprint>,
}

#[derive(Serialize)]
struct Payload<'a> {
    iss: &'a str,
    sub: String,
    aud: &'a str,
    exp: i64,
    iat: i64,
    jti: String,
    client_id: &'a str,
    scope: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    roles: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nickname: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acr: Option<&'static str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    amr: &'static [&'static str],
    #[serde(skip_serializing_if = "Option::is_none")]
    cnf: Option<Confirmation>,
}

/// Makes the tokens that are signed: access tokens and ID tokens.
#[derive(Clone)]
pub struct Minter {
    pub(crate) settings: Arc<Settings>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) randomness: Arc<dyn Randomness>,
    pub(crate) keys: Arc<SigningKeys>,
    /// Makes signatures that take long.
    pub(crate) signers: Signers,
}

impl Minter {
    /// Makes an access token with exactly the claims of [`Claims`]. It ends with the family at the latest.
    ///
    /// # Errors
    /// [`TokensError::FamilyOver`] and [`TokensError::TooLarge`] as they say; others are internal errors.
    pub async fn mint_access(&self, access: Access<'_>) -> Result<AccessToken, TokensError> {
        self.sign_claims(&self.claims(access)?).await
    }

    /// Makes an access token of which the client itself is the subject (RFC 6749 section 4.4).
    ///
    /// # Errors
    /// When there is no key, or the cryptographic library does not sign.
    pub async fn mint_for_client(&self, access: ClientAccess<'_>) -> Result<AccessToken, TokensError> {
        let now = self.clock.now();
        let life = access.life.unwrap_or(self.settings.access_life);
        let claims = Claims {
            subject: Subject::Client,
            session: None,
            audience: access.audience.into(),
            client_id: access.client_id.clone(),
            scope: access.scope.clone(),
            roles: Vec::new(),
            nickname: String::new(),
            auth_time: None,
            proven_by: None,
            key: access.key,
            id: TokenId::new(
                FamilyId::of_client(access.client_id, access.registered_at),
                now,
                &*self.randomness,
            ),
            issued_at: at_second(now.seconds()),
            expires_at: at_second(now.plus(life).seconds()),
        };
        self.sign_claims(&claims).await
    }

    /// What an access token would say, unsigned: for those who keep it in memory and [exchange](Self::exchange) it for
    /// tokens that leave the process.
    ///
    /// # Errors
    /// [`TokensError::FamilyOver`].
    pub fn claims(&self, access: Access<'_>) -> Result<Claims, TokensError> {
        let family = access.family;
        let issued = access.from.seconds();
        let life = access.life.unwrap_or(self.settings.access_life);
        let expires = access.from.plus(life).seconds().min(family.expires_at.seconds());
        if expires <= issued {
            return Err(TokensError::FamilyOver);
        }
        Ok(Claims {
            subject: Subject::Member(family.subject),
            session: Some(family.session),
            audience: access.audience.into(),
            client_id: family.client_id.clone(),
            scope: access.scope.clone(),
            roles: access.roles.to_vec(),
            nickname: access.nickname.to_owned(),
            auth_time: Some(at_second(family.auth_time.seconds())),
            proven_by: family.proven_by,
            key: access.key,
            id: TokenId::new(family.id, access.from, &*self.randomness),
            issued_at: at_second(issued),
            expires_at: at_second(expires),
        })
    }

    /// Makes the access token that an API at `audience` gets in place of the one with these claims: for the same member,
    /// session and client, with no more than `scope`, and never beyond the other's end. Whatever revokes the one revokes
    /// the other. It is bound to no key: the caller has seen the proof, and the API cannot, since it was for another request.
    ///
    /// # Errors
    /// [`TokensError::ScopeTooWide`] and [`TokensError::TooLarge`] as they say; others are internal errors.
    pub async fn exchange(
        &self,
        claims: &Claims,
        audience: &str,
        scope: &Scope,
    ) -> Result<AccessToken, TokensError> {
        if !scope.is_within(&claims.scope) {
            return Err(TokensError::ScopeTooWide);
        }
        let exchanged = Claims {
            audience: audience.into(),
            scope: scope.clone(),
            key: None,
            id: claims.id.sibling(&*self.randomness),
            ..claims.clone()
        };
        self.sign_claims(&exchanged).await
    }

    async fn sign_claims(&self, claims: &Claims) -> Result<AccessToken, TokensError> {
        let key = self.keys.set().signer(self.clock.now()).ok_or(TokensError::NoSigningKey)?;
        let message = self.message(&key, claims)?;
        let text = self.sign_message(key, message).await?;
        if text.len() > MAX_TOKEN_BYTES {
            return Err(TokensError::TooLarge);
        }
        Ok(AccessToken { text, issued_at: claims.issued_at, expires_at: claims.expires_at })
    }

    /// Adds the signature to header and payload.
    ///
    /// An RSA signature takes a quarter of a millisecond of one core and more, so it is made [aside](Signers::sign); an ECDSA signature
    /// takes a tenth of that and runs inline.
    pub(crate) async fn sign_message(
        &self,
        key: Arc<SigningKey>,
        message: String,
    ) -> Result<String, TokensError> {
        if key.kind().signs_slowly() { self.signers.sign(key, message).await } else { sign(&key, message) }
    }

    /// Header and payload.
    fn message(&self, key: &SigningKey, claims: &Claims) -> Result<String, TokensError> {
        let member = claims.member();
        let payload = Payload {
            iss: &self.settings.issuer,
            sub: member.map_or_else(|| claims.client_id.to_string(), |member| member.to_string()),
            aud: &claims.audience,
            exp: claims.expires_at.seconds(),
            iat: claims.issued_at.seconds(),
            jti: claims.id.to_string(),
            client_id: claims.client_id.as_str(),
            scope: claims.scope.as_str(),
            sid: claims.session.map(|session| session.to_string()),
            roles: member.map(|_| &*claims.roles),
            nickname: member.map(|_| &*claims.nickname),
            auth_time: claims.auth_time.map(Timestamp::seconds),
            acr: claims.proven_by.map(|by| by.acr().as_str()),
            amr: claims.proven_by.map_or(&[], ProvenBy::amr),
            cnf: claims.key.map(|key| Confirmation { jkt: key.to_string() }),
        };
        unsigned(key.header(), &payload)
    }
}

/// Claims tell moments to the second.
const fn at_second(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds.saturating_mul(1000))
}
