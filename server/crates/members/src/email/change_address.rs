//! Another address for an account: `POST /api/users/me/email` asks, the new mailbox proves at
//! `POST /api/users/email/prove`, and only then the account is signed in to by it (S-ACC-11).

use audit::{AuditEvent, AuditKind};
use axum::extract::State;
use db::{DbError, Transaction};
use names::{EmailAddress, MemberId};
use serde::Deserialize;
use utoipa::ToSchema;
use web::guard::SignedIn;
use web::{Browser, Refusal, StrictBody, Success};

use crate::accounts::Accounts;
use crate::api::MembersApi;
use crate::caller::{Caller, Renewal};
use crate::email::store::mail_tokens;
use crate::email::store::mail_tokens::FoundToken;
use crate::field::Fields;
use crate::lifecycle::store::sign_ups;
use crate::limits::{Budget, Leave, MailAttempt};
use crate::model::error::AccountError;
use crate::model::mail_proof::Proof;
use crate::model::mail_purpose::MailPurpose;
use crate::model::mail_template::MailTemplate;
use crate::model::member::MemberStatus;
use crate::model::password::Password;
use crate::model::store::members;
use crate::next::{Next, Step};
use crate::password::store::local_accounts;
use crate::password::store::local_accounts::LocalAccount;
use crate::repeat::Sent;
use crate::request_context::RequestContext;

impl Accounts {
    /// Sends the mail with which a new address is proven. Whether another member has the address is not said; its owner is
    /// told by mail.
    ///
    /// # Errors
    /// When the present password is another one, or too much was asked for.
    pub async fn request_address_change(
        &self,
        (member, current): (MemberId, Password),
        new: &EmailAddress,
        context: &RequestContext,
    ) -> Result<(), AccountError> {
        self.limits.mail_asked(Budget::AddressChange, context.network).await?;
        let account = self.account_of((member, current), AuditKind::AddressChangeRequest, context).await?;
        match self.send_address_proof(&account, new, context).await {
            Err(AccountError::Db(DbError::Exists(_))) => {
                self.send_address_proof(&account, new, context).await
            }
            result => result,
        }
    }

    async fn send_address_proof(
        &self,
        account: &LocalAccount,
        new: &EmailAddress,
        context: &RequestContext,
    ) -> Result<(), AccountError> {
        let mut tx = self.db.begin().await?;
        if self.is_anothers(&mut tx, account.member, new).await? {
            self.tell_owner(&mut tx, new, context).await?;
        } else if self.sends_address_proof(&mut tx, account.member, new).await? {
            let owner = account.member.to_string();
            let (token, code) =
                self.issue_token(&mut tx, MailPurpose::ProveNewAddress, (&owner, new)).await?;
            let template = MailTemplate::ProveNewAddress { token, code };
            self.ports.mails.queue(&mut tx, new, context.language, template).await?;
        }
        let asked = AuditEvent::new(AuditKind::AddressChangeRequest, &context.source);
        self.audit.record(&mut tx, &asked.about(account.member.uuid())).await?;
        Ok(tx.commit().await?)
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
                !self.has_good_mail(tx, MailPurpose::ProveNewAddress, (&owner, new)).await?
            }
        })
    }

    /// Whether another member has the mailbox: they sign in by it, or come by a provider that vouches for it.
    async fn is_anothers(
        &self,
        tx: &mut Transaction,
        member: MemberId,
        email: &EmailAddress,
    ) -> Result<bool, DbError> {
        let owner = local_accounts::find_by_email(tx, email).await?;
        Ok(owner.is_some_and(|owner| owner.member != member)
            || local_accounts::is_vouched_for_another(tx, member, email).await?)
    }

    /// Gives the account the address that `proof` proves, and tells the old one. Other mails that wait are worth nothing
    /// from then on (S-MAIL-5).
    ///
    /// # Errors
    /// [`AccountError::BadProof`], also when the address is another member's by now.
    pub async fn prove_new_address(
        &self,
        proof: &Proof,
        context: &RequestContext,
    ) -> Result<(), AccountError> {
        self.limits.proof_from(context.network).await?;
        let result = self.try_prove_new_address(proof, context).await;
        if matches!(result, Err(AccountError::BadProof)) {
            if self.answered(Sent::ProveNewAddress(proof), context).await?.is_some() {
                return Ok(());
            }
            self.audit
                .record_refusal(
                    &AuditEvent::new(AuditKind::AddressChange, &context.source).failed("bad_proof"),
                )
                .await?;
        }
        result
    }

    async fn try_prove_new_address(
        &self,
        proof: &Proof,
        context: &RequestContext,
    ) -> Result<(), AccountError> {
        let found = self
            .find_token(MailPurpose::ProveNewAddress, proof, context)
            .await?
            .ok_or(AccountError::BadProof)?;
        let member = MemberId::parse(&found.owner).map_err(|_| AccountError::BadProof)?;
        let account = {
            let mut reader = self.db.read().await?;
            local_accounts::find_by_member(&mut reader, member).await?
        };
        let account =
            account.filter(|account| account.status == MemberStatus::Active).ok_or(AccountError::BadProof)?;
        match self.spend_address_proof((proof, &found), &account, context).await {
            Err(AccountError::Db(DbError::Exists(_))) => Err(AccountError::BadProof),
            result => result,
        }
    }

    async fn spend_address_proof(
        &self,
        (proof, found): (&Proof, &FoundToken),
        account: &LocalAccount,
        context: &RequestContext,
    ) -> Result<(), AccountError> {
        let (new, now) = (&found.address, self.clock.now());
        let mut tx = self.db.begin().await?;
        if !mail_tokens::spend(&mut tx, (&found.token, MailPurpose::ProveNewAddress), now).await?
            || self.is_anothers(&mut tx, account.member, new).await?
            || !local_accounts::set_email(&mut tx, account, new, now).await?
        {
            return Err(AccountError::BadProof);
        }
        members::set_email(&mut tx, account.member, new, now).await?;
        mail_tokens::delete_of_owner(&mut tx, &account.member.to_string()).await?;
        sign_ups::delete_of_address(&mut tx, new).await?;
        self.ports
            .mails
            .queue(&mut tx, &account.email, context.language, MailTemplate::AddressChanged)
            .await?;
        self.audit
            .record(
                &mut tx,
                &AuditEvent::new(AuditKind::AddressChange, &context.source).about(account.member.uuid()),
            )
            .await?;
        self.remember(&mut tx, Sent::ProveNewAddress(proof), account.member, context).await?;
        Ok(tx.commit().await?)
    }
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
    State(api): State<MembersApi>,
    context: RequestContext,
    browser: Browser,
    body: Result<StrictBody<RequestBody>, Refusal>,
) -> Result<Success<Next>, AccountError> {
    let StrictBody(value) = body?;
    let mut fields = Fields::default();
    let email = fields.email(value.email.as_deref());
    let current = fields.password("password", value.password.as_deref());
    let (email, current) = fields.done(email.zip(current))?;
    let accounts = &api.accounts;
    accounts.request_address_change((caller.member, current), &email, &context).await?;
    let mut tx = accounts.db.begin().await?;
    let renewed = Renewal::of(&*api.callers, &browser.headers).make(&mut tx).await?;
    tx.commit().await?;
    accounts.know_at_once().await;
    if let Some(renewed) = renewed {
        browser.cookies.add(renewed.cookie);
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
    State(api): State<MembersApi>,
    context: RequestContext,
    body: Result<StrictBody<ProofBody>, Refusal>,
) -> Result<Success<Next>, AccountError> {
    let StrictBody(value) = body?;
    let mut fields = Fields::default();
    let proof = fields.proof(value.token.as_deref(), (value.email.as_deref(), value.code.as_deref()));
    let proof = fields.done(proof)?;
    api.accounts.prove_new_address(&proof, &context).await?;
    Ok(Success::ok(Step::Done.into()))
}
