//! `/me`: how this browser is signed in.

use contract::views::MeView;

use super::load::Load;
use super::no_page::NoPage;
use super::visit::Visit;

impl Load for MeView {
    async fn load(visit: &Visit<'_>) -> Result<Self, NoPage> {
        let current = visit.member()?;
        Ok(Self {
            has_own_picture: current.member.own_picture.is_some(),
            signed_in_with: current.session.method,
            signed_in_at: visit.moment(current.session.created_at),
            expires_at: visit.moment(current.ends_at),
        })
    }
}
