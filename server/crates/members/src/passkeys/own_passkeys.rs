//! A member's passkeys: `GET /api/users/me/passkeys` lists them, `POST /api/users/me/passkeys/{id}` renames one, and
//! `POST /api/users/me/passkeys/{id}/remove` takes one away, never the last way in (S-ACC-14).

use std::sync::Arc;

use audit::{AuditEvent, AuditKind};
use axum::extract::{Path, State};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use db::{DbError, LentTransaction, Transaction};
use kernel::Timestamp;
use names::{MemberId, SignInMethod};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::endpoint_error;
use web::guard::{Fresh, SignedIn};
use web::reason::{FieldErrors, InputError, NotFound};
use web::{Refusal, Refuse as _, RequestContext, StrictBody, Success};

use crate::caller::Caller;
use crate::context::Context;
use crate::email::contact::mailbox_of;
use crate::failure::Failure;
use crate::field::Fields;
use crate::identities::method_count::MethodCount;
use crate::limits::Limits;
use crate::model::store::members;
use crate::next::{Next, Step};
use crate::passkeys::passkey::{Passkey, PasskeyId, PasskeyName};
use crate::passkeys::removal::{PasskeyRemoval, Removed};
use crate::passkeys::store::passkeys;
use crate::reason::{LastSecondFactor, LastSignInMethod, Limited, NotSignedIn};
use crate::required_factors::RequiredFactors;
use crate::revocation::Revocation;

endpoint_error! {
    /// Why a passkey is not renamed.
    pub enum PasskeyNameError {
        Input(InputError) from Refusal, FieldErrors;
        NotFound(NotFound);
        Limited(Limited);
        Failed(Failure) from DbError;
    }
}

endpoint_error! {
    /// Why a passkey stays.
    pub enum PasskeyRemovalError {
        NotSignedIn(NotSignedIn);
        NotFound(NotFound);
        LastSignInMethod(LastSignInMethod);
        LastSecondFactor(LastSecondFactor);
        Failed(Failure) from DbError;
    }
}

/// A passkey, as its owner sees it.
#[derive(Clone, Debug)]
pub struct PasskeyEntry {
    /// The id with which it is renamed or removed.
    pub id: PasskeyId,
    /// What browsers call the key, in base64url.
    pub credential_id: String,
    /// What its owner calls it.
    pub name: String,
    /// When it was added.
    pub since: Timestamp,
    /// When somebody last signed in by it.
    pub last_used: Option<Timestamp>,
    /// Whether it is copied to other devices of its owner.
    pub is_synced: bool,
    /// Whether it can be used here: it was made for this domain.
    pub is_usable: bool,
}

impl PasskeyEntry {
    fn of(passkey: &Passkey, rp_id: Option<&str>) -> Self {
        Self {
            id: passkey.id,
            credential_id: URL_SAFE_NO_PAD.encode(&passkey.credential_id),
            name: passkey.name.clone(),
            since: passkey.created_at,
            last_used: passkey.last_used_at,
            is_synced: passkey.backed_up,
            is_usable: rp_id == Some(&passkey.rp_id),
        }
    }
}

/// The passkeys of a member, and what browsers are told of their owner.
#[derive(Clone, Debug)]
pub struct ShownPasskeys {
    /// How browsers name the owner, in base64url.
    pub user: String,
    /// What tells accounts apart in a list of passkeys.
    pub name: String,
    /// The passkeys, oldest first.
    pub entries: Vec<PasskeyEntry>,
}

/// Lists passkeys, renames them and takes them away. Cheap to clone.
#[derive(Clone)]
pub struct OwnPasskeys {
    pub(crate) context: Context,
    pub(crate) limits: Arc<Limits>,
    pub(crate) counts: MethodCount,
    pub(crate) removal: PasskeyRemoval,
    pub(crate) required: RequiredFactors,
    pub(crate) revocation: Revocation,
}

impl OwnPasskeys {
    /// The domain for which passkeys are made; `None` where they are switched off.
    pub fn rp_id(&self) -> Option<&str> {
        self.counts.rp_id.as_deref()
    }

    /// All passkeys of a member, oldest first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn of_member(&self, member: MemberId) -> Result<Vec<PasskeyEntry>, Failure> {
        let mut reader = self.context.db.read().await?;
        let own = passkeys::of_member(&mut reader, member).await?;
        Ok(own.iter().map(|passkey| PasskeyEntry::of(passkey, self.rp_id())).collect())
    }

    /// Whether a member has a passkey that can be used here.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn has_usable(&self, member: MemberId) -> Result<bool, Failure> {
        let mut reader = self.context.db.read().await?;
        Ok(self.counts.has_passkeys(&mut reader, member).await?)
    }

    /// All with what browsers are told of their owner, as when a passkey is made.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn shown_to(&self, member: MemberId) -> Result<ShownPasskeys, Failure> {
        let entries = self.of_member(member).await?;
        let mut reader = self.context.db.read().await?;
        let mailbox = mailbox_of(&mut reader, member).await?;
        let nickname = members::find(&mut reader, member).await?.map(|found| found.nickname);
        let name = mailbox.map(|mailbox| mailbox.as_str().to_owned()).or(nickname).unwrap_or_default();
        Ok(ShownPasskeys { user: URL_SAFE_NO_PAD.encode(member.uuid().as_bytes()), name, entries })
    }

    async fn rename(
        &self,
        member: MemberId,
        id: PasskeyId,
        name: &PasskeyName,
    ) -> Result<(), PasskeyNameError> {
        self.limits.change_by(member).await?;
        let rename = async |mut tx: LentTransaction| {
            if !passkeys::rename(&mut tx, member, id, name.as_str()).await? {
                return Err(PasskeyNameError::from(NotFound));
            }
            Ok(tx.commit(()))
        };
        self.context.db.transact(rename).await
    }

    /// Removes a passkey of a caller with a fresh sign-in. What began by passkeys ends; the owner is told by mail.
    async fn remove(
        &self,
        Fresh { caller, .. }: &Fresh<Caller>,
        id: PasskeyId,
        context: &RequestContext,
    ) -> Result<(), PasskeyRemovalError> {
        let remove = async |mut tx: LentTransaction| {
            let removed = Removed { id, session: caller.session };
            self.try_remove(&mut tx, caller.member, removed, context).await?;
            Ok::<_, PasskeyRemovalError>(tx.commit(()))
        };
        if let Err(error) = self.context.db.transact(remove).await {
            if matches!(error, PasskeyRemovalError::LastSignInMethod(_)) {
                let refused = AuditEvent::new(AuditKind::IdentityUnlinked, &context.source);
                let refused = refused.failed(error.audit_reason()).about(caller.member.uuid());
                let refused = refused.by_method(SignInMethod::Passkey.as_str());
                self.context.audit.record_refusal(&refused).await?;
            }
            return Err(error);
        }
        // The next request of an ended session must find that it has ended.
        Ok(self.revocation.read_feed().await?)
    }

    async fn try_remove(
        &self,
        tx: &mut Transaction,
        member: MemberId,
        removed: Removed,
        context: &RequestContext,
    ) -> Result<(), PasskeyRemovalError> {
        if !members::hold(tx, member).await? {
            return Err(NotSignedIn.into());
        }
        let own = passkeys::of_member(tx, member).await?;
        let passkey = own.iter().find(|passkey| passkey.id == removed.id).ok_or(NotFound)?;
        // One of another domain lets nobody in, so it is never the last.
        let counts = self.rp_id() == Some(&passkey.rp_id);
        if counts && self.counts.count(tx, member).await? < 2 {
            return Err(LastSignInMethod.into());
        }
        if !self.removal.take_away(tx, member, removed, context).await? {
            return Err(NotFound.into());
        }
        if self.required.are_lacking_of(tx, member).await? {
            return Err(LastSecondFactor.into());
        }
        Ok(())
    }
}

#[derive(Serialize, ToSchema)]
pub(crate) struct PasskeyBody {
    id: String,
    /// What browsers call the key, for their signals.
    credential_id: String,
    name: String,
    since: String,
    last_used: Option<String>,
    /// Whether it is copied to other devices of its owner.
    synced: bool,
    /// Whether it was made for this domain.
    usable: bool,
}

impl PasskeyBody {
    pub(crate) fn of(passkey: &Passkey, rp_id: &str) -> Self {
        PasskeyEntry::of(passkey, Some(rp_id)).into()
    }
}

impl From<PasskeyEntry> for PasskeyBody {
    fn from(entry: PasskeyEntry) -> Self {
        Self {
            id: entry.id.to_string(),
            credential_id: entry.credential_id,
            name: entry.name,
            since: entry.since.to_string(),
            last_used: entry.last_used.map(|at| at.to_string()),
            synced: entry.is_synced,
            usable: entry.is_usable,
        }
    }
}

/// `GET /api/users/me/passkeys`
pub(crate) async fn get(
    SignedIn { caller, .. }: SignedIn<Caller>,
    State(own): State<OwnPasskeys>,
) -> Result<Success<Vec<PasskeyBody>>, Failure> {
    let entries = own.of_member(caller.member).await?;
    Ok(Success::ok(entries.into_iter().map(Into::into).collect()))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NameBody {
    #[schema(required = true, nullable = false, value_type = String, example = "회사 노트북")]
    name: Option<String>,
}

/// `POST /api/users/me/passkeys/{id}`: another name for one of the caller's passkeys.
pub(crate) async fn rename(
    SignedIn { caller, .. }: SignedIn<Caller>,
    State(own): State<OwnPasskeys>,
    Path(id): Path<String>,
    body: Result<StrictBody<NameBody>, Refusal>,
) -> Result<Success<Next>, PasskeyNameError> {
    let StrictBody(body) = body?;
    let mut fields = Fields::default();
    let name = fields.take("name", PasskeyName::ALLOWED, body.name.as_deref().and_then(PasskeyName::parse));
    let name = fields.done(name)?;
    let id = PasskeyId::parse(&id).map_err(|_| NotFound)?;
    own.rename(caller.member, id, &name).await?;
    Ok(Success::ok(Step::Done.into()))
}

/// `POST /api/users/me/passkeys/{id}/remove`: never the last sign-in method.
pub(crate) async fn remove(
    fresh: Fresh<Caller>,
    State(own): State<OwnPasskeys>,
    Path(id): Path<String>,
    context: RequestContext,
) -> Result<Success<Next>, PasskeyRemovalError> {
    let id = PasskeyId::parse(&id).map_err(|_| NotFound)?;
    own.remove(&fresh, id, &context).await?;
    Ok(Success::ok(Step::Done.into()))
}
