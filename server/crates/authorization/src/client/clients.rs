//! The clients that there are.

use std::collections::HashMap;
use std::sync::Arc;

use crate::client::documents::Documents;
use crate::client::model::Client;

/// Clients by their ids. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Clients {
    registered: Arc<HashMap<String, Arc<Client>>>,
    /// Those that describe themselves.
    pub(crate) documents: Option<Arc<Documents>>,
}

impl Clients {
    /// These clients.
    pub fn new(clients: impl IntoIterator<Item = Client>) -> Self {
        let by_id = |client: Client| (client.id.as_str().to_owned(), Arc::new(client));
        Self { registered: Arc::new(clients.into_iter().map(by_id).collect()), documents: None }
    }

    /// These, and those of documents.
    #[must_use]
    pub(crate) fn and(self, documents: Documents) -> Self {
        Self { documents: documents.are_on().then(|| Arc::new(documents)), ..self }
    }

    /// The client with this id, of documents those that were fetched before.
    pub fn find(&self, id: &str) -> Option<Arc<Client>> {
        self.registered.get(id).cloned().or_else(|| self.documents.as_ref()?.find(id))
    }

    /// The documents, if this id may be the address of one.
    pub(crate) fn documents_for(&self, id: &str) -> Option<&Documents> {
        self.documents.as_deref().filter(|_| !self.registered.contains_key(id))
    }

    /// All that somebody registered, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &Client> {
        self.registered.values().map(|client| &**client)
    }
}
