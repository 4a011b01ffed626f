//! For tests: each transaction that may be retried is retried once.
//!
//! Clusters that decide at the commit do so now and then. With `DAEMUN_TEST_CONFLICTS` in the environment it happens to every
//! one, so that the tests of all parts show whether their work may really be done twice. Builds for production do not look.

use crate::database::Database;

impl Database {
    /// Whether the first commit of each transaction finds that another server was first.
    #[cfg(debug_assertions)]
    #[expect(clippy::unused_self, reason = "as where there are no tests")]
    pub(crate) fn forces_retries(&self) -> bool {
        static FORCED: std::sync::LazyLock<bool> =
            std::sync::LazyLock::new(|| std::env::var_os("DAEMUN_TEST_CONFLICTS").is_some());
        *FORCED
    }

    #[cfg(not(debug_assertions))]
    #[expect(clippy::unused_self, reason = "as where there are tests")]
    pub(crate) const fn forces_retries(&self) -> bool {
        false
    }
}
