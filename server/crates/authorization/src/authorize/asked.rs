//! A request as the checks see it.

use kernel::Timestamp;
use names::{Acr, MemberId, ProvenBy, SessionId, SignInMethod};
use sessions::{Current, Session};
use tokens::Scope;
use web::guard::PROOF_LIFETIME;

use crate::client::model::Client;
use crate::parameters::Parameters;

/// The parameters that count here. `request`, `request_uri` and `response_mode` are read to be refused.
pub(crate) const KNOWN: &[&str] = &[
    "response_type",
    "response_mode",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
    "nonce",
    "prompt",
    "max_age",
    "acr_values",
    "login_hint",
    "ui_locales",
    "id_token_hint",
    "resource",
    "dpop_jkt",
    "request",
    "request_uri",
    "registration",
];

/// What `request_uri` of a pushed request begins with (RFC 9126 section 2.2).
pub(crate) const REQUEST_URI: &str = "urn:ietf:params:oauth:request_uri:";

/// What checks look at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    /// What the client sent.
    pub(crate) parameters: &'a Parameters,
    /// Which client.
    pub(crate) client: &'a Client,
    /// Who is signed in in this browser.
    pub(crate) person: Option<Person>,
    /// Since when a sign-in counts as one that the request asked for: since it was stored, or gave its last code. `None` for one that
    /// has just come.
    pub(crate) waits_since: Option<Timestamp>,
    /// Whom the client means.
    pub(crate) hint: Hint,
    /// Whether the client pushed it, so that nobody on the way could change it.
    pub(crate) is_pushed: bool,
    /// What the person agreed to.
    pub(crate) agreed: Agreed<'a>,
    /// The time.
    pub(crate) now: Timestamp,
}

/// Whom a client means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Hint {
    /// It does not say.
    #[default]
    Nobody,
    /// The hint is not an ID token of ours, or not of this client.
    NotGood,
    /// This member.
    Member(MemberId),
}

/// What a person has agreed that a client may do.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Agreed<'a> {
    /// Nothing that is known.
    #[default]
    ToNothing,
    /// These scopes, some time ago.
    Before(&'a Scope),
    /// This very request, at this moment.
    Now,
}

/// Who is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) member: MemberId,
    pub(crate) session: SessionId,
    /// When they proved who they are.
    pub(crate) auth_time: Timestamp,
    /// How the session's last proof was given.
    pub(crate) proven_by: ProvenBy,
    /// With which sign-in method their session began.
    pub(crate) method: SignInMethod,
    /// What they could prove at most, where the request asks for more than they have.
    pub(crate) attainable: Acr,
}

impl Person {
    /// Whose session this is.
    pub(crate) fn of(current: &Current, attainable: Acr) -> Self {
        let Current { session, member, .. } = current;
        let Session { auth_time, proven_by, method, .. } = *session;
        Self { member: member.id, session: session.id, auth_time, proven_by, method, attainable }
    }
}

impl Asked<'_> {
    /// Whether the person signed in because this request asked for it, and not so long ago that they may have left since.
    pub(crate) fn has_signed_in_for_this(&self) -> bool {
        match (self.person, self.waits_since) {
            (Some(person), Some(waits_since)) => {
                person.auth_time >= waits_since && self.now.since(person.auth_time) <= PROOF_LIFETIME
            }
            _ => false,
        }
    }
}
