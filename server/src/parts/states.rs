//! Where endpoints get the state of their handlers from.

use std::sync::Arc;

use activity::ActivityApi;
use admin::{AdminApi, OperationsApi, OwnRoute};
use members::{Elsewhere, MembersApi, WebhooksApi};

use crate::accounts::CookieOrBearer;
use crate::activity::ActivityCallers;
use crate::http::language::LanguageCookie;
use crate::pages::Pages;
use crate::services::Services;

/// What the states of endpoints are made of. Only the list of parts looks into it: no handler gets the whole.
pub struct States {
    /// The services.
    pub services: Services,
    /// What the parts beside `members` keep of a member.
    pub elsewhere: Arc<dyn Elsewhere>,
    /// The cookie with a browser's language.
    pub language: LanguageCookie,
    /// The pages.
    pub pages: Pages,
    /// The program's own routes, for operators.
    pub routes: Arc<[OwnRoute]>,
}

impl States {
    /// What the endpoints of members work with.
    pub fn members(&self) -> MembersApi {
        let Services { members, sessions, tokens, .. } = &self.services;
        MembersApi {
            members: members.clone(),
            callers: Arc::new(CookieOrBearer::new(sessions.clone(), tokens.clone())),
            elsewhere: Arc::clone(&self.elsewhere),
        }
    }

    /// What the endpoints of following, posts and the feed work with.
    pub fn activity(&self) -> ActivityApi {
        let Services { activity, sessions, tokens, .. } = &self.services;
        let callers = ActivityCallers(CookieOrBearer::new(sessions.clone(), tokens.clone()));
        ActivityApi { activity: activity.clone(), callers: Arc::new(callers) }
    }

    /// What the endpoints of operators work with.
    pub fn admin(&self) -> AdminApi {
        self.services.admin()
    }

    /// What the endpoints of operations work with.
    pub fn operations(&self) -> OperationsApi {
        OperationsApi {
            admin: self.admin(),
            operations: Arc::clone(&self.services.operations),
            routes: Arc::clone(&self.routes),
        }
    }

    /// What the endpoints work with to which providers send webhooks.
    pub fn webhooks(&self) -> WebhooksApi {
        let Services { members, sessions, .. } = &self.services;
        WebhooksApi { webhooks: members.provider_webhooks.clone(), providers: sessions.providers.clone() }
    }
}
