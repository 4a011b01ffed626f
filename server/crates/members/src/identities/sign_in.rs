//! Somebody comes back from a provider to sign in: what the [matrix](crate::model::link_matrix) says is done, in the transaction
//! that makes their session.

use db::{DbError, Transaction};
use names::{MemberId, ProviderName, SignInMethod};
use providers::ProviderIdentity;
use url::Url;
use web::RequestContext;

use crate::announce::{self, SignIn};
use crate::context::Context;
use crate::failure::Failure;
use crate::identities::grants::Grants;
use crate::identities::situation::{discard_waiting, situation};
use crate::identities::store::identities::{Identity, Touch};
use crate::identities::store::{identities, provider_picture};
use crate::identities::{unlink_job, word};
use crate::lifecycle::revival;
use crate::member_observer::MemberChanges;
use crate::model::link_matrix::Decision;
use crate::model::link_situation::Claim;
use crate::model::member::Member;
use crate::model::profile::Nickname;
use crate::model::store::members;
use crate::reason::ChangedMeanwhile;

/// The member whom a provider signed in, and whether they are new here.
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
    /// The account was disabled, deleted, kept or made at this moment: the same call in a new transaction finds it as it is now.
    #[error(transparent)]
    ChangedMeanwhile(#[from] ChangedMeanwhile),
    /// Nothing that the caller can avoid. [`DbError::Exists`] means that the same person's first sign-in won a race in another tab: the same
    /// call in a new transaction finds them.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl From<DbError> for SignInError {
    fn from(error: DbError) -> Self {
        Self::Failed(error.into())
    }
}

/// Signs in by a provider. Cheap to clone.
#[derive(Clone)]
pub struct ProviderSignIn {
    pub(crate) context: Context,
    pub(crate) grants: Grants,
    pub(crate) changes: MemberChanges,
}

impl ProviderSignIn {
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
        let (situation, known) = situation(tx, identity, None, self.context.clock.now()).await?;
        let signed_in = match situation.decision() {
            Decision::SignIn => self.return_to(tx, known, identity).await?,
            Decision::SignInAndKeep => {
                if let Some(known) = &known
                    && !revival::keep(&self.context, tx, known.member, context).await?
                {
                    return Err(ChangedMeanwhile.into());
                }
                self.return_to(tx, known, identity).await?
            }
            Decision::NewMember => self.make(tx, identity).await?,
            Decision::NewMemberAlone => {
                if !discard_waiting(tx, identity, self.context.clock.now()).await? {
                    return Err(ChangedMeanwhile.into());
                }
                self.make(tx, identity).await?
            }
            Decision::AskToSignIn => return Err(SignInError::AddressHasAccount),
            // The others are of those who link, or sign up.
            Decision::RefuseDisabled
            | Decision::RefuseUnknown
            | Decision::Wait
            | Decision::Link
            | Decision::LinkAlone
            | Decision::Nothing
            | Decision::RefuseTaken
            | Decision::TellOwner => return Err(SignInError::Disabled),
        };
        let (clock, randomness) = (&*self.context.clock, &*self.context.randomness);
        let (member, method) = (&signed_in.member, SignInMethod::Provider(identity.provider));
        if signed_in.first_time {
            announce::sign_up(tx, member, method, clock, randomness).await?;
        }
        announce::sign_in(tx, SignIn { member, method, context }, clock, randomness).await?;
        Ok(signed_in)
    }

    /// Stores what a provider says of a member who came back from it and is still to show a code: which address they have there,
    /// whether it vouches for that, and their picture. It may never say so again. When they signed in last, and what the provider
    /// lets us do, stays as it was until they have.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn store_claims(
        &self,
        tx: &mut Transaction,
        identity: &ProviderIdentity,
    ) -> Result<(), DbError> {
        let (_, known) = situation(tx, identity, None, self.context.clock.now()).await?;
        let Some(known) = known else { return Ok(()) };
        if !members::hold(tx, known.member).await? {
            return Ok(());
        }
        identities::set_address_claim(tx, known.id, identity).await?;
        word::note_change(&self.context, tx, &known, identity).await?;
        if let Some(mut member) = members::find(tx, known.member).await? {
            self.repair_nickname(tx, &mut member).await?;
            self.refresh_picture(tx, &mut member, &known, identity).await?;
        }
        Ok(())
    }

    /// Lets a member in who came from a provider a while ago, and who has shown a code since: the account and the identity are
    /// looked at once more, and the sign-in is announced.
    ///
    /// # Errors
    /// [`SignInError::Disabled`] when the account is disabled, or nothing at that provider is theirs any more.
    pub async fn return_by_provider(
        &self,
        tx: &mut Transaction,
        member: MemberId,
        provider: ProviderName,
        context: &RequestContext,
    ) -> Result<Member, SignInError> {
        let member = revival::hold(&self.context, tx, member, context).await?.ok_or(SignInError::Disabled)?;
        let linked = identities::of_member(tx, member.id).await?;
        if !linked.iter().any(|identity| identity.provider == provider) {
            return Err(SignInError::Disabled);
        }
        let (clock, randomness) = (&*self.context.clock, &*self.context.randomness);
        let sign_in = SignIn { member: &member, method: SignInMethod::Provider(provider), context };
        announce::sign_in(tx, sign_in, clock, randomness).await?;
        Ok(member)
    }

    async fn return_to(
        &self,
        tx: &mut Transaction,
        known: Option<Identity>,
        identity: &ProviderIdentity,
    ) -> Result<SignedIn, SignInError> {
        // Member and identity existed a moment ago; from here on they are locked until the commit.
        let gone = || SignInError::from(ChangedMeanwhile);
        let known = known.ok_or_else(gone)?;
        let grant = self.grants.seal_grant(known.id, identity)?;
        let touch = Touch { grant_sealed: grant, now: self.context.clock.now() };
        let [held, touched, _] = tx
            .execute_together([
                members::holding(tx.dialect(), known.member),
                identities::touching(known.id, identity, touch),
                unlink_job::cancelling(identity.provider, &identity.subject),
            ])
            .await?;
        let mut member = members::read_held(&held.rows)?.ok_or_else(gone)?;
        if touched.changed != 1 {
            return Err(gone());
        }
        word::note_change(&self.context, tx, &known, identity).await?;
        self.repair_nickname(tx, &mut member).await?;
        self.refresh_picture(tx, &mut member, &known, identity).await?;
        Ok(SignedIn { member, first_time: false })
    }

    /// Keeps the picture that the provider shows now (providers.md section 6.1). With several identities it is that of the oldest, or
    /// it would change with each of their sign-ins. A picture that the member brought themselves is kept elsewhere.
    async fn refresh_picture(
        &self,
        tx: &mut Transaction,
        member: &mut Member,
        known: &Identity,
        identity: &ProviderIdentity,
    ) -> Result<(), DbError> {
        let shown = identity.picture.as_ref().map(Url::as_str);
        if member.picture.as_deref() == shown {
            return Ok(());
        }
        let oldest = identities::of_member(tx, member.id).await?.into_iter().next();
        if oldest.is_none_or(|oldest| oldest.id != known.id) {
            return Ok(());
        }
        provider_picture::set(tx, member.id, shown, self.context.clock.now()).await?;
        self.changes.tell_after_commit(tx, member.id);
        member.picture = shown.map(str::to_owned);
        Ok(())
    }

    /// Repairs a provider's name that was stored before there was one rule for all names.
    async fn repair_nickname(&self, tx: &mut Transaction, member: &mut Member) -> Result<(), DbError> {
        if Nickname::parse(&member.nickname).is_some_and(|kept| kept.as_str() == member.nickname) {
            return Ok(());
        }
        member.nickname = Nickname::repaired(&member.nickname, &*self.context.randomness).into_text();
        let now = self.context.clock.now();
        members::set_profile(tx, member.id, &member.nickname, &member.greeting, now).await
    }

    async fn make(&self, tx: &mut Transaction, identity: &ProviderIdentity) -> Result<SignedIn, SignInError> {
        let member = members::insert(tx, identity, &*self.context.clock, &*self.context.randomness).await?;
        self.grants.add_identity(tx, member.id, identity).await?;
        if let (Claim::Proven, Some(email)) = (Claim::of(identity), &identity.email)
            && !identities::is_alone(tx, email, member.id).await?
        {
            return Err(ChangedMeanwhile.into());
        }
        Ok(SignedIn { member, first_time: true })
    }
}
