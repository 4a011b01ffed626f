//! Issue and rotation of families: [`Families::issue`] and [`Families::redeem`].

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use db::{AnyRow, Connection, Database, DbError, Statement, Transaction};
use kernel::NewId as _;
use kernel::{Clock, KeyRing, KeyRingError, Purpose, Randomness, Timestamp, TokenHash};
use zeroize::Zeroizing;

use crate::access_token::Access;
use crate::client_id::ClientId;
use crate::dpop::thumbprint::Thumbprint;
use crate::error::TokensError;
use crate::family::{Decision, FamilyRow, Presenter};
use crate::family::{Family, FamilyId, Grant};
use crate::refresh_token::RefreshToken;
use crate::revocation::Target;
use crate::revoke::Revoker;
use crate::scope::Scope;
use crate::settings::Settings;
use crate::store::families::{self, NextRotation};

/// What successors are sealed for.
pub(crate) const PURPOSE: Purpose = Purpose::new("refresh-successor");

/// How often a request looks again when another one changed the family in between. Each change brings the family
/// further, so the second look nearly always decides.
const MAX_ATTEMPTS: usize = 4;

/// A refresh token as a client presents it.
#[derive(Clone, Copy, Debug)]
pub struct Presented<'a> {
    /// The token.
    pub token: &'a RefreshToken,
    /// Who presents it, authenticated as that client is.
    pub client_id: &'a ClientId,
    /// What is asked for this time, if less than was granted (RFC 6749 section 6).
    pub scope: Option<&'a Scope>,
    /// The key that the client proved to have with this request.
    pub key: Option<&'a Thumbprint>,
}

/// The outcome of a presented token. Every outcome that is not an error takes effect only when the caller commits, including
/// refusals: the end of a family must not be rolled back because the request is refused (S-TOK-17).
#[derive(Debug)]
#[must_use = "commit the transaction, whatever this says"]
pub enum Redemption {
    /// The token was valid.
    Rotated(Box<Rotation>),
    /// It was not.
    Refused(Refused),
}

/// A family that has a new current token.
#[derive(Clone, Debug)]
pub struct Rotation {
    /// The family.
    pub family: Family,
    /// What was asked for this time.
    pub scope: Scope,
    /// The good token.
    pub refresh: RefreshToken,
    /// When the rotation was made.
    pub at: Timestamp,
    /// Whether another request made the rotation, and this one got the same token.
    pub repeated: bool,
    /// The key that its access token is bound to: the one that the client proved to have.
    pub key: Option<Thumbprint>,
}

impl Rotation {
    /// The access token for `audience` that belongs to the rotation, for [`Minter::mint_access`](crate::access_token::Minter::mint_access).
    pub const fn access<'a>(
        &'a self,
        audience: &'a str,
        nickname: &'a str,
        roles: &'a [String],
    ) -> Access<'a> {
        Access {
            family: &self.family,
            audience,
            scope: &self.scope,
            from: self.at,
            life: None,
            nickname,
            roles,
            key: self.key,
        }
    }
}

/// Why a token was refused. To the client all but one are the same `invalid_grant`.
#[derive(Clone, Debug)]
pub enum Refused {
    /// We never issued it, or its family ended long ago.
    Unknown,
    /// It was given to another client.
    WrongClient,
    /// It came without the key that its family is bound to. The token stays valid.
    WrongKey,
    /// More was asked for than was granted: `invalid_scope`. The token stays valid.
    ScopeTooWide,
    /// Its family was ended before.
    Ended,
    /// Its family was not used for too long, or has reached its absolute end.
    Expired,
    /// It was spent. This request ended the family, and of all requests with spent tokens only this one did: write the
    /// audit row and the notice here.
    Reused(Box<Family>),
}

/// A family at one moment.
pub struct FoundFamily(FamilyRow);

/// Says nothing of the token.
impl std::fmt::Debug for FoundFamily {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("FoundFamily").field(&self.0.family.id).finish()
    }
}

impl FoundFamily {
    /// The family as it was found, without its tokens.
    pub const fn family(&self) -> &Family {
        &self.0.family
    }
}

/// With what a family begins.
#[derive(Clone, Copy, Debug)]
pub struct FamilyStart {
    /// A new id.
    pub id: FamilyId,
    /// How long it lives; at most as long as families do, from the moment at which the member proved who they are.
    pub life: Duration,
}

/// The families of refresh tokens: issue and rotation.
#[derive(Clone)]
pub struct Families {
    pub(crate) settings: Arc<Settings>,
    pub(crate) db: Database,
    pub(crate) key_ring: Arc<KeyRing>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) randomness: Arc<dyn Randomness>,
    pub(crate) revoker: Revoker,
}

impl Families {
    /// Begins a family and gives its first token. Make the access token with
    /// [`Minter::mint_access`](crate::access_token::Minter::mint_access) after the commit, so that no signature is waited for
    /// while the database is held.
    ///
    /// The caller's transaction must also write the member's row or find it locked, so that a sign-in and an account that is
    /// disabled at the same time come one after the other.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn issue(&self, tx: &mut Transaction, grant: &Grant) -> Result<Rotation, TokensError> {
        let rotation = self.first(grant);
        self.insert(tx, &rotation).await?;
        Ok(rotation)
    }

    /// [`Self::begun`], with a new id and the usual life.
    pub fn first(&self, grant: &Grant) -> Rotation {
        let id = FamilyId::new(&*self.clock, &*self.randomness);
        self.begun(grant, FamilyStart { id, life: self.settings.refresh_life })
    }

    /// [`Self::issue`], for a family whose id is known before, or that has a life of its own.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn issue_as(
        &self,
        tx: &mut Transaction,
        grant: &Grant,
        start: FamilyStart,
    ) -> Result<Rotation, TokensError> {
        let rotation = self.begun(grant, start);
        self.insert(tx, &rotation).await?;
        Ok(rotation)
    }

    /// Makes a family true that [has begun](Self::begun).
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn insert(&self, tx: &mut Transaction, begun: &Rotation) -> Result<(), TokensError> {
        self.inserting(begun).execute(&mut **tx).await.map_err(DbError::from)?;
        Ok(())
    }

    /// The statement of [`Self::insert`]; [`Self::issue`] says what else its transaction must do.
    pub fn inserting(&self, begun: &Rotation) -> Statement<'static> {
        families::inserting(&begun.family, &begun.refresh)
    }

    /// A new family and its first token, which [`Self::insert`] makes true.
    pub fn begun(&self, grant: &Grant, start: FamilyStart) -> Rotation {
        let now = self.clock.now();
        let longest = self.settings.refresh_life;
        // Whatever begins later in a session ends with what began at its sign-in (S-TOK-18).
        let expires_at = now.plus(start.life.min(longest)).min(grant.auth_time.plus(longest));
        let family = Family {
            id: start.id,
            subject: grant.subject,
            session: grant.session,
            client_id: grant.client_id.clone(),
            scope: grant.scope.clone(),
            audience: grant.audience.clone(),
            auth_time: grant.auth_time,
            proven_by: grant.proven_by,
            method: grant.method,
            key: grant.key,
            started_at: now,
            expires_at,
            idle_at: now.plus(self.settings.refresh_idle).min(expires_at),
            ended_at: None,
        };
        let refresh = RefreshToken::first(&*self.randomness);
        Rotation { family, scope: grant.scope.clone(), refresh, at: now, repeated: false, key: grant.key }
    }

    /// Rotates a family: the presented token is spent and its successor becomes good, by one conditional update. Presented
    /// again before the successor was used, for ten seconds it gets the same successor; otherwise the family ends.
    ///
    /// # Errors
    /// When the database refuses or a stored successor cannot be opened; then nothing was decided, and the same request
    /// may be made again.
    pub async fn redeem(
        &self,
        tx: &mut Transaction,
        presented: Presented<'_>,
    ) -> Result<Redemption, TokensError> {
        let refused = |why| Ok(Redemption::Refused(why));
        let now = self.clock.now();
        let hash = presented.token.hash();
        for _ in 0..MAX_ATTEMPTS {
            let Some(row) = families::find(tx, presented.token).await? else {
                return refused(Refused::Unknown);
            };
            let by = Presenter { client_id: presented.client_id, key: presented.key };
            let rotation = match row.decide(&hash, by, now) {
                Decision::WrongClient => return refused(Refused::WrongClient),
                Decision::WrongKey => return refused(Refused::WrongKey),
                Decision::Ended => return refused(Refused::Ended),
                Decision::Expired => return refused(Refused::Expired),
                Decision::Spent if families::end_reused(tx, row.family.id, &hash, now).await? => {
                    self.revoker.announce(tx, Target::Family(row.family.id), now).await?;
                    return refused(Refused::Reused(Box::new(row.family)));
                }
                Decision::Good | Decision::Repeated if is_too_wide(&row, presented.scope) => {
                    return refused(Refused::ScopeTooWide);
                }
                Decision::Good => self.rotate(tx, &row, presented, now).await?,
                Decision::Repeated => Some(self.repeat(row, presented, now)?),
                Decision::Spent => None,
            };
            if let Some(rotation) = rotation {
                return Ok(Redemption::Rotated(Box::new(rotation)));
            }
        }
        Err(TokensError::Internal("a family of refresh tokens kept changing during one request"))
    }

    /// Rotates a family that was [looked for](Self::look) a moment ago, in a transaction of its own that is one conditional
    /// update. `None` where that does not decide: nothing is taken from the look then, and [redeem](Self::redeem) finds out why.
    ///
    /// # Errors
    /// As [`Self::redeem`]. A rotation that committed without being reported counts as one whose reply was lost.
    pub async fn rotate_found(
        &self,
        presented: Presented<'_>,
        FoundFamily(row): &FoundFamily,
    ) -> Result<Option<Rotation>, TokensError> {
        let now = self.clock.now();
        let by = Presenter { client_id: presented.client_id, key: presented.key };
        let is_good = matches!(row.decide(&presented.token.hash(), by, now), Decision::Good);
        if !is_good || is_too_wide(row, presented.scope) {
            return Ok(None);
        }
        let successor = self.successor(row, presented, now)?;
        let rotated = families::rotate_alone(&self.db, row.family.id, successor.next(row, now)).await?;
        Ok(rotated.then(|| successor.rotation(row, presented, now)))
    }

    /// The family that a token belongs to or belonged to, for [`Self::rotate_found`]; and on the same way to the database the row that
    /// `beside` reads, a statement with [`subject_of_refresh_token!`](crate::subject_of_refresh_token).
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn look(
        &self,
        token: &RefreshToken,
        beside: &'static str,
    ) -> Result<Option<(FoundFamily, Option<AnyRow>)>, TokensError> {
        let found = families::look_up(&self.db, token, beside).await?;
        Ok(found.map(|(family, row)| (FoundFamily(family), row)))
    }

    /// The family that a token belongs to or belonged to, alive or not: anyone who has any of its tokens may end it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn family_of(
        &self,
        connection: &mut Connection,
        token: &RefreshToken,
    ) -> Result<Option<Family>, TokensError> {
        Ok(families::find(connection, token).await?.map(|row| row.family))
    }

    /// `None` when another request was faster.
    async fn rotate(
        &self,
        tx: &mut Transaction,
        row: &FamilyRow,
        presented: Presented<'_>,
        now: Timestamp,
    ) -> Result<Option<Rotation>, TokensError> {
        let successor = self.successor(row, presented, now)?;
        let rotated = families::rotate(tx, row.family.id, successor.next(row, now)).await?;
        Ok(rotated.then(|| successor.rotation(row, presented, now)))
    }

    /// The token that comes after the presented one.
    fn successor(
        &self,
        row: &FamilyRow,
        presented: Presented<'_>,
        now: Timestamp,
    ) -> Result<Successor, TokensError> {
        let refresh = presented.token.next(&*self.randomness);
        let hash = refresh.hash();
        let owner = owner(row.family.id, &hash);
        let text = Zeroizing::new(refresh.text());
        let sealed = self.key_ring.seal(PURPOSE, &owner, text.as_bytes(), &*self.randomness)?;
        let idle_at = now.plus(self.settings.refresh_idle).min(row.family.expires_at);
        Ok(Successor { refresh, hash, sealed, idle_at })
    }

    fn repeat(
        &self,
        row: FamilyRow,
        presented: Presented<'_>,
        now: Timestamp,
    ) -> Result<Rotation, TokensError> {
        let sealed = row.successor.ok_or(TokensError::Sealed(KeyRingError::Forged))?;
        let owner = owner(row.family.id, &row.current);
        let text = Zeroizing::new(self.key_ring.open(PURPOSE, &owner, &sealed)?);
        let refresh = std::str::from_utf8(&text)
            .ok()
            .and_then(RefreshToken::parse)
            .ok_or(TokensError::Sealed(KeyRingError::Forged))?;
        let scope = presented.scope.unwrap_or(&row.family.scope).clone();
        let key = presented.key.copied();
        Ok(Rotation { family: row.family, scope, refresh, at: now, repeated: true, key })
    }
}

/// The token that a rotation makes good.
struct Successor {
    refresh: RefreshToken,
    hash: TokenHash,
    sealed: Vec<u8>,
    idle_at: Timestamp,
}

impl Successor {
    fn next<'a>(&'a self, row: &'a FamilyRow, now: Timestamp) -> NextRotation<'a> {
        let (successor, idle_at) = (&*self.sealed, self.idle_at);
        NextRotation { spent: &row.current, good: &self.hash, successor, now, idle_at }
    }

    fn rotation(self, row: &FamilyRow, presented: Presented<'_>, now: Timestamp) -> Rotation {
        Rotation {
            family: Family { idle_at: self.idle_at, ..row.family.clone() },
            scope: presented.scope.unwrap_or(&row.family.scope).clone(),
            refresh: self.refresh,
            at: now,
            repeated: false,
            key: presented.key.copied(),
        }
    }
}

/// Whom a sealed successor belongs to: the family, and in it the one rotation (S-KEY-3).
pub(crate) fn owner(family: FamilyId, current: &TokenHash) -> String {
    format!("refresh_families/{family}/{}", URL_SAFE_NO_PAD.encode(current.as_bytes()))
}

fn is_too_wide(row: &FamilyRow, asked: Option<&Scope>) -> bool {
    asked.is_some_and(|asked| !asked.is_within(&row.family.scope))
}
