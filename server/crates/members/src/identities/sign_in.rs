//! Somebody comes back from a provider to sign in: what the [matrix](crate::model::link_matrix) says is done, in the transaction
//! that makes their session.

use audit::{AuditEvent, AuditKind};
use db::{DbError, Transaction};
use kernel::NewId as _;
use names::{MemberId, SignInMethod};
use providers::ProviderIdentity;

use crate::accounts::Accounts;
use crate::announce::{self, SignIn};
use crate::email::store::mail_tokens;
use crate::identities::store::identities;
use crate::identities::store::identities::Identity;
use crate::identities::unlink_job;
use crate::lifecycle::store::{deletions, sign_ups};
use crate::model::error::AccountError;
use crate::model::identity_id::IdentityId;
use crate::model::link_matrix::{Address, Began, By, Claim, Decision, Holder, Situation};
use crate::model::member::{Member, MemberStatus};
use crate::model::profile::Nickname;
use crate::model::store::members;
use crate::request_context::RequestContext;

/// Who signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The member.
    pub member: Member,
    /// Whether this was their first time.
    pub first_time: bool,
}

/// Why somebody with a good identity does not sign in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The account is disabled.
    #[error("the account is disabled")]
    Disabled,
    /// The address has an account, and this identity is none of its sign-in methods yet: its owner signs in as before, and
    /// links it then.
    #[error("the address has an account with another sign-in method")]
    AddressHasAccount,
    /// The account. [`AccountError::ChangedMeanwhile`] means that it was disabled, deleted, kept or made in this moment: the
    /// same call in a new transaction finds it as it is.
    #[error(transparent)]
    Account(AccountError),
    /// The database. [`DbError::Exists`] means that the same person's first sign-in won a race in another tab: the
    /// same call in a new transaction finds them.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<AccountError> for SignInError {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Db(error) => Self::Db(error),
            other => Self::Account(other),
        }
    }
}

impl Accounts {
    /// Finds or makes the member of `identity` and announces that they signed in, within the caller's transaction.
    ///
    /// # Errors
    /// As [`SignInError`] says.
    pub async fn sign_in_by_provider(
        &self,
        tx: &mut Transaction,
        identity: &ProviderIdentity,
        context: &RequestContext,
    ) -> Result<SignedIn, SignInError> {
        let (situation, known) = self.situation(tx, identity, None).await?;
        let signed_in = match situation.decision() {
            Decision::SignIn => self.return_to(tx, (known, identity)).await?,
            Decision::SignInAndKeep => {
                if let Some(known) = &known {
                    self.keep(tx, known.member, context).await?;
                }
                self.return_to(tx, (known, identity)).await?
            }
            Decision::NewMember => self.make(tx, identity).await?,
            Decision::NewMemberAlone => {
                self.discard_waiting(tx, identity).await?;
                self.make(tx, identity).await?
            }
            Decision::AskToSignIn => return Err(SignInError::AddressHasAccount),
            // The others are of those who link, or sign up.
            Decision::RefuseDisabled
            | Decision::Wait
            | Decision::Link
            | Decision::LinkAlone
            | Decision::Nothing
            | Decision::RefuseTaken => return Err(SignInError::Disabled),
        };
        let (clock, randomness) = (&*self.clock, &*self.randomness);
        let (member, method) = (&signed_in.member, SignInMethod::Provider(identity.provider));
        if signed_in.first_time {
            announce::sign_up(tx, member, method, clock, randomness).await?;
        }
        announce::sign_in(tx, SignIn { member, method, context }, clock, randomness).await?;
        Ok(signed_in)
    }

    /// The case of `identity`, for a request without a member, or for the member `caller` who links; and the sign-in method, if there is one.
    pub(crate) async fn situation(
        &self,
        tx: &mut Transaction,
        identity: &ProviderIdentity,
        caller: Option<MemberId>,
    ) -> Result<(Situation, Option<Identity>), DbError> {
        // The address before the identity: of a first sign-in in another tab that is committed in between, the address alone
        // would be seen otherwise, and the person be told that somebody has it.
        let claim = Claim::of(identity);
        let address = match &identity.email {
            Some(email) => identities::address(tx, email, self.clock.now()).await?,
            None => Address::Free,
        };
        let known = identities::find(tx, identity.provider, &identity.subject).await?;
        let holder = match &known {
            None => Holder::Nobody,
            Some(known) if caller == Some(known.member) => Holder::Caller,
            Some(known) => match members::find(tx, known.member).await?.map(|member| member.status) {
                Some(MemberStatus::Active) => Holder::Active,
                Some(MemberStatus::Deleting) => Holder::Deleting,
                Some(MemberStatus::Disabled) | None => Holder::Disabled,
            },
        };
        let began = if caller.is_some() { Began::Member } else { Began::Anonymous };
        let by = By::Provider(identity.provider);
        Ok((Situation { by, claim, holder, address, began }, known))
    }

    async fn return_to(
        &self,
        tx: &mut Transaction,
        (known, identity): (Option<Identity>, &ProviderIdentity),
    ) -> Result<SignedIn, SignInError> {
        // Member and identity were there a moment ago; from here on they are held until the commit.
        let gone = || SignInError::Account(AccountError::ChangedMeanwhile);
        let known = known.ok_or_else(gone)?;
        let grant = self.seal_grant(known.id, identity)?;
        if !members::hold(tx, known.member).await?
            || !identities::touch(tx, known.id, identity, grant, self.clock.now()).await?
        {
            return Err(gone());
        }
        let mut member = members::find(tx, known.member).await?.ok_or_else(gone)?;
        self.repair_nickname(tx, &mut member).await?;
        unlink_job::cancel(tx, identity.provider, &identity.subject).await?;
        Ok(SignedIn { member, first_time: false })
    }

    /// Brings a name under the rule that a provider gave before it was one for all.
    async fn repair_nickname(&self, tx: &mut Transaction, member: &mut Member) -> Result<(), DbError> {
        if Nickname::parse(&member.nickname).is_some_and(|kept| kept.as_str() == member.nickname) {
            return Ok(());
        }
        member.nickname = Nickname::repaired(&member.nickname, &*self.randomness).into_text();
        let words = (member.nickname.as_str(), member.greeting.as_str());
        members::set_profile(tx, member.id, words, self.clock.now()).await
    }

    async fn make(&self, tx: &mut Transaction, identity: &ProviderIdentity) -> Result<SignedIn, SignInError> {
        let member = members::insert(tx, identity, &*self.clock, &*self.randomness).await?;
        self.add_identity(tx, member.id, identity).await?;
        Ok(SignedIn { member, first_time: true })
    }

    /// Gives the member the identity as another sign-in method. [`DbError::Exists`] when somebody has it.
    pub(crate) async fn add_identity(
        &self,
        tx: &mut Transaction,
        member: MemberId,
        identity: &ProviderIdentity,
    ) -> Result<(), AccountError> {
        let id = IdentityId::new(&*self.clock, &*self.randomness);
        let grant = self.seal_grant(id, identity)?;
        identities::insert(tx, (id, member), identity, grant, self.clock.now()).await?;
        // They came back before the provider was told that they had left.
        Ok(unlink_job::cancel(tx, identity.provider, &identity.subject).await?)
    }

    fn seal_grant(
        &self,
        id: IdentityId,
        identity: &ProviderIdentity,
    ) -> Result<Option<Vec<u8>>, AccountError> {
        let Some(grant) = &identity.grant else { return Ok(None) };
        let plain = grant.expose().as_bytes();
        let sealed = self.key_ring.seal(identities::PURPOSE, &id.to_string(), plain, &*self.randomness);
        sealed.map(Some).map_err(|_| AccountError::Internal("a grant cannot be sealed"))
    }

    /// Discards the sign-up that waits for the address of `identity`, and its mails (S-UP-11). If it does not wait any
    /// more, its proof arrived in the same moment and made a member.
    pub(crate) async fn discard_waiting(
        &self,
        tx: &mut Transaction,
        identity: &ProviderIdentity,
    ) -> Result<(), AccountError> {
        let Some(email) = &identity.email else { return Ok(()) };
        if let Some(waiting) = sign_ups::find(tx, email, self.clock.now()).await? {
            mail_tokens::delete_of_owner(tx, &waiting.id.to_string()).await?;
        }
        if sign_ups::delete_of_address(tx, email).await? {
            Ok(())
        } else {
            Err(AccountError::ChangedMeanwhile)
        }
    }

    /// Keeps a member whose account was to be deleted.
    pub(crate) async fn keep(
        &self,
        tx: &mut Transaction,
        member: MemberId,
        context: &RequestContext,
    ) -> Result<(), AccountError> {
        if !deletions::revive(tx, member, self.clock.now()).await? {
            return Err(AccountError::ChangedMeanwhile);
        }
        Ok(self
            .audit
            .record(tx, &AuditEvent::new(AuditKind::DeletionCancelled, &context.source).about(member.uuid()))
            .await?)
    }
}
