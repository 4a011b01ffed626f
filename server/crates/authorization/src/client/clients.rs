//! The clients that there are.

use std::collections::HashMap;
use std::sync::Arc;

use crate::client::model::Client;

/// Clients by their ids. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Clients(Arc<HashMap<String, Arc<Client>>>);

impl Clients {
    /// These clients.
    pub fn new(clients: impl IntoIterator<Item = Client>) -> Self {
        let by_id = |client: Client| (client.id.as_str().to_owned(), Arc::new(client));
        Self(Arc::new(clients.into_iter().map(by_id).collect()))
    }

    /// The client with this id.
    pub fn find(&self, id: &str) -> Option<Arc<Client>> {
        self.0.get(id).cloned()
    }

    /// All of them, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &Client> {
        self.0.values().map(|client| &**client)
    }
}
