//! The network from which a login was begun, in a form that the table does not reveal.

use kernel::{KeyRing, Purpose};
use web::ClientAddress;

const PURPOSE: Purpose = Purpose::new("login-network");

/// The network from which a login was begun, as keyed checksums: no address is in the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LoginNetwork {
    /// The network that limits count by.
    pub(crate) network: [u8; 32],
    /// The wider network around it.
    pub(crate) place: [u8; 32],
}

impl LoginNetwork {
    /// The checksums for the address of a client.
    pub(crate) fn of(client: ClientAddress, key_ring: &KeyRing) -> Self {
        let tag = |text: String| key_ring.authenticate(PURPOSE, text.as_bytes());
        Self {
            network: tag(format!("network {}", client.limit_key())),
            place: tag(format!("place {}", client.network())),
        }
    }
}
