//! `/me/account`: whether mails about the account reach the viewer.

use contract::views::AccountView;

use super::load::Load;
use super::no_page::NoPage;
use super::visit::Visit;

impl Load for AccountView {
    async fn load(visit: &Visit<'_>) -> Result<Self, NoPage> {
        let mut reader = visit.parts().members.directory.db().read().await?;
        let mailbox = members::mailbox_of(&mut reader, visit.member()?.member.id).await?;
        Ok(Self { has_mailbox: mailbox.is_some() })
    }
}
