//! Where requests go, whatever name servers say.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use kernel::Clock as _;
use testkit::HandClock;
use webhooks::{Answer, Lookup, Post, PostProxy, Receiver, ReceiverConfig, Rules, SystemLookup, receivers};

use crate::receiver::TestReceiver;
use crate::stage::SECRET;

/// Answers with one of these after the other, and with the last forever.
#[derive(Debug)]
struct Changing(Mutex<Vec<Vec<SocketAddr>>>);

#[async_trait]
impl Lookup for Changing {
    async fn lookup(&self, _: &str) -> io::Result<Vec<SocketAddr>> {
        let mut answers = self.0.lock().unwrap();
        Ok(if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() })
    }
}

fn changing(answers: &[&[&str]]) -> Post {
    let address = |text: &&str| SocketAddr::new(text.parse::<IpAddr>().unwrap(), 0);
    let answers = answers.iter().map(|answer| answer.iter().map(address).collect()).collect();
    Post::new(&(Arc::new(Changing(Mutex::new(answers))) as Arc<dyn Lookup>), None).unwrap()
}

fn named(port: u16, private_hosts: &[String]) -> Receiver {
    let config = ReceiverConfig {
        url: Some(format!("http://hooks.example:{port}/hook")),
        topics: vec!["user-login".to_owned()],
        secret: Some(SECRET.into()),
        ..ReceiverConfig::default()
    };
    receivers(&[config], Rules { private_hosts, allows_http: true }).unwrap().remove(0)
}

#[tokio::test]
async fn a_name_whose_answer_becomes_private_leads_nowhere() {
    let inside = TestReceiver::start().await;
    let to = named(inside.address.port(), &[]);
    let now = HandClock::default().now();
    // Nobody answers at the first one; the second is this machine, and so is one of the third.
    let post =
        changing(&[&["192.0.0.1"], &["127.0.0.1"], &["::1", "127.0.0.1", "10.0.0.1"], &["::ffff:127.0.0.1"]]);
    for _ in 0..5 {
        let answer = post.send(&to, "evt-1", "{}", now).await;
        let Answer::Unreachable(why) = answer else { panic!("{answer:?}") };
        assert!(why.contains("the name has no public address"), "{why}");
    }
    assert_eq!(inside.got().len(), 0);
}

#[tokio::test]
async fn a_host_that_is_allowed_by_name_may_be_private() {
    let inside = TestReceiver::start().await;
    let now = HandClock::default().now();
    let post = changing(&[&["127.0.0.1"]]);
    let other = named(inside.address.port(), &["other.example".to_owned()]);
    assert!(matches!(post.send(&other, "evt-1", "{}", now).await, Answer::Unreachable(_)));
    assert_eq!(inside.got().len(), 0);
    let allowed = named(inside.address.port(), &["Hooks.Example".to_owned()]);
    assert!(matches!(post.send(&allowed, "evt-1", "{}", now).await, Answer::Taken(_)));
    assert_eq!(inside.got().len(), 1);
}

#[tokio::test]
async fn a_kept_connection_to_a_private_host_is_no_way_for_others() {
    let inside = TestReceiver::start().await;
    let now = HandClock::default().now();
    let post = changing(&[&["127.0.0.1"]]);
    let allowed = named(inside.address.port(), &["hooks.example".to_owned()]);
    assert!(matches!(post.send(&allowed, "evt-1", "{}", now).await, Answer::Taken(_)));
    let refused = named(inside.address.port(), &[]);
    assert!(matches!(post.send(&refused, "evt-2", "{}", now).await, Answer::Unreachable(_)));
    assert_eq!(inside.got().len(), 1);
}

/// Only names are looked up: a proxy that is an address would not show it.
#[tokio::test]
async fn a_proxy_may_have_a_name_whose_address_is_private() {
    let proxy = TestReceiver::start().await;
    let address = format!("http://localhost:{}", proxy.address.port());
    let by = PostProxy { host: "localhost".to_owned(), proxy: reqwest::Proxy::all(address).unwrap() };
    let post = Post::new(&(Arc::new(SystemLookup) as Arc<dyn Lookup>), Some(&by)).unwrap();
    // It is the proxy that looks this name up.
    let to = named(80, &[]);
    let answer = post.send(&to, "evt-1", "{}", HandClock::default().now()).await;
    assert!(matches!(answer, Answer::Taken(_)), "{answer:?}");
    assert_eq!(proxy.got()[0].headers["host"], "hooks.example");
}
