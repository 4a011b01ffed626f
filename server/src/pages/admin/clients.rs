//! `/admin/clients`, and one of them.

use admin::KnownClient;
use contract::views::admin::{ClientEntry, ClientView, ClientsView};

use kernel::ExposeSecret as _;

use super::events::decoded;
use crate::pages::load::Load;
use crate::pages::no_page::NoPage;
use crate::pages::visit::Visit;

impl Load for ClientsView {
    async fn load(visit: &Visit<'_>) -> Result<Self, NoPage> {
        let clients = visit.parts().operations.clients.list().await;
        let clients = clients.map_err(admin::unreadable_client)?;
        Ok(Self { clients: clients.into_iter().map(entry).collect() })
    }
}

impl Load for ClientView {
    async fn load(visit: &Visit<'_>) -> Result<Self, NoPage> {
        let id = decoded(visit.uri.path().rsplit('/').next().unwrap_or_default());
        let book = &visit.parts().operations.clients;
        let client = book.one(&id).await.map_err(admin::unreadable_client)?.ok_or(NoPage::Nothing)?;
        let secrets = book.secrets(&id).await.map_err(admin::unreadable_client)?;
        let session = visit.member()?.session.id.to_string();
        let secret = visit.query("secret").and_then(|text| book.shown.open(&id, &session, &text));
        Ok(Self {
            has_secret: secrets.is_some(),
            older_until: secrets.and_then(|known| known.older_until).map(|until| visit.moment(until)),
            secret: secret.map(|secret| secret.expose_secret().to_owned()),
            client: entry(client),
        })
    }
}

fn entry(KnownClient { config, is_configured }: KnownClient) -> ClientEntry {
    ClientEntry {
        name: config.name.or_else(|| config.id.clone()).unwrap_or_default(),
        id: config.id.unwrap_or_default(),
        is_configured,
        auth: config.auth.unwrap_or_default(),
        grants: config.grants.join(", "),
        scopes: config.scopes.join(", "),
        redirect_uris: config.redirect_uris,
        first_party: config.first_party,
    }
}
