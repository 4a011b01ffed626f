//! What the routes of this part work with.

use std::sync::Arc;

use http::HeaderMap;
use kernel::Timestamp;
use web::Refusal;
use web::guard::Authenticate;

use crate::accounts::Accounts;
use crate::caller::{Caller, Callers};
use crate::elsewhere::Elsewhere;

/// What the routes work with: the accounts, and who calls.
#[derive(Clone)]
pub struct MembersApi {
    /// The accounts.
    pub accounts: Accounts,
    /// How a request becomes a member.
    pub callers: Arc<dyn Callers>,
    /// What other parts keep about members.
    pub elsewhere: Arc<dyn Elsewhere>,
}

/// Guards of this part's routes ask the program who calls.
impl Authenticate for MembersApi {
    type Caller = Caller;

    fn authenticate<'a>(
        &'a self,
        headers: &'a HeaderMap,
    ) -> impl Future<Output = Result<Option<Caller>, Refusal>> + Send + 'a {
        self.callers.find(headers)
    }

    fn now(&self) -> Timestamp {
        self.accounts.clock.now()
    }
}
