//! The bus of the configuration, and all consumers on it.

use std::sync::Arc;
use std::time::Duration;

use admin::BusLook;
use async_trait::async_trait;
use db::Database;
use events::{
    BusError, Consumer, ConsumerRunner, ConsumerSettings, Groups, InProcessBus, Lag, Publisher, Relay,
    RelaySettings,
};
use kernel::Clock;

use crate::base::Base;
use crate::config::{self, Config};
use crate::parts::background::Background;

/// How long a consumer may keep a delivery to itself.
const DELIVERY_LEASE: Duration = Duration::from_secs(30);

/// How often is looked whether something still waits on the bus that events do not go to any more.
#[cfg(feature = "kafka")]
const REMAINDER: Duration = Duration::from_secs(2);

/// Both sides of the bus.
#[derive(Clone)]
pub struct EventBus {
    publisher: Arc<dyn Publisher>,
    relay: RelaySettings,
    /// Where consumers read: from where events go now, then from where they went before, until nothing is left there.
    sources: Vec<Source>,
    status: BusStatus,
    db: Database,
    clock: Arc<dyn Clock>,
}

#[derive(Clone)]
struct Source {
    groups: Arc<dyn Groups>,
    settings: ConsumerSettings,
}

/// The name of the bus in the program's own database.
const IN_PROCESS: &str = "in-process";
/// The name of the one on a cluster.
#[cfg(feature = "kafka")]
const KAFKA: &str = "kafka";

/// What is known of the bus.
#[derive(Clone, Debug)]
pub struct BusStatus {
    /// Those on which consumers read, the one to which events go first.
    buses: Vec<(&'static str, Arc<dyn Groups>)>,
    #[cfg(feature = "kafka")]
    link: Option<events::Link>,
}

#[async_trait]
impl BusLook for BusStatus {
    fn name(&self) -> &'static str {
        self.buses.first().map_or(IN_PROCESS, |(name, _)| name)
    }

    #[cfg(feature = "kafka")]
    fn problem(&self) -> Option<String> {
        match self.link.as_ref()?.state() {
            events::LinkState::Down(problem) => Some(problem.to_string()),
            events::LinkState::Untried | events::LinkState::Up => None,
        }
    }

    #[cfg(not(feature = "kafka"))]
    fn problem(&self) -> Option<String> {
        None
    }

    async fn lags(&self) -> Vec<(&'static str, Result<Vec<Lag>, String>)> {
        let mut told = Vec::with_capacity(self.buses.len());
        for (name, groups) in &self.buses {
            told.push((*name, groups.lags().await.map_err(|error| error.to_string())));
        }
        told
    }
}

impl BusStatus {
    /// In a line, where there is something outside of the program.
    #[cfg(feature = "kafka")]
    pub fn line(&self) -> Option<String> {
        self.link.as_ref().map(|link| format!("kafka: {}", link.state()))
    }

    /// In a line, where there is something outside of the program.
    #[cfg(not(feature = "kafka"))]
    pub const fn line(&self) -> Option<String> {
        None
    }
}

impl EventBus {
    /// The bus of the configuration.
    ///
    /// # Errors
    /// When its client cannot work with the settings. A broker that is away is not an error.
    pub fn open(config: &Config, base: &Base) -> Result<Self, BusError> {
        let (db, clock) = (base.db.clone(), Arc::clone(&base.context.clock));
        let bus = Arc::new(InProcessBus::new(db.clone(), Arc::clone(&clock), DELIVERY_LEASE));
        let source = Source { groups: Arc::clone(&bus) as _, settings: ConsumerSettings::default() };
        let in_process = Self {
            publisher: bus,
            relay: RelaySettings::default(),
            status: BusStatus {
                buses: vec![(IN_PROCESS, Arc::clone(&source.groups))],
                #[cfg(feature = "kafka")]
                link: None,
            },
            sources: vec![source],
            db,
            clock,
        };
        in_process.with_cluster(&config.events)
    }

    #[cfg(feature = "kafka")]
    fn with_cluster(mut self, config: &config::Events) -> Result<Self, BusError> {
        let Some(settings) = &config.kafka else { return Ok(self) };
        let bus = events::KafkaBus::new(settings.clone(), self.db.clone(), Arc::clone(&self.clock))?;
        self.status.link = Some(bus.link());
        let bus = Arc::new(bus);
        self.status.buses.push((KAFKA, Arc::clone(&bus) as _));
        self.sources.push(Source {
            groups: Arc::clone(&bus) as _,
            settings: ConsumerSettings::for_brokers(settings),
        });
        if config.bus == config::Bus::Kafka {
            self.relay = RelaySettings::for_brokers(settings);
            self.publisher = bus;
            self.sources.reverse();
            self.status.buses.reverse();
        }
        for left_over in self.sources.iter_mut().skip(1) {
            left_over.settings.idle = REMAINDER;
        }
        Ok(self)
    }

    /// Reading the configuration refused one that asks for what this build lacks.
    #[cfg(not(feature = "kafka"))]
    #[expect(clippy::unnecessary_wraps, reason = "the same signature as with a client for it")]
    fn with_cluster(self, _: &config::Events) -> Result<Self, BusError> {
        Ok(self)
    }

    /// What is known of the bus.
    pub fn status(&self) -> BusStatus {
        self.status.clone()
    }

    /// Joins the groups of all `consumers`. Do it before events are published, so that none misses anything.
    ///
    /// # Errors
    /// When the bus does not answer.
    pub async fn join(&self, consumers: Vec<Arc<dyn Consumer>>) -> Result<Joined, BusError> {
        let mut members = Vec::with_capacity(consumers.len());
        for consumer in consumers {
            for source in &self.sources {
                let consumer = Arc::clone(&consumer);
                let runner = self.runner(Arc::clone(&consumer), source).await?;
                members.push(Member { consumer, source: source.clone(), runner });
            }
        }
        Ok(Joined { bus: self.clone(), members })
    }

    async fn runner(&self, consumer: Arc<dyn Consumer>, source: &Source) -> Result<ConsumerRunner, BusError> {
        let Self { db, clock, .. } = self.clone();
        ConsumerRunner::start(consumer, &*source.groups, db, clock, source.settings).await
    }

    /// Publishes events until the end.
    fn publish(self, background: Background<'_>) {
        background.run("relay", move |end| {
            let Self { publisher, relay, db, clock, .. } = self.clone();
            Relay::new(db, publisher, clock, relay).run(end)
        });
    }
}

/// The bus with all consumers in their groups.
pub struct Joined {
    bus: EventBus,
    members: Vec<Member>,
}

struct Member {
    consumer: Arc<dyn Consumer>,
    source: Source,
    runner: ConsumerRunner,
}

impl Joined {
    /// Consumes and publishes until the end.
    pub fn run(self, background: Background<'_>) {
        for Member { consumer, source, runner } in self.members {
            let (bus, mut first) = (self.bus.clone(), Some(runner));
            background.run(consumer.name().as_str(), move |end| {
                let (first, bus, consumer) = (first.take(), bus.clone(), Arc::clone(&consumer));
                let source = source.clone();
                async move {
                    let runner = match first {
                        Some(runner) => Ok(runner),
                        None => bus.runner(consumer, &source).await,
                    };
                    match runner {
                        Ok(runner) => runner.run(end).await,
                        Err(error) => {
                            let error = &error as &dyn std::error::Error;
                            tracing::warn!(error, "events cannot be subscribed to");
                        }
                    }
                }
            });
        }
        self.bus.publish(background);
    }
}
