//! Where a person goes after they signed out for an app.

use std::sync::Arc;

use crate::client::model::Client;
use crate::parameters::{Parameters, append};

/// A registered address of an app, and what it wants to be told there.
#[derive(Clone, Debug)]
pub(crate) struct WayBack<'a> {
    pub(crate) client: Arc<Client>,
    pub(crate) registered: &'a str,
    pub(crate) state: Option<&'a [u8]>,
}

impl<'a> WayBack<'a> {
    /// The redirect to `asked`, if the client has registered exactly that address, including its port.
    pub(crate) fn find(client: &Arc<Client>, asked: &'a str, parameters: &'a Parameters) -> Option<Self> {
        let registered = client.post_logout_redirect_uris.iter().any(|uri| uri.as_str() == asked);
        let client = Arc::clone(client);
        registered.then(|| Self { client, registered: asked, state: parameters.bytes("state") })
    }

    /// The address, with `state` byte for byte.
    pub(crate) fn address(&self) -> String {
        let mut address = self.registered.to_owned();
        if let Some(state) = self.state {
            if !address.contains('?') {
                address.push('?');
            }
            append(&mut address, "state", state);
        }
        address
    }
}
