//! `/oauth/prove`: by what the viewer can prove who they are.

use contract::views::ProveView;

use super::load::Load;
use super::no_page::NoPage;
use super::visit::Visit;

impl Load for ProveView {
    async fn load(visit: &Visit<'_>) -> Result<Self, NoPage> {
        let (parts, member) = (visit.parts(), visit.member()?.member.id);
        let methods = parts.members.sign_in_methods.of_member(member).await?.entries;
        let is_linked = |name| methods.iter().any(|method| method.provider == Some(name));
        let providers = parts.sessions.providers.enabled().filter(|name| is_linked(*name)).collect();
        let own = methods.iter().find(|method| method.provider.is_none());
        let with_code = parts.members.codes.of_member(member).await?.is_some();
        let has_passkey = parts.members.own_passkeys.has_usable(member).await?;
        let lacks_factor = !with_code && !has_passkey && visit.query("level").as_deref() == Some("2");
        let password_for = own.and_then(|method| method.email.clone());
        Ok(Self { password_for, providers, with_code, has_passkey, lacks_factor })
    }
}
