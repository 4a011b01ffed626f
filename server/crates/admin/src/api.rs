//! What the endpoints of this part work with.

use std::sync::Arc;

use axum::extract::FromRef;
use http::HeaderMap;
use kernel::Timestamp;
use names::Level;
use sessions::{Current, Sessions};
use web::Refusal;
use web::guard::Authenticate;

use crate::invitations::Invitations;

/// What the endpoints of this part work with. Cheap to clone.
#[derive(Clone)]
pub struct AdminApi {
    /// Who is signed in.
    pub sessions: Arc<Sessions>,
    /// Links that make administrators.
    pub invitations: Invitations,
}

impl FromRef<AdminApi> for Invitations {
    fn from_ref(api: &AdminApi) -> Self {
        api.invitations.clone()
    }
}

/// Operators are known here by their browser session.
impl Authenticate for AdminApi {
    type Caller = Arc<Current>;

    async fn authenticate(&self, headers: &HeaderMap) -> Result<Option<Arc<Current>>, Refusal> {
        self.sessions.authenticate(headers).await
    }

    fn now(&self) -> Timestamp {
        self.sessions.now()
    }

    async fn attainable(&self, current: &Arc<Current>) -> Result<Level, Refusal> {
        self.sessions.attainable(current).await
    }
}
