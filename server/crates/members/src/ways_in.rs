//! The ways in of a member: `GET /api/users/me/identities` lists them, `POST /api/users/me/identities/unlink` takes one
//! away, never the last (S-ACC-14).

use axum::extract::State;
use axum::response::Response;
use db::Transaction;
use http::StatusCode;
use kernel::Timestamp;
use providers::ProviderName;
use serde::{Deserialize, Serialize};
use tokens::EndReason;
use web::{Refusal, StrictBody};

use crate::caller::ChangingCaller;
use crate::field::Fields;
use crate::repeat::Sent;
use crate::store::identities::{self, Identity};
use crate::store::{self, IdentityId, accounts};
use crate::{
    AccountError, Accounts, AuditKind, Caller, EmailAddress, Letter, MemberId, MembersApi, Outcome, Visitor,
    answer,
};

/// The name of the way in by e-mail and password.
const PASSWORD: &str = "password";

/// Which way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// An identity at a provider.
    Identity(IdentityId),
    /// E-mail and password.
    Password,
}

impl Way {
    /// Reads `password` or the id of an identity.
    pub fn parse(text: &str) -> Option<Self> {
        if text == PASSWORD { Some(Self::Password) } else { IdentityId::parse(text).ok().map(Self::Identity) }
    }

    fn text(&self) -> String {
        match self {
            Self::Identity(id) => id.to_string(),
            Self::Password => PASSWORD.to_owned(),
        }
    }
}

/// A way in, as its owner sees it.
#[derive(Clone, Debug)]
pub struct WayIn {
    /// Which.
    pub way: Way,
    /// By which provider; `None` for e-mail and password.
    pub provider: Option<ProviderName>,
    /// The address that belongs to it.
    pub email: Option<String>,
    /// Whether that address is proven: to us, or by the provider's word.
    pub email_proven: bool,
    /// Since when.
    pub since: Timestamp,
    /// When somebody last came in by it; not known of passwords.
    pub last_used: Option<Timestamp>,
}

impl WayIn {
    fn of(identity: Identity) -> Self {
        Self {
            way: Way::Identity(identity.id),
            provider: Some(identity.provider),
            email_proven: identity.vouched().is_some(),
            email: identity.email,
            since: identity.created_at,
            last_used: Some(identity.last_sign_in_at),
        }
    }
}

impl Accounts {
    /// All ways in of a member: providers in the order in which they were linked, then the password. While there is one
    /// only, it cannot be taken away.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn ways_in(&self, member: MemberId) -> Result<Vec<WayIn>, AccountError> {
        let mut reader = self.db.read().await?;
        let linked = identities::of_member(&mut reader, member).await?;
        let password = accounts::find_by_member(&mut reader, member).await?.map(|account| WayIn {
            way: Way::Password,
            provider: None,
            email: Some(account.email.as_str().to_owned()),
            email_proven: true,
            since: account.changed_at,
            last_used: None,
        });
        Ok(linked.into_iter().map(WayIn::of).chain(password).collect())
    }

    /// Takes a way in away from a caller who proved a moment ago who they are. The sessions that came in by it end, and
    /// their tokens; the owner is told by mail; the provider is told by and by. Two at once cannot take both last ones:
    /// each holds the member's row before it counts.
    ///
    /// # Errors
    /// [`AccountError::NotFresh`], [`AccountError::LastWayIn`], or [`AccountError::NotFound`] for a way that is not theirs.
    pub async fn unlink(&self, caller: &Caller, way: Way, visitor: &Visitor) -> Result<(), AccountError> {
        if !caller.is_fresh(self.clock.now()) {
            return Err(AccountError::NotFresh);
        }
        let mut tx = self.db.begin().await?;
        match self.try_unlink(&mut tx, (caller.member, way), visitor).await {
            Ok(()) => {
                self.remember(&mut tx, Sent::Unlink(&way.text()), caller.member, visitor).await?;
                tx.commit().await?;
            }
            Err(error) => {
                drop(tx);
                if matches!(error, AccountError::LastWayIn) {
                    let what = (AuditKind::IdentityUnlinked, error.reason());
                    self.note_failure(what, Some(caller.member), visitor).await?;
                }
                return Err(error);
            }
        }
        // The next request of an ended session must find that it is over.
        Ok(self.tokens.read_feed().await?)
    }

    async fn try_unlink(
        &self,
        tx: &mut Transaction,
        (member, way): (MemberId, Way),
        visitor: &Visitor,
    ) -> Result<(), AccountError> {
        if !store::hold(tx, member).await? {
            return Err(AccountError::NotSignedIn);
        }
        let linked = identities::of_member(tx, member).await?;
        let account = accounts::find_by_member(tx, member).await?;
        let is_last = linked.len() + usize::from(account.is_some()) < 2;
        match way {
            Way::Identity(id) => {
                let identity = linked.iter().find(|known| known.id == id).ok_or(AccountError::NotFound)?;
                if is_last {
                    return Err(AccountError::LastWayIn);
                }
                self.take_away(tx, identity, visitor).await
            }
            Way::Password => {
                let account = account.ok_or(AccountError::NotFound)?;
                if is_last {
                    return Err(AccountError::LastWayIn);
                }
                self.take_password_away(tx, (member, &account.email), visitor).await
            }
        }
    }

    /// Ends an identity as a way in, and all that came of it.
    pub(crate) async fn take_away(
        &self,
        tx: &mut Transaction,
        identity: &Identity,
        visitor: &Visitor,
    ) -> Result<(), AccountError> {
        let told = Letter::IdentityUnlinked { provider: Some(identity.provider) };
        self.tell_owner_of(tx, identity.member, told, visitor.language).await?;
        self.end_at_provider(tx, identity).await?;
        if !identities::delete(tx, identity).await? {
            return Err(AccountError::ChangedMeanwhile);
        }
        self.end_sessions_by(tx, identity).await?;
        let what = (AuditKind::IdentityUnlinked, Outcome::Success);
        Ok(self.note_of_provider(tx, what, (identity.member, identity.provider), visitor).await?)
    }

    /// Ends the sessions that began by the provider of `identity`. A session does not say by which of two identities at
    /// one provider it began; then those of both end.
    pub(crate) async fn end_sessions_by(
        &self,
        tx: &mut Transaction,
        identity: &Identity,
    ) -> Result<(), AccountError> {
        let way = identity.provider.as_str();
        for session in self.ports.sessions.end_of_way(tx, identity.member, way).await? {
            self.tokens.revoke_session(tx, session, EndReason::Unlinked).await?;
        }
        Ok(())
    }

    /// Apps that came in by the password have tokens that do not say so: all sessions and tokens end.
    async fn take_password_away(
        &self,
        tx: &mut Transaction,
        (member, email): (MemberId, &EmailAddress),
        visitor: &Visitor,
    ) -> Result<(), AccountError> {
        let told = Letter::IdentityUnlinked { provider: None };
        self.ports.letters.queue(tx, email, visitor.language, told).await?;
        if !accounts::delete(tx, member).await? {
            return Err(AccountError::ChangedMeanwhile);
        }
        self.end_everything(tx, member, EndReason::Unlinked).await?;
        Ok(self.note(tx, (AuditKind::IdentityUnlinked, Outcome::Success), Some(member), visitor).await?)
    }

    /// After the owner of the mailbox `email` proved it to get in again: identities that do not vouch for that mailbox
    /// may be somebody else's, who was there before, and go (S-UP-11, the trojan identifier).
    pub(crate) async fn discard_unvouched(
        &self,
        tx: &mut Transaction,
        (member, email): (MemberId, &EmailAddress),
        visitor: &Visitor,
    ) -> Result<(), AccountError> {
        for identity in identities::of_member(tx, member).await? {
            if identity.vouched().as_ref() != Some(email) {
                self.take_away(tx, &identity, visitor).await?;
            }
        }
        Ok(())
    }
}

#[derive(Serialize)]
struct WayInBody {
    id: String,
    method: &'static str,
    email: Option<String>,
    since: String,
    last_used: Option<String>,
    /// Whether it may be taken away.
    removable: bool,
}

impl WayInBody {
    fn of(way: WayIn, removable: bool) -> Self {
        Self {
            id: way.way.text(),
            method: way.provider.map_or(PASSWORD, ProviderName::as_str),
            email: way.email,
            since: way.since.to_string(),
            last_used: way.last_used.map(|at| at.to_string()),
            removable,
        }
    }
}

/// Lists them. A program must be allowed more than to read a profile.
pub(crate) async fn get(
    State(api): State<MembersApi>,
    ChangingCaller(caller): ChangingCaller,
) -> Result<Response, AccountError> {
    let ways = api.accounts.ways_in(caller.member).await?;
    let removable = ways.len() > 1;
    let list: Vec<_> = ways.into_iter().map(|way| WayInBody::of(way, removable)).collect();
    Ok(answer::json(StatusCode::OK, list))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UnlinkBody {
    way: Option<String>,
}

#[derive(Serialize)]
struct Next {
    next: &'static str,
}

/// Takes one away: field `way`, an id of the list.
pub(crate) async fn unlink(
    State(api): State<MembersApi>,
    visitor: Visitor,
    caller: Result<ChangingCaller, AccountError>,
    body: Result<StrictBody<UnlinkBody>, Refusal>,
) -> Result<Response, AccountError> {
    // Who asks comes first: a stranger is not told what the body should be (S-BFF-7).
    let (caller, StrictBody { value, encoding }) = match (caller, body) {
        (Err(stranger), Err(_)) => return Err(stranger),
        (caller, body) => (caller, body?),
    };
    let mut fields = Fields::default();
    let way = value.way.as_deref().and_then(Way::parse);
    let way = fields.take("way", "the id of one of your ways in, or `password`", way);
    let (caller, way) = match (caller, fields.done(way)) {
        (Err(stranger), Err(_)) => return Err(stranger),
        (caller, way) => (caller, way?),
    };
    let sent = way.text();
    let done = match caller {
        Ok(ChangingCaller(caller)) => api.accounts.unlink(&caller, way, &visitor).await,
        Err(error) => Err(error),
    };
    match done {
        // It is gone since this very browser asked for it a moment ago, and with it the session perhaps.
        Err(AccountError::NotFound | AccountError::NotSignedIn)
            if api.accounts.answered(Sent::Unlink(&sent), &visitor).await?.is_some() => {}
        done => done?,
    }
    Ok(answer::either(encoding, (StatusCode::OK, Next { next: "DONE" }), "/me/security?notice=unlinked"))
}
