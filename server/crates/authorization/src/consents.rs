//! What members agreed to, and the apps that have something of theirs: who sees them, and how they are withdrawn.

mod error;
pub(crate) mod withdrawal;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use db::{DbError, Transaction};
use kernel::Timestamp;
use names::MemberId;
use tokens::{ClientGrant, ClientId, Scope};

pub use error::ConsentError;

use crate::authorize::asked::Person;
use crate::client::model::Client;
use crate::server::{AuthorizationServer, Context};
use crate::store::consents::{self, Consent};

/// How many apps are shown: more than anybody has. It keeps the page bounded.
const MAX_APPS: u32 = 200;

/// What `person` has agreed that `client` may do. Of the team's own clients nobody is asked.
pub(crate) async fn remembered(
    context: &Context,
    client: &Client,
    person: Option<Person>,
) -> Result<Option<Scope>, DbError> {
    let Some(person) = person.filter(|_| !client.is_first_party) else { return Ok(None) };
    let mut reader = context.services.db.read().await?;
    let found = consents::find(&mut reader, person.member, &client.id, context.clock.now()).await?;
    Ok(found.map(|consent| consent.scope))
}

/// Deletes all that a member agreed to, within the caller's transaction: it may not have been they. Their tokens are ended elsewhere.
///
/// # Errors
/// When the database refuses.
pub async fn discard_consents(tx: &mut Transaction, member: MemberId) -> Result<(), DbError> {
    consents::delete_of_member(tx, member).await
}

/// An app that has something of a member's: their consent, or tokens for them, or both.
#[derive(Clone, Debug)]
pub struct ConnectedApp {
    /// The id of its client.
    pub client_id: ClientId,
    /// What people know it as.
    pub name: String,
    /// What it may do by all that it has, together.
    pub scope: Scope,
    /// When it was first used.
    pub first_used_at: Timestamp,
    /// When it last sent the member here or asked for tokens.
    pub last_used_at: Timestamp,
}

impl AuthorizationServer {
    /// What people know the app with this client id as; `None` for our own site and apps, and if it is empty. An app that is gone
    /// is called by its id.
    pub fn app_name(&self, client_id: &str) -> Option<String> {
        let client_id = ClientId::parse(client_id).filter(withdrawal::is_an_app)?;
        Some(name_of(self.context(), &client_id))
    }

    /// The apps of a member, the one used last first, at most 200.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn connected_apps(&self, member: MemberId) -> Result<Vec<ConnectedApp>, ConsentError> {
        let context = self.context();
        let mut reader = context.services.db.read().await?;
        let consents = consents::of_member(&mut reader, member, context.clock.now(), MAX_APPS).await?;
        let grants =
            context.services.tokens.families.grants_of_clients(&mut reader, member, MAX_APPS).await?;
        drop(reader);
        let found = consents.into_iter().map(Found::from).chain(grants.into_iter().map(Found::from));
        let mut by_client: BTreeMap<String, Found> = BTreeMap::new();
        for found in found {
            by_client
                .entry(found.client_id.as_str().to_owned())
                .and_modify(|known| known.add(&found))
                .or_insert(found);
        }
        let mut apps: Vec<_> = by_client.into_values().map(|found| found.named(context)).collect();
        apps.sort_by_key(|app| Reverse(app.last_used_at));
        apps.truncate(MAX_APPS as usize);
        Ok(apps)
    }
}

/// A client that is gone is called by its id.
fn name_of(context: &Context, client_id: &ClientId) -> String {
    let client = context.clients.find(client_id.as_str());
    client.map_or_else(|| client_id.as_str().to_owned(), |client| client.name.clone())
}

/// What a consent, or families with one scope, tell of an app.
struct Found {
    client_id: ClientId,
    scope: Scope,
    first_used_at: Timestamp,
    last_used_at: Timestamp,
}

impl From<Consent> for Found {
    fn from(Consent { client_id, scope, granted_at, used_at }: Consent) -> Self {
        Self { client_id, scope, first_used_at: granted_at, last_used_at: used_at }
    }
}

impl From<ClientGrant> for Found {
    fn from(ClientGrant { client_id, scope, started_at, used_at }: ClientGrant) -> Self {
        Self { client_id, scope, first_used_at: started_at, last_used_at: used_at }
    }
}

impl Found {
    fn add(&mut self, other: &Self) {
        self.scope = self.scope.joined(&other.scope);
        self.first_used_at = self.first_used_at.min(other.first_used_at);
        self.last_used_at = self.last_used_at.max(other.last_used_at);
    }

    fn named(self, context: &Context) -> ConnectedApp {
        let Self { client_id, scope, first_used_at, last_used_at } = self;
        let name = name_of(context, &client_id);
        ConnectedApp { client_id, name, scope, first_used_at, last_used_at }
    }
}
