//! What a good proof proves.

use kernel::{Timestamp, TokenHash};

use crate::dpop::thumbprint::Thumbprint;

/// What a proof says that is valid for its request. Whether it is a replay is checked elsewhere: by the database at the token
/// endpoint, by the replica's memory otherwise.
#[derive(Clone, Copy, Debug)]
pub struct Proven {
    /// The key of the one who sent the request.
    pub key: Thumbprint,
    /// What the proof is remembered as: key and `jti`, hashed.
    pub id: TokenHash,
    /// When it becomes too old to be accepted.
    pub until: Timestamp,
}
