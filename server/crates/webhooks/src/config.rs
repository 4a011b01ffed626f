//! Receivers as the configuration has them, and their checks.

use std::net::IpAddr;

use events::Topic;
use kernel::{ExposeSecret as _, SecretString, is_public};
use url::{Host, Url};

use crate::receiver::{Receiver, ReceiverName};
use crate::secret::WebhookSecret;

/// A receiver in the configuration.
#[derive(Clone, Debug, Default)]
pub struct ReceiverConfig {
    /// `name`; by default the host of `url`, with its port if it has one.
    pub name: Option<String>,
    /// `url`.
    pub url: Option<String>,
    /// `topics`.
    pub topics: Vec<String>,
    /// `secret`.
    pub secret: Option<SecretString>,
    /// `previous_secret`: signs as well, until the receiver knows the new one.
    pub previous_secret: Option<SecretString>,
}

/// The rules for all receivers.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// The hosts that may have addresses that are not public.
    pub private_hosts: &'a [String],
    /// Whether `http` is allowed.
    pub allows_http: bool,
}

impl Rules<'_> {
    fn allow_private(&self, host: &str) -> bool {
        let plain = |host: &str| host.trim_matches(['[', ']']).to_ascii_lowercase();
        self.private_hosts.iter().any(|allowed| plain(allowed) == plain(host))
    }
}

/// What is wrong with a receiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiverFinding {
    /// The index of the receiver, from 0.
    pub number: usize,
    /// The key that is wrong.
    pub key: &'static str,
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub cure: &'static str,
}

/// Checks the receivers.
///
/// # Errors
/// Everything that is wrong with them.
pub fn receivers(
    configs: &[ReceiverConfig],
    rules: Rules<'_>,
) -> Result<Vec<Receiver>, Vec<ReceiverFinding>> {
    let (mut read, mut findings): (Vec<Receiver>, Vec<ReceiverFinding>) = (Vec::new(), Vec::new());
    for (number, config) in configs.iter().enumerate() {
        let mut check = Check { number, findings: &mut findings };
        let (url, topics, secrets) = (check.url(config, rules), check.topics(config), check.secrets(config));
        let Some(url) = url else { continue };
        let Some(name) = check.name(config, &url) else { continue };
        if read.iter().any(|other| other.name == name) {
            check.wrong("name", format!("another receiver is called `{name}`"), "Write another `name`");
        }
        let may_be_private = rules.allow_private(url.host_str().unwrap_or_default());
        read.push(Receiver { name, url, topics, secrets, may_be_private });
    }
    if findings.is_empty() { Ok(read) } else { Err(findings) }
}

/// Checks one receiver.
struct Check<'a> {
    number: usize,
    findings: &'a mut Vec<ReceiverFinding>,
}

impl Check<'_> {
    fn wrong(&mut self, key: &'static str, problem: impl Into<String>, cure: &'static str) {
        let problem = problem.into();
        self.findings.push(ReceiverFinding { number: self.number, key, problem, cure });
    }

    fn url(&mut self, config: &ReceiverConfig, rules: Rules<'_>) -> Option<Url> {
        const CURE: &str = "Write the https address at which the receiver takes events";
        let Some(text) = &config.url else {
            self.wrong("url", "it is missing", CURE);
            return None;
        };
        let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "https" | "http"));
        let Some(url) = url.filter(|url| url.host().is_some() && url.fragment().is_none()) else {
            self.wrong("url", format!("`{text}` is not the address of a web server"), CURE);
            return None;
        };
        if !url.username().is_empty() || url.password().is_some() {
            self.wrong(
                "url",
                "it has a user in it",
                "Leave that out: the receiver knows us by our signature",
            );
            return None;
        }
        if url.scheme() == "http" && !rules.allows_http {
            self.wrong("url", "what members do would go over the network in the clear", CURE);
        }
        if let Some(address) = literal(&url)
            && !is_public(address)
            && !rules.allow_private(url.host_str().unwrap_or_default())
        {
            let cure = "Write a public one, or name its host in `outgoing.private_hosts`";
            self.wrong("url", format!("{address} is not a public address"), cure);
        }
        Some(url)
    }

    fn name(&mut self, config: &ReceiverConfig, url: &Url) -> Option<ReceiverName> {
        let host = || {
            let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
            url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
        };
        let text = config.name.clone().unwrap_or_else(host);
        let name = ReceiverName::parse(&text);
        if name.is_none() {
            let cure = "Write a `name` of at most 64 letters, digits, -, ., _ and :";
            self.wrong("name", format!("`{text}` is no name"), cure);
        }
        name
    }

    fn topics(&mut self, config: &ReceiverConfig) -> Vec<Topic> {
        const CURE: &str = "Write names of topics, as docs/events has them, such as [\"user-signup\"]";
        if config.topics.is_empty() {
            self.wrong("topics", "there are none", CURE);
        }
        let mut topics = Vec::new();
        for text in &config.topics {
            match Topic::parse(text) {
                Some(topic) if !topics.contains(&topic) => topics.push(topic),
                Some(_) => {}
                None => self.wrong("topics", format!("there is no topic `{text}`"), CURE),
            }
        }
        topics
    }

    fn secrets(&mut self, config: &ReceiverConfig) -> Vec<WebhookSecret> {
        const CURE: &str = "Write `whsec_` and behind it what `openssl rand -base64 32` prints";
        if config.secret.is_none() {
            self.wrong("secret", "it is missing", CURE);
        }
        let written = [("secret", &config.secret), ("previous_secret", &config.previous_secret)];
        let mut secrets = Vec::new();
        for (key, secret) in written {
            let Some(secret) = secret else { continue };
            match WebhookSecret::parse(secret.expose_secret()) {
                Ok(secret) => secrets.push(secret),
                Err(error) => self.wrong(key, error.to_string(), CURE),
            }
        }
        secrets
    }
}

/// The IP address if the host is one. It is checked here, since no look-up will be made for it.
fn literal(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        Host::Ipv4(ip) => Some(ip.into()),
        Host::Ipv6(ip) => Some(ip.into()),
        Host::Domain(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn config(url: &str) -> ReceiverConfig {
        ReceiverConfig {
            url: Some(url.to_owned()),
            topics: vec!["user-signup".to_owned()],
            secret: Some(SECRET.into()),
            ..ReceiverConfig::default()
        }
    }

    fn wrong(config: ReceiverConfig, private_hosts: &[String], allows_http: bool) -> Vec<&'static str> {
        let read = receivers(&[config], Rules { private_hosts, allows_http });
        read.err().into_iter().flatten().map(|finding| finding.key).collect()
    }

    #[test]
    fn addresses_that_are_not_public_are_refused_unless_allowed_by_name() {
        for private in [
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://10.1.2.3/x",
            "https://[::ffff:169.254.169.254]/",
        ] {
            assert_eq!(wrong(config(private), &[], false), ["url"], "{private}");
        }
        assert_eq!(wrong(config("https://10.1.2.3/x"), &["10.1.2.3".to_owned()], false), [""; 0]);
        assert_eq!(wrong(config("https://[::1]/"), &["::1".to_owned()], false), [""; 0]);
        assert_eq!(wrong(config("https://hooks.example/x?y=1"), &[], false), [""; 0]);
        // Other spellings of the same address.
        assert_eq!(wrong(config("https://2130706433/"), &[], false), ["url"]);
        assert_eq!(wrong(config("https://0x7f.1/"), &[], false), ["url"]);
    }

    #[test]
    fn production_speaks_tls_with_receivers() {
        assert_eq!(wrong(config("http://hooks.example/"), &[], false), ["url"]);
        assert_eq!(wrong(config("http://hooks.example/"), &[], true), [""; 0]);
    }

    #[test]
    fn each_mistake_is_named_by_its_key() {
        let good = config("https://hooks.example/");
        assert_eq!(wrong(ReceiverConfig::default(), &[], false), ["url", "topics", "secret"]);
        assert_eq!(wrong(config("ftp://hooks.example/"), &[], false), ["url"]);
        assert_eq!(wrong(config("https://user:word@hooks.example/"), &[], false), ["url"]);
        let nameless = ReceiverConfig { name: Some("a b".to_owned()), ..good.clone() };
        assert_eq!(wrong(nameless, &[], false), ["name"]);
        let unknown = ReceiverConfig { topics: vec!["user-signin".to_owned()], ..good.clone() };
        assert_eq!(wrong(unknown, &[], false), ["topics"]);
        let short = ReceiverConfig { previous_secret: Some("whsec_AAAA".into()), ..good.clone() };
        assert_eq!(wrong(short, &[], false), ["previous_secret"]);
        let rules = Rules { private_hosts: &[], allows_http: false };
        let twice = receivers(&[good.clone(), good.clone()], rules).unwrap_err();
        assert_eq!(
            twice.iter().map(|finding| (finding.number, finding.key)).collect::<Vec<_>>(),
            [(1, "name")]
        );
        let two =
            receivers(&[ReceiverConfig { previous_secret: good.secret.clone(), ..good }], rules).unwrap();
        assert_eq!((two[0].secrets.len(), two[0].name.as_str()), (2, "hooks.example"));
    }
}
