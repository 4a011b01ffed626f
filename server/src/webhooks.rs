//! Webhooks of the program: who is sent them by the configuration, and how.

use std::sync::Arc;

use events::Consumer;
use providers::OutgoingProxy;
use webhooks::{Courier, CourierSettings, Post, PostError, Receiver, SystemLookup, WebhookConsumer};

use crate::base::Base;
use crate::config::Config;

/// What sends webhooks. Cheap to clone.
#[derive(Clone)]
pub struct Webhooks {
    /// Who is sent them.
    pub receivers: Arc<[Receiver]>,
    post: Post,
}

impl Webhooks {
    /// By the configuration.
    ///
    /// # Errors
    /// When the client for HTTP cannot be made.
    pub fn new(config: &Config) -> Result<Self, PostError> {
        Ok(Self { receivers: Arc::clone(&config.webhooks.receivers), post: post(config)? })
    }

    /// What takes events from the bus, where anybody wants some.
    pub fn consumer(&self, base: &Base) -> Option<Arc<dyn Consumer>> {
        if self.receivers.is_empty() {
            return None;
        }
        let clock = Arc::clone(&base.context.clock);
        Some(Arc::new(WebhookConsumer::new(Arc::clone(&self.receivers), clock)))
    }

    /// What sends to one receiver.
    pub fn courier(&self, receiver: &Receiver, base: &Base) -> Courier {
        let Base { db, context, .. } = base;
        Courier::new(receiver.clone(), self.post.clone(), db.clone(), context, CourierSettings::default())
    }
}

/// What sends one request, by the proxy of the configuration where there is one.
///
/// # Errors
/// When the client for HTTP cannot be made.
pub fn post(config: &Config) -> Result<Post, PostError> {
    let proxy = config.outgoing.proxy.as_ref().map(OutgoingProxy::for_client).transpose()?;
    Post::new(&(Arc::new(SystemLookup) as _), proxy.as_ref())
}
