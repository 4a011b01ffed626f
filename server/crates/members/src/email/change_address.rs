//! Another address for an account: `POST /api/users/me/email` asks, the new mailbox proves at
//! `POST /api/users/email/prove`, and only then the account is signed in to by it (S-ACC-11).

use std::sync::Arc;

use audit::AuditKind;
use axum::extract::State;
use db::{DbError, LentTransaction, Transaction};
use names::{EmailAddress, FieldReason, Language, MailNotice, MemberId, ProofMail};
use serde::Deserialize;
use utoipa::ToSchema;
use web::endpoint_error;
use web::guard::SignedIn;
use web::reason::{FieldErrors, InputError};
use web::{FieldProblem, Refusal, RequestContext, StrictBody, Success};

use crate::caller::RenewalError;
use crate::caller::{Caller, Sender};
use crate::context::Context;
use crate::email::contact::{Notices, mailbox_of};
use crate::email::former_mailbox;
use crate::email::mail_proofs::{MailProofs, Spending};
use crate::email::mail_token::MailTokenError;
use crate::email::mail_token::MailTokens;
use crate::email::store::former_mailboxes::Former;
use crate::email::store::mail_tokens;
use crate::email::store::mail_tokens::FoundToken;
use crate::email::taken_address;
use crate::factor_reset::stop_waiting::stop_waiting;
use crate::failure::Failure;
use crate::field::Fields;
use crate::lifecycle::store::sign_ups;
use crate::limits::{Budget, Leave, Limits, MailAttempt};
use crate::member_observer::MemberChanges;
use crate::model::link_matrix::Decision;
use crate::model::link_situation::{Address, Claim, Situation};
use crate::model::mail_proof::Proof;
use crate::model::mail_purpose::MailPurpose;
use crate::model::mail_template::{MailTemplate, Mailer};
use crate::model::password::Password;
use crate::model::store::members;
use crate::next::{Next, Step};
use crate::password::current_password::CurrentPasswordError;
use crate::password::current_password::CurrentPasswords;
use crate::password::store::local_accounts::{self, LocalAccount};
use crate::reason::{BadProof, Limited};
use crate::repeat::Sent;
use crate::revocation::Revocation;

endpoint_error! {
    /// Why another address is not asked to be proven.
    pub enum AddressChangeError {
        Input(InputError) from Refusal, FieldErrors;
        Current(CurrentPasswordError);
        Limited(Limited);
        Renewal(RenewalError);
        Failed(Failure) from DbError;
    }
}

endpoint_error! {
    /// Why an account does not get another address.
    pub enum AddressProofError {
        Input(InputError) from Refusal, FieldErrors;
        BadProof(BadProof);
        Limited(Limited);
        Token(MailTokenError);
        Failed(Failure) from DbError;
    }
}

/// Gives accounts other addresses. Cheap to clone.
#[derive(Clone)]
pub struct AddressChanges {
    pub(crate) context: Context,
    pub(crate) limits: Arc<Limits>,
    pub(crate) mails: Arc<dyn Mailer>,
    /// The language of mails that no request of their reader causes.
    pub(crate) language: Language,
    pub(crate) mail_tokens: MailTokens,
    pub(crate) current: CurrentPasswords,
    pub(crate) notices: Notices,
    pub(crate) revocation: Revocation,
    pub(crate) proofs: MailProofs,
    pub(crate) changes: MemberChanges,
}

/// A change to the address that the account has would alarm its owner, and change nothing.
pub(crate) fn refuse_present(account: &LocalAccount, new: &EmailAddress) -> Result<(), FieldErrors> {
    if account.email != *new {
        return Ok(());
    }
    Err(FieldErrors(vec![FieldProblem {
        field: "email".into(),
        allowed: "another address than the account has".into(),
        reason: Some(FieldReason::AddressUnchanged),
    }]))
}

impl AddressChanges {
    /// Sends the mail with which a new address is proven. Whether another member has the address is not said; its owner is
    /// told by mail.
    ///
    /// # Errors
    /// When the present password is another one, when the account has the address, or too much was asked for.
    pub async fn request_address_change(
        &self,
        member: MemberId,
        current: Password,
        new: &EmailAddress,
        context: &RequestContext,
    ) -> Result<(), AddressChangeError> {
        self.limits.mail_asked(Budget::AddressChange, context.network).await?;
        let account =
            self.current.account_of(member, current, AuditKind::AddressChangeRequest, context).await?;
        refuse_present(&account, new)?;
        Ok(self.ask_for_proof(account.member, new, context).await?)
    }

    /// Has the mailbox `new` prove itself for a member who has shown who they are.
    pub(crate) async fn ask_for_proof(
        &self,
        member: MemberId,
        new: &EmailAddress,
        context: &RequestContext,
    ) -> Result<(), Failure> {
        match self.send_address_proof(member, new, context).await {
            Err(Failure::Db(DbError::Exists(_))) => self.send_address_proof(member, new, context).await,
            result => result,
        }
    }

    async fn send_address_proof(
        &self,
        member: MemberId,
        new: &EmailAddress,
        context: &RequestContext,
    ) -> Result<(), Failure> {
        let send = async |mut tx: LentTransaction| {
            if decision(&mut tx, member, Claim::Unproven, new).await? == Decision::TellOwner {
                taken_address::tell_owner(&mut tx, new, context, &self.limits, &*self.mails).await?;
            } else if self.sends_address_proof(&mut tx, member, new).await? {
                let owner = member.to_string();
                let (token, code) =
                    self.mail_tokens.issue_token(&mut tx, MailPurpose::ProveNewAddress, &owner, new).await?;
                let mail = ProofMail::ProveNewAddress;
                let template = MailTemplate::Proof { mail, token, code, return_to: None };
                self.mails.queue(&mut tx, new, context.language, template).await?;
            }
            self.context.record(&mut tx, AuditKind::AddressChangeRequest, member, context).await?;
            Ok::<_, Failure>(tx.commit(()))
        };
        self.context.db.transact(send).await
    }

    /// Whether one more mail goes out. Each member has their own share for each address, and nobody else's takes from it.
    async fn sends_address_proof(
        &self,
        tx: &mut Transaction,
        member: MemberId,
        new: &EmailAddress,
    ) -> Result<bool, DbError> {
        let owner = member.to_string();
        let attempt = MailAttempt { budget: Budget::AddressChange, asker: &owner, address: new };
        Ok(match self.limits.may_mail(tx, attempt).await? {
            Leave::Granted => true,
            Leave::AskerHadEnough => false,
            Leave::AddressHadEnough => {
                !self.mail_tokens.has_good_mail(tx, MailPurpose::ProveNewAddress, &owner, new).await?
            }
        })
    }

    /// Gives the account the address that `proof` proves, and tells the old one. Other mails that wait are worth nothing
    /// from then on (S-MAIL-5).
    ///
    /// # Errors
    /// [`AddressProofError::BadProof`], also when the address is another member's by now.
    pub async fn prove_new_address(
        &self,
        proof: &Proof,
        context: &RequestContext,
    ) -> Result<(), AddressProofError> {
        let spending = Spending { sent: Sent::ProveNewAddress(proof), what: AuditKind::AddressChange };
        let prove = self.try_prove_new_address(proof, context);
        self.proofs.spend(spending, context, prove, async |_| Ok(Some(()))).await
    }

    async fn try_prove_new_address(
        &self,
        proof: &Proof,
        context: &RequestContext,
    ) -> Result<(), AddressProofError> {
        let found = self.mail_tokens.find_token(MailPurpose::ProveNewAddress, proof, context).await?;
        let found = found.ok_or(BadProof)?;
        match self.spend_address_proof(proof, &found, context).await {
            Err(AddressProofError::Failed(Failure::Db(DbError::Exists(_)))) => Err(BadProof.into()),
            result => result,
        }
    }

    async fn spend_address_proof(
        &self,
        proof: &Proof,
        found: &FoundToken,
        context: &RequestContext,
    ) -> Result<(), AddressProofError> {
        let (new, now) = (&found.address, self.context.clock.now());
        let member = MemberId::parse(&found.owner).map_err(|_| BadProof)?;
        let spend = async |mut tx: LentTransaction| {
            // The member's row first, as where an operator orders a reset of their factors.
            if !members::hold(&mut tx, member).await?
                || !mail_tokens::spend(&mut tx, &found.token, MailPurpose::ProveNewAddress, now).await?
                || decision(&mut tx, member, Claim::Proven, new).await? == Decision::TellOwner
            {
                return Err(BadProof.into());
            }
            let before = mailbox_of(&mut tx, member).await?;
            self.put_address(&mut tx, member, new).await?;
            members::set_email(&mut tx, member, Some(new), now).await?;
            // The new password would be set by a mail to the new address.
            stop_waiting(&self.context, &self.notices, &mut tx, member, &context.source).await?;
            mail_tokens::delete_of_owner(&mut tx, &member.to_string()).await?;
            sign_ups::delete_of_address(&mut tx, new).await?;
            if let Some(before) = before {
                let changed = MailTemplate::Notice(MailNotice::AddressChanged);
                self.mails.queue(&mut tx, &before, context.language, changed).await?;
            }
            self.context.record(&mut tx, AuditKind::AddressChange, member, context).await?;
            self.proofs.remember(&mut tx, Sent::ProveNewAddress(proof), member, context).await?;
            self.changes.tell_after_commit(&mut tx, member);
            Ok::<_, AddressProofError>(tx.commit(()))
        };
        self.context.db.transact(spend).await
    }

    /// Writes the address, in place of the one before or as the first one.
    async fn put_address(
        &self,
        tx: &mut Transaction,
        member: MemberId,
        new: &EmailAddress,
    ) -> Result<(), AddressProofError> {
        let now = self.context.clock.now();
        let Some(account) = local_accounts::find_by_member(tx, member).await? else {
            return Ok(local_accounts::insert_address(tx, member, new, now).await?);
        };
        let is_settled = former_mailbox::is_proven_for_long(tx, member, now).await?;
        if !local_accounts::set_email(tx, &account, new, now).await? {
            return Err(BadProof.into());
        }
        let former = Former { member, address: &account.email, is_settled };
        Ok(former_mailbox::keep(&self.context, tx, former).await?)
    }
}

/// What is done with an address that a member wants.
async fn decision(
    tx: &mut Transaction,
    member: MemberId,
    claim: Claim,
    new: &EmailAddress,
) -> Result<Decision, DbError> {
    let address = if is_anothers(tx, member, new).await? { Address::Password } else { Address::Free };
    Ok(Situation::new_address(claim, address).decision())
}

/// Whether another member has the mailbox: they sign in by it, or come by a provider that vouches for it.
async fn is_anothers(tx: &mut Transaction, member: MemberId, email: &EmailAddress) -> Result<bool, DbError> {
    let owner = local_accounts::find_by_email(tx, email).await?;
    Ok(owner.is_some_and(|owner| owner.member != member)
        || local_accounts::is_vouched_for_another(tx, member, email).await?)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RequestBody {
    #[schema(required = true, nullable = false, value_type = String, example = "hong@example.com")]
    email: Option<String>,
    #[schema(required = true, nullable = false, value_type = String, example = "마당 눈 위에 발자국 하나 둘")]
    password: Option<String>,
}

/// Asks for the mail: the same 202 whether the address is free or not. Who they are was proven again by the password, so
/// their browser's session gets another secret (S-COOKIE-5).
pub(crate) async fn request(
    SignedIn { caller, .. }: SignedIn<Caller>,
    State(changes): State<AddressChanges>,
    context: RequestContext,
    sender: Sender,
    body: Result<StrictBody<RequestBody>, Refusal>,
) -> Result<Success<Next>, AddressChangeError> {
    let StrictBody(value) = body?;
    let mut fields = Fields::default();
    let email = fields.email(value.email.as_deref());
    let current = fields.password("password", value.password.as_deref());
    let (email, current) = fields.done(email.zip(current))?;
    changes.request_address_change(caller.member, current, &email, &context).await?;
    let renew = async |mut tx: LentTransaction| {
        let renewed = sender.renewal().make(&mut tx).await?;
        Ok::<_, AddressChangeError>(tx.commit(renewed))
    };
    let renewed = changes.context.db.transact(renew).await?;
    changes.revocation.know_at_once().await;
    if let Some(renewed) = renewed {
        sender.browser.cookies.add(renewed.cookie);
    }
    Ok(Success::accepted(Step::ProveNewAddress.into()))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProofBody {
    #[schema(nullable = false, example = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    token: Option<String>,
    #[schema(nullable = false, example = "hong@example.com")]
    email: Option<String>,
    #[schema(nullable = false, example = "123456")]
    code: Option<String>,
}

/// Takes the proof. The reader of the mail need not be signed in on that device.
pub(crate) async fn prove(
    State(changes): State<AddressChanges>,
    context: RequestContext,
    body: Result<StrictBody<ProofBody>, Refusal>,
) -> Result<Success<Next>, AddressProofError> {
    let StrictBody(value) = body?;
    let mut fields = Fields::default();
    let proof = fields.proof(value.token.as_deref(), value.email.as_deref(), value.code.as_deref());
    let proof = fields.done(proof)?;
    changes.prove_new_address(&proof, &context).await?;
    Ok(Success::ok(Step::Done.into()))
}
