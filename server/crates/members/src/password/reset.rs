//! A forgotten password: `POST /api/users/password/forgot` asks for a mail, `POST /api/users/password/reset` spends it.

use std::sync::Arc;

use audit::{AuditEvent, AuditKind};
use axum::extract::State;
use db::{DbError, LentTransaction, Transaction};
use events::{Event, PasswordReset, outbox};
use names::{EmailAddress, MailNotice, MemberId, ProofMail};
use serde::Deserialize;
use tokens::EndReason;
use utoipa::ToSchema;
use web::endpoint_error;
use web::reason::{FieldErrors, InputError, NotFound};
use web::{Refusal, RequestContext, StrictBody, Success};

use crate::answered_request::AfterAnswer;
use crate::answered_request::DeferError;
use crate::answered_request::{AnsweredRequest, Deferred};
use crate::context::Context;
use crate::email::mail_proofs::{MailProofs, Spending};
use crate::email::mail_token::MailTokenError;
use crate::email::mail_token::MailTokens;
use crate::email::store::mail_tokens;
use crate::email::store::mail_tokens::FoundToken;
use crate::failure::Failure;
use crate::field::Fields;
use crate::identities::removal::IdentityRemoval;
use crate::identities::removal::RemovalError;
use crate::lifecycle::erase_elsewhere::EraseElsewhere;
use crate::lifecycle::revival;
use crate::lifecycle::sign_up::AddressBody;
use crate::limits::{Budget, Leave, Limits, MailAttempt};
use crate::model::mail_proof::Proof;
use crate::model::mail_purpose::MailPurpose;
use crate::model::mail_template::{MailTemplate, Mailer};
use crate::model::mail_wish::MailWish;
use crate::model::member::MemberStatus;
use crate::model::password::Password;
use crate::next::{Next, Step};
use crate::onward::Onward;
use crate::passkeys::removal::PasskeyRemoval;
use crate::password::change_password::{PasswordChange, SIGN_IN};
use crate::password::current_password::CurrentPasswords;
use crate::password::current_password::PasswordLookError;
use crate::password::new_password::NewPasswordError;
use crate::password::new_password::NewPasswords;
use crate::password::password_policy::Owner;
use crate::password::second_code::{SecondCode, SecondCodes};
use crate::password::store::local_accounts;
use crate::reason::{BadProof, Limited, WrongCode};
use crate::repeat::Sent;
use crate::revocation::Revocation;

endpoint_error! {
    /// Why no reset mail is sent.
    pub enum ResetRequestError {
        Input(InputError);
        NotFound(NotFound);
        Limited(Limited);
        Deferred(DeferError);
    }
}

endpoint_error! {
    /// Why an account gets no new password by the proof of a mail.
    pub enum ResetError {
        Input(InputError) from Refusal, FieldErrors;
        BadProof(BadProof);
        WrongCode(WrongCode);
        Password(NewPasswordError);
        Limited(Limited);
        Token(MailTokenError);
        Look(PasswordLookError);
        Removal(RemovalError);
        Failed(Failure) from DbError;
    }
}

/// Replaces passwords that were forgotten. Cheap to clone.
#[derive(Clone)]
pub struct PasswordResets {
    pub(crate) context: Context,
    pub(crate) limits: Arc<Limits>,
    pub(crate) mails: Arc<dyn Mailer>,
    pub(crate) mail_tokens: MailTokens,
    pub(crate) new: NewPasswords,
    pub(crate) current: CurrentPasswords,
    pub(crate) revocation: Revocation,
    pub(crate) removal: IdentityRemoval,
    pub(crate) passkeys: PasskeyRemoval,
    pub(crate) second: SecondCodes,
    pub(crate) proofs: MailProofs,
    pub(crate) after_answer: AfterAnswer,
    pub(crate) elsewhere: Arc<dyn EraseElsewhere>,
}

impl PasswordResets {
    /// Sends a mail to choose a new password, if the address has an account. Neither the answer nor its timing reveals that
    /// (S-MAIL-9).
    ///
    /// # Errors
    /// When a limit is exceeded.
    pub async fn request_reset(
        &self,
        wish: MailWish,
        context: &RequestContext,
    ) -> Result<(), ResetRequestError> {
        self.mail_tokens.needs_mail()?;
        self.limits.mail_asked(Budget::Reset, context.network).await?;
        Ok(self.after_answer.defer(self.clone(), wish, AnsweredRequest::Reset, context).await?)
    }

    pub(crate) async fn send_reset(
        &self,
        tx: &mut Transaction,
        MailWish { email, return_to }: &MailWish,
        context: &RequestContext,
    ) -> Result<(), Failure> {
        let account = local_accounts::find_by_email(tx, email).await?;
        // A disabled account gets no mail (S-ACC-15). One that is to be deleted does: its owner may be locked out.
        let active = account.as_ref().filter(|account| account.status != MemberStatus::Disabled);
        let member = match (active, &account) {
            (Some(account), _) if self.sends_reset(tx, account.member, email, context).await? => {
                let owner = account.member.to_string();
                let (token, code) =
                    self.mail_tokens.issue_token(tx, MailPurpose::ResetPassword, &owner, email).await?;
                let (mail, return_to) = (self.mail_for(tx, account.member).await?, return_to.clone());
                let template = MailTemplate::Proof { mail, token, code, return_to };
                self.mails.queue(tx, email, context.language, template).await?;
                let asked = PasswordReset {
                    uuid: account.member,
                    email: Some(email.as_str().to_owned()),
                    requested_at: self.context.clock.now(),
                };
                outbox::append(tx, &Event::new(asked, &*self.context.clock, &*self.context.randomness))
                    .await?;
                Some(account.member)
            }
            (None, None) => {
                let member = local_accounts::provider_member(tx, email).await?;
                let attempt = MailAttempt { budget: Budget::Reset, asker: &context.asker(), address: email };
                if let Some(member) = member
                    && self.limits.may_mail(tx, attempt).await? == Leave::Granted
                {
                    let notice = notice_at_provider(tx, member).await?;
                    self.mails.queue(tx, email, context.language, MailTemplate::Notice(notice)).await?;
                }
                member
            }
            (_, account) => account.as_ref().map(|account| account.member),
        };
        let asked = AuditEvent::new(AuditKind::PasswordResetRequest, &context.source);
        Ok(self.context.audit.record_folded(tx, &asked.about_known(member.map(MemberId::uuid))).await?)
    }

    /// Members with passkeys are told that they can sign in without a new password, and that setting one removes their passkeys.
    async fn mail_for(&self, tx: &mut Transaction, member: MemberId) -> Result<ProofMail, DbError> {
        let has_passkeys = self.passkeys.counts.has_passkeys(tx, member).await?;
        Ok(if has_passkeys { ProofMail::ResetPasswordAndPasskeys } else { ProofMail::ResetPassword })
    }

    /// Whether one more mail may be sent. A stranger who requests too many cannot keep the owner from theirs: the owner has a
    /// valid one by then, or gets one.
    async fn sends_reset(
        &self,
        tx: &mut Transaction,
        member: MemberId,
        email: &EmailAddress,
        context: &RequestContext,
    ) -> Result<bool, DbError> {
        let attempt = MailAttempt { budget: Budget::Reset, asker: &context.asker(), address: email };
        let leave = self.limits.may_mail(tx, attempt).await?;
        if leave == Leave::Granted {
            return Ok(true);
        }
        let owner = member.to_string();
        Ok(!self.mail_tokens.has_good_mail(tx, MailPurpose::ResetPassword, &owner, email).await?)
    }

    /// Gives the account a new password by the proof of a mail alone. Everybody is signed out of it, and nobody is signed in
    /// (S-MAIL-10). What somebody who had access before may have prepared is removed (S-UP-11). An account that was to be deleted is kept
    /// (decision 41).
    ///
    /// # Errors
    /// [`ResetError::BadProof`], or a password that is not taken; after the latter the proof is still valid.
    pub async fn reset(
        &self,
        proof: &Proof,
        password: Password,
        context: &RequestContext,
    ) -> Result<(), ResetError> {
        self.reset_by(proof, Chosen { password, second: None }, context).await
    }

    /// The same for somebody who may have shown a second factor as well: then passkeys and identities stay.
    ///
    /// # Errors
    /// As [`reset`](Self::reset), and [`ResetError::WrongCode`], after which the proof is still valid, too.
    pub async fn reset_by(
        &self,
        proof: &Proof,
        chosen: Chosen,
        context: &RequestContext,
    ) -> Result<(), ResetError> {
        let spending = Spending { sent: Sent::Reset(proof), what: AuditKind::PasswordReset };
        let password = chosen.password.clone();
        let reset = self.try_reset(proof, chosen, context);
        let again = async |member| {
            let is_same = self.current.has_password(member, password, context.network).await?;
            Ok(is_same.then_some(()))
        };
        self.proofs.spend(spending, context, reset, again).await
    }

    async fn try_reset(
        &self,
        proof: &Proof,
        Chosen { password, second }: Chosen,
        context: &RequestContext,
    ) -> Result<(), ResetError> {
        let found = self.mail_tokens.find_account(MailPurpose::ResetPassword, proof, context).await?;
        let found = found.filter(|(found, account)| {
            account.status != MemberStatus::Disabled && account.email == found.address
        });
        let (found, account) = found.ok_or(BadProof)?;
        let member = account.member;
        self.second.count_try(member, second.as_ref()).await?;
        let hash = self
            .new
            .hash_new(password, Owner { email: &account.email, nickname: &account.nickname }, context.network)
            .await?;
        let spent = Spent { proof, found: &found, second: second.as_ref() };
        let result = self.spend_reset(spent, &PasswordChange { account, hash }, context).await;
        if matches!(result, Err(ResetError::WrongCode(_))) {
            self.second.note_wrong(member, context).await?;
        }
        result
    }

    async fn spend_reset(
        &self,
        Spent { proof, found, second }: Spent<'_>,
        change: &PasswordChange,
        context: &RequestContext,
    ) -> Result<(), ResetError> {
        let PasswordChange { account, hash } = change;
        let now = self.context.clock.now();
        let spend = async |mut tx: LentTransaction| {
            // Anyone who reads the mail keeps the account. The member's row comes first, as where a member signs in.
            if account.status == MemberStatus::Deleting {
                // If not, somebody signed in meanwhile or the account is gone, which the next statement detects.
                let _kept = revival::keep(&self.context, &mut tx, account.member, context).await?;
            }
            if !mail_tokens::spend(&mut tx, &found.token, MailPurpose::ResetPassword, now).await?
                || !local_accounts::set_password(&mut tx, account, hash, now).await?
            {
                return Err(BadProof.into());
            }
            self.revocation.end_everything(&mut tx, account.member, EndReason::PasswordChanged).await?;
            match second {
                None => self.discard_prepared(&mut tx, account, context).await?,
                Some(second) if self.second.spend(&mut tx, account.member, second, context).await? => {}
                Some(_) => return Err(WrongCode.into()),
            }
            // No limit: this mail warns the owner.
            self.mails
                .queue(
                    &mut tx,
                    &account.email,
                    context.language,
                    MailTemplate::Notice(MailNotice::PasswordChanged),
                )
                .await?;
            self.context.record(&mut tx, AuditKind::PasswordReset, account.member, context).await?;
            self.proofs.remember(&mut tx, Sent::Reset(proof), account.member, context).await?;
            Ok::<_, ResetError>(tx.commit(()))
        };
        self.context.db.transact(spend).await?;
        // The next request of an ended session must find that it has ended.
        self.revocation.know_at_once().await;
        Ok(())
    }
}

/// What a mailbox is told that a provider vouches for and that is no account's: the member may have a password for another address.
async fn notice_at_provider(tx: &mut Transaction, member: MemberId) -> Result<MailNotice, DbError> {
    let account = local_accounts::find_by_member(tx, member).await?;
    let has_password = account.is_some_and(|account| account.has_password());
    Ok(if has_password { MailNotice::ResetAtAnotherAddress } else { MailNotice::ResetWithoutPassword })
}

/// What the reader of the mail chose.
pub struct Chosen {
    /// The new password.
    pub password: Password,
    /// The code that they entered as well, if they did.
    pub second: Option<SecondCode>,
}

/// What a reset spends.
struct Spent<'a> {
    proof: &'a Proof,
    found: &'a FoundToken,
    second: Option<&'a SecondCode>,
}

impl Deferred for PasswordResets {
    type Request = MailWish;

    async fn perform(
        &self,
        tx: &mut Transaction,
        wish: &MailWish,
        context: &RequestContext,
    ) -> Result<(), Failure> {
        self.send_reset(tx, wish, context).await
    }
}

/// The page on which the mail's code can be typed.
pub(crate) const WAITING: &str = "/password/reset?sent=1";

/// Asks for the mail: the same 202 for every address.
pub(crate) async fn forgot(
    State(resets): State<PasswordResets>,
    context: RequestContext,
    body: Result<StrictBody<AddressBody>, Refusal>,
) -> Result<Success<Next>, ResetRequestError> {
    let (wish, onward) = AddressBody::read(body)?;
    resets.request_reset(wish, &context).await?;
    Ok(Success::accepted(Step::ReadMail.into()).leading_to(onward.through(WAITING)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResetBody {
    #[schema(nullable = false, example = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    token: Option<String>,
    #[schema(nullable = false, example = "hong@example.com")]
    email: Option<String>,
    #[schema(nullable = false, example = "123456")]
    code: Option<String>,
    #[schema(required = true, nullable = false, value_type = String, example = "마당 눈 위에 발자국 하나 둘")]
    password: Option<String>,
    /// A one-time code or a recovery code: with it, passkeys stay.
    #[schema(nullable = false, example = "123456")]
    second_code: Option<String>,
    #[schema(nullable = false, example = "/device")]
    return_to: Option<String>,
}

/// `POST /api/users/password/reset`: spends the link or the code, and sets the new password.
pub(crate) async fn post(
    State(resets): State<PasswordResets>,
    context: RequestContext,
    body: Result<StrictBody<ResetBody>, Refusal>,
) -> Result<Success<Next>, ResetError> {
    let StrictBody(value) = body?;
    let mut fields = Fields::default();
    let proof = fields.proof(value.token.as_deref(), value.email.as_deref(), value.code.as_deref());
    let password = fields.new_password(value.password.as_deref(), &resets.new.policy);
    let (proof, password) = fields.done(proof.zip(password))?;
    let second = SecondCode::read(value.second_code.as_deref());
    resets.reset_by(&proof, Chosen { password, second }, &context).await?;
    let onward = Onward::read(value.return_to.as_deref());
    Ok(Success::ok(Step::SignIn.into()).leading_to(onward.through(SIGN_IN)))
}
