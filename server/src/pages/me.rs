//! `/me`: how this browser is signed in.

use contract::views::MeView;
use names::SignInMethod;
use sessions::Current;

use super::load::Load;
use super::no_page::NoPage;
use super::visit::Visit;

impl Load for MeView {
    async fn load(visit: &Visit<'_>) -> Result<Self, NoPage> {
        let current = visit.member()?;
        let offers_passkey = offers_passkey(visit, current).await?;
        if offers_passkey && let Some(cookies) = visit.cookies() {
            cookies.add(visit.parts().passkey_offer.offered());
        }
        Ok(Self {
            offers_passkey,
            has_own_picture: current.member.own_picture.is_some(),
            signed_in_with: current.session.method,
            signed_in_at: visit.moment(current.session.created_at),
            expires_at: visit.moment(current.ends_at),
        })
    }
}

/// To somebody who signed in with password and has no passkey; not again for a while.
async fn offers_passkey(visit: &Visit<'_>, current: &Current) -> Result<bool, NoPage> {
    let parts = visit.parts();
    if parts.members.passkey_sign_in.is_none()
        || current.session.method != SignInMethod::Password
        || parts.passkey_offer.is_there(visit.headers)
    {
        return Ok(false);
    }
    Ok(parts.members.own_passkeys.of_member(current.member.id).await?.is_empty())
}
