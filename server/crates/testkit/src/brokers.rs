//! Kafka's brokers, started by `scripts/kafka`: those that tests share, or a test's own.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command as Blocking, Stdio};
use std::sync::Arc;

use kernel::id::Uuid;
use kernel::{OsRandomness, SystemClock, new_uuid};
use tokio::process::Command;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../scripts/kafka");

/// What `scripts/kafka` started in a folder, and topics that no other test has.
#[derive(Clone, Debug)]
pub struct Brokers {
    folder: Folder,
    prefix: String,
}

#[derive(Clone, Debug)]
enum Folder {
    Shared(PathBuf),
    /// Brokers of a test's own end with the last that knows them.
    Own(Arc<Own>),
}

#[derive(Debug)]
struct Own(tempfile::TempDir);

impl Drop for Own {
    fn drop(&mut self) {
        let _ = Blocking::new(SCRIPT).arg("kill").arg(self.0.path()).status();
    }
}

/// A message, as Kafka's own consumer reads it.
#[derive(Debug)]
#[expect(missing_docs, reason = "they are what Kafka calls so")]
pub struct ReadMessage {
    pub partition: u32,
    pub offset: u64,
    pub key: String,
    pub body: String,
}

impl Brokers {
    /// Those that all tests share; `None` where there are none. The test then proves nothing and ends as passed, so it says so:
    /// `scripts/test` counts these lines.
    ///
    /// # Panics
    /// When standard error is closed.
    pub fn shared() -> Option<Self> {
        let folder = std::env::var("DAEMUN_TEST_KAFKA").ok();
        if folder.is_none() {
            // Straight to the terminal: what a test prints is shown only if it fails.
            let line = b"skipped: no broker (scripts/with-kafka starts one)\n";
            std::io::stderr().write_all(line).unwrap();
        }
        folder.map(|folder| Self { folder: Folder::Shared(folder.into()), prefix: prefix() })
    }

    /// Some of its own, which can be killed: one, or three. Further lines for their settings may be given; with `tls` there is a
    /// listener that asks for a password.
    ///
    /// # Panics
    /// When they do not start.
    pub async fn start(nodes: u32, tls: bool, settings: &str) -> Self {
        let own = Arc::new(Own(tempfile::tempdir().unwrap()));
        let brokers = Self { folder: Folder::Own(own), prefix: prefix() };
        let nodes = nodes.to_string();
        let arguments = ["0", &nodes, "tls"];
        let mut start = brokers.command("start", &arguments[..if tls { 3 } else { 2 }]);
        assert!(start.env("DAEMUN_KAFKA_CONFIG", settings).status().await.unwrap().success());
        brokers
    }

    /// The same brokers, with other topics.
    pub fn another(&self) -> Self {
        Self { prefix: prefix(), ..self.clone() }
    }

    /// What the names of its topics begin with.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    fn folder(&self) -> &Path {
        match &self.folder {
            Folder::Shared(folder) => folder,
            Folder::Own(own) => own.0.path(),
        }
    }

    /// The path of a file that says something of them, such as `tls/ca.pem`.
    pub fn path(&self, file: &str) -> String {
        self.folder().join(file).display().to_string()
    }

    /// What one of these files says.
    ///
    /// # Panics
    /// When there is no such file.
    pub fn text(&self, file: &str) -> String {
        std::fs::read_to_string(self.folder().join(file)).unwrap().trim().to_owned()
    }

    /// The address of the listener that lets everybody in.
    ///
    /// # Panics
    /// When they have not started.
    pub fn bootstrap(&self) -> String {
        self.text("bootstrap")
    }

    /// `scripts/kafka VERB FOLDER …`.
    ///
    /// # Panics
    /// When it fails.
    pub async fn script(&self, verb: &str, arguments: &[&str]) {
        let status = self.command(verb, arguments).status().await.unwrap();
        assert!(status.success(), "{verb} {arguments:?}");
    }

    /// Sends a signal to one of them, from 1 on.
    ///
    /// # Panics
    /// When it does not run.
    pub fn signal(&self, node: usize, name: &str) {
        let pid = self.text(&format!("node-{node}/pid"));
        assert!(Blocking::new("kill").args([name, &pid]).status().unwrap().success());
    }

    /// All that a topic has, each partition in its order.
    ///
    /// # Panics
    /// When Kafka's consumer cannot be started.
    pub async fn read(&self, topic: &str) -> Vec<ReadMessage> {
        let shown = ["print.partition", "print.offset", "print.key"].map(|what| format!("{what}=true"));
        let mut arguments = vec!["--topic", topic, "--from-beginning", "--timeout-ms", "15000"];
        arguments.extend(shown.iter().flat_map(|what| ["--formatter-property", what.as_str()]));
        let output = self.command("consume", &arguments).stdout(Stdio::piped()).output().await.unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let mut read: Vec<_> = text.lines().filter_map(ReadMessage::parse).collect();
        read.sort_by_key(|message| (message.partition, message.offset));
        read
    }

    fn command(&self, verb: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(SCRIPT);
        command.arg(verb).arg(self.folder()).args(arguments).stdin(Stdio::null()).stdout(Stdio::null());
        command
    }

    /// Properties of librdkafka with which a member of a group is quick to notice what happens.
    pub fn quick() -> BTreeMap<String, String> {
        [("heartbeat.interval.ms", "300"), ("session.timeout.ms", "6000")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into()
    }
}

impl ReadMessage {
    /// `Partition:0 Offset:7 KEY BODY`, with tabs between them.
    fn parse(line: &str) -> Option<Self> {
        let mut fields = line.splitn(4, '\t');
        let (partition, offset) = (fields.next()?, fields.next()?);
        Some(Self {
            partition: partition.strip_prefix("Partition:")?.parse().ok()?,
            offset: offset.strip_prefix("Offset:")?.parse().ok()?,
            key: fields.next()?.to_owned(),
            body: fields.next()?.to_owned(),
        })
    }
}

fn prefix() -> String {
    let id: Uuid = new_uuid(&SystemClock, &OsRandomness);
    format!("t{}.", id.simple())
}
