//! The port [`OperatorsSite`], by the loaders of the pages whose parts are read again.

use std::sync::Arc;

use async_trait::async_trait;
use contract::views::admin::{EventsView, MembersView};
use contract::{OperatorsSite, SiteError};
use http::request::Parts;
use names::{Actor, Language, OperatedBy, Operation, OperatorReason, path};
use notifications::SentAgain;
use sessions::Current;

use crate::pages::load::Load;
use crate::pages::state::Pages;
use crate::pages::visit::Visit;

/// The site as one request of an operator sees it.
pub(crate) struct OperatorsRequest {
    pub(crate) pages: Pages,
    /// The request, but for its body.
    pub(crate) head: Parts,
    /// The operator whom the guard let in.
    pub(crate) caller: Arc<Current>,
}

impl OperatorsRequest {
    /// What the page at this address shows.
    async fn load<V: Load>(&self, page: &str, query: &str) -> Result<V, SiteError> {
        let address = if query.is_empty() { page.to_owned() } else { format!("{page}?{query}") };
        let mut head = self.head.clone();
        head.uri = address.parse().map_err(|_| SiteError::Refused)?;
        let visit = Visit::new(&self.pages.0, &head, Some(&self.caller), None);
        V::load(&visit).await.map_err(|_| SiteError::Refused)
    }
}

#[async_trait]
impl OperatorsSite for OperatorsRequest {
    fn language(&self) -> Language {
        self.pages.0.parts.language.language(&self.head.headers)
    }

    async fn events(&self) -> Result<EventsView, SiteError> {
        self.load(path::ADMIN_EVENTS, "").await
    }

    async fn members(&self, query: &str) -> Result<MembersView, SiteError> {
        self.load(path::ADMIN_MEMBERS, query).await
    }

    async fn send_mail_again(&self, id: &str, reason: &str) -> Result<(), SiteError> {
        let reason = OperatorReason::parse(reason).map_err(|_| SiteError::Refused)?;
        let source = web::RequestContext::of(&self.head).source.by(Actor::Operator);
        let operation = Operation { source, by: OperatedBy::Member(self.caller.member.id), reason };
        let sent = self.pages.0.parts.operations.mails.send_again(id, &operation).await;
        match sent {
            Ok(SentAgain::Yes) => Ok(()),
            Ok(SentAgain::Emptied | SentAgain::Unknown) => Err(SiteError::Refused),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "a mail cannot be sent again");
                Err(SiteError::Unavailable)
            }
        }
    }
}
