//! `POST /api/users/signup`: somebody wants an account with an address and a password.
//!
//! It makes no member yet. A sign-up waits a day for the proof of the mailbox, and until then it grants nothing and blocks
//! nobody, so that others cannot make the account of the mailbox's owner in advance (S-ACC-9, S-UP-11). A second sign-up for the
//! address replaces the first. When their passwords differ, at least one of the two is a stranger's, and a click in the mail
//! cannot tell which, so the proof must include the password.

use std::sync::Arc;

use audit::{AuditEvent, AuditKind};
use axum::extract::State;
use db::{DbError, LentTransaction, Transaction};
use http::StatusCode;
use kernel::NewId as _;
use names::{EmailAddress, MemberId, ProofMail};
use serde::Deserialize;
use utoipa::ToSchema;
use web::endpoint_error;
use web::reason::{FieldErrors, InputError, NotFound};
use web::{Refusal, Refuse as _, RequestContext, StrictBody, Success};

use crate::answered_request::{AfterAnswer, AnsweredRequest, DeferError, Deferred};
use crate::context::Context;
use crate::email::mail_token::MailTokens;
use crate::email::taken_address;
use crate::failure::Failure;
use crate::field::Fields;
use crate::identities::store::identities;
use crate::lifecycle::store::sign_ups;
use crate::lifecycle::store::sign_ups::{NewSignUp, SignUpId, Uncompared};
use crate::limits::{Budget, Leave, Limits, MailAttempt};
use crate::model::link_matrix;
use crate::model::link_situation::{Claim, Situation};
use crate::model::mail_purpose::MailPurpose;
use crate::model::mail_return::MailReturn;
use crate::model::mail_template::{MailTemplate, Mailer};
use crate::model::mail_wish::MailWish;
use crate::model::password::Password;
use crate::model::password_error::PasswordError;
use crate::model::prepared_sign_up::PreparedSignUp;
use crate::model::profile::Nickname;
use crate::network::Network;
use crate::next::{Next, Step};
use crate::onward::Onward;
use crate::password::new_password::NewPasswordError;
use crate::password::password_hasher::{Decision, HashingError, PasswordHasher};
use crate::password::password_policy::{Owner, PasswordPolicy};
use crate::password::store::local_accounts;
use crate::reason::{Limited, Taken};

/// How often a password is compared with that of an earlier sign-up, while others for the address go on.
const MAX_COMPARISONS: u32 = 3;

/// What somebody types to sign up.
#[derive(Clone, Debug)]
pub struct SignUp {
    /// The address that they say is theirs.
    pub email: EmailAddress,
    /// The password that they want.
    pub password: Password,
    /// What they want to be called.
    pub nickname: Nickname,
    /// Where the reader of the mail goes on.
    pub return_to: Option<MailReturn>,
}

/// The key of a sign-up's row in the audit log.
pub(crate) fn audit_key(id: SignUpId) -> String {
    format!("sign_up {id}")
}

endpoint_error! {
    /// Why a sign-up is not taken.
    pub enum SignUpError {
        Input(InputError) from Refusal, FieldErrors;
        NotFound(NotFound);
        Taken(Taken);
        Password(NewPasswordError) from PasswordError, HashingError;
        Limited(Limited);
        Deferred(DeferError);
        Failed(Failure) from DbError;
    }
}

endpoint_error! {
    /// Why the mail of a sign-up is not sent again.
    pub enum ProofAgainError {
        Input(InputError);
        NotFound(NotFound);
        Limited(Limited);
        Deferred(DeferError);
    }
}

/// Takes sign-ups. Cheap to clone.
#[derive(Clone)]
pub struct SignUps {
    pub(crate) context: Context,
    pub(crate) limits: Arc<Limits>,
    pub(crate) hasher: PasswordHasher,
    pub(crate) policy: Arc<PasswordPolicy>,
    pub(crate) mails: Arc<dyn Mailer>,
    pub(crate) mail_tokens: MailTokens,
    pub(crate) after_answer: AfterAnswer,
    pub(crate) reveal_existing: bool,
}

impl SignUps {
    /// Keeps a sign-up until its mailbox is proven, and sends the mail for that.
    ///
    /// # Errors
    /// [`SignUpError::Taken`] for the address of an account, if that may be said; otherwise that looks like success, and
    /// the owner is told by mail. Also for a password that is not taken, and too many tries.
    pub async fn sign_up(&self, wish: SignUp, context: &RequestContext) -> Result<(), SignUpError> {
        self.mail_tokens.needs_mail()?;
        self.limits.mail_asked(Budget::SignUp, context.network).await?;
        let prepared = self.prepare_sign_up(wish.clone(), context.network).await?;
        if !self.reveal_existing {
            let written = AnsweredRequest::SignUp;
            return Ok(self.after_answer.defer(self.clone(), prepared, written, context).await?);
        }
        if self.keep_compared(wish, prepared, context).await? { Ok(()) } else { Err(Taken.into()) }
    }

    /// Stores a sign-up. When another one for its address was faster, the passwords are compared first.
    async fn keep_compared(
        &self,
        wish: SignUp,
        mut prepared: PreparedSignUp,
        context: &RequestContext,
    ) -> Result<bool, SignUpError> {
        for _ in 0..MAX_COMPARISONS {
            let compared = prepared.same_as.as_deref().or(prepared.other_than.as_deref());
            match self.keep_at_once(&prepared, Uncompared::Refuse { compared }, context).await {
                Err(Failure::Db(DbError::Exists(_))) => {
                    prepared = self.prepare_sign_up(wish.clone(), context.network).await?;
                }
                result => return Ok(result?),
            }
        }
        Ok(self.keep_at_once(&prepared, Uncompared::Contest, context).await?)
    }

    async fn keep_at_once(
        &self,
        prepared: &PreparedSignUp,
        uncompared: Uncompared<'_>,
        context: &RequestContext,
    ) -> Result<bool, Failure> {
        let keep = async |mut tx: LentTransaction| {
            let kept = self.keep_sign_up(&mut tx, prepared, uncompared, context).await?;
            Ok::<_, Failure>(tx.commit(kept))
        };
        self.context.db.transact(keep).await
    }

    async fn prepare_sign_up(&self, wish: SignUp, network: Network) -> Result<PreparedSignUp, SignUpError> {
        let earlier = {
            let mut reader = self.context.db.read().await?;
            sign_ups::find(&mut reader, &wish.email, self.context.clock.now()).await?
        };
        let earlier = earlier.map(|earlier| earlier.password_hash);
        let policy = self.policy.clone();
        let prepared = self
            .hasher
            .in_turn(network, move |hasher| {
                let SignUp { email, password, nickname, return_to } = wish;
                policy.check(&password, Owner { email: &email, nickname: nickname.as_str() })?;
                // Also when there is none, so that the time does not tell whether a sign-up waits.
                let same = hasher.verify(&password, earlier.as_deref())? != Decision::Wrong;
                let new_hash = hasher.hash(&password)?;
                let (same_as, other_than) = if same { (earlier, None) } else { (None, earlier) };
                Ok::<_, NewPasswordError>(PreparedSignUp {
                    email,
                    nickname: nickname.into_text(),
                    // The same password keeps its hash, so that others who compare theirs at this moment need not do so again.
                    password_hash: same_as.clone().unwrap_or(new_hash),
                    same_as,
                    other_than,
                    return_to,
                })
            })
            .await??;
        Ok(prepared)
    }

    /// Stores a sign-up. `false` for the address of an account, whose owner is told then if the answer does not say so.
    pub(crate) async fn keep_sign_up(
        &self,
        tx: &mut Transaction,
        prepared: &PreparedSignUp,
        uncompared: Uncompared<'_>,
        context: &RequestContext,
    ) -> Result<bool, Failure> {
        let now = self.context.clock.now();
        let address = identities::address(tx, &prepared.email, now).await?;
        if Situation::sign_up(Claim::Unproven, address).decision() != link_matrix::Decision::Wait {
            self.refuse_sign_up(tx, &prepared.email, context).await?;
            return Ok(false);
        }
        let new = NewSignUp {
            id: SignUpId::new(&*self.context.clock, &*self.context.randomness),
            email: &prepared.email,
            nickname: &prepared.nickname,
            password_hash: &prepared.password_hash,
            same_as: prepared.same_as.as_deref(),
            uncompared,
            expires_at: now.plus(MailPurpose::ProveMailbox.life(self.mail_tokens.deletion_grace)),
        };
        let id = sign_ups::put(tx, &new, now).await?;
        let mail = SignUpMail { id, email: &prepared.email, return_to: prepared.return_to.clone() };
        self.send_proof(tx, mail, context).await?;
        // One row for each sign-up that waits, no matter who repeats it. Its member gets it with the proof.
        let waits = AuditEvent::new(AuditKind::SignUp, &context.source);
        self.context.audit.record_under(tx, &waits, audit_key(id)).await?;
        Ok(true)
    }

    /// For an address that has a member, by a password or by a provider's word.
    async fn refuse_sign_up(
        &self,
        tx: &mut Transaction,
        email: &EmailAddress,
        context: &RequestContext,
    ) -> Result<(), DbError> {
        let member = match local_accounts::find_by_email(tx, email).await? {
            Some(account) => Some(account.member),
            None => local_accounts::provider_member(tx, email).await?,
        };
        let refused = AuditEvent::new(AuditKind::SignUp, &context.source)
            .failed(Taken.audit_reason())
            .about_known(member.map(MemberId::uuid));
        self.context.audit.record_folded(tx, &refused).await?;
        if self.reveal_existing {
            return Ok(());
        }
        taken_address::tell_owner(tx, email, context, &self.limits, &*self.mails).await
    }

    /// Sends the mail with which the mailbox is proven, unless too many were sent to it and the last is still valid.
    async fn send_proof(
        &self,
        tx: &mut Transaction,
        SignUpMail { id, email, return_to }: SignUpMail<'_>,
        context: &RequestContext,
    ) -> Result<(), DbError> {
        let (purpose, owner) = (MailPurpose::ProveMailbox, id.to_string());
        let attempt = MailAttempt { budget: Budget::SignUp, asker: &context.asker(), address: email };
        let leave = self.limits.may_mail(tx, attempt).await?;
        if leave != Leave::Granted && self.mail_tokens.has_good_mail(tx, purpose, &owner, email).await? {
            return Ok(());
        }
        let (token, code) = self.mail_tokens.issue_token(tx, purpose, &owner, email).await?;
        let template = MailTemplate::Proof { mail: ProofMail::ProveMailbox, token, code, return_to };
        self.mails.queue(tx, email, context.language, template).await
    }

    /// Sends that mail again, if there is a sign-up. Neither the answer nor its timing reveals that.
    ///
    /// # Errors
    /// When a limit is exceeded.
    pub async fn resend_proof(
        &self,
        wish: MailWish,
        context: &RequestContext,
    ) -> Result<(), ProofAgainError> {
        self.mail_tokens.needs_mail()?;
        self.limits.mail_asked(Budget::SignUp, context.network).await?;
        let again = ProofAgain(self.clone());
        Ok(self.after_answer.defer(again, wish, AnsweredRequest::ProofAgain, context).await?)
    }

    pub(crate) async fn send_proof_again(
        &self,
        tx: &mut Transaction,
        MailWish { email, return_to }: &MailWish,
        context: &RequestContext,
    ) -> Result<(), Failure> {
        if let Some(waiting) = sign_ups::find(tx, email, self.context.clock.now()).await? {
            let mail = SignUpMail { id: waiting.id, email, return_to: return_to.clone() };
            self.send_proof(tx, mail, context).await?;
        }
        Ok(())
    }
}

/// The mail of a sign-up.
struct SignUpMail<'a> {
    id: SignUpId,
    email: &'a EmailAddress,
    return_to: Option<MailReturn>,
}

impl Deferred for SignUps {
    type Request = PreparedSignUp;

    async fn perform(
        &self,
        tx: &mut Transaction,
        prepared: &PreparedSignUp,
        context: &RequestContext,
    ) -> Result<(), Failure> {
        self.keep_sign_up(tx, prepared, Uncompared::Contest, context).await.map(|_| ())
    }
}

/// The mail of a sign-up, again.
struct ProofAgain(SignUps);

impl Deferred for ProofAgain {
    type Request = MailWish;

    async fn perform(
        &self,
        tx: &mut Transaction,
        wish: &MailWish,
        context: &RequestContext,
    ) -> Result<(), Failure> {
        self.0.send_proof_again(tx, wish, context).await
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignUpBody {
    #[schema(required = true, nullable = false, value_type = String, example = "hong@example.com")]
    email: Option<String>,
    #[schema(required = true, nullable = false, value_type = String, example = "마당 눈 위에 발자국 하나 둘")]
    password: Option<String>,
    #[schema(nullable = false, example = "홍길동")]
    nickname: Option<String>,
    #[schema(nullable = false, example = "/device")]
    return_to: Option<String>,
}

/// The page on which a sign-up waits for its proof. Its address says no more than that a mail was sent.
pub(crate) const WAITING: &str = "/email/verify?sent=1";

/// The same after the mail was asked for again. It does not say that one was sent: that would tell who signed up (S-MAIL-9).
pub(crate) const ASKED_AGAIN: &str = "/email/verify?sent=again";

/// `POST /api/users/signup`: 202 whether the address has an account or not, if that is not to be revealed.
pub(crate) async fn post(
    State(sign_ups): State<SignUps>,
    context: RequestContext,
    body: Result<StrictBody<SignUpBody>, Refusal>,
) -> Result<Success<Next>, SignUpError> {
    let StrictBody(value) = body?;
    let mut fields = Fields::default();
    let email = fields.email(value.email.as_deref());
    let password = fields.new_password(value.password.as_deref(), &sign_ups.policy);
    let nickname = fields
        .nickname(value.nickname.as_deref())
        .unwrap_or_else(|| Nickname::default_one(&*sign_ups.context.randomness));
    let (email, password) = fields.done(email.zip(password))?;
    let onward = Onward::read(value.return_to.as_deref());
    let wish = SignUp { email, password, nickname, return_to: onward.in_mail() };
    sign_ups.sign_up(wish, &context).await?;
    let status = if sign_ups.reveal_existing { StatusCode::CREATED } else { StatusCode::ACCEPTED };
    Ok(Success::new(status, Step::ProveMailbox.into()).leading_to(onward.through(WAITING)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddressBody {
    #[schema(required = true, nullable = false, value_type = String, example = "hong@example.com")]
    email: Option<String>,
    #[schema(nullable = false, example = "/device")]
    return_to: Option<String>,
}

impl AddressBody {
    /// The mail that is asked for, and where the form leads on.
    pub(crate) fn read(body: Result<StrictBody<Self>, Refusal>) -> Result<(MailWish, Onward), InputError> {
        let StrictBody(Self { email, return_to }) = body?;
        let mut fields = Fields::default();
        let email = fields.email(email.as_deref());
        let onward = Onward::read(return_to.as_deref());
        Ok((MailWish { email: fields.done(email)?, return_to: onward.in_mail() }, onward))
    }
}

/// `POST /api/users/signup/resend`: the same 202 whether there is a sign-up or not.
pub(crate) async fn resend(
    State(sign_ups): State<SignUps>,
    context: RequestContext,
    body: Result<StrictBody<AddressBody>, Refusal>,
) -> Result<Success<Next>, ProofAgainError> {
    let (wish, onward) = AddressBody::read(body)?;
    sign_ups.resend_proof(wish, &context).await?;
    Ok(Success::accepted(Step::ProveMailbox.into()).leading_to(onward.through(ASKED_AGAIN)))
}
