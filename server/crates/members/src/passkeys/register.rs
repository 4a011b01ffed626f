//! Another passkey: `POST /api/users/me/passkeys/options` asks the browser to make one, `POST /api/users/me/passkeys` adds it.

use std::sync::Arc;

use audit::{AuditEvent, AuditKind};
use axum::extract::State;
use db::{DbError, LentTransaction, Transaction};
use http::StatusCode;
use names::{MemberId, SignInMethod};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use web::body::Nested;
use web::endpoint_error;
use web::guard::Fresh;
use web::reason::{FieldErrors, InputError};
use web::{Refusal, Refuse as _, RequestContext, StrictJson, Success};

use crate::caller::{Caller, Renewal, RenewalError, Renewed, Sender};
use crate::context::Context;
use crate::email::contact::{Notices, mailbox_of};
use crate::failure::Failure;
use crate::field::Fields;
use crate::limits::Limits;
use crate::model::link_matrix::Decision;
use crate::model::link_situation::{Began, Holder as LinkHolder, Situation};
use crate::model::mail_template::MailTemplate;
use crate::model::store::members;
use crate::passkeys::ceremonies::Ceremonies;
use crate::passkeys::ceremony::{CeremonyId, CeremonyPurpose, Holder};
use crate::passkeys::made::made;
use crate::passkeys::own_passkeys::PasskeyBody;
use crate::passkeys::passkey::{Passkey, PasskeyName};
use crate::passkeys::question::PasskeyQuestion;
use crate::passkeys::relying_party::{NewKey, Owner, RelyingParty, Unfit};
use crate::passkeys::settings::MAX_PASSKEYS;
use crate::passkeys::store::{ceremonies, passkeys};
use crate::reason::{Limited, NewPasskeyRefused, NoPasskeys, NotSignedIn, PasskeyLimit, PasskeyTaken};
use crate::revocation::Revocation;
use crate::totp::set_up_place::SetUpPlace;

endpoint_error! {
    /// Why a member gets no other passkey.
    pub enum NewPasskeyError {
        Input(InputError) from Refusal, FieldErrors;
        NoPasskeys(NoPasskeys);
        NotSignedIn(NotSignedIn);
        Refused(NewPasskeyRefused);
        Taken(PasskeyTaken);
        Limit(PasskeyLimit);
        Limited(Limited);
        Renewal(RenewalError);
        Failed(Failure) from DbError;
    }
}

impl From<Unfit> for NewPasskeyError {
    fn from(Unfit(reason): Unfit) -> Self {
        NewPasskeyRefused(reason).into()
    }
}

/// Gives members further passkeys. Cheap to clone.
#[derive(Clone)]
pub struct NewPasskeys {
    pub(crate) context: Context,
    pub(crate) limits: Arc<Limits>,
    pub(crate) notices: Notices,
    pub(crate) ceremonies: Ceremonies,
    pub(crate) relying_party: Arc<RelyingParty>,
    pub(crate) revocation: Revocation,
}

/// A passkey that a member's browser made. Give it to them with [`NewPasskeys::give`], which spends the ceremony.
#[must_use = "nobody has it yet"]
pub struct MadePasskey {
    member: MemberId,
    ceremony: CeremonyId,
    key: NewKey,
    name: PasskeyName,
}

/// What was added, and the browser's session under its new secret.
struct Added {
    passkey: Passkey,
    renewed: Option<Renewed>,
}

impl NewPasskeys {
    /// Asks the browser of a member to make a passkey, at a place of theirs.
    ///
    /// # Errors
    /// When they have as many as anybody may have, or ask too often.
    pub async fn ask(&self, member: MemberId, place: SetUpPlace) -> Result<PasskeyQuestion, NewPasskeyError> {
        self.limits.change_by(member).await?;
        let mut reader = self.context.db.read().await?;
        let known = passkeys::of_member(&mut reader, member).await?;
        if known.len() >= MAX_PASSKEYS {
            return Err(PasskeyLimit.into());
        }
        let found = members::find(&mut reader, member).await?.ok_or(NotSignedIn)?;
        let mailbox = mailbox_of(&mut reader, member).await?;
        drop(reader);
        let name = mailbox.as_ref().map_or(found.nickname.as_str(), |mailbox| mailbox.as_str());
        let owner = Owner { member, name, nickname: &found.nickname };
        let known = known.into_iter().map(|passkey| passkey.credential_id).collect();
        let asked = self.relying_party.offer(&owner, known)?;
        Ok(self.ceremonies.ask(CeremonyPurpose::Add, Holder::Member { member, place }, asked).await?)
    }

    /// Holds what a browser made against what it was asked there. An answer that does not fit spends its ceremony and is in the audit log.
    ///
    /// # Errors
    /// [`NewPasskeyError::Refused`], and when somebody tries too often.
    pub async fn prove(
        &self,
        member: MemberId,
        place: SetUpPlace,
        answer: NewPasskeyAnswer,
        context: &RequestContext,
    ) -> Result<MadePasskey, NewPasskeyError> {
        self.limits.change_by(member).await?;
        let holder = Holder::Member { member, place };
        let found = {
            let mut reader = self.context.db.read().await?;
            self.ceremonies.find(&mut reader, &answer.ceremony, CeremonyPurpose::Add, &holder).await?
        };
        let Some(ceremony) = found else {
            return self.refuse(member, None, NewPasskeyRefused("passkey_ceremony").into(), context).await;
        };
        let key = match self.relying_party.accept(&ceremony.state, answer.credential) {
            Ok(key) => key,
            Err(unfit) => return self.refuse(member, Some(ceremony.id), unfit.into(), context).await,
        };
        let name = answer.name.unwrap_or_else(|| PasskeyName::of(key.aaguid, &context.source.user_agent));
        Ok(MadePasskey { member, ceremony: ceremony.id, key, name })
    }

    /// Gives a member what their browser made, within the caller's transaction.
    ///
    /// # Errors
    /// When the ceremony is over, the key is somebody's, or there are too many.
    pub async fn give(
        &self,
        tx: &mut Transaction,
        made: &MadePasskey,
        context: &RequestContext,
    ) -> Result<(), NewPasskeyError> {
        self.try_add(tx, made, context).await.map(drop)
    }

    /// Records that a member did not get what their browser made, and spends the ceremony.
    ///
    /// # Errors
    /// `error`, or that of the database.
    pub async fn refuse_late<T>(
        &self,
        made: &MadePasskey,
        error: NewPasskeyError,
        context: &RequestContext,
    ) -> Result<T, NewPasskeyError> {
        self.refuse(made.member, Some(made.ceremony), error, context).await
    }

    /// Records that what a browser made could not be read at all.
    ///
    /// # Errors
    /// `error`, or that of the database.
    pub async fn refuse_unreadable<T>(
        &self,
        member: MemberId,
        error: InputError,
        context: &RequestContext,
    ) -> Result<T, NewPasskeyError> {
        self.refuse(member, None, error.into(), context).await
    }

    async fn add(
        &self,
        Fresh { caller, .. }: &Fresh<Caller>,
        answer: NewPasskeyAnswer,
        sender: &Sender,
        context: &RequestContext,
    ) -> Result<Added, NewPasskeyError> {
        let place = SetUpPlace::session(caller.session.ok_or(NotSignedIn)?);
        let made = self.prove(caller.member, place, answer, context).await?;
        let add = async |mut tx: LentTransaction| {
            let passkey = self.try_add(&mut tx, &made, context).await?;
            let renewed = Renewal::make(&sender.renewal(), &mut tx).await?;
            Ok::<_, NewPasskeyError>(tx.commit(Added { passkey, renewed }))
        };
        match self.context.db.transact(add).await {
            Ok(added) => {
                self.revocation.know_at_once().await;
                Ok(added)
            }
            Err(error) => self.refuse(made.member, Some(made.ceremony), error, context).await,
        }
    }

    async fn try_add(
        &self,
        tx: &mut Transaction,
        MadePasskey { member, ceremony, key, name }: &MadePasskey,
        context: &RequestContext,
    ) -> Result<Passkey, NewPasskeyError> {
        if !ceremonies::spend(tx, *ceremony).await? {
            return Err(NewPasskeyRefused("passkey_ceremony").into());
        }
        // Locked until the commit, so that two at once are counted one after the other.
        if !members::hold(tx, *member).await? {
            return Err(NotSignedIn.into());
        }
        let holder = match passkeys::find(tx, &key.credential_id).await? {
            None => LinkHolder::Nobody,
            Some(known) if known.member == *member => LinkHolder::Caller,
            Some(_) => LinkHolder::Active,
        };
        if Situation::passkey(holder, Began::Member).decision() != Decision::Link {
            return Err(PasskeyTaken.into());
        }
        if passkeys::of_member(tx, *member).await?.len() >= MAX_PASSKEYS {
            return Err(PasskeyLimit.into());
        }
        let passkey = made(&self.context, self.relying_party.rp_id(), *member, key, name);
        match passkeys::insert(tx, &passkey).await {
            Err(DbError::Exists(_)) => return Err(PasskeyTaken.into()),
            result => result?,
        }
        let told = MailTemplate::IdentityLinked { method: SignInMethod::Passkey };
        self.notices.tell_owner_of(tx, *member, told, context.language).await?;
        let added = AuditEvent::new(AuditKind::IdentityLinked, &context.source).about(member.uuid());
        self.context.audit.record(tx, &added.by_method(SignInMethod::Passkey.as_str())).await?;
        Ok(passkey)
    }

    /// Spends the ceremony of an answer that was refused, and records that.
    async fn refuse<T>(
        &self,
        member: MemberId,
        ceremony: Option<CeremonyId>,
        error: NewPasskeyError,
        context: &RequestContext,
    ) -> Result<T, NewPasskeyError> {
        if matches!(error, NewPasskeyError::Failed(_) | NewPasskeyError::Renewal(_)) {
            return Err(error);
        }
        let failed = AuditEvent::new(AuditKind::IdentityLinked, &context.source).failed(error.audit_reason());
        let failed = failed.about(member.uuid()).by_method(SignInMethod::Passkey.as_str());
        // Nothing is spent by what could not be read, nor by what nobody asked for.
        let Some(ceremony) = ceremony else {
            self.context.audit.record_refusal(&failed).await?;
            return Err(error);
        };
        let note = async |mut tx: LentTransaction| {
            ceremonies::spend(&mut tx, ceremony).await?;
            self.context.audit.record_folded(&mut tx, &failed).await?;
            Ok::<_, DbError>(tx.commit(()))
        };
        self.context.db.transact(note).await?;
        Err(error)
    }
}

/// What the browser is asked.
#[derive(Serialize, ToSchema)]
pub(crate) struct QuestionBody {
    ceremony: String,
    #[serde(rename = "publicKey")]
    #[schema(value_type = Object)]
    public_key: Value,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPasskeyBody {
    #[schema(required = true, nullable = false, value_type = String, example = "01912f3a-0000-7000-8000-000000000001")]
    ceremony: Option<String>,
    /// As `PublicKeyCredential.toJSON()` gives it.
    #[schema(required = true, nullable = false, value_type = Object)]
    credential: Option<Nested<Value>>,
    /// Without one it is called as what keeps it.
    #[schema(nullable = false, example = "iCloud Keychain")]
    name: Option<String>,
}

/// What a browser made, as it came.
pub struct NewPasskeyAnswer {
    /// Which ceremony it belongs to.
    pub ceremony: String,
    /// What the browser says.
    pub credential: Value,
    /// What its owner calls it; without that it is called as what keeps it.
    pub name: Option<PasskeyName>,
}

impl NewPasskeyAnswer {
    fn read(body: Result<StrictJson<NewPasskeyBody>, Refusal>) -> Result<Self, InputError> {
        let StrictJson(body) = body.map_err(|refusal| {
            // What is larger than any answer is none, like all that cannot be read.
            let is_too_large = refusal.status() == StatusCode::PAYLOAD_TOO_LARGE;
            if is_too_large { refusal.with_status(StatusCode::BAD_REQUEST) } else { refusal }
        })?;
        let mut fields = Fields::default();
        let name = match body.name.as_deref().filter(|name| !name.trim().is_empty()) {
            Some(typed) => fields.take("name", PasskeyName::ALLOWED, PasskeyName::parse(typed)).map(Some),
            None => Some(None),
        };
        let ceremony = fields.take("ceremony", "that of the options", body.ceremony);
        let credential = fields.take("credential", "what the browser made", body.credential);
        let read = fields.done(name.zip(ceremony.zip(credential)))?;
        let (name, (ceremony, Nested(credential))) = read;
        Ok(Self { ceremony, credential, name })
    }
}

/// Asks the browser to make one.
pub(crate) async fn options(
    fresh: Fresh<Caller>,
    State(new): State<Option<NewPasskeys>>,
) -> Result<Success<QuestionBody>, NewPasskeyError> {
    let new = new.ok_or(NoPasskeys)?;
    let place = SetUpPlace::session(fresh.caller.session.ok_or(NotSignedIn)?);
    let PasskeyQuestion { ceremony, options } = new.ask(fresh.caller.member, place).await?;
    Ok(Success::ok(QuestionBody { ceremony, public_key: options }))
}

/// Adds it. This browser's session goes on by another secret.
pub(crate) async fn post(
    fresh: Fresh<Caller>,
    State(new): State<Option<NewPasskeys>>,
    context: RequestContext,
    sender: Sender,
    body: Result<StrictJson<NewPasskeyBody>, Refusal>,
) -> Result<Success<PasskeyBody>, NewPasskeyError> {
    let new = new.ok_or(NoPasskeys)?;
    let answer = match NewPasskeyAnswer::read(body) {
        Ok(answer) => answer,
        Err(error) => return new.refuse_unreadable(fresh.caller.member, error, &context).await,
    };
    let Added { passkey, renewed } = new.add(&fresh, answer, &sender, &context).await?;
    if let Some(renewed) = renewed {
        sender.browser.cookies.add(renewed.cookie);
    }
    Ok(Success::new(StatusCode::CREATED, PasskeyBody::of(&passkey, new.relying_party.rp_id())))
}
