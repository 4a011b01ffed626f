//! A receiver by the library of Standard Webhooks for Node: the example in docs/examples.

use std::process::Stdio;
use std::time::Duration;

use kernel::Clock as _;
use kernel::SystemClock;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use webhooks::{Answer, Receiver, ReceiverConfig, Rules, receivers};

use crate::stage::{SECRET, Stage, post};

const OTHER: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

struct Node {
    lines: Lines<BufReader<ChildStdout>>,
    port: u16,
    _child: Child,
}

impl Node {
    async fn start(secret: &str) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../docs/examples/node/webhook.mjs");
        let mut child = Command::new("node")
            .arg(script)
            .env("SECRET", secret)
            .env("PORT", "0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = tokio::time::timeout(Duration::from_secs(30), lines.next_line()).await.unwrap();
        let first = first.unwrap().expect("docs/examples/node has its packages: scripts/setup test");
        let port = first.rsplit(' ').next().unwrap().parse().unwrap();
        Self { lines, port, _child: child }
    }

    async fn said(&mut self) -> String {
        let line = tokio::time::timeout(Duration::from_secs(10), self.lines.next_line()).await.unwrap();
        line.unwrap().unwrap()
    }
}

fn receiver(port: u16, secret: &str, previous: Option<&str>) -> Receiver {
    let config = ReceiverConfig {
        url: Some(format!("http://127.0.0.1:{port}/")),
        topics: vec!["user-login".to_owned()],
        secret: Some(secret.into()),
        previous_secret: previous.map(Into::into),
        ..ReceiverConfig::default()
    };
    let private_hosts = ["127.0.0.1".to_owned()];
    receivers(&[config], Rules { private_hosts: &private_hosts, allows_http: true }).unwrap().remove(0)
}

#[tokio::test]
async fn s_evt_5_the_library_of_standard_webhooks_verifies_ours_and_no_others() {
    let mut node = Node::start(SECRET).await;
    let [stage, _] = Stage::both().await;
    let event = stage.login(1, "대문 \u{1f6aa} \"quoted\"");
    let (id, body, now) = (event.id().to_string(), event.to_json().unwrap(), SystemClock.now());
    let post = post();

    let to = receiver(node.port, SECRET, None);
    assert!(matches!(post.send(&to, &id, &body, now).await, Answer::Taken(_)));
    assert_eq!(node.said().await, format!("{id} USER_LOGIN"));
    // The receiver knows the old one still, or the new one already.
    for (secret, previous) in [(OTHER, SECRET), (SECRET, OTHER)] {
        let to = receiver(node.port, secret, Some(previous));
        assert!(matches!(post.send(&to, &id, &body, now).await, Answer::Taken(_)));
        assert_eq!(node.said().await, format!("{id} again"));
    }
    assert!(matches!(post.send_test(&to, "evt-test", now).await, Answer::Taken(_)));
    assert_eq!(node.said().await, "evt-test WEBHOOK_TEST");

    // The control: a new secret, and a time that is over.
    let stranger = receiver(node.port, OTHER, None);
    assert!(matches!(post.send(&stranger, &id, &body, now).await, Answer::Refused(_)));
    let late = now.minus(Duration::from_mins(10));
    assert!(matches!(post.send(&to, &id, &body, late).await, Answer::Refused(_)));
}
