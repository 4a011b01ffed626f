//! Which pages there are.

use names::path;

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

const PAGES: [Page; 14] = [
    Page { path: path::HOME, private: false, islands: false },
    Page { path: path::LOGIN, private: false, islands: false },
    Page { path: path::PROFILE, private: true, islands: true },
    Page { path: path::SESSIONS, private: true, islands: true },
    Page { path: path::SECURITY, private: true, islands: true },
    Page { path: path::HISTORY, private: true, islands: true },
    Page { path: path::ACCOUNT, private: true, islands: true },
    Page { path: path::MEMBER, private: false, islands: false },
    Page { path: path::SIGN_UP, private: false, islands: false },
    // Those that a mail leads to take its token out of the address bar.
    Page { path: path::VERIFY_EMAIL, private: false, islands: true },
    Page { path: path::CHANGE_EMAIL, private: false, islands: true },
    Page { path: path::KEEP_ACCOUNT, private: false, islands: true },
    Page { path: path::FORGOT_PASSWORD, private: false, islands: false },
    Page { path: path::RESET_PASSWORD, private: false, islands: true },
];

/// Whether the page at `path` is of no use where no mail goes out: sign-up, and what a mail proves.
pub fn needs_mail(path: &str) -> bool {
    path == path::SIGN_UP
        || ["/email/", "/password/", "/account/"].iter().any(|place| path.starts_with(place))
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
