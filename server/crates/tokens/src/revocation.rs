//! Tokens that are no longer valid although their signature is.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use kernel::id::Uuid;
use kernel::{Timestamp, TokenHash};
use names::{MemberId, Role, SessionId};

use crate::claims::Claims;
use crate::family::FamilyId;
use crate::freshness;

/// A read of the feed older than this is not relied on (design 3.5).
const MAX_FEED_AGE: Duration = Duration::from_secs(5);

/// What a revocation ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Target {
    /// What a member got before a moment; what they get later, after a new sign-in, is valid.
    Member(MemberId),
    /// All of a session. A session does not come back.
    Session(SessionId),
    /// All of a family. Nor does a family.
    Family(FamilyId),
    /// The handle of a session that goes on with another one. Nor does a handle.
    Handle(Uuid),
    /// One access token.
    Token(Uuid),
}

impl Target {
    /// The name of the kind in the table.
    pub(crate) const fn kind(self) -> &'static str {
        match self {
            Self::Member(_) => "member",
            Self::Session(_) => "session",
            Self::Family(_) => "family",
            Self::Handle(_) => "handle",
            Self::Token(_) => "token",
        }
    }

    /// The id in the table.
    pub(crate) const fn uuid(self) -> Uuid {
        match self {
            Self::Member(id) => id.uuid(),
            Self::Session(id) => id.uuid(),
            Self::Family(id) => id.uuid(),
            Self::Handle(id) | Self::Token(id) => id,
        }
    }

    /// Reads a target from the two columns of its row; `None` for a kind that this version does not know.
    pub(crate) fn parse(kind: &str, id: &str) -> Option<Self> {
        let id = Uuid::try_parse(id).ok()?;
        match kind {
            "member" => Some(Self::Member(MemberId::from_uuid(id))),
            "session" => Some(Self::Session(SessionId::from_uuid(id))),
            "family" => Some(Self::Family(FamilyId::from_uuid(id))),
            "handle" => Some(Self::Handle(id)),
            "token" => Some(Self::Token(id)),
            _ => None,
        }
    }

    /// The handle with this hash, of which half is enough to tell it from others.
    pub(crate) fn handle(hash: &TokenHash) -> Self {
        Self::Handle(half(hash))
    }

    /// What says that a member has a role, in whichever token and whenever it was made: a role does not come back before the last
    /// token with it is gone ([`Revoker::role_ended_until`](crate::revoke::Revoker::role_ended_until)), so no clock has to tell what
    /// was made before from what was made after. In the table it looks like one token, which replicas of an older version know.
    pub(crate) fn role(member: MemberId, role: &str) -> Self {
        Self::Token(half(&TokenHash::of(format!("{member} {role}").as_bytes())))
    }

    /// The targets that can concern a token. Where there is no session or member, the token itself comes again.
    pub(crate) fn of(claims: &Claims) -> impl Iterator<Item = Self> {
        let token = Self::Token(claims.id.uuid());
        let of_all = [
            claims.session.map_or(token, Self::Session),
            Self::Family(claims.id.family),
            claims.member().map_or(token, Self::Member),
            token,
        ];
        of_all
            .into_iter()
            .chain(claims.member().into_iter().flat_map(|member| Self::roles(member, &claims.roles)))
    }

    /// The roles of a member that can be removed.
    pub(crate) fn roles(member: MemberId, roles: &[impl AsRef<str>]) -> impl Iterator<Item = Self> {
        let given = roles.iter().map(AsRef::as_ref).filter(|role| *role != Role::USER.as_str());
        given.map(move |role| Self::role(member, role))
    }

    /// Whether a revocation of this target ends what was made at `made_at`. Of a member, only what is from before is
    /// ended. Their sessions are revoked one by one as well, so this need not be exact to the last millisecond between
    /// two replicas.
    fn ends(self, not_before: Timestamp, made_at: Timestamp) -> bool {
        !matches!(self, Self::Member(_)) || made_at < not_before
    }
}

/// Half of a hash, which is enough to tell it from others.
fn half(hash: &TokenHash) -> Uuid {
    let mut half = [0; 16];
    half.iter_mut().zip(hash.as_bytes()).for_each(|(half, byte)| *half = *byte);
    Uuid::from_bytes(half)
}

/// A row of the revocation feed: which tokens end, and until when replicas must know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Revocation {
    pub(crate) target: Target,
    /// When it was made.
    pub(crate) not_before: Timestamp,
    /// When the last token that it can concern is gone.
    pub(crate) expires_at: Timestamp,
}

impl Revocation {
    /// Whether it ends the token with these claims.
    pub(crate) fn concerns(&self, claims: &Claims) -> bool {
        Target::of(claims).any(|target| target == self.target)
            && self.target.ends(self.not_before, claims.id.made_at)
    }
}

/// All revocations that can concern a living token, in memory.
#[derive(Debug)]
pub(crate) struct Revocations {
    by_target: RwLock<HashMap<Target, (Timestamp, Timestamp)>>,
    read_at: AtomicI64,
}

impl Default for Revocations {
    /// Nothing was read yet, so nothing is relied on.
    fn default() -> Self {
        Self { by_target: RwLock::default(), read_at: AtomicI64::new(i64::MIN) }
    }
}

impl Revocations {
    /// Whether the token with these claims was revoked. `None` when the feed was not read for too long.
    pub(crate) fn refuses(&self, claims: &Claims, now: Timestamp) -> Option<bool> {
        self.end(Target::of(claims), claims.id.made_at, now)
    }

    /// Whether what belongs to any of `targets` and was made at `made_at` was ended. `None` as above.
    pub(crate) fn end(
        &self,
        targets: impl Iterator<Item = Target>,
        made_at: Timestamp,
        now: Timestamp,
    ) -> Option<bool> {
        if self.known_to_end(targets, made_at) {
            return Some(true);
        }
        let read_at = Timestamp::from_millis(self.read_at.load(Ordering::Acquire));
        freshness::holds(read_at, now, MAX_FEED_AGE).then_some(false)
    }

    /// Whether a revocation that was read ends this token.
    pub(crate) fn known_to_refuse(&self, claims: &Claims) -> bool {
        self.known_to_end(Target::of(claims), claims.id.made_at)
    }

    fn known_to_end(&self, mut targets: impl Iterator<Item = Target>, made_at: Timestamp) -> bool {
        let by_target = self.by_target.read().unwrap_or_else(PoisonError::into_inner);
        if by_target.is_empty() {
            return false;
        }
        targets.any(|target| {
            by_target.get(&target).is_some_and(|(not_before, _)| target.ends(*not_before, made_at))
        })
    }

    /// Takes in what a reading begun at `began` found. A whole reading takes the place of all that was known; another
    /// adds to it. Answers whether there was anything new.
    pub(crate) fn take(&self, found: &[Revocation], whole: bool, began: Timestamp) -> bool {
        let mut by_target = self.by_target.write().unwrap_or_else(PoisonError::into_inner);
        let mut news = false;
        let mut fresh = HashMap::new();
        for revocation in found {
            let known = by_target.get(&revocation.target).map(|(not_before, _)| *not_before);
            news |= known.is_none_or(|known| known < revocation.not_before);
            let into = if whole { &mut fresh } else { &mut *by_target };
            let entry =
                into.entry(revocation.target).or_insert((revocation.not_before, revocation.expires_at));
            *entry = (entry.0.max(revocation.not_before), entry.1.max(revocation.expires_at));
        }
        if whole {
            *by_target = fresh;
        }
        // Only now: anyone who finds the reading fresh must also find what it brought.
        self.read_at.store(began.millis(), Ordering::Release);
        news
    }
}
