//! The port through which server functions of the admin area ask the server.

use async_trait::async_trait;
use names::Language;

use crate::site::SiteError;
use crate::views::admin::{EventsView, MembersView};

/// The server as islands of the admin area see it, for one request of an operator.
#[async_trait]
pub trait OperatorsSite: Send + Sync {
    /// In which language the operator reads.
    fn language(&self) -> Language;

    /// What is on its way at this moment.
    ///
    /// # Errors
    /// When the server cannot say.
    async fn events(&self) -> Result<EventsView, SiteError>;

    /// The members for whom the address of the page asks with this query.
    ///
    /// # Errors
    /// When the server cannot say.
    async fn members(&self, query: &str) -> Result<MembersView, SiteError>;

    /// Has a mail sent that was given up, for this reason.
    ///
    /// # Errors
    /// When it was not done.
    async fn send_mail_again(&self, id: &str, reason: &str) -> Result<(), SiteError>;
}
