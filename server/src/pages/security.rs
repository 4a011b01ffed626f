//! `/me/security`: the viewer's sign-in methods, and which could be added.

use authorization::ConnectedApp;
use contract::views::{
    AccountCodeEntry, CodesEntry, CodesView, ConnectedAppEntry, PasskeyEntry, PasskeysView, SecurityView,
    SetUp, SignInMethodEntry,
};
use members::{SetUpPlace, SetUpShown, SignInMethodId, SignInMethodList};
use names::{ProviderName, SignInMethod};
use web::ReturnTo;

use super::consent::scopes;
use super::load::Load;
use super::no_page::NoPage;
use super::qr_picture::qr_picture;
use super::visit::Visit;

impl Load for SecurityView {
    async fn load(visit: &Visit<'_>) -> Result<Self, NoPage> {
        let parts = visit.parts();
        let SignInMethodList { entries: methods, removable, email } =
            parts.members.sign_in_methods.of_member(visit.member()?.member.id).await?;
        let is_linked = |name| methods.iter().any(|method| method.provider == Some(name));
        let linkable: Vec<_> = parts.sessions.providers.enabled().filter(|name| !is_linked(*name)).collect();
        let confirms = |name: &ProviderName| providers::describe(*name).vouches_for_addresses;
        let confirming = linkable.iter().copied().filter(confirms).collect();
        let own = visit.member()?.session.method;
        let methods = methods.into_iter().map(|method| entry(visit, method, own)).collect();
        let apps = parts.authorization.connected_apps(visit.member()?.member.id).await?;
        let apps = apps.into_iter().map(|app| connected(visit, app)).collect();
        let codes = codes(visit).await?;
        let passkeys = passkeys(visit, removable).await?;
        let go_on = visit.query("return_to").map(|to| ReturnTo::parse(&to).as_str().to_owned());
        let email = email.map(|email| email.as_str().to_owned());
        Ok(Self { methods, removable, linkable, confirming, email, passkeys, codes, apps, go_on })
    }
}

async fn codes(visit: &Visit<'_>) -> Result<CodesView, NoPage> {
    let (codes, current) = (&visit.parts().members.codes, visit.member()?);
    let member = &current.member;
    let in_use = codes.of_member(member.id).await?.map(|codes| CodesEntry {
        since: visit.moment(codes.since),
        recovery_left: codes.recovery_left,
        after_providers: codes.after_providers,
        is_ended: codes.is_ended,
    });
    let account = member.email.as_deref().unwrap_or(&member.nickname);
    let place = SetUpPlace::session(current.session.id);
    let set_up = codes.shown_in(member.id, place, account).await?;
    let account = codes.account_of(member.id).await?;
    let account =
        account.map(|(code, recovery_left)| AccountCodeEntry { code: code.to_string(), recovery_left });
    Ok(CodesView { in_use, set_up: set_up.map(drawn).transpose()?, account })
}

/// What is being set up, with the picture that an app reads.
pub(super) fn drawn(shown: SetUpShown) -> Result<SetUp, NoPage> {
    Ok(match shown {
        SetUpShown::RecoveryCodes(codes) => SetUp::RecoveryCodes(codes),
        SetUpShown::Seed { address, text } => SetUp::Secret { picture: qr_picture(&address)?, address, text },
    })
}

/// Where there can be some. Those of another domain are shown, too, so that they can be taken away.
async fn passkeys(visit: &Visit<'_>, removable: bool) -> Result<Option<PasskeysView>, NoPage> {
    let (members, member) = (&visit.parts().members, &visit.member()?.member);
    let Some(rp_id) = members.own_passkeys.rp_id() else { return Ok(None) };
    let own = members.own_passkeys.shown_to(member.id).await?;
    let entries = own.entries.into_iter().map(|entry| PasskeyEntry {
        id: entry.id.to_string(),
        credential_id: entry.credential_id,
        name: entry.name,
        since: visit.moment(entry.since),
        last_used: entry.last_used.map(|at| visit.moment(at)),
        is_synced: entry.is_synced,
        is_usable: entry.is_usable,
    });
    Ok(Some(PasskeysView {
        rp_id: rp_id.to_owned(),
        user: own.user,
        name: own.name,
        nickname: member.nickname.clone(),
        entries: entries.collect(),
        removable,
    }))
}

fn connected(visit: &Visit<'_>, app: ConnectedApp) -> ConnectedAppEntry {
    ConnectedAppEntry {
        scopes: scopes(visit, &app.scope),
        id: app.client_id.as_str().to_owned(),
        name: app.name,
        first_used: visit.moment(app.first_used_at),
        last_used: visit.moment(app.last_used_at),
    }
}

/// One of the methods, in a session that began by `own`.
fn entry(visit: &Visit<'_>, method: members::SignInMethodEntry, own: SignInMethod) -> SignInMethodEntry {
    let by = method.provider.map_or(SignInMethod::Password, SignInMethod::Provider);
    SignInMethodEntry {
        id: match method.id {
            SignInMethodId::Identity(id) => id.to_string(),
            SignInMethodId::Password => SignInMethod::Password.as_str().to_owned(),
        },
        method: by,
        email: method.email,
        email_proven: method.email_proven,
        since: visit.moment(method.since),
        last_used: method.last_used.map(|at| visit.moment(at)),
        is_of_session: by == own,
    }
}
