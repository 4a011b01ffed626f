//! The code of a sign-in that waits: what is tried is counted first, then everything is looked at in one transaction.

use db::{DbError, LentTransaction, Transaction};
use members::{
    Authenticated, CodeKind, Failure, FirstCode, Limited, Member, PasswordSignInError, SetUpPlace,
    SignInError, WrongCode,
};
use names::{ErrorCode, SignInMethod};
use web::{Refusal, Refuse, RequestContext};

use crate::begin::SignIn;
use crate::error::{SessionsError, endpoint_error};
use crate::reason::BadForm;
use crate::second_step::ask::SecondSteps;
use crate::store::second_steps::{self, SecondStepRow};

/// No sign-in waits here for a code, its time is over, or too many codes were tried.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("no sign-in waits here for a code")]
pub(crate) struct NothingWaits;

impl Refuse for NothingWaits {
    fn refusal(&self) -> Refusal {
        Refusal::of(ErrorCode::SecondFactorOver)
    }
}

endpoint_error! {
    /// Why nobody signs in by a code.
    pub(crate) enum SecondStepError {
        Form(BadForm) from Refusal;
        NothingWaits(NothingWaits);
        Wrong(WrongCode);
        Limited(Limited);
        Failed(SessionsError) from DbError, Failure, tokens::TokensError;
    }
    sign_in: NothingWaits, Wrong, Limited;
}

/// What was right in the first step is not any more: the password was changed, the account was disabled, the identity unlinked.
impl From<PasswordSignInError> for SecondStepError {
    fn from(error: PasswordSignInError) -> Self {
        match error {
            PasswordSignInError::Failed(failure) => failure.into(),
            _ => NothingWaits.into(),
        }
    }
}

impl From<SignInError> for SecondStepError {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::Failed(failure) => failure.into(),
            _ => NothingWaits.into(),
        }
    }
}

/// Somebody whose code was right in this transaction.
pub(crate) struct LetIn {
    pub(crate) member: Member,
    pub(crate) sign_in: SignIn,
    /// Where they go first.
    pub(crate) first: GoesFirst,
}

impl LetIn {
    /// With a code of this kind beside the first step.
    fn by(self, kind: CodeKind) -> Self {
        let proven_by = kind.after(self.sign_in.proven_by);
        let first = match kind {
            CodeKind::OneTime => GoesFirst::Nowhere,
            CodeKind::Recovery => GoesFirst::SetUpAgain,
        };
        Self { sign_in: SignIn { proven_by, ..self.sign_in }, first, ..self }
    }
}

/// Where somebody goes before they go on.
pub(crate) enum GoesFirst {
    /// Straight on.
    Nowhere,
    /// To their codes: what makes them is lost, or may be.
    SetUpAgain,
    /// To their recovery codes: they have only just turned codes on.
    RecoveryCodes(Vec<String>),
}

impl SecondSteps {
    /// Counts a try, before it is looked at.
    pub(crate) async fn count_try(&self, step: &SecondStepRow) -> Result<(), SecondStepError> {
        let now = self.context.clock.now();
        let count = async |mut tx: LentTransaction| {
            let may_try = second_steps::count_try(&mut tx, &step.challenge, now).await?;
            Ok::<_, DbError>(tx.commit(may_try))
        };
        if !self.context.db.transact(count).await? {
            return Err(NothingWaits.into());
        }
        Ok(self.members.codes.count_try(step.member).await?)
    }

    /// Spends a code and ends the waiting, in the transaction in which the sign-in comes about. `None`: the code is wrong.
    pub(crate) async fn finish(
        &self,
        tx: &mut Transaction,
        step: &SecondStepRow,
        typed: &str,
        context: &RequestContext,
    ) -> Result<Option<LetIn>, SecondStepError> {
        if !self.members.codes.are_on(tx, step.member).await? {
            return self.set_up(tx, step, typed, context).await;
        }
        let Some(kind) = self.members.codes.spend(tx, step.member, typed, context).await? else {
            return Ok(None);
        };
        if !second_steps::delete(tx, &step.challenge).await? {
            return Err(NothingWaits.into());
        }
        Ok(Some(self.let_in(tx, step, context).await?.by(kind)))
    }

    /// The same for a member who has only just learned the secret of their codes, in this very sign-in: they are turned on by their
    /// first one.
    async fn set_up(
        &self,
        tx: &mut Transaction,
        step: &SecondStepRow,
        typed: &str,
        context: &RequestContext,
    ) -> Result<Option<LetIn>, SecondStepError> {
        let let_in = self.let_in_lacking(tx, step, context).await?.by(CodeKind::OneTime);
        let place = SetUpPlace::waiting(&step.challenge);
        let first = FirstCode { member: step.member, place, typed };
        let codes = self.members.codes.turn_on_within(tx, first, context).await?;
        Ok(codes.map(|codes| LetIn { first: GoesFirst::RecoveryCodes(codes), ..let_in }))
    }

    /// Lets somebody in who still needs a second factor and has none, and is to have one before this transaction ends. Another sign-in
    /// of theirs may have set one up meanwhile: then that is asked for, and this one is over.
    pub(crate) async fn let_in_lacking(
        &self,
        tx: &mut Transaction,
        step: &SecondStepRow,
        context: &RequestContext,
    ) -> Result<LetIn, SecondStepError> {
        if !second_steps::delete(tx, &step.challenge).await? {
            return Err(NothingWaits.into());
        }
        // Holds the member until the commit, so that of two that set one up at once the second sees what the first did.
        let let_in = self.let_in(tx, step, context).await?;
        if !self.members.required_factors.are_lacking(tx, &let_in.member).await? {
            return Err(NothingWaits.into());
        }
        Ok(let_in)
    }

    /// Records that a code was wrong. One that came twice at the same moment was right: the sign-in is over, and nothing is counted.
    /// A guess counts also when another first step has taken the place of its own meanwhile.
    pub(crate) async fn refuse(
        &self,
        step: &SecondStepRow,
        typed: &str,
        context: &RequestContext,
    ) -> Result<WrongCode, SecondStepError> {
        let mut reader = self.context.db.read().await?;
        let waits = second_steps::waits(&mut reader, &step.challenge).await?;
        drop(reader);
        if !waits && self.members.codes.may_be_spent(step.member, typed).await? {
            return Err(NothingWaits.into());
        }
        self.members.codes.note_wrong(step.member, step.method, context).await?;
        Ok(WrongCode)
    }

    /// Looks once more at what was right in the first step, and announces the sign-in.
    async fn let_in(
        &self,
        tx: &mut Transaction,
        step: &SecondStepRow,
        context: &RequestContext,
    ) -> Result<LetIn, SecondStepError> {
        let member = match (step.method, step.password_at) {
            (SignInMethod::Password, Some(changed_at)) => {
                let first = Authenticated::before(step.member, changed_at);
                self.members.password_sign_in.sign_in_by_password(tx, &first, context).await?
            }
            (SignInMethod::Provider(provider), _) => {
                self.members.provider_sign_in.return_by_provider(tx, step.member, provider, context).await?
            }
            _ => return Err(NothingWaits.into()),
        };
        let sign_in = SignIn::by(member.id, step.method);
        Ok(LetIn { member, sign_in, first: GoesFirst::Nowhere })
    }
}
