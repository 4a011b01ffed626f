//! `POST /api/users/signup/prove`: the mailbox is proven, and a member is made.
//!
//! A member is made here, so `USER_SIGNUP` is sent here: once, in the transaction that makes the member. Sent at the sign-up, it
//! would tell services of people who never existed, and anybody could have them told of any address.

use audit::AuditKind;
use axum::extract::State;
use db::{DbError, LentTransaction};
use names::{MemberId, SignInMethod};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::endpoint_error;
use web::reason::{FieldErrors, InputError};
use web::{Refusal, RequestContext, StrictBody, Success};

use crate::announce;
use crate::context::Context;
use crate::email::mail_proofs::{MailProofs, Spending};
use crate::email::mail_token::MailTokenError;
use crate::email::mail_token::MailTokens;
use crate::email::store::mail_tokens;
use crate::email::store::mail_tokens::FoundToken;
use crate::failure::Failure;
use crate::field::Fields;
use crate::identities::store::identities;
use crate::lifecycle::sign_up::audit_key;
use crate::lifecycle::store::sign_ups;
use crate::lifecycle::store::sign_ups::PendingSignUp;
use crate::model::link_matrix::Decision;
use crate::model::link_situation::{Claim, Situation};
use crate::model::mail_proof::Proof;
use crate::model::mail_purpose::MailPurpose;
use crate::model::member::Member;
use crate::model::password::Password;
use crate::model::store::members;
use crate::onward::Onward;
use crate::password::current_password::CurrentPasswords;
use crate::password::current_password::PasswordLookError;
use crate::password::new_password::NewPasswordError;
use crate::password::new_password::NewPasswords;
use crate::password::password_policy::Owner;
use crate::password::store::local_accounts;
use crate::reason::{BadProof, Limited, PasswordNeeded, Taken};
use crate::repeat::Sent;

/// A sign-up whose mailbox is proven, and the password that its account is to have.
#[derive(Clone, Copy)]
struct ProvenSignUp<'a> {
    waiting: &'a PendingSignUp,
    password_hash: &'a str,
}

endpoint_error! {
    /// Why a mailbox is not proven.
    pub enum MailboxProofError {
        Input(InputError) from Refusal, FieldErrors;
        BadProof(BadProof);
        PasswordNeeded(PasswordNeeded);
        Taken(Taken);
        Password(NewPasswordError);
        Limited(Limited);
        Token(MailTokenError);
        Look(PasswordLookError);
        Failed(Failure) from DbError;
    }
}

/// Makes the members whose mailboxes are proven. Cheap to clone.
#[derive(Clone)]
pub struct MailboxProofs {
    pub(crate) context: Context,
    pub(crate) mail_tokens: MailTokens,
    pub(crate) new: NewPasswords,
    pub(crate) current: CurrentPasswords,
    pub(crate) proofs: MailProofs,
}

impl MailboxProofs {
    /// Makes the member whose mailbox `proof` proves. A `password` given with it becomes the account's: the reader
    /// of the mail is the owner, whatever was said at sign-up.
    ///
    /// # Errors
    /// [`MailboxProofError::BadProof`], [`MailboxProofError::Taken`] when the address got a member in another way since,
    /// [`MailboxProofError::PasswordNeeded`], or a password that is not taken; after the last two the proof is still valid.
    pub async fn prove_mailbox(
        &self,
        proof: &Proof,
        password: Option<Password>,
        context: &RequestContext,
    ) -> Result<Member, MailboxProofError> {
        let spending = Spending { sent: Sent::ProveMailbox(proof), what: AuditKind::MailboxProof };
        let prove = self.try_prove_mailbox(proof, password.clone(), context);
        let again = async |member| self.proven_a_moment_ago(member, password, context).await;
        self.proofs.spend(spending, context, prove, again).await
    }

    /// The member whom the same form made, if it has the same password.
    async fn proven_a_moment_ago(
        &self,
        member: MemberId,
        password: Option<Password>,
        context: &RequestContext,
    ) -> Result<Option<Member>, MailboxProofError> {
        if let Some(password) = password
            && !self.current.has_password(member, password, context.network).await?
        {
            return Ok(None);
        }
        let mut reader = self.context.db.read().await?;
        Ok(members::find(&mut reader, member).await?)
    }

    async fn try_prove_mailbox(
        &self,
        proof: &Proof,
        password: Option<Password>,
        context: &RequestContext,
    ) -> Result<Member, MailboxProofError> {
        let found =
            self.mail_tokens.find_token(MailPurpose::ProveMailbox, proof, context).await?.ok_or(BadProof)?;
        let waiting = {
            let mut reader = self.context.db.read().await?;
            sign_ups::find_by_id(&mut reader, &found.owner, self.context.clock.now()).await?
        };
        let waiting = waiting.filter(|waiting| waiting.email == found.address).ok_or(BadProof)?;
        let password_hash = match password {
            Some(password) => {
                self.new
                    .hash_new(
                        password,
                        Owner { email: &waiting.email, nickname: &waiting.nickname },
                        context.network,
                    )
                    .await?
            }
            None if waiting.contested => return Err(PasswordNeeded.into()),
            None => waiting.password_hash.clone(),
        };
        match self
            .make_member(
                proof,
                &found,
                ProvenSignUp { waiting: &waiting, password_hash: &password_hash },
                context,
            )
            .await
        {
            // The address has got an account some other way since.
            Err(MailboxProofError::Failed(Failure::Db(DbError::Exists(_)))) => Err(BadProof.into()),
            result => result,
        }
    }

    async fn make_member(
        &self,
        proof: &Proof,
        found: &FoundToken,
        ProvenSignUp { waiting, password_hash }: ProvenSignUp<'_>,
        context: &RequestContext,
    ) -> Result<Member, MailboxProofError> {
        let (clock, randomness) = (&*self.context.clock, &*self.context.randomness);
        let now = clock.now();
        let make = async |mut tx: LentTransaction| {
            let address = identities::address(&mut tx, &waiting.email, now).await?;
            // The row must be as it was read: a sign-up that took it over meanwhile has a new password.
            if !mail_tokens::spend(&mut tx, &found.token, MailPurpose::ProveMailbox, now).await?
                || !sign_ups::delete(&mut tx, waiting).await?
            {
                return Err(BadProof.into());
            }
            match Situation::sign_up(Claim::Proven, address).decision() {
                Decision::NewMember => {}
                Decision::AskToSignIn => return Err(Taken.into()),
                _ => return Err(BadProof.into()),
            }
            let (nickname, email) = (&waiting.nickname, &waiting.email);
            let member = members::insert_local(&mut tx, nickname, email, clock, randomness).await?;
            local_accounts::insert(&mut tx, member.id, email, password_hash, now).await?;
            if !identities::is_alone(&mut tx, email, member.id).await? {
                return Err(Taken.into());
            }
            announce::sign_up(&mut tx, &member, SignInMethod::Password, clock, randomness).await?;
            self.context.audit.assign(&mut tx, &audit_key(waiting.id), member.id.uuid()).await?;
            self.context.record(&mut tx, AuditKind::MailboxProof, member.id, context).await?;
            self.proofs.remember(&mut tx, Sent::ProveMailbox(proof), member.id, context).await?;
            Ok::<_, MailboxProofError>(tx.commit(member))
        };
        self.context.db.transact(make).await
    }
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
    #[schema(nullable = false, example = "마당 눈 위에 발자국 하나 둘")]
    password: Option<String>,
    #[schema(nullable = false, example = "/device")]
    return_to: Option<String>,
}

/// The page on which the new member signs in.
pub(crate) const SIGN_IN: &str = "/oauth/login?notice=mailbox_proven";

#[derive(Serialize, ToSchema)]
pub(crate) struct Proven {
    id: String,
}

/// Takes the proof. Nobody is signed in with it: the link may be opened on any device.
pub(crate) async fn post(
    State(proofs): State<MailboxProofs>,
    context: RequestContext,
    body: Result<StrictBody<ProofBody>, Refusal>,
) -> Result<Success<Proven>, MailboxProofError> {
    let StrictBody(value) = body?;
    let mut fields = Fields::default();
    let proof = fields.proof(value.token.as_deref(), value.email.as_deref(), value.code.as_deref());
    let typed = value.password.as_deref().filter(|typed| !typed.is_empty());
    let password = typed.and_then(|typed| fields.new_password(Some(typed), &proofs.new.policy));
    let proof = fields.done(proof)?;
    let member = proofs.prove_mailbox(&proof, password, &context).await?;
    let onward = Onward::read(value.return_to.as_deref());
    Ok(Success::ok(Proven { id: member.id.to_string() }).leading_to(onward.through(SIGN_IN)))
}
