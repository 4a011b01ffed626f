//! Webhooks of the program: who is sent them by the configuration, and how.

use std::sync::Arc;

use admin::Receivers;
use audit::AuditLog;
use events::Consumer;
use providers::OutgoingProxy;
use webhooks::{
    Courier, CourierSettings, Post, PostError, PostProxy, Receiver, SystemLookup, WebhookConsumer,
};

use crate::base::Base;
use crate::config::Config;

/// What sends webhooks. Cheap to clone.
#[derive(Clone)]
pub struct Webhooks {
    /// Who is sent them.
    pub receivers: Arc<[Receiver]>,
    /// Where anybody is sent something: its clients read the machine's certificates and keep them.
    post: Option<Post>,
}

impl Webhooks {
    /// By the configuration.
    ///
    /// # Errors
    /// When the client for HTTP cannot be made.
    pub fn new(config: &Config) -> Result<Self, PostError> {
        let receivers = Arc::clone(&config.webhooks.receivers);
        let post = (!receivers.is_empty()).then(|| post(config)).transpose()?;
        Ok(Self { receivers, post })
    }

    /// What takes events from the bus, where anybody wants some.
    pub fn consumer(&self, base: &Base) -> Option<Arc<dyn Consumer>> {
        if self.receivers.is_empty() {
            return None;
        }
        let clock = Arc::clone(&base.context.clock);
        Some(Arc::new(WebhookConsumer::new(Arc::clone(&self.receivers), clock)))
    }

    /// Who is sent something, and by what.
    pub fn sending(&self) -> impl Iterator<Item = (&Receiver, &Post)> {
        self.post.iter().flat_map(|post| self.receivers.iter().map(move |receiver| (receiver, post)))
    }

    /// Receivers, as operators work with them.
    pub fn for_operators(&self, base: &Base, audit: AuditLog) -> Receivers {
        Receivers {
            db: base.db.clone(),
            context: base.context.clone(),
            audit,
            receivers: Arc::clone(&self.receivers),
            post: self.post.clone(),
        }
    }
}

/// What sends to one receiver.
pub fn courier(receiver: &Receiver, post: &Post, base: &Base) -> Courier {
    let Base { db, context, .. } = base;
    Courier::new(receiver.clone(), post.clone(), db.clone(), context, CourierSettings::default())
}

/// What sends one request, by the proxy of the configuration where there is one.
///
/// # Errors
/// When the client for HTTP cannot be made.
fn post(config: &Config) -> Result<Post, PostError> {
    let by = |proxy: &OutgoingProxy| {
        Ok::<_, PostError>(PostProxy { host: proxy.host().to_owned(), proxy: proxy.for_client()? })
    };
    let proxy = config.outgoing.proxy.as_ref().map(by).transpose()?;
    Post::new(&(Arc::new(SystemLookup) as _), proxy.as_ref())
}
