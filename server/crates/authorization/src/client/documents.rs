//! Clients by their documents: an agent that nobody has registered names an address, and is what it says there of itself.
//!
//! Only what an operator allowed is fetched (`authorization.client_documents`), and only what people or clients ask for at the
//! moment. A document is believed for as long as it says; one that cannot be fetched again is believed for a day from when it was,
//! so that nobody is signed out because another host has trouble.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use kernel::{Clock, Timestamp};
use providers::OutgoingProxy;
use web::ClientAddress;

use crate::client::document::{self, DocumentProblem, DocumentRules};
use crate::client::document_address::{AllowedOrigins, DocumentAddress};
use crate::client::document_fetch::{FetchError, Fetched, Fetcher, MAX_CACHE_TIME};
use crate::client::fetch_room::FetchRoom;
use crate::client::model::Client;
use crate::client::origin::PageOrigins;

/// How many documents are kept.
const CACHE_CAPACITY: usize = 1000;
/// How long a failed fetch is not repeated.
const RETRY_DELAY: Duration = Duration::from_mins(1);

/// From where documents are taken, and what their clients may have.
#[derive(Clone, Debug, Default)]
pub struct DocumentSettings {
    /// Origins, or `*` for any; empty: from nowhere.
    pub origins: Vec<String>,
    /// Whether plain http on this machine will do.
    pub loopback: bool,
    /// The APIs for which their tokens may be.
    pub audiences: Vec<String>,
    /// The way out.
    pub proxy: Option<OutgoingProxy>,
}

/// Why an address does not describe a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DocumentError {
    /// It could not be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// It describes none.
    #[error(transparent)]
    Problem(#[from] DocumentProblem),
}

/// The documents that are known.
pub(crate) struct Documents {
    allowed: AllowedOrigins,
    scopes: Vec<String>,
    /// The APIs that clients may name; read again with the routes.
    resources: RwLock<Vec<String>>,
    fetcher: Option<Fetcher>,
    clock: Arc<dyn Clock>,
    kept: RwLock<HashMap<Box<str>, Kept>>,
    fetching: FetchRoom,
}

/// What is known of one address.
#[derive(Clone, Default)]
struct Kept {
    client: Option<Good>,
    failed: Option<Failure>,
}

#[derive(Clone)]
struct Good {
    client: Arc<Client>,
    /// Where its pages are, computed once, since it is needed for each request.
    origins: PageOrigins,
    fresh_until: Timestamp,
    /// Until when the cached document is used although it cannot be fetched again.
    kept_until: Timestamp,
}

#[derive(Clone, Copy)]
struct Failure {
    error: DocumentError,
    until: Timestamp,
}

impl Documents {
    pub(crate) fn new(settings: DocumentSettings, scopes: &[String], clock: Arc<dyn Clock>) -> Self {
        let DocumentSettings { origins, loopback, audiences, proxy } = settings;
        let fetcher = if origins.is_empty() { None } else { fetcher(proxy.as_ref()) };
        Self {
            allowed: AllowedOrigins { origins, loopback },
            scopes: scopes.to_vec(),
            resources: RwLock::new(audiences),
            fetcher,
            clock,
            kept: RwLock::default(),
            fetching: FetchRoom::default(),
        }
    }

    /// Whether there are any.
    pub(crate) const fn are_on(&self) -> bool {
        self.fetcher.is_some()
    }

    /// The client with this id, as far as its document is known by now.
    pub(crate) fn find(&self, id: &str) -> Option<Arc<Client>> {
        let now = self.clock.now();
        let kept = self.read();
        let good = kept.get(id)?.client.as_ref().filter(|good| now < good.kept_until)?;
        Some(Arc::clone(&good.client))
    }

    /// Whether a page at this origin belongs to one of them: where its redirect URIs are.
    pub(crate) fn has_origin(&self, origin: &str) -> bool {
        if !self.are_on() {
            return false;
        }
        let now = self.clock.now();
        let kept = self.read();
        let mut live =
            kept.values().filter_map(|kept| kept.client.as_ref()).filter(|good| now < good.kept_until);
        live.any(|good| good.origins.has(origin))
    }

    /// Whether [`Self::fetch`] would ask another host.
    pub(crate) fn address_to_fetch(&self, id: &str) -> Option<DocumentAddress> {
        self.fetcher.as_ref()?;
        let now = self.clock.now();
        let kept = self.read();
        let is_known = kept.get(id).is_some_and(|kept| {
            let is_fresh = kept.client.as_ref().is_some_and(|good| now < good.fresh_until);
            is_fresh || kept.failed.is_some_and(|failed| now < failed.until)
        });
        drop(kept);
        if is_known { None } else { self.allowed.address(id) }
    }

    /// What was wrong with an address when somebody looked last.
    pub(crate) fn failure(&self, id: &str) -> Option<DocumentError> {
        let now = self.clock.now();
        let failed = self.read().get(id)?.failed?;
        (now < failed.until).then_some(failed.error)
    }

    /// Clients of documents may name these APIs from now on, and no others.
    pub(crate) fn allow_resources(&self, resources: &[String]) {
        *self.resources.write().unwrap_or_else(PoisonError::into_inner) = resources.to_vec();
        let mut all = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        for good in all.values_mut().filter_map(|kept| kept.client.as_mut()) {
            good.client = Arc::new(Client { audiences: resources.to_vec(), ..(*good.client).clone() });
        }
    }

    /// Fetches a document that a network asks for, and keeps the result.
    ///
    /// # Errors
    /// Where too many are being fetched: nothing is known of this one then, and nothing is kept.
    pub(crate) async fn fetch(
        &self,
        address: &DocumentAddress,
        network: Option<ClientAddress>,
    ) -> Result<(), DocumentError> {
        let Some(place) = self.fetching.take(network.map(ClientAddress::limit_key)) else {
            return Err(FetchError::Unavailable("too many documents are being fetched").into());
        };
        let read = self.fetched(address).await;
        drop(place);
        let now = self.clock.now();
        let mut all = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        make_room(&mut all, now);
        let kept = all.entry(address.id.as_str().into()).or_default();
        match read {
            Ok((client, fresh_for)) => {
                let (fresh_until, kept_until) = (now.plus(fresh_for), now.plus(MAX_CACHE_TIME));
                let (origins, client) = (PageOrigins::of([&client]), Arc::new(client));
                kept.client = Some(Good { client, origins, fresh_until, kept_until });
                kept.failed = None;
            }
            Err(error) => {
                // What is there now does not describe a client, so the client from before is gone as well.
                if !matches!(error, DocumentError::Fetch(FetchError::Unavailable(_))) {
                    kept.client = None;
                }
                kept.failed = Some(Failure { error, until: now.plus(RETRY_DELAY) });
            }
        }
        Ok(())
    }

    async fn fetched(&self, address: &DocumentAddress) -> Result<(Client, Duration), DocumentError> {
        let Some(fetcher) = &self.fetcher else {
            return Err(FetchError::Unavailable("documents are off").into());
        };
        let Fetched { body, fresh_for } = fetcher.fetch(address).await?;
        let resources = self.resources.read().unwrap_or_else(PoisonError::into_inner).clone();
        let rules = DocumentRules { scopes: self.scopes.clone(), audiences: resources };
        Ok((document::read(address, &body, &rules)?, fresh_for))
    }

    fn read(&self) -> RwLockReadGuard<'_, HashMap<Box<str>, Kept>> {
        self.kept.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Without an HTTP client there are no documents; a program that could not make one has logged that at its start.
fn fetcher(proxy: Option<&OutgoingProxy>) -> Option<Fetcher> {
    Fetcher::new(proxy)
        .inspect_err(|error| tracing::error!(%error, "documents of clients cannot be fetched"))
        .ok()
}

/// Evicts expired entries, or, where that is not enough, the one that expires first.
fn make_room(all: &mut HashMap<Box<str>, Kept>, now: Timestamp) {
    if all.len() < CACHE_CAPACITY {
        return;
    }
    all.retain(|_, kept| kept.until() > now);
    if all.len() >= CACHE_CAPACITY
        && let Some(first) = all.iter().min_by_key(|(_, kept)| kept.until()).map(|(id, _)| id.clone())
    {
        all.remove(&first);
    }
}

impl Kept {
    /// Until when it says anything.
    fn until(&self) -> Timestamp {
        let good = self.client.as_ref().map(|good| good.kept_until);
        let failed = self.failed.map(|failed| failed.until);
        good.into_iter().chain(failed).max().unwrap_or(Timestamp::from_millis(0))
    }
}

/// Says nothing of what is kept.
impl std::fmt::Debug for Documents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Documents").field("allowed", &self.allowed).finish_non_exhaustive()
    }
}
