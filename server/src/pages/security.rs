//! `/me/security`: the viewer's sign-in methods, and which could be added.

use authorization::ConnectedApp;
use contract::views::{
    CodesEntry, CodesView, ConnectedAppEntry, PasskeyEntry, PasskeysView, SecurityView, SetUp,
    SignInMethodEntry,
};
use members::{SetUpShown, SignInMethodId, SignInMethodList};
use names::SignInMethod;

use super::consent::scopes;
use super::load::Load;
use super::no_page::NoPage;
use super::qr_picture::qr_picture;
use super::visit::Visit;

impl Load for SecurityView {
    async fn load(visit: &Visit<'_>) -> Result<Self, NoPage> {
        let parts = visit.parts();
        let SignInMethodList { entries: methods, removable } =
            parts.members.sign_in_methods.of_member(visit.member()?.member.id).await?;
        let is_linked = |name| methods.iter().any(|method| method.provider == Some(name));
        let linkable = parts.sessions.providers.enabled().filter(|name| !is_linked(*name)).collect();
        let methods = methods.into_iter().map(|method| entry(visit, method)).collect();
        let apps = parts.authorization.connected_apps(visit.member()?.member.id).await?;
        let apps = apps.into_iter().map(|app| connected(visit, app)).collect();
        let codes = codes(visit).await?;
        let passkeys = passkeys(visit, removable).await?;
        Ok(Self { methods, removable, linkable, passkeys, codes, apps })
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
    let set_up = match codes.shown_in(member.id, current.session.id, account).await? {
        None => None,
        Some(SetUpShown::RecoveryCodes(codes)) => Some(SetUp::RecoveryCodes(codes)),
        Some(SetUpShown::Seed { address, text }) => {
            Some(SetUp::Secret { picture: qr_picture(&address)?, address, text })
        }
    };
    Ok(CodesView { in_use, set_up })
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

fn entry(visit: &Visit<'_>, method: members::SignInMethodEntry) -> SignInMethodEntry {
    SignInMethodEntry {
        id: match method.way {
            SignInMethodId::Identity(id) => id.to_string(),
            SignInMethodId::Password => SignInMethod::Password.as_str().to_owned(),
        },
        method: method.provider.map_or(SignInMethod::Password, SignInMethod::Provider),
        email: method.email,
        email_proven: method.email_proven,
        since: visit.moment(method.since),
        last_used: method.last_used.map(|at| visit.moment(at)),
    }
}
