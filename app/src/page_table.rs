//! Which pages there are.

/// A page of the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Its path.
    pub path: &'static str,
    /// Whether it is for people who are signed in; the server sends others to the login page and back.
    pub private: bool,
    /// Whether it has islands. A page without loads no script and no WASM.
    pub islands: bool,
}

/// The page that lists the viewer's sessions.
pub const SESSIONS: &str = "/me/sessions";

const PAGES: [Page; 4] = [
    Page { path: "/", private: false, islands: false },
    Page { path: "/oauth/login", private: false, islands: false },
    Page { path: "/me", private: true, islands: true },
    Page { path: SESSIONS, private: true, islands: true },
];

/// All pages.
pub const fn pages() -> &'static [Page] {
    &PAGES
}

/// Whether the page at `path` is for people who are signed in.
pub fn is_private(path: &str) -> bool {
    PAGES.iter().any(|page| page.private && page.path == path)
}

/// Whether the page at `path` has islands.
pub fn has_islands(path: &str) -> bool {
    PAGES.iter().any(|page| page.islands && page.path == path)
}
