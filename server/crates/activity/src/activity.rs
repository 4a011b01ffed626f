//! What the endpoints and pages of this part work with.

use std::sync::Arc;

use axum::extract::FromRef;
use http::HeaderMap;
use kernel::Timestamp;
use names::{Level, MemberId};
use web::Refusal;
use web::guard::Authenticate;

use crate::caller::{Caller, Callers};
use crate::cards::{Card, Cards};
use crate::context::Context;
use crate::failure::Failure;
use crate::rates::Rates;

/// What requests are answered with. Cheap to clone.
#[derive(Clone)]
pub struct Activity {
    /// Where things are stored.
    pub context: Context,
    /// What is known of members.
    pub cards: Arc<dyn Cards>,
    /// How often they may do something.
    pub rates: Arc<Rates>,
}

impl Activity {
    /// The card of an active member.
    pub(crate) async fn card(&self, member: MemberId) -> Result<Option<Card>, Failure> {
        let mut reader = self.context.db.read().await?;
        Ok(self.cards.of(&mut reader, &[member]).await?.remove(&member))
    }
}

/// The same, and who calls.
#[derive(Clone)]
pub struct ActivityApi {
    /// What requests are answered with.
    pub activity: Activity,
    /// How a request becomes a member.
    pub callers: Arc<dyn Callers>,
}

impl FromRef<ActivityApi> for Activity {
    fn from_ref(api: &ActivityApi) -> Self {
        api.activity.clone()
    }
}

/// Guards of this part's routes ask the program who calls.
impl Authenticate for ActivityApi {
    type Caller = Caller;

    fn authenticate<'a>(
        &'a self,
        headers: &'a HeaderMap,
    ) -> impl Future<Output = Result<Option<Caller>, Refusal>> + Send + 'a {
        self.callers.find(headers)
    }

    fn authenticate_unattended<'a>(
        &'a self,
        headers: &'a HeaderMap,
    ) -> impl Future<Output = Result<Option<Caller>, Refusal>> + Send + 'a {
        self.callers.find_unattended(headers)
    }

    fn now(&self) -> Timestamp {
        self.activity.context.now()
    }

    /// Nothing here asks for a proof. What would, would get the strongest that there is.
    async fn attainable(&self, _: &Caller) -> Result<Level, Refusal> {
        Ok(Level::Two)
    }
}
