//! `POST /api/users/me/password`: another password by somebody who knows the present one, and the first one of somebody
//! who came by a provider.
//!
//! The slow part, which compares and hashes, comes before the transaction, and what it found is carried into it as a
//! value. The browser from which the change comes stays signed in: its session is [renewed](Renewal) in that transaction,
//! and all others end in it.

use audit::{AuditEvent, AuditKind};
use axum::extract::State;
use db::{DbError, Transaction};
use names::{EmailAddress, MemberId};
use serde::Deserialize;
use tokens::EndReason;
use utoipa::ToSchema;
use web::guard::{Fresh, SignedIn};
use web::{Browser, FieldProblem, Refusal, StrictBody, Success};

use crate::accounts::Accounts;
use crate::api::MembersApi;
use crate::caller::{Caller, Renewal, Renewed};
use crate::field::Fields;
use crate::lifecycle::store::sign_ups;
use crate::model::error::AccountError;
use crate::model::member::MemberStatus;
use crate::model::password::Password;
use crate::model::store::members;
use crate::next::{Next, Step};
use crate::password::password_hasher::Decision;
use crate::password::store::local_accounts;
use crate::password::store::local_accounts::LocalAccount;
use crate::repeat::Sent;
use crate::request_context::RequestContext;

/// A change of a password that was found to be in order and is not made yet.
#[must_use = "nothing has changed yet"]
pub struct PasswordChange {
    account: LocalAccount,
    hash: String,
}

/// The first password of a member, found to be in order and not set yet.
#[must_use = "nothing has changed yet"]
pub struct FirstPassword {
    member: MemberId,
    email: EmailAddress,
    hash: String,
}

impl Accounts {
    /// Compares the present password of `member`, which is how they prove again who they are. Tries count like those of a
    /// sign-in.
    pub(crate) async fn account_of(
        &self,
        (member, current): (MemberId, Password),
        kind: AuditKind,
        context: &RequestContext,
    ) -> Result<LocalAccount, AccountError> {
        let account = {
            let mut reader = self.db.read().await?;
            local_accounts::find_by_member(&mut reader, member).await?.ok_or(AccountError::NoPassword)?
        };
        if account.status != MemberStatus::Active {
            return Err(AccountError::NotSignedIn);
        }
        self.limits.password_of(&account.email, Some(account.changed_at), context.network).await?;
        // Not barred by failures of strangers: anyone who is signed in is known (S-RATE-1).
        let stored = account.password_hash.clone();
        let decision = self
            .hasher
            .in_turn(context.network, move |hasher| hasher.verify(&current, Some(&stored)))
            .await??;
        if decision == Decision::Wrong {
            let refused = AuditEvent::new(kind, &context.source).about(member.uuid());
            self.audit.record_refusal(&refused.failed(AccountError::WrongPassword.reason())).await?;
            return Err(AccountError::WrongPassword);
        }
        Ok(account)
    }

    /// Finds out whether `member` may change their password to `new`.
    ///
    /// # Errors
    /// When the present one is another, or the new one is not taken.
    pub async fn check_password_change(
        &self,
        (member, current): (MemberId, Password),
        new: Password,
        context: &RequestContext,
    ) -> Result<PasswordChange, AccountError> {
        let account = self.account_of((member, current), AuditKind::PasswordChange, context).await?;
        let hash = self.hash_new(new, (&account.email, &account.nickname), context.network).await?;
        Ok(PasswordChange { account, hash })
    }

    /// Makes the change. The browser that it comes from gets another secret; all other sessions and tokens of the member
    /// end, and those of an app that made the change as well; the owner is told by mail (S-ACC-10).
    ///
    /// # Errors
    /// [`AccountError::ChangedMeanwhile`] when another change came first, [`AccountError::NotSignedIn`] when the browser
    /// signed out meanwhile.
    pub async fn change_password(
        &self,
        tx: &mut Transaction,
        change: &PasswordChange,
        renewal: Renewal<'_>,
        context: &RequestContext,
    ) -> Result<Option<Renewed>, AccountError> {
        let PasswordChange { account, hash } = change;
        if !local_accounts::set_password(tx, account, hash, self.clock.now()).await? {
            return Err(AccountError::ChangedMeanwhile);
        }
        let renewed = renewal.make(tx).await?;
        let reason = EndReason::PasswordChanged;
        match &renewed {
            Some(Renewed { session, .. }) => self.end_others(tx, (account.member, *session), reason).await?,
            None => self.end_everything(tx, account.member, reason).await?,
        }
        self.tell_changed(tx, account, context.language).await?;
        let changed = AuditEvent::new(AuditKind::PasswordChange, &context.source);
        self.audit.record(tx, &changed.about(account.member.uuid())).await?;
        Ok(renewed)
    }

    /// Finds out whether a member who signs in by a provider may have a password for the address `email`: they proved a
    /// moment ago who they are, and a provider of theirs vouches for the address.
    ///
    /// # Errors
    /// When the address is another's or not proven, or when the password is not taken.
    pub async fn check_first_password(
        &self,
        Fresh { caller, .. }: &Fresh<Caller>,
        (email, password): (EmailAddress, Password),
        context: &RequestContext,
    ) -> Result<FirstPassword, AccountError> {
        let member = {
            let mut reader = self.db.read().await?;
            if local_accounts::find_by_member(&mut reader, caller.member).await?.is_some() {
                return Err(AccountError::HasPassword);
            }
            if !members::has_proven(&mut reader, caller.member, &email).await? {
                let problem = FieldProblem::new("email", "an address that a provider vouches for");
                return Err(AccountError::Fields(vec![FieldProblem {
                    reason: Some("NOT_PROVEN"),
                    ..problem
                }]));
            }
            members::find(&mut reader, caller.member).await?.ok_or(AccountError::NotSignedIn)?
        };
        let hash = self.hash_new(password, (&email, &member.nickname), context.network).await?;
        Ok(FirstPassword { member: member.id, email, hash })
    }

    /// Sets it, and discards what others left waiting for the address (S-UP-11). Other sessions go on: nothing that was
    /// known before has changed. That of this browser gets another secret, as with every new sign-in method (S-COOKIE-5).
    ///
    /// # Errors
    /// [`AccountError::Taken`] when the address has an account by now, [`AccountError::NotSignedIn`] when the browser
    /// signed out meanwhile.
    pub async fn set_first_password(
        &self,
        tx: &mut Transaction,
        first: &FirstPassword,
        renewal: Renewal<'_>,
        context: &RequestContext,
    ) -> Result<Option<Renewed>, AccountError> {
        let FirstPassword { member, email, hash } = first;
        match local_accounts::insert(tx, *member, (email, hash), self.clock.now()).await {
            Err(DbError::Exists(_)) => return Err(AccountError::Taken),
            result => result?,
        }
        sign_ups::delete_of_address(tx, email).await?;
        let renewed = renewal.make(tx).await?;
        self.ports
            .mails
            .queue(tx, email, context.language, crate::model::mail_template::MailTemplate::PasswordChanged)
            .await?;
        self.audit
            .record(tx, &AuditEvent::new(AuditKind::PasswordChange, &context.source).about(member.uuid()))
            .await?;
        Ok(renewed)
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeBody {
    #[schema(required = true, nullable = false, value_type = String, example = "마당 눈 위에 발자국 하나 둘")]
    current_password: Option<String>,
    #[schema(required = true, nullable = false, value_type = String, example = "마당 눈 위에 발자국 하나 둘")]
    password: Option<String>,
}

/// The page for who signs in with the new password.
pub(crate) const SIGN_IN: &str = "/oauth/login?notice=password_changed";

/// Changes the caller's password. Their browser stays signed in, whether it sent a form or JSON; a program signs in again.
pub(crate) async fn post(
    caller: Option<SignedIn<Caller>>,
    State(api): State<MembersApi>,
    context: RequestContext,
    browser: Browser,
    body: Result<StrictBody<ChangeBody>, Refusal>,
) -> Result<Success<Next>, AccountError> {
    // Who asks comes first: a stranger is not told what the body should be (S-BFF-7).
    let (caller, StrictBody(value)) = match (caller, body) {
        (None, Err(_)) => return Err(AccountError::NotSignedIn),
        (caller, body) => (caller, body?),
    };
    let mut fields = Fields::default();
    let current = fields.password("current_password", value.current_password.as_deref());
    let new = fields.password("password", value.password.as_deref());
    let accounts = &api.accounts;
    let Some(SignedIn { caller, .. }) = caller else {
        // The new cookie got lost with the answer to the first request: the password is changed all the same.
        let new = new.ok_or(AccountError::NotSignedIn)?;
        return match accounts.answered(Sent::ChangePassword, &context).await? {
            Some(member) if accounts.has_password(member, new, context.network).await? => {
                Ok(Success::ok(Step::SignIn.into()).leading_to(SIGN_IN))
            }
            _ => Err(AccountError::NotSignedIn),
        };
    };
    let (current, new) = fields.done(current.zip(new))?;
    let change = accounts.check_password_change((caller.member, current), new, &context).await?;
    let renewal = Renewal::of(&*api.callers, &browser.headers);
    let mut tx = accounts.db.begin().await?;
    let renewed = accounts.change_password(&mut tx, &change, renewal, &context).await?;
    accounts.remember(&mut tx, Sent::ChangePassword, caller.member, &context).await?;
    tx.commit().await?;
    accounts.know_at_once().await;
    Ok(match renewed {
        Some(renewed) => {
            browser.cookies.add(renewed.cookie);
            Success::ok(Step::Done.into())
        }
        None => Success::ok(Step::SignIn.into()).leading_to(SIGN_IN),
    })
}
