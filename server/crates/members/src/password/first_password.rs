//! `POST /api/users/me/password/first`: a member who signs in with a provider, or by a passkey and has proven an address, gets a password,
//! too.

use std::sync::Arc;

use audit::AuditKind;
use axum::extract::State;
use db::{DbError, LentTransaction, Transaction};
use names::{EmailAddress, FieldReason, MailNotice, MemberId};
use serde::Deserialize;
use utoipa::ToSchema;
use web::endpoint_error;
use web::guard::Fresh;
use web::reason::{FieldErrors, InputError};
use web::{FieldProblem, Refusal, RequestContext, StrictBody, Success};

use crate::caller::RenewalError;
use crate::caller::{Caller, Renewal, Renewed, Sender};
use crate::context::Context;
use crate::email::store::mail_tokens;
use crate::failure::Failure;
use crate::field::Fields;
use crate::lifecycle::store::sign_ups;
use crate::limits::Limits;
use crate::model::mail_template::{MailTemplate, Mailer};
use crate::model::password::Password;
use crate::model::store::members;
use crate::next::{Next, Step};
use crate::password::new_password::NewPasswordError;
use crate::password::new_password::NewPasswords;
use crate::password::password_policy::Owner;
use crate::password::store::local_accounts::{self, LocalAccount};
use crate::reason::{HasPassword, Limited, NotSignedIn, Taken};
use crate::revocation::Revocation;

/// The first password of a member, found to be in order and not set yet.
#[must_use = "nothing has changed yet"]
pub struct FirstPassword {
    member: MemberId,
    email: EmailAddress,
    hash: String,
}

endpoint_error! {
    /// Why a member gets no password.
    pub enum FirstPasswordError {
        Input(InputError) from Refusal, FieldErrors;
        NotSignedIn(NotSignedIn);
        HasPassword(HasPassword);
        Taken(Taken);
        Password(NewPasswordError);
        Limited(Limited);
        Renewal(RenewalError);
        Failed(Failure) from DbError;
    }
}

/// Gives members who have none a password. Cheap to clone.
#[derive(Clone)]
pub struct FirstPasswords {
    pub(crate) context: Context,
    pub(crate) limits: Arc<Limits>,
    pub(crate) new: NewPasswords,
    pub(crate) mails: Arc<dyn Mailer>,
    pub(crate) revocation: Revocation,
}

impl FirstPasswords {
    /// Finds out whether a member who signs in with a provider may have a password for the address `email`: they proved a moment
    /// ago who they are, and a provider of theirs vouches for the address.
    ///
    /// # Errors
    /// When the address is another's or not proven, or when the password is not taken.
    pub async fn check_first_password(
        &self,
        Fresh { caller, .. }: &Fresh<Caller>,
        email: EmailAddress,
        password: Password,
        context: &RequestContext,
    ) -> Result<FirstPassword, FirstPasswordError> {
        let member = {
            let mut reader = self.context.db.read().await?;
            let account = local_accounts::find_by_member(&mut reader, caller.member).await?;
            if account.as_ref().is_some_and(LocalAccount::has_password) {
                return Err(HasPassword.into());
            }
            let is_proven = match &account {
                Some(account) => account.email == email,
                None => members::has_proven(&mut reader, caller.member, &email).await?,
            };
            if !is_proven {
                let problem =
                    FieldProblem::new("email", "your proven address, or one that a provider vouches for");
                return Err(FieldErrors(vec![FieldProblem {
                    reason: Some(FieldReason::NotProven),
                    ..problem
                }])
                .into());
            }
            members::find(&mut reader, caller.member).await?.ok_or(NotSignedIn)?
        };
        let hash = self
            .new
            .hash_new(password, Owner { email: &email, nickname: &member.nickname }, context.network)
            .await?;
        Ok(FirstPassword { member: member.id, email, hash })
    }

    /// Sets it, and discards what others left waiting for the address (S-UP-11). Other sessions go on: nothing that was known
    /// before has changed. No browser is remembered any more. That of this browser gets a new secret, as with every new sign-in method (S-COOKIE-5).
    ///
    /// # Errors
    /// [`FirstPasswordError::Taken`] when the address has an account by now, [`FirstPasswordError::Renewal`] when the browser
    /// signed out meanwhile.
    pub async fn set_first_password(
        &self,
        tx: &mut Transaction,
        first: &FirstPassword,
        renewal: Renewal<'_>,
        context: &RequestContext,
    ) -> Result<Option<Renewed>, FirstPasswordError> {
        let FirstPassword { member, email, hash } = first;
        let now = self.context.clock.now();
        match local_accounts::find_by_member(tx, *member).await? {
            Some(account) if account.has_password() || account.email != *email => {
                return Err(HasPassword.into());
            }
            Some(account) => {
                if !local_accounts::set_password(tx, &account, hash, now).await? {
                    return Err(HasPassword.into());
                }
            }
            None => match local_accounts::insert(tx, *member, email, hash, now).await {
                Err(DbError::Exists(_)) => return Err(Taken.into()),
                result => result?,
            },
        }
        // Another address is asked for by the password from now on.
        mail_tokens::delete_of_owner(tx, &member.to_string()).await?;
        sign_ups::delete_of_address(tx, email).await?;
        // Like every new password: each browser is asked for a code again.
        self.revocation.delete_devices(tx, *member).await?;
        let renewed = renewal.make(tx).await?;
        self.mails
            .queue(tx, email, context.language, MailTemplate::Notice(MailNotice::PasswordChanged))
            .await?;
        self.context.record(tx, AuditKind::PasswordChange, *member, context).await?;
        Ok(renewed)
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FirstBody {
    #[schema(required = true, nullable = false, value_type = String, example = "hong@example.com")]
    email: Option<String>,
    #[schema(required = true, nullable = false, value_type = String, example = "마당 눈 위에 발자국 하나 둘")]
    password: Option<String>,
}

/// Sets it. Sessions go on, that of this browser by a new secret.
pub(crate) async fn post(
    fresh: Fresh<Caller>,
    State(first_passwords): State<FirstPasswords>,
    context: RequestContext,
    sender: Sender,
    body: Result<StrictBody<FirstBody>, Refusal>,
) -> Result<Success<Next>, FirstPasswordError> {
    let StrictBody(value) = body?;
    let mut fields = Fields::default();
    let email = fields.email(value.email.as_deref());
    let password = fields.new_password(value.password.as_deref(), &first_passwords.new.policy);
    let (email, password) = fields.done(email.zip(password))?;
    first_passwords.limits.change_by(fresh.caller.member).await?;
    let first = first_passwords.check_first_password(&fresh, email, password, &context).await?;
    let set = async |mut tx: LentTransaction| {
        let renewed = first_passwords.set_first_password(&mut tx, &first, sender.renewal(), &context).await?;
        Ok::<_, FirstPasswordError>(tx.commit(renewed))
    };
    let renewed = first_passwords.context.db.transact(set).await?;
    first_passwords.revocation.know_at_once().await;
    if let Some(renewed) = renewed {
        sender.browser.cookies.add(renewed.cookie);
    }
    Ok(Success::ok(Step::Done.into()))
}
