//! `POST /api/users/me/password`: another password by somebody who knows the present one, and the first one of somebody
//! who came by a provider.
//!
//! The slow part, which compares and hashes, comes before the transaction, and what it found is carried into it as a
//! value. So a caller who stands above this part, such as the sessions, can put a new session of theirs into the same
//! transaction: [`Accounts::change_password`] ends all of them.

use axum::extract::State;
use axum::response::Response;
use db::{DbError, Transaction};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use tokens::EndReason;
use web::{FieldProblem, Refusal, StrictBody};

use crate::caller::ChangingCaller;
use crate::field::Fields;
use crate::password_hasher::Verdict;
use crate::store::accounts::{self, LocalAccount};
use crate::store::{self, sign_ups};
use crate::{
    AccountError, Accounts, AuditKind, Caller, EmailAddress, MemberId, MemberStatus, MembersApi, Outcome,
    Password, Visitor, answer,
};

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
    /// Compares the present password of `member`, which is how they prove anew who they are. Tries count like those of a
    /// sign-in.
    pub(crate) async fn account_of(
        &self,
        (member, current): (MemberId, Password),
        kind: AuditKind,
        visitor: &Visitor,
    ) -> Result<LocalAccount, AccountError> {
        let account = {
            let mut reader = self.db.read().await?;
            accounts::find_by_member(&mut reader, member).await?.ok_or(AccountError::NoPassword)?
        };
        if account.status != MemberStatus::Active {
            return Err(AccountError::NotSignedIn);
        }
        self.limits.password_of(&account.email, Some(account.changed_at), visitor.network).await?;
        // Not barred by failures of strangers: whoever is signed in is known (S-RATE-1).
        let stored = account.password_hash.clone();
        let verdict = self.hasher.in_turn(move |hasher| hasher.verify(&current, Some(&stored))).await??;
        if verdict == Verdict::Wrong {
            self.note_failure((kind, AccountError::WrongPassword.reason()), Some(member), visitor).await?;
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
        visitor: &Visitor,
    ) -> Result<PasswordChange, AccountError> {
        let account = self.account_of((member, current), AuditKind::PasswordChange, visitor).await?;
        let hash = self.hash_new(new, (&account.email, &account.nickname)).await?;
        Ok(PasswordChange { account, hash })
    }

    /// Makes the change. All sessions and tokens of the member end with it, that of this caller too; the owner is told
    /// by mail (S-ACC-10).
    ///
    /// # Errors
    /// [`AccountError::ChangedMeanwhile`] when another change came first.
    pub async fn change_password(
        &self,
        tx: &mut Transaction,
        change: &PasswordChange,
        visitor: &Visitor,
    ) -> Result<(), AccountError> {
        let PasswordChange { account, hash } = change;
        if !accounts::set_password(tx, account, hash, self.clock.now()).await? {
            return Err(AccountError::ChangedMeanwhile);
        }
        self.end_everything(tx, account.member, EndReason::PasswordChanged).await?;
        self.tell_changed(tx, account, visitor.language).await?;
        let what = (AuditKind::PasswordChange, Outcome::Success);
        Ok(self.note(tx, what, Some(account.member), visitor).await?)
    }

    /// Finds out whether `caller`, who comes in by a provider, may have a password for the address `email`: they proved
    /// who they are a moment ago, and a provider of theirs vouches for the address.
    ///
    /// # Errors
    /// When they did not, when the address is another's or not proven, or when the password is not taken.
    pub async fn check_first_password(
        &self,
        caller: &Caller,
        (email, password): (EmailAddress, Password),
    ) -> Result<FirstPassword, AccountError> {
        if !caller.is_fresh(self.clock.now()) {
            return Err(AccountError::NotFresh);
        }
        let member = {
            let mut reader = self.db.read().await?;
            if accounts::find_by_member(&mut reader, caller.member).await?.is_some() {
                return Err(AccountError::HasPassword);
            }
            if !store::has_proven(&mut reader, caller.member, &email).await? {
                let problem = FieldProblem::new("email", "an address that a provider vouches for");
                return Err(AccountError::Fields(vec![FieldProblem {
                    reason: Some("NOT_PROVEN"),
                    ..problem
                }]));
            }
            store::find(&mut reader, caller.member).await?.ok_or(AccountError::NotSignedIn)?
        };
        let hash = self.hash_new(password, (&email, &member.nickname)).await?;
        Ok(FirstPassword { member: member.id, email, hash })
    }

    /// Sets it, and discards what others left waiting for the address (S-UP-11). Sessions go on: nothing that was known
    /// before has changed.
    ///
    /// # Errors
    /// [`AccountError::Taken`] when the address has an account by now.
    pub async fn set_first_password(
        &self,
        tx: &mut Transaction,
        first: &FirstPassword,
        visitor: &Visitor,
    ) -> Result<(), AccountError> {
        let FirstPassword { member, email, hash } = first;
        match accounts::insert(tx, *member, (email, hash), self.clock.now()).await {
            Err(DbError::Exists(_)) => return Err(AccountError::Taken),
            result => result?,
        }
        sign_ups::delete_of_address(tx, email).await?;
        self.ports.letters.queue(tx, email, visitor.language, crate::Letter::PasswordChanged).await?;
        Ok(self.note(tx, (AuditKind::PasswordChange, Outcome::Success), Some(*member), visitor).await?)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeBody {
    current_password: Option<String>,
    password: Option<String>,
}

#[derive(Serialize)]
struct Next {
    next: &'static str,
}

/// Changes the caller's password and ends all their sessions. A browser is better served by the sessions, which can give
/// it a new one in the same transaction.
pub(crate) async fn post(
    State(api): State<MembersApi>,
    visitor: Visitor,
    ChangingCaller(caller): ChangingCaller,
    body: Result<StrictBody<ChangeBody>, Refusal>,
) -> Result<Response, AccountError> {
    let StrictBody { value, encoding } = body?;
    let mut fields = Fields::default();
    let current = fields.password("current_password", value.current_password.as_deref());
    let new = fields.password("password", value.password.as_deref());
    let (current, new) = fields.done(current.zip(new))?;
    let accounts = &api.accounts;
    let change = accounts.check_password_change((caller.member, current), new, &visitor).await?;
    let mut tx = accounts.db.begin().await?;
    accounts.change_password(&mut tx, &change, &visitor).await?;
    tx.commit().await?;
    let next = Next { next: "SIGN_IN" };
    Ok(answer::either(encoding, (StatusCode::OK, next), "/oauth/login?notice=password_changed"))
}
