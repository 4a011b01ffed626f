//! Codes and tokens: single use where they are, dead when they should be.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{Timestamp, TokenHash};

/// How long a code lives. None of the three documents it; ten minutes is what is seen.
pub(crate) const CODE_LIFE: Duration = Duration::from_mins(10);
/// How long a consent page waits.
const CONSENT_LIFE: Duration = Duration::from_hours(1);

/// Naver's surfaces are kept apart; the other two have one.
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

/// A code that was given out.
#[derive(Clone, Debug)]
pub(crate) struct Code {
    pub(crate) asked: Asked,
    pub(crate) user: String,
    /// Whether the person went through consent, and not only a choice of account.
    pub(crate) consented_now: bool,
    pub(crate) authenticated_at: Timestamp,
    expires: Timestamp,
}

/// What an access or refresh token stands for.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) user: String,
    pub(crate) surface: Surface,
    pub(crate) scopes: Vec<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) authenticated_at: Timestamp,
    pub(crate) expires: Option<Timestamp>,
}

/// Everything that was given out and is not dead.
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
    /// A request waits for its person's decision.
    pub(crate) fn wait(&mut self, id: String, asked: Asked, now: Timestamp) {
        self.waiting.retain(|_, (_, expires)| now < *expires);
        self.waiting.insert(id, (asked, now.plus(CONSENT_LIFE)));
    }

    /// The person decided.
    pub(crate) fn decide(&mut self, id: &str, now: Timestamp) -> Option<Asked> {
        self.waiting.remove(id).filter(|(_, expires)| now < *expires).map(|(asked, _)| asked)
    }

    pub(crate) fn give_code(&mut self, code: String, asked: Asked, user: String, now: Timestamp) {
        self.codes.retain(|_, code| now < code.expires);
        let first = self.consented.insert(user.clone());
        let consented_now = first || asked.ask_again;
        let expires = now.plus(CODE_LIFE);
        self.codes.insert(code, Code { asked, user, consented_now, authenticated_at: now, expires });
    }

    /// Spends a code, whatever the outcome. It is valid for the client that asked for it only.
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

    /// Who an access token stands for, while it lives.
    pub(crate) fn access(&self, token: &str, now: Timestamp) -> Option<&Grant> {
        self.access.get(token).filter(|grant| grant.expires.is_none_or(|expires| now < expires))
    }

    pub(crate) fn refresh(&self, token: &str, now: Timestamp) -> Option<Grant> {
        self.refresh.get(token).filter(|grant| grant.expires.is_none_or(|expires| now < expires)).cloned()
    }

    pub(crate) fn drop_refresh(&mut self, token: &str) {
        self.refresh.remove(token);
    }

    /// Ends one access token and nothing else: a logout.
    pub(crate) fn drop_access(&mut self, token: &str) {
        self.access.remove(token);
    }

    /// The person whom a token of either kind stands for, while it lives.
    pub(crate) fn owner(&self, token: &str, now: Timestamp) -> Option<String> {
        let access = self.access(token, now).map(|grant| grant.user.clone());
        access.or_else(|| self.refresh(token, now).map(|grant| grant.user))
    }

    /// Takes the app out of the person's list: all tokens die, and consent is asked again.
    pub(crate) fn unlink(&mut self, user: &str) {
        self.access.retain(|_, grant| grant.user != user);
        self.refresh.retain(|_, grant| grant.user != user);
        self.consented.remove(user);
    }

    /// How many access tokens a person got since `since`.
    pub(crate) fn given_since(&mut self, user: &str, since: Timestamp) -> usize {
        later_than(since, self.given.get_mut(user))
    }

    /// A person's refresh token was used.
    pub(crate) fn note_refresh(&mut self, user: &str, now: Timestamp) {
        self.refreshed.entry(user.to_owned()).or_default().push(now);
    }

    /// How often that happened since `since`.
    pub(crate) fn refreshed_since(&mut self, user: &str, since: Timestamp) -> usize {
        later_than(since, self.refreshed.get_mut(user))
    }

    pub(crate) fn has_consented(&self, user: &str) -> bool {
        self.consented.contains(user)
    }
}

/// Forgets what happened up to `since`, and counts the rest.
fn later_than(since: Timestamp, times: Option<&mut Vec<Timestamp>>) -> usize {
    times.map_or(0, |times| {
        times.retain(|time| *time > since);
        times.len()
    })
}
