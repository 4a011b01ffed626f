//! What a good proof proves.

use kernel::{Timestamp, TokenHash};

use crate::dpop::thumbprint::Thumbprint;

/// What a proof says that is good for its request. That it did not come before is still to be found out: at the token endpoint by
/// the database, elsewhere by the memory of the replica.
#[derive(Clone, Copy, Debug)]
pub struct Proven {
    /// The key of the one who sent the request.
    pub key: Thumbprint,
    /// What the proof is remembered as: key and `jti`, hashed.
    pub id: TokenHash,
    /// From when on it would be refused for its age.
    pub until: Timestamp,
}
