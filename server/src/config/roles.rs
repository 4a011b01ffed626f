//! `[roles]`.

use names::Role;

use super::reader::Reader;

/// A token lists all roles of a member, so their number is bounded.
const MAX_ROLES: usize = 16;

/// What members may be beyond members.
#[derive(Clone, Debug, Default)]
pub struct Roles {
    /// `roles.names`: those alongside the built-in ones.
    pub names: Vec<Role>,
}

impl Roles {
    pub(super) fn read(reader: &Reader) -> Self {
        let mut names: Vec<Role> = Vec::new();
        let key = "roles.names";
        for text in reader.list(key) {
            let cure = "Write names such as ROLE_SUPPORT, each once; ROLE_USER, ROLE_ADMIN and ROLE_MODERATOR are there anyway";
            match Role::parse(&text) {
                Ok(role) if !names.contains(&role) && !Role::BUILT_IN.contains(&role) => names.push(role),
                Ok(role) => reader.wrong(key, format!("`{role}` is there already"), cure),
                Err(error) => reader.wrong(key, format!("`{text}` is no role: {error}"), cure),
            }
        }
        if names.len() > MAX_ROLES {
            reader.wrong(key, format!("{} roles are too many", names.len()), "Write at most 16");
        }
        Self { names }
    }

    /// All that somebody can have.
    pub fn all(&self) -> impl Iterator<Item = Role> + '_ {
        Role::BUILT_IN.into_iter().chain(self.names.iter().cloned())
    }
}
