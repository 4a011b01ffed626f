//! `/admin/keys`.

use crate::moment::Moment;

/// `/admin/keys`: the keys that sign tokens, the oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeysView {
    /// The keys.
    pub keys: Vec<KeyEntry>,
}

/// A key that signs tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyEntry {
    /// The `kid`, with which tokens name the key.
    pub kid: String,
    /// Its algorithm.
    pub kind: &'static str,
    /// Its state.
    pub state: KeyEntryState,
    /// From when it signs.
    pub from: Moment,
}

/// Which part of its life a signing key is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyEntryState {
    /// It is published, and will sign.
    Published,
    /// It signs.
    Signs,
    /// What it signed is still accepted.
    Retired,
}
