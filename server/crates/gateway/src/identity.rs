//! Who sends a request, as far as the gateway has to know, and the one call that finds out.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use http::{HeaderMap, HeaderName, HeaderValue};
use kernel::{Timestamp, TokenHash};
use names::{Level, MemberId};

use crate::audience::Destination;

const MEMBER_ID: HeaderName = HeaderName::from_static("x-member-id");
const MEMBER_ROLES: HeaderName = HeaderName::from_static("x-member-roles");

/// Checks credentials. It is trusted; it should cache what it has verified, since it is called for each request.
#[async_trait]
pub trait Authenticator: Send + Sync {
    /// Judges a Bearer token. The text is a `b64token` (RFC 6750 section 2.1) of bounded length, nothing more is known of it. One
    /// for the program's own API, or for the route's public address, is exchanged for one for the service; one for the service is
    /// passed on as it is; one for anybody else is [`AuthProblem::Invalid`].
    async fn bearer(&self, token: &str, wanted: Wanted<'_>) -> Result<SignedIn, AuthProblem>;

    /// [`Self::bearer`] where it can be said without waiting, as it can for nearly every request: these are spared a future
    /// on the heap. `None` says nothing: ask [`Self::bearer`].
    fn bearer_now(&self, token: &str, wanted: Wanted<'_>) -> Option<Result<SignedIn, AuthProblem>> {
        let _ = (token, wanted);
        None
    }

    /// Judges a token that came as `DPoP`, with its proof (RFC 9449 section 7.1): as [`Self::bearer`], and the sender must have the
    /// key that the token is bound to. One that is bound to no key is [`AuthProblem::Invalid`].
    async fn bound(&self, token: BoundToken<'_>, wanted: Wanted<'_>) -> Result<SignedIn, AuthProblem> {
        let _ = (token, wanted);
        Err(AuthProblem::Invalid)
    }

    /// What a client is to put into its next proof, for `DPoP-Nonce`.
    fn proof_nonce(&self) -> Option<HeaderValue> {
        None
    }

    /// Turns the session cookie among `headers` into an access token of the session, refreshing it when it ran out.
    /// [`AuthProblem::Missing`] when there is no such cookie.
    async fn cookie(&self, headers: &HeaderMap, wanted: Wanted<'_>) -> Result<SignedIn, AuthProblem>;

    /// [`Self::cookie`] where it can be said without waiting. `None` says nothing: ask [`Self::cookie`].
    fn cookie_now(&self, headers: &HeaderMap, wanted: Wanted<'_>) -> Option<Result<SignedIn, AuthProblem>> {
        let _ = (headers, wanted);
        None
    }
}

/// A token and the proof that its sender has the key that it is bound to.
#[derive(Clone, Copy)]
pub struct BoundToken<'a> {
    /// The token, as [`Authenticator::bearer`] gets one.
    pub token: &'a str,
    /// The proof as it came.
    pub proof: &'a str,
    /// The method of the request.
    pub method: &'a str,
    /// Its path as it came, without the query.
    pub path: &'a str,
}

/// What a credential is to be turned into.
#[derive(Clone, Copy, Debug)]
pub enum Wanted<'a> {
    /// Somebody known. A token may be for this audience, besides the program's own; nobody gets one.
    Identity(&'a str),
    /// Somebody known, and a token for the service there, if they may do what it needs.
    Token(&'a Arc<Destination>),
}

impl Wanted<'_> {
    /// The `aud` that the service's tokens have.
    pub fn audience(&self) -> &str {
        match self {
            Self::Identity(audience) => audience,
            Self::Token(destination) => &destination.audience,
        }
    }

    /// The public address for which a token may be as well.
    pub fn resource(&self) -> Option<&str> {
        match self {
            Self::Identity(_) => None,
            Self::Token(destination) => destination.resource.as_deref(),
        }
    }
}

/// Why nobody is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthProblem {
    /// The request brings no credentials.
    Missing,
    /// The session's cookie was sent twice, which counts as none (S-COOKIE-4).
    CookieTwice,
    /// The token is not ours, or not for this service.
    Invalid,
    /// The proof is missing, not for this request, by another key, or came before.
    ProofInvalid,
    /// The proof has a nonce that is not known or no longer. A fresh one helps.
    ProofNonce,
    /// The token's time is over.
    Expired,
    /// The token's session or member was signed out.
    Revoked,
    /// The cookie's session has ended, or there never was one.
    SessionEnded,
    /// We cannot tell: keys or database are unavailable. Nobody is signed out by that.
    Unavailable,
}

/// Somebody who is known, and what stands for them towards a service.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Member or client, with what they may do.
    pub identity: Arc<Identity>,
    /// The `Authorization` field for the service that was [asked for](Wanted::Token): `Bearer ` and a token for it alone.
    /// `None` when none was asked for, or the credential does not allow what is needed there.
    pub authorization: Option<HeaderValue>,
}

/// How a member has proven who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proof {
    /// When the proof was given.
    pub at: Timestamp,
    /// How much it counts for.
    pub level: Level,
}

/// A member behind a checked credential, or a client that acts for itself. Made once for each token, so that a request only
/// copies the header values.
pub struct Identity {
    member: Option<MemberId>,
    headers: Option<MemberHeaders>,
    roles: Box<[Box<str>]>,
    scope: Box<str>,
    proof: Option<Proof>,
    client: Arc<str>,
    label: Arc<str>,
    active: Box<dyn Fn() -> bool + Send + Sync>,
}

impl Identity {
    /// The member with these roles, or no member, for a client that acts for itself, allowed what the words of `scope` say, through the OAuth client `client`. Roles
    /// that cannot be in a header are left out. `active` says whether the sign-in behind it still holds: it is
    /// asked each second while a stream or a WebSocket lasts, and must answer from memory.
    pub fn new(
        member: impl Into<Option<MemberId>>,
        roles: &[impl AsRef<str>],
        scope: &str,
        client: &str,
        active: impl Fn() -> bool + Send + Sync + 'static,
    ) -> Self {
        let member = member.into();
        let is_plain =
            |role: &&str| !role.is_empty() && role.bytes().all(|b| b.is_ascii_graphic() && b != b',');
        let roles: Vec<&str> = roles.iter().map(AsRef::as_ref).filter(is_plain).collect();
        Self {
            member,
            label: match member {
                Some(member) => format!("{:?}", TokenHash::of(member.to_string().as_bytes())).into(),
                None => client.into(),
            },
            headers: member.map(|member| MemberHeaders {
                id: HeaderValue::from_str(&member.to_string()).unwrap_or(HeaderValue::from_static("")),
                roles: HeaderValue::from_str(&roles.join(",")).unwrap_or(HeaderValue::from_static("")),
            }),
            roles: roles.iter().map(|role| Box::from(*role)).collect(),
            scope: scope.into(),
            proof: None,
            client: client.into(),
            active: Box::new(active),
        }
    }

    /// The same with what is known of how the member has proven who they are.
    #[must_use]
    pub fn proven(mut self, proof: Option<Proof>) -> Self {
        self.proof = proof;
        self
    }

    /// How the member has proven who they are; `None` where nobody knows.
    pub(crate) const fn proof(&self) -> Option<Proof> {
        self.proof
    }

    /// The member's id; `None` for a client that acts for itself.
    pub const fn member(&self) -> Option<MemberId> {
        self.member
    }

    /// The OAuth client through which the caller is signed in, by its id.
    pub const fn client(&self) -> &Arc<str> {
        &self.client
    }

    /// What stands for them in logs: a short hash of the member's id, or the client's id.
    pub const fn label(&self) -> &Arc<str> {
        &self.label
    }

    /// Whether all of `needed`, words separated by single spaces, were granted. Case counts.
    pub fn may(&self, needed: &str) -> bool {
        needed.split(' ').all(|word| self.scope.split(' ').any(|granted| granted == word))
    }

    /// Whether the member has this role. A client that acts for itself has none.
    pub fn has_role(&self, role: &str) -> bool {
        self.member.is_some() && self.roles.iter().any(|own| **own == *role)
    }

    /// Whether the sign-in behind it still holds.
    pub fn is_active(&self) -> bool {
        (self.active)()
    }

    /// `X-Member-Id` and `X-Member-Roles`; none for a client that acts for itself, so that no service takes it for a member.
    pub(crate) fn say_member(&self, headers: &mut HeaderMap) {
        if let Some(own) = &self.headers {
            headers.insert(MEMBER_ID, own.id.clone());
            headers.insert(MEMBER_ROLES, own.roles.clone());
        }
    }
}

struct MemberHeaders {
    id: HeaderValue,
    roles: HeaderValue,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("member", &self.label)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(scope: &str) -> Identity {
        Identity::new(
            MemberId::from_uuid(names::id::Uuid::nil()),
            &["ROLE_USER", "a,b", "no\r\nway"],
            scope,
            "portal-client",
            || true,
        )
    }

    #[test]
    fn every_needed_word_must_be_granted() {
        let reader = identity("openid orders:read");
        assert!(reader.may("orders:read") && reader.may("orders:read openid"));
        assert!(
            !reader.may("orders:write") && !reader.may("orders:read orders:write") && !reader.may("orders")
        );
        assert!(!identity("").may("openid") && !reader.may("OPENID"));
    }

    #[test]
    fn a_role_cannot_split_a_header_and_no_id_prints() {
        let identity = identity("");
        let mut headers = HeaderMap::new();
        identity.say_member(&mut headers);
        assert_eq!(headers[MEMBER_ROLES], "ROLE_USER");
        assert!(!format!("{identity:?}").contains("00000000-"));
    }
}
