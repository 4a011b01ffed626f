//! What members agreed to, and the apps that have something of theirs: who sees them, and how they are withdrawn.

mod error;
pub(crate) mod withdrawal;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use db::DbError;
use kernel::Timestamp;
use names::MemberId;
use tokens::{ClientId, LiveFamily, Scope};

pub use error::ConsentError;

use crate::authorize::asked::Person;
use crate::client::model::Client;
use crate::server::{AuthorizationServer, Context};
use crate::store::consents::{self, Consent};

/// More than anybody has; it keeps the page bounded.
const MOST: u32 = 200;

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

/// An app that has something of a member's: their consent, or tokens for them, or both.
#[derive(Clone, Debug)]
pub struct ConnectedApp {
    /// The id of its client.
    pub client_id: ClientId,
    /// What people know it as.
    pub name: String,
    /// What it may do.
    pub scope: Scope,
    /// When it was first used.
    pub first_used_at: Timestamp,
    /// When it last sent the member here or asked for tokens.
    pub last_used_at: Timestamp,
}

impl AuthorizationServer {
    /// The apps of a member, the one used last first, at most 200.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn connected_apps(&self, member: MemberId) -> Result<Vec<ConnectedApp>, ConsentError> {
        let context = self.context();
        let mut reader = context.services.db.read().await?;
        let consents = consents::of_member(&mut reader, member, context.clock.now(), MOST).await?;
        let families =
            context.services.tokens.families.live_families_of_clients(&mut reader, member, MOST).await?;
        drop(reader);
        let found = consents.into_iter().map(Found::from).chain(families.into_iter().map(Found::from));
        let mut by_client: BTreeMap<String, Found> = BTreeMap::new();
        for found in found {
            by_client
                .entry(found.client_id.as_str().to_owned())
                .and_modify(|known| known.add(&found))
                .or_insert(found);
        }
        let mut apps: Vec<_> = by_client.into_values().map(|found| found.named(context)).collect();
        apps.sort_by_key(|app| Reverse(app.last_used_at));
        Ok(apps)
    }
}

/// What a consent or a family tells of an app.
struct Found {
    client_id: ClientId,
    scope: String,
    first_used_at: Timestamp,
    last_used_at: Timestamp,
}

impl From<Consent> for Found {
    fn from(Consent { client_id, scope, granted_at, used_at }: Consent) -> Self {
        Self { client_id, scope: scope.as_str().to_owned(), first_used_at: granted_at, last_used_at: used_at }
    }
}

impl From<LiveFamily> for Found {
    fn from(LiveFamily { family, used_at }: LiveFamily) -> Self {
        Self {
            client_id: family.client_id,
            scope: family.scope.as_str().to_owned(),
            first_used_at: family.started_at,
            last_used_at: used_at,
        }
    }
}

impl Found {
    fn add(&mut self, other: &Self) {
        if !self.scope.is_empty() && !other.scope.is_empty() {
            self.scope.push(' ');
        }
        self.scope.push_str(&other.scope);
        self.first_used_at = self.first_used_at.min(other.first_used_at);
        self.last_used_at = self.last_used_at.max(other.last_used_at);
    }

    /// One whose client is gone is called by its id.
    fn named(self, context: &Context) -> ConnectedApp {
        let Self { client_id, scope, first_used_at, last_used_at } = self;
        let client = context.clients.find(client_id.as_str());
        let name = client.map_or_else(|| client_id.as_str().to_owned(), |client| client.name.clone());
        let scope = Scope::parse(&scope).unwrap_or_default();
        ConnectedApp { client_id, name, scope, first_used_at, last_used_at }
    }
}
