//! `POST /api/users/deletion/cancel`: the link of the mail that announces a deletion keeps the account (decision 41). It
//! takes no password and signs nobody in: an owner who was locked out by others still has their mailbox.

use audit::AuditKind;
use axum::extract::State;
use db::{DbError, LentTransaction};
use kernel::OpaqueToken;
use names::MemberId;
use serde::Deserialize;
use utoipa::ToSchema;
use web::endpoint_error;
use web::reason::{FieldErrors, InputError};
use web::{Refusal, RequestContext, StrictBody, Success};

use crate::context::Context;
use crate::email::mail_proofs::{MailProofs, Spending};
use crate::email::mail_token::MailTokenError;
use crate::email::mail_token::MailTokens;
use crate::email::store::mail_tokens;
use crate::failure::Failure;
use crate::field::Fields;
use crate::lifecycle::revival;
use crate::model::mail_proof::Proof;
use crate::model::mail_purpose::MailPurpose;
use crate::model::member::MemberStatus;
use crate::model::store::members;
use crate::next::{Next, Step};
use crate::reason::{BadProof, Limited};
use crate::repeat::Sent;

endpoint_error! {
    /// Why an account is not kept.
    pub enum KeepError {
        Input(InputError) from Refusal, FieldErrors;
        BadProof(BadProof);
        Limited(Limited);
        Token(MailTokenError);
        Failed(Failure) from DbError;
    }
}

/// Keeps accounts that were to be deleted. Cheap to clone.
#[derive(Clone)]
pub struct KeptAccounts {
    pub(crate) context: Context,
    pub(crate) mail_tokens: MailTokens,
    pub(crate) proofs: MailProofs,
}

impl KeptAccounts {
    /// Keeps the account that was to be deleted, by the token of that mail. If its owner signed in since, it is already kept.
    ///
    /// # Errors
    /// [`KeepError::BadProof`], also when the account is gone.
    pub async fn keep_account(&self, token: OpaqueToken, context: &RequestContext) -> Result<(), KeepError> {
        let proof = Proof::Token(token);
        let spending = Spending { sent: Sent::Keep(&proof), what: AuditKind::DeletionCancelled };
        let keep = self.try_keep_account(&proof, context);
        self.proofs.spend(spending, context, keep, async |member| self.is_kept(member).await).await
    }

    /// Whether the account is kept still: it may have been given up again since.
    async fn is_kept(&self, member: MemberId) -> Result<Option<()>, KeepError> {
        let mut reader = self.context.db.read().await?;
        let there = members::find(&mut reader, member).await?;
        Ok(there.filter(|member| member.status == MemberStatus::Active).map(|_| ()))
    }

    async fn try_keep_account(&self, proof: &Proof, context: &RequestContext) -> Result<(), KeepError> {
        let found = self.mail_tokens.find_token(MailPurpose::KeepAccount, proof, context).await?;
        let found = found.ok_or(BadProof)?;
        let member = MemberId::parse(&found.owner).map_err(|_| BadProof)?;
        let keep = async |mut tx: LentTransaction| {
            // The member's row first, as where an account is erased.
            if !revival::keep(&self.context, &mut tx, member, context).await? {
                let there = members::find(&mut tx, member).await?;
                there.filter(|member| member.status == MemberStatus::Active).ok_or(BadProof)?;
            }
            let now = self.context.clock.now();
            if !mail_tokens::spend(&mut tx, &found.token, MailPurpose::KeepAccount, now).await? {
                return Err(BadProof.into());
            }
            self.proofs.remember(&mut tx, Sent::Keep(proof), member, context).await?;
            Ok::<_, KeepError>(tx.commit(()))
        };
        self.context.db.transact(keep).await
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeepBody {
    #[schema(required = true, nullable = false, value_type = String, example = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    token: Option<String>,
}

/// Takes the token. Nobody is signed in with it.
pub(crate) async fn post(
    State(kept): State<KeptAccounts>,
    context: RequestContext,
    body: Result<StrictBody<KeepBody>, Refusal>,
) -> Result<Success<Next>, KeepError> {
    let StrictBody(value) = body?;
    let mut fields = Fields::default();
    let token = value.token.as_deref().and_then(OpaqueToken::parse);
    let token = fields.take("token", "the token of the link", token);
    kept.keep_account(fields.done(token)?, &context).await?;
    Ok(Success::ok(Step::SignIn.into()))
}
