//! `/members/{id}`: the public profile of a member.

use contract::views::ProfileView;
use members::PublicProfile;
use names::{MemberId, path};

use super::load::Load;
use super::no_page::NoPage;
use super::visit::Visit;

impl Load for ProfileView {
    async fn load(visit: &Visit<'_>) -> Result<Self, NoPage> {
        let id = visit.uri.path().strip_prefix(path::MEMBERS).unwrap_or_default();
        let id = MemberId::parse(id).map_err(|_| NoPage::Nothing)?;
        let PublicProfile { nickname, greeting, picture, .. } =
            members::public_profile(&visit.parts().members.context.db, id).await?;
        Ok(Self { nickname, greeting, picture })
    }

    fn picture(&self) -> Option<&str> {
        Some(&self.picture)
    }
}
