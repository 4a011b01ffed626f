//! The name of one running program among those on a database.

use std::fmt;

use kernel::Randomness;

/// As much of a machine's name as fits into the column.
const MAX_HOST_BYTES: usize = 48;

/// The name of one running program: its machine's, and something random, so that two on one machine and the same one after a
/// restart are told apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReplicaId(String);

impl ReplicaId {
    /// A new one on the machine `host`. What does not belong into a name of a machine is left out.
    pub fn new(host: &str, randomness: &dyn Randomness) -> Self {
        let is_fit =
            |character: &char| character.is_ascii_alphanumeric() || matches!(character, '-' | '.' | '_');
        let mut host: String = host.chars().filter(is_fit).take(MAX_HOST_BYTES).collect();
        if host.is_empty() {
            host.push_str("replica");
        }
        let mut bytes = [0; 4];
        randomness.fill(&mut bytes);
        Self(format!("{host}-{:08x}", u32::from_be_bytes(bytes)))
    }

    /// As it is in the table.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ReplicaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use kernel::OsRandomness;

    use super::*;

    #[test]
    fn an_id_names_the_machine_fits_the_column_and_is_never_twice_the_same() {
        let id = |host: &str| ReplicaId::new(host, &OsRandomness).to_string();
        assert!(id("host-1.example\n").starts_with("host-1.example-"));
        assert!(id("대문").starts_with("replica-"));
        assert!(id(&"x".repeat(300)).len() <= 64);
        assert_ne!(id("one"), id("one"));
    }
}
