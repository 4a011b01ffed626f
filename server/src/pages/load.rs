//! How a page loads what it shows.

use http::StatusCode;
use names::Language;

use super::kept_key::Key;
use super::no_page::NoPage;
use super::visit::Visit;

/// A view of a page: it is looked up before the page is drawn, and no more than the page needs.
pub(super) trait Load: Sized + Send {
    /// Looks up the view of a page for this visit.
    fn load(visit: &Visit<'_>) -> impl Future<Output = Result<Self, NoPage>> + Send;

    /// The key of what is the same for all visitors who share it, if the page is.
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

    /// Where its form leads in the end, alongside our own origin, for the policy of the page.
    fn form_action(&self) -> Option<&str> {
        None
    }

    /// The status of its page.
    fn status(&self) -> StatusCode {
        StatusCode::OK
    }

    /// The language that somebody else chose for the person, such as the app that sent them here.
    fn language(&self) -> Option<Language> {
        None
    }
}

/// A page that needs no data but its visitor.
impl Load for () {
    async fn load(_: &Visit<'_>) -> Result<Self, NoPage> {
        Ok(())
    }

    fn for_all(_: &Key) -> Option<Self> {
        Some(())
    }
}
