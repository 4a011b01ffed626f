//! The port [`Site`], answered by the parts: what islands can ask passes through here.

use std::fmt::Display;
use std::sync::Arc;

use async_trait::async_trait;
use contract::{ProfileWords, Site, SiteError, Viewer};
use http::HeaderMap;
use members::{Members, ProfileBody};
use names::SessionId;
use sessions::{Current, Sessions};
use web::RequestContext;

use crate::pages::viewer::viewer;

/// The site as one request sees it.
pub struct RequestSite {
    /// Who is signed in.
    pub sessions: Arc<Sessions>,
    /// Their accounts.
    pub members: Arc<Members>,
    /// What the browser sent.
    pub headers: HeaderMap,
    /// Who sends it, as far as one sees from outside.
    pub context: RequestContext,
    /// The member whom the guard let in; `None` where it asks nobody.
    pub caller: Option<Arc<Current>>,
}

impl RequestSite {
    fn caller(&self) -> Result<&Current, SiteError> {
        self.caller.as_deref().ok_or(SiteError::Refused)
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
                tracing::error!(error = &error as &dyn std::error::Error, "nobody can say who is signed in");
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

    async fn resend_code(&self, email: &str) -> Result<(), SiteError> {
        let email = kernel::email_address::read(email).ok_or(SiteError::Refused)?;
        self.members.sign_ups.resend_proof(email, &self.context).await.map_err(refused)
    }
}

/// The island sends its form then, whose answer says why.
fn refused(error: impl Display) -> SiteError {
    tracing::debug!(%error, "a server function leaves the rest to its form");
    SiteError::Refused
}
