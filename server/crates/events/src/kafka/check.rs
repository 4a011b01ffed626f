//! What `daemun check` asks the brokers: whether they accept us, and whether our topics match the settings.

use std::sync::Arc;

use rdkafka::admin::{AdminClient, AdminOptions, ConfigResource, ResourceSpecifier};
use rdkafka::consumer::BaseConsumer;
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::metadata::{Metadata, MetadataTopic};
use rdkafka::producer::{FutureProducer, Producer as _};

use crate::kafka::finding::{BROKER_TIMEOUT, CHECK, KafkaFinding, finding, unusable};
use crate::kafka::link::{Link, LinkError, LinkState};
use crate::kafka::rights::{KafkaGroup, Rights};
use crate::kafka::watcher::Watcher;
use crate::kafka::{client, topics};
use crate::kafka_settings::KafkaSettings;

/// Asks the brokers. Nothing is made or changed.
pub async fn check(settings: KafkaSettings, groups: &[KafkaGroup]) -> Vec<KafkaFinding> {
    let settings = Arc::new(settings);
    let link = Link::default();
    let metadata = match metadata(&settings, &link).await {
        Ok(metadata) => metadata,
        Err(finding) => return vec![finding],
    };
    let (mut findings, mut present, mut missing) = (Vec::new(), Vec::new(), Vec::new());
    for name in topics::names(&settings) {
        match metadata.topics().iter().find(|topic| topic.name() == name) {
            Some(topic) => {
                findings.extend(shape(&settings, topic));
                present.push(name);
            }
            None => missing.push(name),
        }
    }
    let rights = Rights { settings: Arc::clone(&settings), link: link.clone() };
    let (described, make, write, read) = tokio::join!(
        described(&settings, &link, &present),
        rights.to_make(missing),
        rights.to_write(&present),
        rights.to_read(groups, &present),
    );
    findings.extend([described, make, write, read].into_iter().flatten());
    findings
}

/// What the cluster knows; a problem by its name, within seconds.
async fn metadata(settings: &Arc<KafkaSettings>, link: &Link) -> Result<Metadata, KafkaFinding> {
    // Properties that only a consumer has are looked at by making one. It asks nobody anything.
    let consumer: Result<BaseConsumer<Watcher>, _> =
        client::consumer(settings, CHECK).create_with_context(Watcher::new(Link::default()));
    drop(consumer.map_err(|error| unusable(&error))?);
    let asking: FutureProducer<Watcher> = client::producer(settings)
        .create_with_context(Watcher::new(link.clone()))
        .map_err(|error| unusable(&error))?;
    let asked = tokio::task::spawn_blocking(move || asking.client().fetch_metadata(None, BROKER_TIMEOUT));
    let error = tokio::select! {
        answer = asked => match answer {
            Ok(Ok(metadata)) => return Ok(metadata),
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        },
        problem = link.lasting_error() => return Err(named(&problem)),
    };
    Err(match link.state() {
        LinkState::Down(problem) => named(&problem),
        LinkState::Untried | LinkState::Up => named(&LinkError::Unreachable(error)),
    })
}

fn named(problem: &LinkError) -> KafkaFinding {
    let (key, cure) = match problem {
        LinkError::Unreachable(_) => ("brokers", "Start the brokers, or correct the address"),
        LinkError::Login(_) => ("password", "Correct name, password or `kafka.sasl_mechanism`"),
        LinkError::Tls(_) => ("ca_file", "Name the file with the authority of the brokers' certificates"),
        LinkError::Protocol(_) => {
            ("security", "Write what that listener speaks: plaintext, ssl, sasl_plaintext or sasl_ssl")
        }
    };
    finding(key, problem.to_string(), cure)
}

/// Partitions and replicas.
fn shape(settings: &KafkaSettings, topic: &MetadataTopic) -> Vec<KafkaFinding> {
    let (name, wanted) = (topic.name(), settings.topics);
    let (partitions, replicas) = (
        topic.partitions().len(),
        topic.partitions().iter().map(|one| one.replicas().len()).min().unwrap_or(0),
    );
    let mut findings = Vec::new();
    if let Some(error) = topic.error() {
        let code = RDKafkaErrorCode::from(error);
        findings.push(finding(
            "username",
            format!("the topic {name} cannot be looked at: {code}"),
            "Give us Describe, Read and Write on it",
        ));
        return findings;
    }
    if partitions != usize::try_from(wanted.partitions).unwrap_or(usize::MAX) {
        findings.push(finding(
            "partitions",
            format!("the topic {name} has {partitions}"),
            "Write that number. (More partitions move members to others: their events lose their order once)",
        ));
    }
    if replicas < usize::try_from(wanted.replication).unwrap_or(usize::MAX) {
        findings.push(finding(
            "replication_factor",
            format!("the topic {name} has {replicas}"),
            "Reassign its partitions to more brokers, or write that number",
        ));
    }
    findings
}

/// Retention and what an acknowledgement means.
async fn described(settings: &KafkaSettings, link: &Link, names: &[String]) -> Vec<KafkaFinding> {
    if names.is_empty() {
        return Vec::new();
    }
    let created: Result<AdminClient<Watcher>, _> =
        client::client(settings).create_with_context(Watcher::new(link.clone()));
    let admin = match created {
        Ok(admin) => admin,
        Err(error) => return vec![unusable(&error)],
    };
    let asked: Vec<_> = names.iter().map(|name| ResourceSpecifier::Topic(name)).collect();
    let options = AdminOptions::new().request_timeout(Some(BROKER_TIMEOUT));
    let not_told = |error: String| {
        finding(
            "username",
            format!("the settings of the topics are not told: {error}"),
            "Give us DescribeConfigs on them, or look yourself at retention.ms and min.insync.replicas",
        )
    };
    let answers = match admin.describe_configs(&asked, &options).await {
        Ok(answers) => answers,
        Err(error) => return vec![not_told(error.to_string())],
    };
    let mut findings = Vec::new();
    for (name, answer) in names.iter().zip(answers) {
        match answer {
            Ok(config) => findings.extend(kept(settings, name, &config)),
            Err(code) => {
                findings.push(not_told(code.to_string()));
                break;
            }
        }
    }
    findings
}

fn kept(settings: &KafkaSettings, name: &str, config: &ConfigResource) -> Vec<KafkaFinding> {
    let told = |key: &str| config.get(key).and_then(|entry| entry.value.clone()).unwrap_or_default();
    let mut findings = Vec::new();
    let (retention, wanted) = (told("retention.ms"), settings.topics.retention.as_millis().to_string());
    if retention != wanted {
        findings.push(finding(
            "retention",
            format!("the topic {name} keeps events for retention.ms = {retention}"),
            format!("Set {wanted} there, or write what it has: erased members are in it for that long"),
        ));
    }
    if told("cleanup.policy").contains("compact") {
        findings.push(finding(
            "create_topics",
            format!("the topic {name} is compacted: it keeps the last event of a member for ever, and not those before it"),
            "Set cleanup.policy = delete there",
        ));
    }
    let least = settings.topics.least_in_sync();
    if told("min.insync.replicas").parse::<u32>().is_ok_and(|in_sync| in_sync < least) {
        findings.push(finding(
            "replication_factor",
            format!(
                "the topic {name} acknowledges with min.insync.replicas = {}",
                told("min.insync.replicas")
            ),
            format!("Set {least} there, or an event may be lost with one broker"),
        ));
    }
    findings
}
