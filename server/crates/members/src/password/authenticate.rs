//! Finding the member with an address and a password. All failures get the same answer (S-ACC-6).

use std::sync::Arc;

use audit::{AuditEvent, AuditKind};
use db::{DbError, LentTransaction, Transaction};
use kernel::Timestamp;
use names::{EmailAddress, MemberId, SignInMethod};
use web::{Refuse as _, RequestContext, flow_error};

use crate::announce::{self, SignIn};
use crate::context::Context;
use crate::failure::Failure;
use crate::lifecycle::revival;
use crate::limits::Limits;
use crate::model::member::Member;
use crate::model::password::Password;
use crate::password::password_hasher::HashingError;
use crate::password::password_hasher::{Decision, PasswordHasher};
use crate::password::store::local_accounts;
use crate::password::store::local_accounts::LocalAccount;
use crate::reason::{BadCredentials, Limited};

/// Somebody whose password was correct a moment ago. Create their session with [`PasswordSignIn::sign_in_by_password`], which
/// checks again.
#[derive(Clone, Debug)]
#[must_use = "nobody is signed in yet"]
pub struct Authenticated {
    member: MemberId,
    /// Whose password was compared in this request; `None` where that was a while ago.
    email: Option<EmailAddress>,
    /// Identifies the password that was compared.
    changed_at: Timestamp,
}

impl Authenticated {
    /// Somebody whose password was right a while ago: who, and when it was [set](Self::changed_at). It is checked again.
    pub const fn before(member: MemberId, changed_at: Timestamp) -> Self {
        Self { member, email: None, changed_at }
    }

    /// The member whose password was right.
    pub const fn member(&self) -> MemberId {
        self.member
    }

    /// When the password that was compared was set.
    pub const fn changed_at(&self) -> Timestamp {
        self.changed_at
    }
}

flow_error! {
    /// Why nobody signs in with an address and a password.
    pub enum PasswordSignInError {
        BadCredentials(BadCredentials);
        Limited(Limited);
        Hashing(HashingError);
        Failed(Failure) from DbError;
    }
}

/// Signs in with address and password. Cheap to clone.
#[derive(Clone)]
pub struct PasswordSignIn {
    pub(crate) context: Context,
    pub(crate) hasher: PasswordHasher,
    pub(crate) limits: Arc<Limits>,
}

impl PasswordSignIn {
    /// Compares a password with that of the account at `email`. The address is passed as it was typed.
    ///
    /// Unknown, wrong, without a password, disabled, not proven: all get the same [`PasswordSignInError::BadCredentials`], after
    /// the same work: one look-up, one comparison, one transaction with a row of the audit log.
    ///
    /// # Errors
    /// That, or too many tries, or too many passwords being worked on.
    pub async fn authenticate(
        &self,
        email: &str,
        password: &str,
        context: &RequestContext,
    ) -> Result<Authenticated, PasswordSignInError> {
        self.limits.password_from(context.network).await?;
        let (Some(email), Some(password)) = (kernel::email_address::read(email), Password::parse(password))
        else {
            return Err(BadCredentials.into());
        };
        let account = {
            let mut reader = self.context.db.read().await?;
            local_accounts::find_by_email(&mut reader, &email).await?
        };
        let changed_at = account.as_ref().map(|account| account.changed_at);
        self.limits.password_of(&email, changed_at, context.network).await?;
        let stored = account.as_ref().and_then(LocalAccount::comparable).map(str::to_owned);
        let (decision, stronger) = self
            .hasher
            .in_turn(context.network, move |hasher| {
                let decision = hasher.verify(&password, stored.as_deref())?;
                let outgrown = decision == Decision::RightButOutgrown;
                let stronger = outgrown.then(|| hasher.hash(&password)).transpose()?;
                Ok::<_, HashingError>((decision, stronger))
            })
            .await??;
        match account {
            Some(account) if decision != Decision::Wrong => {
                if let Some(stronger) = stronger {
                    let rehash = async |mut tx: LentTransaction| {
                        local_accounts::rehash(&mut tx, &account, &stronger).await?;
                        Ok::<_, DbError>(tx.commit(()))
                    };
                    self.context.db.transact(rehash).await?;
                }
                Ok(Authenticated {
                    member: account.member,
                    email: Some(email),
                    changed_at: account.changed_at,
                })
            }
            account => {
                let member = account.map(|account| account.member);
                let failed = AuditEvent::new(AuditKind::SignIn, &context.source)
                    .failed(BadCredentials.audit_reason())
                    .about_known(member.map(MemberId::uuid));
                let count = async |mut tx: LentTransaction| {
                    local_accounts::count_failure(&mut tx, member).await?;
                    self.context.audit.record_folded(&mut tx, &failed).await?;
                    Ok::<_, DbError>(tx.commit(()))
                };
                self.context.db.transact(count).await?;
                Err(BadCredentials.into())
            }
        }
    }

    /// Signs somebody in, within the transaction that creates their session: looks whether the account still is as it was when
    /// the password was compared, holds its rows until the commit, and announces the sign-in. So a concurrent password change or
    /// deletion comes entirely before or entirely after.
    ///
    /// # Errors
    /// [`PasswordSignInError::BadCredentials`] when it is not.
    pub async fn sign_in_by_password(
        &self,
        tx: &mut Transaction,
        authenticated: &Authenticated,
        context: &RequestContext,
    ) -> Result<Member, PasswordSignInError> {
        let &Authenticated { member, ref email, changed_at } = authenticated;
        let member = revival::hold(&self.context, tx, member, context).await?.ok_or(BadCredentials)?;
        if !local_accounts::confirm(tx, member.id, changed_at, self.context.clock.now()).await? {
            return Err(BadCredentials.into());
        }
        if let Some(email) = email {
            self.limits.password_was_right(tx, email, changed_at, context.network).await?;
        }
        let login = SignIn { member: &member, method: SignInMethod::Password, context };
        announce::sign_in(tx, login, &*self.context.clock, &*self.context.randomness).await?;
        Ok(member)
    }
}
