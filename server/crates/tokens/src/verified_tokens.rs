//! The cache of verified tokens: the signature of a token is checked once in its life, not at each request.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use quick_cache::sync::Cache;

use crate::claims::Claims;

/// SHA-256 of a token's text. The cache holds no token, so a memory dump reveals none.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct TokenDigest([u8; 32]);

impl TokenDigest {
    pub(crate) fn of(token: &str) -> Self {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
        Self(bytes)
    }
}

/// Claims by the digest of their token, bounded in number. Whether a token has expired or was revoked is asked again at
/// each use; removing what was revoked keeps the room for others.
#[derive(Debug)]
pub(crate) struct VerifiedTokens(Cache<TokenDigest, Arc<Claims>>);

impl VerifiedTokens {
    pub(crate) fn new(capacity: usize) -> Self {
        Self(Cache::new(capacity))
    }

    pub(crate) fn get(&self, token: &TokenDigest) -> Option<Arc<Claims>> {
        self.0.get(token)
    }

    pub(crate) fn insert(&self, token: TokenDigest, claims: Arc<Claims>) {
        self.0.insert(token, claims);
    }

    /// Removes all entries for which `is_good` is false.
    pub(crate) fn retain(&self, is_good: impl Fn(&Claims) -> bool) {
        self.0.retain(|_, claims| is_good(claims));
    }

    pub(crate) fn clear(&self) {
        self.0.clear();
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}
