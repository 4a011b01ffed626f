//! A cluster, as both sides of the bus work with it.

use std::sync::Arc;

use db::Database;
use kernel::Clock;

use crate::kafka::link::Link;
use crate::kafka::publisher::Producer;
use crate::kafka::topics::Topics;
use crate::kafka_settings::KafkaSettings;

/// The one connection's state, topics and producer of this program, and where it keeps dead letters.
pub(super) struct Cluster {
    pub(super) settings: Arc<KafkaSettings>,
    pub(super) link: Link,
    pub(super) topics: Arc<Topics>,
    pub(super) producer: Arc<Producer>,
    pub(super) db: Database,
    pub(super) clock: Arc<dyn Clock>,
}
