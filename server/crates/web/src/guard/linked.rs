//! What a link on a page leads to, such as a file: who navigates there without a fresh proof is sent to give it, and back to the page.

use names::{ErrorCode, path};

use super::denial::Denial;
use super::entry::MemberEntry;
use super::member::{Authenticate, Fresh, FreshMember};
use super::who::{Asked, Who};
use crate::navigation::wants_page;

/// Members with a fresh proof, who come by a link on `page`.
#[derive(Clone, Copy, Debug)]
pub struct LinkedMember {
    pub(super) who: FreshMember,
    pub(super) page: &'static str,
}

impl<S: Authenticate> Who<S> for LinkedMember {
    type Pass = Fresh<S::Caller>;

    async fn admit(&self, asked: Asked<'_, S>) -> Result<Self::Pass, Denial> {
        let navigates = wants_page(&asked.parts.headers);
        match self.who.admit(asked).await {
            Err(Denial::Refused(refusal))
                if navigates && refusal.code() == ErrorCode::FreshSignInNeeded.as_str() =>
            {
                Err(Denial::Led(path::prove(self.page)))
            }
            other => other,
        }
    }

    fn entry(&self) -> Option<MemberEntry> {
        Some(MemberEntry { is_linked: true, ..Who::<S>::entry(&self.who)? })
    }
}
