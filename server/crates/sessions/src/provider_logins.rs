//! The service behind signing in with a provider and linking one. The flows are in files of their own.

use std::sync::Arc;

use limits::{ExactLimiter, Quota};
use members::{Context, Members};
use providers::{BrowserCookie, Providers};

use crate::begin::SessionStarts;
use crate::lookup::SessionLookup;
use crate::renew::SessionRenewals;
use crate::second_step::ask::SecondSteps;

/// Logins at a provider, from their [beginning](crate::sign_in) to the [callback](crate::callback), to sign in or to
/// [link](crate::link).
pub struct ProviderLogins {
    pub(crate) context: Context,
    pub(crate) providers: Providers,
    pub(crate) members: Arc<Members>,
    pub(crate) browser_cookie: BrowserCookie,
    pub(crate) lookup: Arc<SessionLookup>,
    pub(crate) starts: Arc<SessionStarts>,
    pub(crate) second_steps: SecondSteps,
    pub(crate) renewals: Arc<SessionRenewals>,
    /// How many sign-ins one network may begin, and who counts them.
    pub(crate) sign_ins: Quota,
    pub(crate) limiter: ExactLimiter,
}

impl ProviderLogins {
    /// Forgets networks that were refused, as far as they may come back by now. Call it about once a minute.
    pub fn evict_idle_counts(&self) {
        self.limiter.evict_idle();
    }
}
