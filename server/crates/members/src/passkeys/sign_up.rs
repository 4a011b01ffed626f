//! Becoming a member by a passkey: with a nickname, and a key that the browser makes. Such an account has no address, so its owner gets
//! recovery codes at once, and a code with which they name it beside one.

use std::sync::Arc;

use audit::{AuditEvent, AuditKind};
use db::{DbError, LentTransaction, Transaction};
use kernel::{NewId as _, TokenHash};
use names::{MemberId, SignInMethod};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use web::{Refuse as _, RequestContext, flow_error};

use crate::announce::{self, SignIn};
use crate::context::Context;
use crate::failure::Failure;
use crate::limits::Limits;
use crate::model::link_matrix::Decision;
use crate::model::link_situation::{Holder as LinkHolder, Situation};
use crate::model::member::Member;
use crate::model::profile::Nickname;
use crate::model::store::members;
use crate::passkeys::ceremonies::Ceremonies;
use crate::passkeys::ceremony::{CeremonyId, CeremonyPurpose, Holder};
use crate::passkeys::made::made;
use crate::passkeys::passkey::PasskeyName;
use crate::passkeys::question::{PasskeyAnswer, PasskeyQuestion};
use crate::passkeys::relying_party::{Asked, NewKey, Owner, RelyingParty, Unfit};
use crate::passkeys::store::{ceremonies, passkeys};
use crate::reason::{Limited, NewPasskeyRefused, PasskeyTaken};
use crate::totp::account_code::AccountCode;
use crate::totp::codes::OneTimeCodes;
use crate::totp::store::account_codes;

flow_error! {
    /// Why a browser is not asked to make a passkey for a new member.
    pub enum PasskeySignUpQuestionError {
        Limited(Limited);
        Failed(Failure) from DbError;
    }
}

flow_error! {
    /// Why nobody becomes a member by a passkey.
    pub enum PasskeySignUpError {
        Refused(NewPasskeyRefused);
        Taken(PasskeyTaken);
        Limited(Limited);
        Failed(Failure) from DbError;
    }
}

const NO_CEREMONY: NewPasskeyRefused = NewPasskeyRefused("passkey_ceremony");

/// Who is to become a member, until the browser answers.
#[derive(Serialize, Deserialize)]
struct Begun {
    member: String,
    nickname: String,
    asked: Value,
}

/// Somebody whose browser made a passkey. Make them a member with [`PasskeySignUps::sign_up_by_passkey`], which spends the ceremony.
#[must_use = "nobody is a member yet"]
pub struct ProvenSignUp {
    ceremony: CeremonyId,
    member: MemberId,
    nickname: String,
    key: NewKey,
    name: PasskeyName,
}

/// Who has become a member.
pub struct NewMember {
    /// They.
    pub member: Member,
    /// Their recovery codes, to be shown once.
    pub recovery_codes: Vec<String>,
}

/// Makes members by passkeys. Cheap to clone.
#[derive(Clone)]
pub struct PasskeySignUps {
    pub(crate) context: Context,
    pub(crate) limits: Arc<Limits>,
    pub(crate) ceremonies: Ceremonies,
    pub(crate) relying_party: Arc<RelyingParty>,
    pub(crate) codes: OneTimeCodes,
}

impl PasskeySignUps {
    /// Asks a browser to make a passkey for somebody who is to be called `nickname`.
    ///
    /// # Errors
    /// When a network asks too often.
    pub async fn ask(
        &self,
        nickname: &Nickname,
        browser: TokenHash,
        context: &RequestContext,
    ) -> Result<PasskeyQuestion, PasskeySignUpQuestionError> {
        const BROKEN: Failure = Failure::Internal("a sign-up by a passkey cannot be kept");
        self.limits.passkey_sign_up_from(context.network).await?;
        let member = MemberId::new(&*self.context.clock, &*self.context.randomness);
        let nickname = nickname.as_str();
        let owner = Owner { member, name: nickname, nickname };
        let Asked { options, state } = self.relying_party.offer(&owner, Vec::new())?;
        let asked = serde_json::from_slice(&state).map_err(|_| BROKEN)?;
        let waiting = Begun { member: member.to_string(), nickname: nickname.to_owned(), asked };
        let state = serde_json::to_vec(&waiting).map_err(|_| BROKEN)?;
        let (purpose, holder) = (CeremonyPurpose::SignUp, Holder::Browser(browser));
        Ok(self.ceremonies.ask(purpose, holder, Asked { options, state }).await?)
    }

    /// Holds an answer against what was asked. One that does not fit spends its ceremony and is in the audit log.
    ///
    /// # Errors
    /// [`PasskeySignUpError::Refused`].
    pub async fn prove(
        &self,
        answer: PasskeyAnswer,
        context: &RequestContext,
    ) -> Result<ProvenSignUp, PasskeySignUpError> {
        let found = {
            let mut reader = self.context.db.read().await?;
            self.ceremonies.find_of_browser(&mut reader, CeremonyPurpose::SignUp, &answer).await?
        };
        let Some(ceremony) = found else {
            self.limits.passkey_answer_from(context.network).await?;
            let failed = failed(&NO_CEREMONY.into(), context);
            self.context.audit.record_refusal(&failed).await?;
            return Err(NO_CEREMONY.into());
        };
        match self.accept(&ceremony.state, answer.credential) {
            Ok((member, nickname, key)) => {
                let name = PasskeyName::of(key.aaguid, &context.source.user_agent);
                Ok(ProvenSignUp { ceremony: ceremony.id, member, nickname, key, name })
            }
            Err(Unfit(reason)) => {
                let error = NewPasskeyRefused(reason).into();
                self.note_refused(ceremony.id, &error, context).await?;
                Err(error)
            }
        }
    }

    fn accept(&self, state: &[u8], answer: Value) -> Result<(MemberId, String, NewKey), Unfit> {
        const UNREADABLE: Unfit = Unfit("passkey_unreadable");
        let Begun { member, nickname, asked } = serde_json::from_slice(state).map_err(|_| UNREADABLE)?;
        let member = MemberId::parse(&member).map_err(|_| UNREADABLE)?;
        let asked = serde_json::to_vec(&asked).map_err(|_| UNREADABLE)?;
        Ok((member, nickname, self.relying_party.accept(&asked, answer)?))
    }

    /// Makes the member within the transaction that makes their session, and spends the ceremony: of any number of uses one gets through.
    ///
    /// # Errors
    /// [`PasskeySignUpError::Refused`] when another one did, [`PasskeySignUpError::Taken`] when the key is somebody's.
    pub async fn sign_up_by_passkey(
        &self,
        tx: &mut Transaction,
        proven: &ProvenSignUp,
        context: &RequestContext,
    ) -> Result<NewMember, PasskeySignUpError> {
        let ProvenSignUp { ceremony, member, nickname, key, name } = proven;
        if !ceremonies::spend(tx, *ceremony).await? {
            return Err(NO_CEREMONY.into());
        }
        let holder = match passkeys::find(tx, &key.credential_id).await? {
            None => LinkHolder::Nobody,
            Some(known) => LinkHolder::of(members::find(tx, known.member).await?.map(|owner| owner.status)),
        };
        if Situation::passkey_sign_up(holder).decision() != Decision::NewMember {
            return Err(PasskeyTaken.into());
        }
        let (clock, randomness) = (&*self.context.clock, &*self.context.randomness);
        let member = members::insert_without_address(tx, *member, nickname, clock.now()).await?;
        let passkey = made(&self.context, self.relying_party.rp_id(), member.id, key, name);
        match passkeys::insert(tx, &passkey).await {
            Err(DbError::Exists(_)) => return Err(PasskeyTaken.into()),
            result => result?,
        }
        account_codes::insert(tx, member.id, &AccountCode::new(randomness)).await?;
        let recovery_codes = self.codes.make_recovery_codes(tx, member.id).await?;
        let signed_up = AuditEvent::new(AuditKind::SignUp, &context.source).about(member.id.uuid());
        self.context.audit.record(tx, &signed_up.by_method(SignInMethod::Passkey.as_str())).await?;
        announce::sign_up(tx, &member, SignInMethod::Passkey, clock, randomness).await?;
        let sign_in = SignIn { member: &member, method: SignInMethod::Passkey, context };
        announce::sign_in(tx, sign_in, clock, randomness).await?;
        Ok(NewMember { member, recovery_codes })
    }

    /// Records that nobody became a member by a passkey that was proven, since something changed in the same moment.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn note_late(
        &self,
        proven: &ProvenSignUp,
        error: &PasskeySignUpError,
        context: &RequestContext,
    ) -> Result<(), DbError> {
        self.note_refused(proven.ceremony, error, context).await
    }

    async fn note_refused(
        &self,
        ceremony: CeremonyId,
        error: &PasskeySignUpError,
        context: &RequestContext,
    ) -> Result<(), DbError> {
        let failed = failed(error, context);
        let note = async |mut tx: LentTransaction| {
            ceremonies::spend(&mut tx, ceremony).await?;
            self.context.audit.record_folded(&mut tx, &failed).await?;
            Ok::<_, DbError>(tx.commit(()))
        };
        self.context.db.transact(note).await
    }
}

fn failed<'a>(error: &PasskeySignUpError, context: &'a RequestContext) -> AuditEvent<'a> {
    let failed = AuditEvent::new(AuditKind::SignUp, &context.source).failed(error.audit_reason());
    failed.by_method(SignInMethod::Passkey.as_str())
}
