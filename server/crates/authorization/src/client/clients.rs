//! The clients that there are: those of the configuration, and those that were registered since, as this process has read them.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use crate::client::documents::Documents;
use crate::client::model::Client;

type ById = HashMap<String, Arc<Client>>;

/// Clients by their ids. Cheap to clone; all clones see the same.
#[derive(Clone, Debug, Default)]
pub struct Clients {
    known: Arc<Known>,
    /// Those that describe themselves.
    pub(crate) documents: Option<Arc<Documents>>,
}

#[derive(Debug, Default)]
struct Known {
    configured: ById,
    registered: RwLock<Registered>,
}

#[derive(Debug, Default)]
struct Registered {
    /// Replaced as a whole, so that a look-up waits for nobody.
    clients: Arc<ById>,
    additions: u64,
}

impl Clients {
    /// The clients of the configuration.
    pub fn new(clients: impl IntoIterator<Item = Client>) -> Self {
        let known = Known { configured: by_id(clients), registered: RwLock::default() };
        Self { known: Arc::new(known), documents: None }
    }

    /// These, and those of documents.
    #[must_use]
    pub(crate) fn and(self, documents: Documents) -> Self {
        Self { documents: documents.are_on().then(|| Arc::new(documents)), ..self }
    }

    /// The client with this id. One of the configuration counts before one that was registered, and that before one of a document;
    /// of documents there are those that were fetched before.
    pub fn find(&self, id: &str) -> Option<Arc<Client>> {
        let known = self.known.configured.get(id).cloned().or_else(|| self.registered().get(id).cloned());
        known.or_else(|| self.documents.as_ref()?.find(id))
    }

    /// The documents, if this id may be the address of one.
    pub(crate) fn documents_for(&self, id: &str) -> Option<&Documents> {
        let is_known = self.is_configured(id) || self.registered().contains_key(id);
        self.documents.as_deref().filter(|_| !is_known)
    }

    /// Whether the configuration has this client.
    pub fn is_configured(&self, id: &str) -> bool {
        self.known.configured.contains_key(id)
    }

    /// All that somebody registered, in no order.
    pub fn all(&self) -> Vec<Arc<Client>> {
        let registered = self.registered();
        let registered =
            registered.iter().filter(|(id, _)| !self.is_configured(id)).map(|(_, client)| client);
        self.known.configured.values().chain(registered).cloned().collect()
    }

    /// How often one was [added](Self::add).
    pub(crate) fn additions(&self) -> u64 {
        self.known.registered.read().unwrap_or_else(PoisonError::into_inner).additions
    }

    /// Takes in what is registered. `false`, and nothing happens, where one was added since there were so many additions: what was
    /// read before that may lack it.
    pub(crate) fn register(&self, clients: impl IntoIterator<Item = Client>, additions: u64) -> bool {
        let clients = Arc::new(by_id(clients));
        let mut registered = self.known.registered.write().unwrap_or_else(PoisonError::into_inner);
        let is_whole = registered.additions == additions;
        if is_whole {
            registered.clients = clients;
        }
        is_whole
    }

    /// Those that describe or registered themselves may name these APIs from now on, and no others.
    pub(crate) fn allow_resources(&self, resources: &[String]) {
        let mut registered = self.known.registered.write().unwrap_or_else(PoisonError::into_inner);
        // What somebody reads at this moment has the APIs from before.
        registered.additions += 1;
        for client in Arc::make_mut(&mut registered.clients).values_mut() {
            if client.is_self_registered {
                *client = Arc::new(Client { audiences: resources.to_vec(), ..(**client).clone() });
            }
        }
        drop(registered);
        if let Some(documents) = &self.documents {
            documents.allow_resources(resources);
        }
    }

    /// Takes in one more.
    pub(crate) fn add(&self, client: Client) {
        let mut registered = self.known.registered.write().unwrap_or_else(PoisonError::into_inner);
        registered.additions += 1;
        Arc::make_mut(&mut registered.clients).insert(client.id.as_str().to_owned(), Arc::new(client));
    }

    fn registered(&self) -> Arc<ById> {
        Arc::clone(&self.known.registered.read().unwrap_or_else(PoisonError::into_inner).clients)
    }
}

fn by_id(clients: impl IntoIterator<Item = Client>) -> ById {
    clients.into_iter().map(|client| (client.id.as_str().to_owned(), Arc::new(client))).collect()
}
