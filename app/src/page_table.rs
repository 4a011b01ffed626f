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

/// The page about password, address, and the sign-in methods.
pub const SECURITY: &str = "/me/security";

/// The page of what happened to the viewer's account.
pub const HISTORY: &str = "/me/history";

/// The page on which one takes one's data along, and leaves.
pub const ACCOUNT: &str = "/me/account";

/// Where public profiles lie.
pub const PROFILE: &str = "/members/{id}";
/// What comes before the id of a public profile.
pub const PROFILES: &str = "/members/";

const PAGES: [Page; 14] = [
    Page { path: "/", private: false, islands: false },
    Page { path: "/oauth/login", private: false, islands: false },
    Page { path: "/me", private: true, islands: true },
    Page { path: SESSIONS, private: true, islands: true },
    Page { path: SECURITY, private: true, islands: true },
    Page { path: HISTORY, private: true, islands: true },
    Page { path: ACCOUNT, private: true, islands: true },
    Page { path: PROFILE, private: false, islands: false },
    Page { path: "/signup", private: false, islands: false },
    // Those that a mail leads to take its token out of the address bar.
    Page { path: "/email/verify", private: false, islands: true },
    Page { path: "/email/change", private: false, islands: true },
    Page { path: "/account/keep", private: false, islands: true },
    Page { path: "/password/forgot", private: false, islands: false },
    Page { path: "/password/reset", private: false, islands: true },
];

/// Whether the page at `path` is of no use where no mail goes out: sign-up, and what a mail proves.
pub fn needs_mail(path: &str) -> bool {
    path == "/signup" || ["/email/", "/password/", "/account/"].iter().any(|place| path.starts_with(place))
}

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
