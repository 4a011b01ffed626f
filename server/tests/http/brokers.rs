//! Kafka's brokers of a test's own, started by `scripts/kafka`.

use std::process::Stdio;

use tokio::process::Command;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/kafka");

/// Brokers that end with the test.
pub struct Brokers(tempfile::TempDir);

/// A message, as Kafka's own consumer reads it.
pub struct Read {
    pub partition: u32,
    pub offset: u64,
    pub key: String,
    pub body: String,
}

impl Brokers {
    /// One, or three. Further lines for their settings may be given; with `tls` there is a listener that asks for a password.
    pub async fn start(nodes: u32, tls: bool, settings: &str) -> Self {
        let brokers = Self(tempfile::tempdir().unwrap());
        let nodes = nodes.to_string();
        let mut start = brokers.command("start", &["0", &nodes, if tls { "tls" } else { "" }]);
        assert!(start.env("DAEMUN_KAFKA_CONFIG", settings).status().await.unwrap().success());
        brokers
    }

    /// A file that says something of them.
    pub fn text(&self, file: &str) -> String {
        std::fs::read_to_string(self.0.path().join(file)).unwrap().trim().to_owned()
    }

    pub fn path(&self, file: &str) -> String {
        self.0.path().join(file).display().to_string()
    }

    /// `scripts/kafka VERB FOLDER …`.
    pub async fn script(&self, verb: &str, arguments: &[&str]) {
        let status = self.command(verb, arguments).status().await.unwrap();
        assert!(status.success(), "{verb} {arguments:?}");
    }

    /// Sends a signal to one of them, from 1 on.
    pub fn signal(&self, node: usize, name: &str) {
        let pid = self.text(&format!("node-{node}/pid"));
        assert!(std::process::Command::new("kill").args([name, &pid]).status().unwrap().success());
    }

    /// All that a topic has, each partition in its order.
    pub async fn read(&self, topic: &str) -> Vec<Read> {
        let shown = ["print.partition", "print.offset", "print.key"].map(|what| format!("{what}=true"));
        let mut arguments = vec!["--topic", topic, "--from-beginning", "--timeout-ms", "15000"];
        arguments.extend(shown.iter().flat_map(|what| ["--formatter-property", what.as_str()]));
        let output = self.command("consume", &arguments).stdout(Stdio::piped()).output().await.unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let mut read: Vec<_> = text.lines().filter_map(Read::parse).collect();
        read.sort_by_key(|message| (message.partition, message.offset));
        read
    }

    fn command(&self, verb: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(SCRIPT);
        command.arg(verb).arg(self.0.path()).args(arguments.iter().filter(|argument| !argument.is_empty()));
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command
    }
}

impl Read {
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

impl Drop for Brokers {
    fn drop(&mut self) {
        let _ = std::process::Command::new(SCRIPT).arg("kill").arg(self.0.path()).status();
    }
}
