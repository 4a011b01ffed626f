//! The sign-in methods of a member: `GET /api/users/me/identities` lists them, `POST /api/users/me/identities/unlink` takes one
//! away, never the last (S-ACC-14).

use std::sync::Arc;

use audit::{AuditEvent, AuditKind};
use axum::extract::State;
use db::{Connection, DbError, LentTransaction, Transaction};
use kernel::Timestamp;
use names::{EmailAddress, MemberId, ProviderName, SignInMethod};
use serde::{Deserialize, Serialize};
use tokens::EndReason;
use utoipa::ToSchema;
use web::endpoint_error;
use web::guard::{Fresh, SignedIn};
use web::reason::{FieldErrors, InputError, NotFound};
use web::{Refusal, Refuse as _, RequestContext, StrictBody, Success};

use crate::caller::Caller;
use crate::context::Context;
use crate::email::former_mailbox;
use crate::email::store::mail_tokens;
use crate::failure::Failure;
use crate::field::Fields;
use crate::identities::method_count::MethodCount;
use crate::identities::removal::IdentityRemoval;
use crate::identities::removal::RemovalError;
use crate::identities::store::identities;
use crate::identities::store::identities::Identity;
use crate::model::identity_id::IdentityId;
use crate::model::mail_template::{MailTemplate, Mailer};
use crate::model::store::members;
use crate::next::{Next, Step};
use crate::password::store::local_accounts::{self, LocalAccount};
use crate::reason::{ChangedMeanwhile, LastSignInMethod, NotSignedIn};
use crate::repeat::AnsweredForms;
use crate::repeat::Sent;
use crate::revocation::Revocation;

/// Where somebody goes whose own session ended with the sign-in method: they are told why they are to sign in again.
const SIGNED_OUT: &str = "/oauth/login?notice=unlinked_here&return_to=%2Fme%2Fsecurity";

/// The name of the sign-in method by e-mail and password.
const PASSWORD: &str = "password";

/// Names a sign-in method that can be unlinked: an identity or the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInMethodId {
    /// An identity at a provider.
    Identity(IdentityId),
    /// E-mail and password.
    Password,
}

impl SignInMethodId {
    /// Reads `password` or the id of an identity.
    pub fn parse(text: &str) -> Option<Self> {
        if text == PASSWORD { Some(Self::Password) } else { IdentityId::parse(text).ok().map(Self::Identity) }
    }

    fn text(&self) -> String {
        match self {
            Self::Identity(id) => id.to_string(),
            Self::Password => PASSWORD.to_owned(),
        }
    }
}

/// A sign-in method, as its owner sees it.
#[derive(Clone, Debug)]
pub struct SignInMethodEntry {
    /// The id with which it is unlinked.
    pub id: SignInMethodId,
    /// With which provider; `None` for e-mail and password.
    pub provider: Option<ProviderName>,
    /// The address that belongs to it.
    pub email: Option<String>,
    /// Whether that address is proven: to us, or by the provider's word.
    pub email_proven: bool,
    /// When it was linked, or the password last changed.
    pub since: Timestamp,
    /// When somebody last signed in by it.
    pub last_used: Option<Timestamp>,
}

impl SignInMethodEntry {
    fn of(identity: Identity) -> Self {
        Self {
            id: SignInMethodId::Identity(identity.id),
            provider: Some(identity.provider),
            email_proven: identity.vouched().is_some(),
            email: identity.email,
            since: identity.created_at,
            last_used: Some(identity.last_sign_in_at),
        }
    }
}

/// The sign-in methods of a member.
#[derive(Clone, Debug)]
pub struct SignInMethodList {
    /// The methods with which the member can sign in.
    pub entries: Vec<SignInMethodEntry>,
    /// Whether one may be taken away: there is another one.
    pub removable: bool,
    /// The address that they proved to us, with a password or without.
    pub email: Option<EmailAddress>,
}

endpoint_error! {
    /// Why a sign-in method stays.
    pub enum UnlinkError {
        Input(InputError) from Refusal, FieldErrors;
        NotSignedIn(NotSignedIn);
        NotFound(NotFound);
        LastSignInMethod(LastSignInMethod);
        ChangedMeanwhile(ChangedMeanwhile);
        Removal(RemovalError);
        Failed(Failure) from DbError;
    }
}

/// Lists sign-in methods and takes them away. Cheap to clone.
#[derive(Clone)]
pub struct SignInMethods {
    pub(crate) context: Context,
    pub(crate) removal: IdentityRemoval,
    pub(crate) revocation: Revocation,
    pub(crate) mails: Arc<dyn Mailer>,
    pub(crate) answered: AnsweredForms,
    pub(crate) counts: MethodCount,
}

impl SignInMethods {
    /// Identities and password of a member: providers in the order in which they were linked, then the password. Their passkeys
    /// are in [a list of their own](crate::passkeys::own_passkeys::OwnPasskeys), and count as sign-in methods.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn of_member(&self, member: MemberId) -> Result<SignInMethodList, Failure> {
        self.within(&mut *self.context.db.read().await?, member).await
    }

    /// The same within what is being done.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn within(
        &self,
        connection: &mut Connection,
        member: MemberId,
    ) -> Result<SignInMethodList, Failure> {
        let linked = identities::of_member(connection, member).await?;
        let account = local_accounts::find_by_member(connection, member).await?;
        let email = account.as_ref().map(|account| account.email.clone());
        let password = account.filter(LocalAccount::has_password).map(|account| SignInMethodEntry {
            id: SignInMethodId::Password,
            provider: None,
            email: Some(account.email.as_str().to_owned()),
            email_proven: true,
            since: account.changed_at,
            last_used: account.last_used_at,
        });
        let removable = self.counts.count(connection, member).await? > 1;
        let entries = linked.into_iter().map(SignInMethodEntry::of).chain(password).collect();
        Ok(SignInMethodList { entries, removable, email })
    }

    /// Removes a sign-in method of a caller with a fresh sign-in. The sessions that signed in by it end, with their tokens; the
    /// owner is told by mail; the provider is told later. Two requests at once cannot remove the last two: each locks the member's
    /// row before it counts. `true`: the session of the caller is one of those that ended.
    ///
    /// # Errors
    /// [`UnlinkError::LastSignInMethod`], or [`UnlinkError::NotFound`] for a sign-in method that is not theirs.
    pub async fn unlink(
        &self,
        Fresh { caller, .. }: &Fresh<Caller>,
        method: SignInMethodId,
        context: &RequestContext,
    ) -> Result<bool, UnlinkError> {
        let unlink = async |mut tx: LentTransaction| {
            self.try_unlink(&mut tx, caller.member, method, context).await?;
            self.answered.remember(&mut tx, Sent::Unlink(&method.text()), caller.member, context).await?;
            let open = self.revocation.sessions.of_member(&mut tx, caller.member).await?;
            let is_out = caller.session.is_some_and(|own| !open.contains(&own));
            Ok::<_, UnlinkError>(tx.commit(is_out))
        };
        let done = self.context.db.transact(unlink).await;
        if let Err(error @ UnlinkError::LastSignInMethod(_)) = &done {
            let refused = AuditEvent::new(AuditKind::IdentityUnlinked, &context.source);
            let refused = refused.failed(error.audit_reason()).about(caller.member.uuid());
            self.context.audit.record_refusal(&refused).await?;
        }
        let is_out = done?;
        // The next request of an ended session must find that it has ended.
        self.revocation.read_feed().await?;
        Ok(is_out)
    }

    async fn try_unlink(
        &self,
        tx: &mut Transaction,
        member: MemberId,
        method: SignInMethodId,
        context: &RequestContext,
    ) -> Result<(), UnlinkError> {
        if !members::hold(tx, member).await? {
            return Err(NotSignedIn.into());
        }
        let linked = identities::of_member(tx, member).await?;
        let account = local_accounts::find_by_member(tx, member).await?;
        let is_last = self.counts.count(tx, member).await? < 2;
        match method {
            SignInMethodId::Identity(id) => {
                let identity = linked.iter().find(|known| known.id == id).ok_or(NotFound)?;
                if is_last {
                    return Err(LastSignInMethod.into());
                }
                former_mailbox::keep_vouched(&self.context, tx, identity).await?;
                Ok(self.removal.take_away(tx, identity, context).await?)
            }
            SignInMethodId::Password => {
                let account = account.filter(LocalAccount::has_password).ok_or(NotFound)?;
                if is_last {
                    return Err(LastSignInMethod.into());
                }
                self.take_password_away(tx, &account, context).await
            }
        }
    }

    /// The address that they proved stays theirs: mails about the account go on to reach them there (decision 83). The tokens of apps do not
    /// say that they came by the password, so all sessions and tokens end.
    async fn take_password_away(
        &self,
        tx: &mut Transaction,
        account: &LocalAccount,
        context: &RequestContext,
    ) -> Result<(), UnlinkError> {
        let member = account.member;
        let told = MailTemplate::IdentityUnlinked { method: SignInMethod::Password };
        self.mails.queue(tx, &account.email, context.language, told).await?;
        if !local_accounts::remove_password(tx, account, self.context.clock.now()).await? {
            return Err(ChangedMeanwhile.into());
        }
        // What was asked for by that password is worth nothing any more.
        mail_tokens::delete_of_owner(tx, &member.to_string()).await?;
        self.revocation.end_everything(tx, member, EndReason::Unlinked).await?;
        Ok(self.context.record(tx, AuditKind::IdentityUnlinked, member, context).await?)
    }
}

#[derive(Serialize, ToSchema)]
pub(crate) struct SignInMethodBody {
    id: String,
    method: &'static str,
    email: Option<String>,
    since: String,
    last_used: Option<String>,
    /// Whether it may be taken away.
    removable: bool,
}

impl SignInMethodBody {
    fn of(entry: SignInMethodEntry, removable: bool) -> Self {
        Self {
            id: entry.id.text(),
            method: entry.provider.map_or(PASSWORD, ProviderName::as_str),
            email: entry.email,
            since: entry.since.to_string(),
            last_used: entry.last_used.map(|at| at.to_string()),
            removable,
        }
    }
}

/// Lists them. A program must be allowed more than to read a profile.
pub(crate) async fn get(
    SignedIn { caller, .. }: SignedIn<Caller>,
    State(methods): State<SignInMethods>,
) -> Result<Success<Vec<SignInMethodBody>>, Failure> {
    let SignInMethodList { entries, removable, .. } = methods.of_member(caller.member).await?;
    let list: Vec<_> = entries.into_iter().map(|entry| SignInMethodBody::of(entry, removable)).collect();
    Ok(Success::ok(list))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UnlinkBody {
    #[schema(required = true, nullable = false, value_type = String, example = "password")]
    way: Option<String>,
}

/// Takes one away: field `way`, an id of the list.
pub(crate) async fn unlink(
    caller: Option<Fresh<Caller>>,
    State(methods): State<SignInMethods>,
    context: RequestContext,
    body: Result<StrictBody<UnlinkBody>, Refusal>,
) -> Result<Success<Next>, UnlinkError> {
    // Who asks comes first: a stranger is not told what the body should be (S-BFF-7).
    let (caller, StrictBody(value)) = match (caller, body) {
        (None, Err(_)) => return Err(NotSignedIn.into()),
        (caller, body) => (caller, body?),
    };
    let mut fields = Fields::default();
    let method = value.way.as_deref().and_then(SignInMethodId::parse);
    let method = fields.take("way", "the id of one of your sign-in methods, or `password`", method);
    let (caller, method) = match (caller, fields.done(method)) {
        (None, Err(_)) => return Err(NotSignedIn.into()),
        (caller, method) => (caller, method?),
    };
    let (sent, member) = (method.text(), caller.as_ref().map(|fresh| fresh.caller.member));
    let done = match caller {
        Some(caller) => methods.unlink(&caller, method, &context).await,
        None => Err(NotSignedIn.into()),
    };
    let is_out = match done {
        // This very browser removed it a moment ago, and perhaps its own session with it.
        Err(UnlinkError::NotFound(_) | UnlinkError::NotSignedIn(_))
            if methods
                .answered
                .find(Sent::Unlink(&sent), &context)
                .await?
                .is_some_and(|of| member.is_none_or(|member| member == of)) =>
        {
            member.is_none()
        }
        done => done?,
    };
    let answer: Success<Next> = Success::ok(Step::Done.into());
    Ok(if is_out { answer.leading_to(SIGNED_OUT) } else { answer })
}
