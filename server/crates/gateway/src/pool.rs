//! The connections of one upstream that speaks HTTP/1.1.

use std::error::Error;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{Request, Response, Uri};
use hyper::body::Incoming;
use tokio::time::Instant;
use tower::Service as _;

use crate::connection::{Broken, Connection};
use crate::send_error::SendError;
use crate::tls::Connector;
use crate::upload::Upload;

/// Connections that wait for their next request. The one that was used last is used next, so that surplus connections become idle
/// after a burst.
pub(crate) struct Pool {
    connector: Connector,
    root: Uri,
    keep_alive: Duration,
    most: usize,
    idle: Mutex<Vec<Idle>>,
}

struct Idle {
    line: Connection,
    since: Instant,
}

impl Pool {
    /// A pool of connections to `root`. At most `most` stay open without a request, each for `keep_alive`.
    pub(crate) const fn new(connector: Connector, root: Uri, keep_alive: Duration, most: usize) -> Self {
        Self { connector, root, keep_alive, most, idle: Mutex::new(Vec::new()) }
    }

    /// Sends a request over an idle connection or a new one. The request's address is its path alone.
    ///
    /// An idle connection that turns out to be closed before it took the request is passed over.
    pub(crate) async fn send(
        &self,
        mut request: Request<Upload>,
    ) -> Result<(Response<Incoming>, Connection), SendError> {
        while let Some(mut line) = self.take(Instant::now()) {
            match line.send(request).await {
                Ok(response) => return Ok((response, line)),
                Err(Broken { unsent: Some(unsent), .. }) => request = *unsent,
                Err(Broken { error, unsent: None }) => return Err(SendError::Exchange(error)),
            }
        }
        // In a place of its own: few requests need a new connection, and each would carry two kilobytes for it.
        let mut line = Box::pin(self.connect()).await.map_err(SendError::Connect)?;
        match line.send(request).await {
            Ok(response) => Ok((response, line)),
            Err(Broken { error, .. }) => Err(SendError::Exchange(error)),
        }
    }

    async fn connect(&self) -> Result<Connection, Box<dyn Error + Send + Sync>> {
        let stream = self.connector.clone().call(self.root.clone()).await?;
        Ok(Connection::open(stream).await?)
    }

    fn take(&self, now: Instant) -> Option<Connection> {
        loop {
            let Idle { mut line, since } = self.lock().pop()?;
            if now.duration_since(since) < self.keep_alive && line.is_free() {
                return Some(line);
            }
        }
    }

    /// Takes a connection back whose answer was read to the end.
    pub(crate) fn give_back(&self, mut line: Connection) {
        if !line.is_free() {
            return;
        }
        let mut idle = self.lock();
        if idle.len() < self.most {
            idle.push(Idle { line, since: Instant::now() });
        }
    }

    /// Closes what has been idle for too long, and what the upstream has closed.
    pub(crate) fn evict_idle(&self) {
        let now = Instant::now();
        self.lock()
            .retain_mut(|idle| now.duration_since(idle.since) < self.keep_alive && idle.line.is_free());
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[path = "pool_tests.rs"]
mod tests;
