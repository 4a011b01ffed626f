//! `GET` and `PATCH /api/users/me`: the caller's own profile. A page without scripting sends the same by `POST`.

use std::sync::Arc;

use audit::AuditKind;
use axum::extract::State;
use db::{Database, DbError, LentTransaction};
use kernel::{Randomness, Timestamp};
use names::MemberId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::endpoint_error;
use web::guard::SignedIn;
use web::reason::{FieldErrors, InputError};
use web::{Refusal, RequestContext, StrictBody, Success};

use crate::caller::Caller;
use crate::context::Context;
use crate::failure::Failure;
use crate::field::Fields;
use crate::limits::Limits;
use crate::member_observer::MemberChanges;
use crate::model::display_text;
use crate::model::member::{Member, MemberStatus};
use crate::model::profile::{Greeting, Nickname};
use crate::model::store::members;
use crate::profile::picture_address::picture_address;
use crate::reason::{Limited, NotSignedIn};

/// What somebody wants to change of their profile; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct ProfileChange {
    /// The nickname.
    pub nickname: Option<Nickname>,
    /// The greeting.
    pub greeting: Option<Greeting>,
}

endpoint_error! {
    /// Why a member does not see their profile.
    pub enum OwnProfileError {
        NotSignedIn(NotSignedIn);
        Failed(Failure) from DbError;
    }
}

endpoint_error! {
    /// Why a profile stays as it is.
    pub enum ProfileChangeError {
        Input(InputError) from Refusal, FieldErrors;
        NotSignedIn(NotSignedIn);
        Profile(OwnProfileError);
        Limited(Limited);
        Failed(Failure) from DbError;
    }
}

/// Changes the profiles of members. Cheap to clone.
#[derive(Clone)]
pub struct Profiles {
    pub(crate) context: Context,
    pub(crate) limits: Arc<Limits>,
    pub(crate) changes: MemberChanges,
}

impl Profiles {
    /// Changes the profile of a member.
    ///
    /// # Errors
    /// When they changed it too often, or are no active member.
    pub async fn change_profile(
        &self,
        member: MemberId,
        change: &ProfileChange,
        context: &RequestContext,
    ) -> Result<Member, ProfileChangeError> {
        self.limits.change_by(member).await?;
        let set = async |mut tx: LentTransaction| {
            // Held, since a field that is not in this change is written as it was read.
            let before = active(members::hold_and_find(&mut tx, member).await?)?;
            let nickname = change.nickname.as_ref().map_or(before.nickname.as_str(), Nickname::as_str);
            let greeting = change.greeting.as_ref().map_or(before.greeting.as_str(), Greeting::as_str);
            members::set_profile(&mut tx, member, nickname, greeting, self.context.clock.now()).await?;
            self.context.record(&mut tx, AuditKind::ProfileChange, member, context).await?;
            let after = active(members::find(&mut tx, member).await?)?;
            self.changes.tell_after_commit(&mut tx, member);
            Ok::<_, ProfileChangeError>(tx.commit(after))
        };
        self.context.db.transact(set).await
    }

    /// Changes the profile of a member to what they typed.
    ///
    /// # Errors
    /// When a field is not as allowed, and as for [`Self::change_profile`].
    pub async fn change_profile_as_typed(
        &self,
        member: MemberId,
        typed: ProfileBody,
        context: &RequestContext,
    ) -> Result<Member, ProfileChangeError> {
        let stored = if typed.breaks_the_rule() {
            let mut reader = self.context.db.read().await?;
            members::find(&mut reader, member).await?
        } else {
            None
        };
        let change = typed.read(stored.as_ref(), &*self.context.randomness)?;
        self.change_profile(member, &change, context).await
    }
}

/// The member, unless there is none or they may not sign in.
pub(crate) fn active(member: Option<Member>) -> Result<Member, NotSignedIn> {
    member.filter(|member| member.status == MemberStatus::Active).ok_or(NotSignedIn)
}

/// A profile as its owner sees it.
#[derive(Serialize, ToSchema)]
pub(crate) struct OwnProfile {
    id: String,
    nickname: String,
    greeting: String,
    picture: String,
    email: Option<String>,
    joined_at: String,
}

impl OwnProfile {
    pub(crate) fn of(member: Member, joined_at: Timestamp) -> Self {
        Self {
            id: member.id.to_string(),
            picture: picture_address(&member),
            nickname: member.nickname,
            greeting: member.greeting,
            email: member.email,
            joined_at: joined_at.to_string(),
        }
    }
}

pub(crate) async fn own_profile(db: &Database, member: MemberId) -> Result<OwnProfile, OwnProfileError> {
    let mut reader = db.read().await?;
    let found = active(members::find(&mut reader, member).await?)?;
    let joined_at = members::joined_at(&mut reader, member).await?;
    Ok(OwnProfile::of(found, joined_at.ok_or(DbError::Unreadable { column: "members.created_at" })?))
}

/// `GET /api/users/me`
pub(crate) async fn get(
    SignedIn { caller, .. }: SignedIn<Caller>,
    State(profiles): State<Profiles>,
) -> Result<Success<OwnProfile>, OwnProfileError> {
    Ok(Success::ok(own_profile(&profiles.context.db, caller.member).await?))
}

/// A profile as somebody typed it; what is `None` stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfileBody {
    /// The nickname.
    #[schema(nullable = false, example = "홍길동")]
    pub nickname: Option<String>,
    /// The greeting.
    #[schema(nullable = false, example = "반갑습니다")]
    pub greeting: Option<String>,
}

impl ProfileBody {
    /// What is to be changed. A field that breaks the rule but is unchanged is not the caller's mistake: an earlier rule or a
    /// provider allowed it, and the form just sends it along. It is repaired.
    fn read(
        self,
        stored: Option<&Member>,
        randomness: &dyn Randomness,
    ) -> Result<ProfileChange, FieldErrors> {
        let mut fields = Fields::default();
        let as_stored = |typed: &str, of: fn(&Member) -> &str| {
            stored.map(of).filter(|stored| display_text::is_same(typed, stored)).map(str::to_owned)
        };
        let nickname = self.nickname.as_deref().and_then(|typed| {
            let kept = || as_stored(typed, |member| &member.nickname);
            let read = Nickname::parse(typed).or_else(|| Some(Nickname::repaired(&kept()?, randomness)));
            fields.take("nickname", Nickname::ALLOWED, read)
        });
        let greeting = self.greeting.as_deref().and_then(|typed| {
            let kept = || as_stored(typed, |member| &member.greeting);
            let read = Greeting::parse(typed).or_else(|| Some(Greeting::repaired(&kept()?)));
            fields.take("greeting", Greeting::ALLOWED, read)
        });
        fields.done(Some(ProfileChange { nickname, greeting }))
    }

    /// Whether what is stored must be known to read it.
    fn breaks_the_rule(&self) -> bool {
        let is_bad = |typed: &Option<String>, read: fn(&str) -> bool| {
            typed.as_deref().is_some_and(|typed| !read(typed))
        };
        is_bad(&self.nickname, |typed| Nickname::parse(typed).is_some())
            || is_bad(&self.greeting, |typed| Greeting::parse(typed).is_some())
    }
}

/// `PATCH /api/users/me`: fields that are missing stay as they are.
pub(crate) async fn patch(
    SignedIn { caller, .. }: SignedIn<Caller>,
    State(profiles): State<Profiles>,
    context: RequestContext,
    body: Result<StrictBody<ProfileBody>, Refusal>,
) -> Result<Success<OwnProfile>, ProfileChangeError> {
    let StrictBody(typed) = body?;
    profiles.change_profile_as_typed(caller.member, typed, &context).await?;
    Ok(Success::ok(own_profile(&profiles.context.db, caller.member).await?))
}
