//! The program's own paths, which no route may take and no request reaches a service by.

use std::sync::Arc;

/// The own paths of design sections 3.1 to 3.4, for a program that cannot name its own more exactly.
const DESIGN: [&str; 22] = [
    "/",
    "/api/activity",
    "/api/admin",
    "/api/auth",
    "/api/fn",
    "/api/users",
    "/api/language",
    "/api/providers",
    "/auth",
    "/oauth",
    "/oauth2",
    "/.well-known",
    "/signup",
    "/email",
    "/password",
    "/me",
    "/device",
    "/members",
    "/feed",
    "/admin",
    "/dev",
    "/pkg",
];

/// Paths that belong to the program, each with everything below it. `/` is the main page alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnPaths(Arc<[String]>);

impl OwnPaths {
    /// The paths given. A pattern such as `/members/{id}` counts up to its first placeholder.
    pub fn new<T: AsRef<str>>(paths: impl IntoIterator<Item = T>) -> Self {
        let mut own: Vec<String> = paths.into_iter().map(|path| literal_part(path.as_ref())).collect();
        own.sort();
        own.dedup();
        Self(own.into())
    }

    /// Those that design sections 3.1 to 3.4 name.
    pub fn of_design() -> Self {
        Self::new(DESIGN)
    }

    /// These, and more.
    #[must_use]
    pub fn and<T: AsRef<str>>(&self, paths: impl IntoIterator<Item = T>) -> Self {
        let more: Vec<T> = paths.into_iter().collect();
        Self::new(self.iter().chain(more.iter().map(AsRef::as_ref)))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// Whether `path` belongs to the program by the design.
pub(crate) fn is_of_design(path: &str) -> bool {
    DESIGN.iter().any(|own| covers(own, path))
}

/// Whether `path` is `own` or lies below it.
pub(crate) fn covers(own: &str, path: &str) -> bool {
    if own == "/" {
        return path == "/";
    }
    path.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn literal_part(path: &str) -> String {
    let literal = path.find('{').map_or(path, |at| &path[..at]).trim_end_matches('/');
    if literal.is_empty() { "/".to_owned() } else { literal.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_own_path_covers_what_lies_below_it_and_no_neighbour() {
        let own = OwnPaths::new(["/members/{id}", "/api/auth/", "/"]);
        assert_eq!(own.iter().collect::<Vec<_>>(), ["/", "/api/auth", "/members"]);
        assert!(covers("/api/auth", "/api/auth") && covers("/api/auth", "/api/auth/x"));
        assert!(!covers("/api/auth", "/api/author") && !covers("/", "/x") && covers("/", "/"));
    }
}
