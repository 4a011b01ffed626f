//! How guards learn who is signed in: by the session that comes with a request.

use std::sync::Arc;

use http::HeaderMap;
use kernel::Timestamp;
use names::{Acr, Level, MemberId, ProvenBy, Role};
use web::guard::{Authenticate, Caller};
use web::{Identified, Refusal};

use crate::error::SessionsError;
use crate::session::Current;
use crate::state::Sessions;

impl Caller for Current {
    /// A session begins with a sign-in, and another sign-in within it counts as well.
    fn proven_at(&self) -> Option<Timestamp> {
        Some(self.session.auth_time)
    }

    fn proven_by(&self) -> Option<ProvenBy> {
        Some(self.session.proven_by)
    }

    /// A person may do all that our pages offer.
    fn may(&self, _: &str) -> bool {
        true
    }

    /// Who administers may do what moderators may.
    fn has_role(&self, role: &str) -> bool {
        let administers = role == Role::MODERATOR_NAME && self.member.has_role(Role::ADMIN_NAME);
        administers || self.member.has_role(role)
    }

    fn has_session(&self) -> bool {
        true
    }

    fn identified(&self) -> Identified {
        Identified::member(self.member.id)
    }
}

impl Authenticate for Sessions {
    type Caller = Arc<Current>;

    async fn authenticate(&self, headers: &HeaderMap) -> Result<Option<Arc<Current>>, Refusal> {
        self.lookup.current(headers).await.map_err(|error| error.refuse())
    }

    async fn authenticate_unattended(&self, headers: &HeaderMap) -> Result<Option<Arc<Current>>, Refusal> {
        self.lookup.current_unattended(headers).await.map_err(|error| error.refuse())
    }

    fn now(&self) -> Timestamp {
        self.lookup.context.clock.now()
    }

    async fn attainable(&self, current: &Arc<Current>) -> Result<Level, Refusal> {
        self.attainable_by(current.member.id).await.map(Acr::level).map_err(|error| error.refuse())
    }
}

impl Sessions {
    /// The highest class that a member has the means to prove.
    ///
    /// # Errors
    /// When the database cannot say.
    pub async fn attainable_by(&self, member: MemberId) -> Result<Acr, SessionsError> {
        Ok(self.families.members.factors.attainable(member).await?)
    }

    /// The highest class that anybody can prove here.
    pub fn best_class(&self) -> Acr {
        self.families.members.factors.best()
    }
}
