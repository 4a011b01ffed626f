//! The port [`Site`], implemented with the parts: everything that islands can ask for goes through here.

use std::fmt::Display;
use std::sync::Arc;

use activity::{Activity, PageQuery, PostBody, PostId, ReportBody, member_activity};
use async_trait::async_trait;
use contract::views::{ActivityView, FeedView, PostEntry};
use contract::{PostReport, ProfileWords, RelationChange, Site, SiteError, Viewer};
use http::HeaderMap;
use jiff::tz::TimeZone;
use members::{MailReturn, MailWish, Members, ProfileBody};
use names::{Language, MemberId, SessionId};
use sessions::{Current, Sessions};
use web::guard::Authenticate as _;
use web::{RequestContext, ReturnTo};

use crate::pages::profile::without_posts;
use crate::pages::reading::Reading;
use crate::pages::viewer::viewer;

/// The site as one request sees it.
pub struct RequestSite {
    /// Who is signed in.
    pub sessions: Arc<Sessions>,
    /// Their accounts.
    pub members: Arc<Members>,
    /// What members write, where they do.
    pub activity: Option<Activity>,
    /// In which language the caller reads.
    pub language: Language,
    /// The zone in which the site says times.
    pub time_zone: TimeZone,
    /// What the browser sent.
    pub headers: HeaderMap,
    /// Who sends it, as far as the request shows.
    pub context: RequestContext,
    /// The member whom the guard let in; `None` where it asks nobody.
    pub caller: Option<Arc<Current>>,
}

impl RequestSite {
    fn caller(&self) -> Result<&Current, SiteError> {
        self.caller.as_deref().ok_or(SiteError::Refused)
    }

    /// The caller, and what members write.
    fn activity(&self) -> Result<(MemberId, &Activity), SiteError> {
        Ok((self.caller()?.member.id, self.activity.as_ref().ok_or(SiteError::Refused)?))
    }

    fn reading(&self, viewer: MemberId) -> Reading<'_> {
        Reading { viewer: Some(viewer), now: self.sessions.now(), zone: &self.time_zone }
    }

    /// Brings what is kept in memory about the caller up to date, as the page does to which the form would have led.
    async fn read_again(&self) {
        if let Err(error) = self.sessions.lookup.current_from_database(&self.headers).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "what was saved is shown a little later"
            );
        }
    }
}

#[async_trait]
impl Site for RequestSite {
    async fn current_viewer(&self) -> Result<Option<Viewer>, SiteError> {
        match self.sessions.lookup.current(&self.headers).await {
            Ok(current) => Ok(current.as_deref().map(viewer)),
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the session of a request cannot be read"
                );
                Err(SiteError::Unavailable)
            }
        }
    }

    async fn end_session(&self, id: &str) -> Result<(), SiteError> {
        let caller = self.caller()?;
        let id = SessionId::parse(id).map_err(refused)?;
        self.sessions.own.end_one(caller, id, &self.context.source).await.map_err(refused)
    }

    async fn save_profile(&self, typed: ProfileWords) -> Result<ProfileWords, SiteError> {
        let member = self.caller()?.member.id;
        let typed = ProfileBody { nickname: Some(typed.nickname), greeting: Some(typed.greeting) };
        let saved = self.members.profiles.change_profile_as_typed(member, typed, &self.context).await;
        let saved = saved.map_err(refused)?;
        self.read_again().await;
        Ok(ProfileWords { nickname: saved.nickname, greeting: saved.greeting })
    }

    async fn remove_picture(&self) -> Result<String, SiteError> {
        let member = self.caller()?.member.id;
        let shown = self.members.pictures.remove_picture(member, &self.context).await.map_err(refused)?;
        self.read_again().await;
        Ok(shown)
    }

    async fn resend_code(&self, email: &str, return_to: &str) -> Result<(), SiteError> {
        let email = kernel::email_address::read(email).ok_or(SiteError::Refused)?;
        let wish = MailWish { email, return_to: MailReturn::of(&ReturnTo::parse(return_to)) };
        self.members.sign_ups.resend_proof(wish, &self.context).await.map_err(refused)
    }

    fn language(&self) -> Language {
        self.language
    }

    async fn write_post(&self, text: String, key: String) -> Result<PostEntry, SiteError> {
        let (member, activity) = self.activity()?;
        let typed = PostBody { text: Some(text), key: Some(key) };
        let (post, _) = activity.publish(member, &typed).await.map_err(refused)?;
        Ok(self.reading(member).post(post))
    }

    async fn delete_post(&self, id: &str) -> Result<(), SiteError> {
        let (member, activity) = self.activity()?;
        let id = PostId::parse(id).map_err(refused)?;
        activity::delete(&activity.context, member, id).await.map_err(refused)
    }

    async fn report_post(&self, id: &str, report: PostReport) -> Result<(), SiteError> {
        let (member, activity) = self.activity()?;
        let id = PostId::parse(id).map_err(refused)?;
        let said = ReportBody { reason: Some(report.reason), note: Some(report.note), return_to: None };
        activity.report(member, id, &said).await.map_err(refused)
    }

    async fn feed(&self, before: String) -> Result<FeedView, SiteError> {
        let (member, activity) = self.activity()?;
        let query = PageQuery { before: Some(before), limit: None };
        let page = activity.feed(member, &query).await.map_err(refused)?;
        Ok(self.reading(member).feed(page, true))
    }

    async fn new_posts(&self, seen: &str) -> Result<usize, SiteError> {
        let (member, activity) = self.activity()?;
        activity.news(member, Some(seen)).await.map_err(refused)
    }

    async fn relation(&self, member: &str) -> Result<ActivityView, SiteError> {
        let (caller, activity) = self.activity()?;
        let member = MemberId::parse(member).map_err(refused)?;
        let seen = member_activity(activity, caller, member).await.map_err(refused)?;
        Ok(without_posts(&seen, caller != member))
    }

    async fn change_relation(&self, member: &str, change: RelationChange) -> Result<ActivityView, SiteError> {
        let (caller, activity) = self.activity()?;
        let of = MemberId::parse(member).map_err(refused)?;
        match change {
            RelationChange::Follow => activity.follow(caller, of).await.map_err(refused)?,
            RelationChange::Block => activity.block(caller, of).await.map_err(refused)?,
            RelationChange::Unfollow => {
                activity::unfollow(&activity.context, caller, of).await.map_err(refused)?;
            }
            RelationChange::Unblock => {
                activity::unblock(&activity.context, caller, of).await.map_err(refused)?;
            }
        }
        self.relation(member).await
    }
}

/// The island sends its form then, whose answer says why.
fn refused(error: impl Display) -> SiteError {
    tracing::debug!(%error, "a server function leaves the rest to its form");
    SiteError::Refused
}
