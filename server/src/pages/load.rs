//! How a page learns what it is about.

use http::StatusCode;
use names::Language;

use super::kept_key::Key;
use super::no_page::NoPage;
use super::visit::Visit;

/// A view of a page: it is looked up before the page is drawn, and no more than the page needs.
pub(super) trait Load: Sized + Send {
    /// Looks it up.
    fn load(visit: &Visit<'_>) -> impl Future<Output = Result<Self, NoPage>> + Send;

    /// What all visitors see who have this in common, where the page is the same for them.
    fn for_all(_: &Key) -> Option<Self> {
        None
    }

    /// Whether a visitor sees what all do.
    fn is_as_for_all(_: &Visit<'_>) -> bool {
        true
    }

    /// Where its pictures are, for the policy of the page.
    fn pictures(&self) -> Vec<&str> {
        Vec::new()
    }

    /// Where its form leads in the end, beside our own origin, for the policy of the page.
    fn form_action(&self) -> Option<&str> {
        None
    }

    /// The status of its page.
    fn status(&self) -> StatusCode {
        StatusCode::OK
    }

    /// The language that somebody else chose for the person, as an app does that sends them here.
    fn language(&self) -> Option<Language> {
        None
    }
}

/// A page that is about nothing but its visitor.
impl Load for () {
    async fn load(_: &Visit<'_>) -> Result<Self, NoPage> {
        Ok(())
    }

    fn for_all(_: &Key) -> Option<Self> {
        Some(())
    }
}
