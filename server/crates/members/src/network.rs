//! From which network a request comes.

use web::ClientAddress;

/// Whose networks limits are counted by: nothing where the request has none, as in tests without a listener.
pub(crate) type Network = Option<ClientAddress>;
