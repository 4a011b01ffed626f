//! Signing in with a passkey: what a browser is asked, and the answer, which names its owner itself.

use std::sync::Arc;

use audit::{AuditEvent, AuditKind};
use db::{DbError, LentTransaction, Transaction};
use kernel::TokenHash;
use names::{MailNotice, MemberId, SignInMethod};
use web::{Refuse as _, RequestContext, flow_error};

use crate::announce::{self, SignIn};
use crate::context::Context;
use crate::email::contact::Notices;
use crate::failure::Failure;
use crate::lifecycle::revival;
use crate::limits::Limits;
use crate::model::link_matrix::Decision;
use crate::model::link_situation::{Began, Holder as LinkHolder, Situation};
use crate::model::mail_template::MailTemplate;
use crate::model::member::Member;
use crate::model::store::members;
use crate::passkeys::ceremonies::{AnsweredCeremony, Ceremonies};
use crate::passkeys::ceremony::{CeremonyId, CeremonyPurpose, Holder};
use crate::passkeys::passkey::SigningPasskey;
use crate::passkeys::question::{PasskeyAnswer, PasskeyQuestion};
use crate::passkeys::relying_party::{Answer, Asked, COPIED, MALFORMED, RelyingParty, Unfit};
use crate::passkeys::store::passkeys::Use;
use crate::passkeys::store::{ceremonies, passkeys};
use crate::reason::{Limited, PasskeyRefused, PasskeyUnknown};

flow_error! {
    /// Why no passkey is requested.
    pub enum PasskeyQuestionError {
        Limited(Limited);
        Failed(Failure) from DbError;
    }
}

flow_error! {
    /// Why nobody signs in with a passkey.
    pub enum PasskeySignInError {
        Unknown(PasskeyUnknown);
        Refused(PasskeyRefused);
        Limited(Limited);
        Failed(Failure) from DbError;
    }
}

impl From<Unfit> for PasskeySignInError {
    fn from(Unfit(reason): Unfit) -> Self {
        PasskeyRefused(reason).into()
    }
}

/// Somebody whose passkey signed what was asked. Make them a session with [`PasskeySignIn::sign_in_by_passkey`], which
/// spends the ceremony.
#[derive(Debug)]
#[must_use = "nobody is signed in yet"]
pub struct ProvenPasskey {
    ceremony: CeremonyId,
    passkey: SigningPasskey,
    used: Use,
}

/// Why an answer was refused, and what is known of it.
struct Refused {
    error: PasskeySignInError,
    /// To be spent, if it was theirs.
    ceremony: Option<CeremonyId>,
    /// Whose the passkey is.
    member: Option<MemberId>,
}

impl Refused {
    fn new(error: impl Into<PasskeySignInError>) -> Self {
        Self { error: error.into(), ceremony: None, member: None }
    }
}

impl From<DbError> for Refused {
    fn from(error: DbError) -> Self {
        Self::new(error)
    }
}

/// Signs in with passkeys. Cheap to clone.
#[derive(Clone)]
pub struct PasskeySignIn {
    pub(crate) context: Context,
    pub(crate) limits: Arc<Limits>,
    pub(crate) notices: Notices,
    pub(crate) ceremonies: Ceremonies,
    pub(crate) relying_party: Arc<RelyingParty>,
}

impl PasskeySignIn {
    /// Asks a browser for any passkey of this site: the same question for everybody.
    ///
    /// # Errors
    /// When a network asks too often.
    pub async fn ask(
        &self,
        browser: TokenHash,
        context: &RequestContext,
    ) -> Result<PasskeyQuestion, PasskeyQuestionError> {
        let Asked { options, state } = self.relying_party.ask()?;
        let (purpose, holder) = (CeremonyPurpose::SignIn, Holder::Browser(browser));
        let ceremony = self.ceremonies.new_ceremony(purpose, holder, &state)?;
        let keep = async |mut tx: LentTransaction| {
            let keep = ceremonies::inserting(&ceremony);
            self.limits.ceremony_from(&mut tx, context.network, keep).await.map_err(Limited::from)?;
            Ok::<_, PasskeyQuestionError>(tx.commit(()))
        };
        self.context.db.transact(keep).await?;
        let ceremony = ceremony.id.to_string();
        Ok(PasskeyQuestion { ceremony, options })
    }

    /// Holds an answer against what was asked. One that does not match uses up its ceremony and is recorded in the audit log. One to which no
    /// ceremony belongs costs little, and a network sends only so many of them.
    ///
    /// # Errors
    /// [`PasskeySignInError::Unknown`] for a key that nobody has (any more), else [`PasskeySignInError::Refused`].
    pub async fn prove(
        &self,
        answer: PasskeyAnswer,
        context: &RequestContext,
    ) -> Result<ProvenPasskey, PasskeySignInError> {
        match self.try_prove(answer).await {
            Ok(proven) => Ok(proven),
            Err(refused) => Err(self.refuse(refused, context).await?),
        }
    }

    async fn try_prove(&self, answer: PasskeyAnswer) -> Result<ProvenPasskey, Refused> {
        const NO_CEREMONY: PasskeyRefused = PasskeyRefused("passkey_ceremony");
        let PasskeyAnswer { ceremony, credential, browser } = answer;
        let answer = Answer::read(credential);
        let signed_with = answer.as_ref().map_or(&[][..], Answer::credential_id);
        let found = {
            let mut reader = self.context.db.read().await?;
            self.ceremonies.find_answered(&mut reader, &ceremony, browser, signed_with).await?
        };
        let found = found.ok_or_else(|| Refused::new(NO_CEREMONY))?;
        let AnsweredCeremony { ceremony, passkey, owner } = found;
        let spent =
            |error: PasskeySignInError, member| Refused { error, ceremony: Some(ceremony.id), member };
        let answer = answer.map_err(|unfit| spent(unfit.into(), None))?;
        let passkey = passkey.filter(|passkey| passkey.rp_id == self.relying_party.rp_id());
        let passkey = passkey.ok_or_else(|| spent(PasskeyUnknown.into(), None))?;
        let refused = |reason| spent(PasskeyRefused(reason).into(), Some(passkey.member));
        if answer.owner() != Some(passkey.member) {
            return Err(refused("passkey_owner"));
        }
        let now = self.context.clock.now();
        let used = self
            .relying_party
            .check(&ceremony.state, &answer, &passkey, now)
            .map_err(|Unfit(reason)| refused(reason))?;
        let holder = LinkHolder::of(owner);
        match Situation::passkey(holder, Began::Anonymous).decision() {
            Decision::SignIn | Decision::SignInAndKeep => {
                Ok(ProvenPasskey { ceremony: ceremony.id, passkey, used })
            }
            _ => Err(refused("account_disabled")),
        }
    }

    /// Spends the ceremony of an answer that was refused, and records that. The owner of a key that may have been copied is
    /// notified.
    async fn refuse(
        &self,
        refused: Refused,
        context: &RequestContext,
    ) -> Result<PasskeySignInError, DbError> {
        let Refused { error, ceremony, member } = refused;
        if matches!(error, PasskeySignInError::Failed(_) | PasskeySignInError::Limited(_)) {
            return Ok(error);
        }
        let (reason, method) = (error.audit_reason(), SignInMethod::Passkey.as_str());
        let failed = AuditEvent::new(AuditKind::SignIn, &context.source).failed(reason).by_method(method);
        let failed = failed.about_known(member.map(MemberId::uuid));
        let Some(ceremony) = ceremony else {
            if let Err(limited) = self.limits.passkey_answer_from(context.network).await {
                return Ok(limited.into());
            }
            self.context.audit.record_refusal(&failed).await?;
            return Ok(error);
        };
        let note = async |mut tx: LentTransaction| {
            ceremonies::spend(&mut tx, ceremony).await?;
            if let Some(member) = member.filter(|_| reason == COPIED.0) {
                let told = MailTemplate::Notice(MailNotice::PasskeyCopied);
                self.notices.tell_owner_of(&mut tx, member, told, context.language).await?;
            }
            self.context.audit.record_folded(&mut tx, &failed).await?;
            Ok::<_, DbError>(tx.commit(()))
        };
        self.context.db.transact(note).await?;
        Ok(error)
    }

    /// Records that an answer was refused which could not be read at all.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn note_unreadable(&self, context: &RequestContext) -> Result<(), DbError> {
        let Unfit(reason) = MALFORMED;
        let failed = AuditEvent::new(AuditKind::SignIn, &context.source).failed(reason);
        let failed = failed.by_method(SignInMethod::Passkey.as_str());
        self.context.audit.record_refusal(&failed).await
    }

    /// Signs somebody in, within the transaction that creates their session: spends the ceremony, holds the rows of member and
    /// passkey until the commit, and announces the sign-in. Of any number of uses of one ceremony, exactly one succeeds.
    ///
    /// # Errors
    /// [`PasskeySignInError::Refused`] when another one did, or the account or the passkey changed meanwhile. Then the transaction must not be
    /// committed: all that decides this is executed together.
    pub async fn sign_in_by_passkey(
        &self,
        tx: &mut Transaction,
        proven: &ProvenPasskey,
        context: &RequestContext,
    ) -> Result<Member, PasskeySignInError> {
        let ProvenPasskey { ceremony, passkey, used } = proven;
        let [spent, held, recorded] = tx
            .execute_together([
                ceremonies::spending(*ceremony),
                members::holding(tx.dialect(), passkey.member),
                passkeys::recording_use(passkey, *used),
            ])
            .await?;
        if spent.changed != 1 {
            return Err(PasskeyRefused("passkey_ceremony").into());
        }
        let member = match members::read_held(&held.rows)? {
            Some(member) => member,
            None => revival::find_kept(&self.context, tx, passkey.member, context)
                .await?
                .ok_or(PasskeyRefused("account_disabled"))?,
        };
        if recorded.changed != 1 {
            return Err(Unfit(COPIED.0).into());
        }
        let login = SignIn { member: &member, method: SignInMethod::Passkey, context };
        announce::sign_in(tx, login, &*self.context.clock, &*self.context.randomness).await?;
        Ok(member)
    }

    /// Records that a valid passkey did not sign anybody in because something changed concurrently.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn note_late(
        &self,
        proven: &ProvenPasskey,
        error: &PasskeySignInError,
        context: &RequestContext,
    ) -> Result<(), DbError> {
        let failed = AuditEvent::new(AuditKind::SignIn, &context.source).failed(error.audit_reason());
        let failed = failed.by_method(SignInMethod::Passkey.as_str()).about(proven.passkey.member.uuid());
        self.context.audit.record_refusal(&failed).await
    }
}
