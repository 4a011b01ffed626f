//! Authorization codes, tokens and consents.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{Timestamp, TokenHash};

/// How long a code is valid. None of the three documents it; ten minutes is what was observed.
pub(crate) const CODE_LIFETIME: Duration = Duration::from_mins(10);
/// How long a consent page is valid.
const CONSENT_LIFETIME: Duration = Duration::from_hours(1);

/// Naver's two surfaces; the other providers have one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Surface {
    Classic,
    Oidc,
}

/// A checked authorization request.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) client_id: String,
    pub(crate) surface: Surface,
    pub(crate) redirect_uri: String,
    pub(crate) state: Option<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) challenge: Option<Challenge>,
    pub(crate) scopes: Vec<String>,
    /// Google: `access_type=offline`.
    pub(crate) offline: bool,
    /// Google: `prompt=consent`.
    pub(crate) ask_again: bool,
}

/// A PKCE challenge (RFC 7636).
#[derive(Clone, Debug)]
pub(crate) enum Challenge {
    S256(String),
    Plain(String),
}

impl Challenge {
    pub(crate) fn is_met_by(&self, verifier: &str) -> bool {
        match self {
            Self::S256(challenge) => {
                *challenge == URL_SAFE_NO_PAD.encode(TokenHash::of(verifier.as_bytes()).as_bytes())
            }
            Self::Plain(challenge) => challenge == verifier,
        }
    }
}

/// An issued code.
#[derive(Clone, Debug)]
pub(crate) struct Code {
    pub(crate) asked: Asked,
    pub(crate) user: String,
    /// Whether the person gave consent now, and did not only choose an account.
    pub(crate) consented_now: bool,
    pub(crate) authenticated_at: Timestamp,
    expires: Timestamp,
}

/// The grant behind an access or refresh token.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) user: String,
    pub(crate) surface: Surface,
    pub(crate) scopes: Vec<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) authenticated_at: Timestamp,
    pub(crate) expires: Option<Timestamp>,
}

/// All pending requests, codes, tokens and consents of a provider.
#[derive(Default)]
pub(crate) struct Grants {
    waiting: HashMap<String, (Asked, Timestamp)>,
    codes: HashMap<String, Code>,
    access: HashMap<String, Grant>,
    refresh: HashMap<String, Grant>,
    consented: HashSet<String>,
    given: HashMap<String, Vec<Timestamp>>,
    refreshed: HashMap<String, Vec<Timestamp>>,
}

impl Grants {
    /// Stores a request until the person decides.
    pub(crate) fn wait(&mut self, id: String, asked: Asked, now: Timestamp) {
        self.waiting.retain(|_, (_, expires)| now < *expires);
        self.waiting.insert(id, (asked, now.plus(CONSENT_LIFETIME)));
    }

    /// Takes out the request that the person decided on; `None` if there is none or it has expired.
    pub(crate) fn decide(&mut self, id: &str, now: Timestamp) -> Option<Asked> {
        self.waiting.remove(id).filter(|(_, expires)| now < *expires).map(|(asked, _)| asked)
    }

    pub(crate) fn give_code(&mut self, code: String, asked: Asked, user: String, now: Timestamp) {
        self.codes.retain(|_, code| now < code.expires);
        let first = self.consented.insert(user.clone());
        let consented_now = first || asked.ask_again;
        let expires = now.plus(CODE_LIFETIME);
        self.codes.insert(code, Code { asked, user, consented_now, authenticated_at: now, expires });
    }

    /// Takes out a code, which is used up whatever the outcome. It is valid only for the client that asked for it.
    pub(crate) fn spend_code(&mut self, code: &str, client_id: &str, now: Timestamp) -> Option<Code> {
        self.codes.remove(code).filter(|code| now < code.expires && code.asked.client_id == client_id)
    }

    pub(crate) fn give_access(&mut self, token: String, grant: Grant, now: Timestamp) {
        self.access.retain(|_, grant| grant.expires.is_none_or(|expires| now < expires));
        self.given.entry(grant.user.clone()).or_default().push(now);
        self.access.insert(token, grant);
    }

    pub(crate) fn give_refresh(&mut self, token: String, grant: Grant) {
        self.refresh.insert(token, grant);
    }

    /// The grant of an access token that has not expired.
    pub(crate) fn access(&self, token: &str, now: Timestamp) -> Option<&Grant> {
        self.access.get(token).filter(|grant| grant.expires.is_none_or(|expires| now < expires))
    }

    pub(crate) fn refresh(&self, token: &str, now: Timestamp) -> Option<Grant> {
        self.refresh.get(token).filter(|grant| grant.expires.is_none_or(|expires| now < expires)).cloned()
    }

    pub(crate) fn drop_refresh(&mut self, token: &str) {
        self.refresh.remove(token);
    }

    /// Ends one access token and nothing else, for a logout.
    pub(crate) fn drop_access(&mut self, token: &str) {
        self.access.remove(token);
    }

    /// The person of an access or refresh token that has not expired.
    pub(crate) fn owner(&self, token: &str, now: Timestamp) -> Option<String> {
        let access = self.access(token, now).map(|grant| grant.user.clone());
        access.or_else(|| self.refresh(token, now).map(|grant| grant.user))
    }

    /// Disconnects the app: ends all tokens of the person and their consent.
    pub(crate) fn unlink(&mut self, user: &str) {
        self.access.retain(|_, grant| grant.user != user);
        self.refresh.retain(|_, grant| grant.user != user);
        self.consented.remove(user);
    }

    /// How many access tokens a person got after `since`.
    pub(crate) fn given_since(&mut self, user: &str, since: Timestamp) -> usize {
        later_than(since, self.given.get_mut(user))
    }

    /// Notes that a refresh token of the person was used.
    pub(crate) fn note_refresh(&mut self, user: &str, now: Timestamp) {
        self.refreshed.entry(user.to_owned()).or_default().push(now);
    }

    /// How often a refresh token of the person was used after `since`.
    pub(crate) fn refreshed_since(&mut self, user: &str, since: Timestamp) -> usize {
        later_than(since, self.refreshed.get_mut(user))
    }

    pub(crate) fn has_consented(&self, user: &str) -> bool {
        self.consented.contains(user)
    }
}

/// Drops the times up to `since` and counts the rest.
fn later_than(since: Timestamp, times: Option<&mut Vec<Timestamp>>) -> usize {
    times.map_or(0, |times| {
        times.retain(|time| *time > since);
        times.len()
    })
}
