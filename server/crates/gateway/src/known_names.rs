//! What somebody can be given: names that routes may ask for.

use std::collections::BTreeSet;

use names::Role;

/// The scopes and roles that there are.
#[derive(Clone, Debug)]
pub struct KnownNames {
    /// Words of scopes.
    pub scopes: BTreeSet<String>,
    /// Roles.
    pub roles: BTreeSet<Role>,
}

/// These scopes, and the roles that there are without configuration.
impl<const N: usize> From<[String; N]> for KnownNames {
    fn from(scopes: [String; N]) -> Self {
        Self { scopes: scopes.into(), roles: Role::BUILT_IN.into() }
    }
}
