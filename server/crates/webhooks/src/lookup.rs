//! Looks up the addresses of receivers, and keeps only those that may be connected to.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use async_trait::async_trait;
use kernel::is_public;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Looks up names, so that tests need no resolver.
#[async_trait]
pub trait Lookup: Send + Sync {
    /// The addresses of a name.
    ///
    /// # Errors
    /// When it has none, or the look-up fails.
    async fn lookup(&self, name: &str) -> io::Result<Vec<SocketAddr>>;
}

/// Looks up names with the resolver of the system.
#[derive(Clone, Copy, Debug)]
pub struct SystemLookup;

#[async_trait]
impl Lookup for SystemLookup {
    async fn lookup(&self, name: &str) -> io::Result<Vec<SocketAddr>> {
        Ok(tokio::net::lookup_host((name, 0)).await?.collect())
    }
}

/// The public addresses of a name. Connections are made to the addresses that were checked, so a name whose answer changes
/// afterwards leads nowhere else (DNS rebinding).
pub(crate) struct PublicAddresses {
    pub(crate) lookup: Arc<dyn Lookup>,
    /// The host of the proxy, which the client looks up in the same way. Its operator named it, and it may be private.
    pub(crate) proxy: Option<String>,
}

/// All addresses of a name.
pub(crate) struct AnyAddresses(pub(crate) Arc<dyn Lookup>);

impl Resolve for PublicAddresses {
    fn resolve(&self, name: Name) -> Resolving {
        let lookup = Arc::clone(&self.lookup);
        let is_proxy = self.proxy.as_ref().is_some_and(|host| host.eq_ignore_ascii_case(name.as_str()));
        Box::pin(async move {
            let mut found = lookup.lookup(name.as_str()).await?;
            found.retain(|address| is_proxy || is_public(address.ip()));
            if found.is_empty() {
                return Err("the name has no public address".into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

impl Resolve for AnyAddresses {
    fn resolve(&self, name: Name) -> Resolving {
        let lookup = Arc::clone(&self.0);
        Box::pin(async move { Ok(Box::new(lookup.lookup(name.as_str()).await?.into_iter()) as Addrs) })
    }
}
