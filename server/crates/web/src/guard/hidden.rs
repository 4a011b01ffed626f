//! Pages that are there for some alone: to everybody else their address is like one at which there is nothing.

use http::uri::PathAndQuery;
use names::{ErrorCode, path};

use super::denial::Denial;
use super::entry::MemberEntry;
use super::member::{Authenticate, Fresh, FreshMember};
use super::who::{Asked, Who};
use crate::navigation::wants_page;
use crate::refusal::Refusal;
use crate::return_to::ReturnTo;

/// Members with the role, a fresh proof, and the level that they can attain. Those who lack the proof alone are sent to give it, and
/// back; those who lack the role, and strangers, find nothing.
#[derive(Clone, Copy, Debug)]
pub struct HiddenMember(pub(super) FreshMember);

impl<S: Authenticate> Who<S> for HiddenMember {
    type Pass = Fresh<S::Caller>;

    async fn admit(&self, asked: Asked<'_, S>) -> Result<Self::Pass, Denial> {
        let here = wants_page(&asked.parts.headers).then(|| asked.parts.uri.clone());
        match self.0.admit(asked).await {
            Err(Denial::Refused(refusal)) => {
                let here = here.as_ref().and_then(|uri| uri.path_and_query());
                Err(instead_of(refusal, here.map(PathAndQuery::as_str)))
            }
            Err(Denial::Led(_)) => Err(Refusal::not_found().into()),
            other => other,
        }
    }

    fn entry(&self) -> Option<MemberEntry> {
        Some(MemberEntry { is_hidden: true, ..Who::<S>::entry(&self.0)? })
    }
}

/// What somebody gets in place of a refusal; `here` is the page for which a browser waits.
fn instead_of(refusal: Refusal, here: Option<&str>) -> Denial {
    let lacks_proof = refusal.code() == ErrorCode::FreshSignInNeeded.as_str();
    match here {
        Some(here) if lacks_proof => Denial::Led(path::prove(ReturnTo::parse(here).as_str())),
        // An outage is one; and who lacks the proof alone knows what there is.
        _ if lacks_proof || refusal.status().is_server_error() => refusal.into(),
        _ => Refusal::not_found().into(),
    }
}
