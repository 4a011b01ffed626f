//! What production refuses although it would work: connections that others on the network path can read or take over, and secrets
//! that can be guessed. No rule can be lifted but that for services behind the gateway, by a key that says so by name.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use ::authorization::ClientFinding;
use db::{DatabaseTransport, DatabaseUrl};
use kernel::{ExposeSecret as _, SecretString};
use url::{Host, Url};

use super::checked::Config;
use super::finding::Finding;
use super::kafka;
use super::mail::MailTransport;
use super::reader::Reader;
use super::units::Span;
use super::weak_secret::{is_placeholder, weakness};

const OWN_SECRET: &str = "Write what `openssl rand -hex 32` prints, here and where it is asked for";
const GIVEN_SECRET: &str = "Write the one that was given to you";

/// Notes everything that production refuses.
pub(super) fn check(reader: &Reader, config: &Config) {
    database(reader, config);
    brokers(reader, config);
    upstreams(reader, config);
    https(reader);
    if let Some(weakness) = config.gateway.forward_auth_key().and_then(|key| weakness(key.expose_secret())) {
        reader.wrong_secret("gateway.forward_auth_key", weakness, OWN_SECRET);
    }
    for (number, client) in config.clients.configs.iter().enumerate() {
        if let Some(weakness) = client.secret.as_ref().and_then(|secret| weakness(secret.expose_secret())) {
            let (key, problem, cure) = ("secret", weakness.to_owned(), OWN_SECRET.to_owned());
            reader.note(config.clients.place(number, &ClientFinding { key, problem, cure }));
        }
    }
    if let Some(weakness) =
        config.authorization.registration_token.as_ref().and_then(|token| weakness(token.expose_secret()))
    {
        reader.wrong_secret("authorization.registration_token", weakness, OWN_SECRET);
    }
    for provider in config.providers.iter() {
        let key = |field: &str| format!("providers.{}.{field}", provider.name);
        given_secret(reader, &key("client_secret"), provider.client_secret.as_ref());
        given_secret(reader, &key("admin_key"), provider.admin_key.as_ref());
    }
    if let MailTransport::Smtp { url, .. } = &config.mail.transport {
        given_secret(reader, "mail.smtp_url", url.credentials.as_ref().map(|(_, password)| password));
    }
}

fn given_secret(reader: &Reader, key: &str, secret: Option<&SecretString>) {
    if secret.is_some_and(|secret| is_placeholder(secret.expose_secret())) {
        reader.wrong_secret(key, "its secret is the value of an example", GIVEN_SECRET);
    }
}

fn database(reader: &Reader, config: &Config) {
    database_at(reader, "database.url", &config.database.url);
    if let Some(url) = &config.database.read_url {
        database_at(reader, "database.read_url", url);
    }
}

fn database_at(reader: &Reader, key: &str, url: &DatabaseUrl) {
    if url.transport() == DatabaseTransport::Local {
        return;
    }
    // There is no key to lift this (S-KEY-6).
    if url.transport() == DatabaseTransport::Unverified {
        let cure = "Set `database.ssl_mode` = \"VERIFY_IDENTITY\" and `database.ca_file` (without that the public authorities \
                    count), or the same by ?ssl-mode=VERIFY_IDENTITY&ssl-ca=FILE; docs/database.md makes a certificate";
        reader.wrong(key, "passwords and sessions would go to another host without verified TLS", cure);
    }
    let Some((name, password, has_certificate)) = url.credentials() else { return };
    if (password.is_empty() && !has_certificate)
        || (password == name && !name.is_empty())
        || is_placeholder(&password)
    {
        reader.wrong(
            key,
            "the password is missing or can be guessed",
            "Give the user a password made by chance",
        );
    }
}

fn brokers(reader: &Reader, config: &Config) {
    let Some(kafka) = &config.events.kafka else { return };
    let away = kafka.brokers.split(',').filter_map(kafka::host).any(|host| !is_this_machine(host));
    if kafka.security.tls.is_none() && away {
        let cure = "Write \"sasl_ssl\" or \"ssl\", and the port on which the brokers speak it";
        reader.wrong("kafka.security", "addresses of people would go to another host in the clear", cure);
    }
    given_secret(reader, "kafka.password", kafka.security.login.as_ref().map(|login| &login.password));
}

fn is_this_machine(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback())
}

fn upstreams(reader: &Reader, config: &Config) {
    if reader.flag("gateway.allow_insecure_upstreams") {
        return;
    }
    for (number, route) in config.gateway.routes.routes.iter().enumerate() {
        for (index, upstream) in route.upstream.iter().enumerate() {
            let Ok(url) = Url::parse(upstream) else { continue };
            if url.scheme() == "http" && !is_internal(&url) {
                let finding = ::gateway::Finding {
                    key: format!("gateway.routes[{number}].upstream[{index}]"),
                    problem: "tokens would go over a public network in the clear".to_owned(),
                    cure: "Write an https address, one of a private network, or, where the name leads into one, set \
                           `gateway.allow_insecure_upstreams` = true"
                        .to_owned(),
                };
                let placed: Finding = config.gateway.place(&finding);
                reader.note(placed);
            }
        }
    }
}

/// The least that browsers are to remember (S-HDR-4).
const MIN_HSTS_MAX_AGE: Duration = Duration::from_hours(365 * 24);

fn https(reader: &Reader) {
    const KEY: &str = "https.hsts";
    let is_short = match reader.text(KEY).as_str() {
        "" | "off" => true,
        // Another text is refused where it is read.
        text => text.parse::<Span>().is_ok_and(|span| span.get() < MIN_HSTS_MAX_AGE),
    };
    if is_short {
        let cure = "Write \"365d\" or more, or leave the key out; where hosts below `public_url` have no https, set \
                    `https.include_subdomains` = false";
        reader.wrong(KEY, "browsers that are told for less than a year can be led to plain http", cure);
    }
}

/// Names that resolve inside only: those without a dot, and those below domains that the public name servers do not know.
const INTERNAL: [&str; 11] = [
    ".internal",
    ".local",
    ".localhost",
    ".localdomain",
    ".lan",
    ".home.arpa",
    ".intranet",
    ".private",
    ".corp",
    ".svc",
    ".consul",
];

fn is_internal(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => is_private_4(ip),
        Some(Host::Ipv6(ip)) => is_private_6(ip),
        Some(Host::Domain(name)) => match name.trim_matches(['[', ']']).parse::<IpAddr>() {
            Ok(IpAddr::V4(ip)) => is_private_4(ip),
            Ok(IpAddr::V6(ip)) => is_private_6(ip),
            Err(_) => {
                let name = name.trim_end_matches('.').to_ascii_lowercase();
                !name.contains('.') || INTERNAL.iter().any(|end| name.ends_with(end))
            }
        },
        None => false,
    }
}

/// Loopback, private, link-local, and the network between a provider and its customers (RFC 6598).
const fn is_private_4(ip: Ipv4Addr) -> bool {
    let [a, b, ..] = ip.octets();
    ip.is_loopback() || ip.is_private() || ip.is_link_local() || (a == 100 && b & 0xc0 == 64)
}

fn is_private_6(ip: Ipv6Addr) -> bool {
    match ip.to_ipv4_mapped() {
        Some(ip) => is_private_4(ip),
        None => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use crate::config::tests::loaded;

    const KEY: &str = "i4kNUelL0R+A5UlXRLwZJ+91cOScZtyn6KM2pCJWeto=";
    const SAFE: &str = "mysql://daemun:Zk3vQ9xT@db.example/daemun?ssl-mode=VERIFY_IDENTITY";

    /// What is found in production and, as the control, in development.
    fn found(toml: &str, environment: &[(&str, &str)]) -> Vec<String> {
        let production = [
            ("DAEMUN_MODE", "production"),
            ("DAEMUN_PUBLIC_URL", "https://login.example"),
            ("DAEMUN_MASTER_KEYS", KEY),
        ];
        assert!(loaded(toml, environment).is_ok(), "development takes it");
        let environment: Vec<_> = production.iter().chain(environment).copied().collect();
        let Err(error) = loaded(toml, &environment) else { return Vec::new() };
        error.0.iter().map(|finding| format!("{} {} {}", finding.key, finding.place, finding.cure)).collect()
    }

    #[test]
    fn s_evt_6_brokers_on_another_host_are_spoken_to_by_tls() {
        let kafka = |toml: &str| found(&format!("[kafka]\n{toml}\n"), &[]);
        for bad in ["brokers = \"kafka.example:9092\"", "brokers = \"127.0.0.1:9092,10.0.0.5:9092\""] {
            let found = kafka(bad);
            assert!(found.len() == 1 && found[0].starts_with("kafka.security "), "{bad}: {found:?}");
            let login = "security = \"sasl_plaintext\"\nusername = \"daemun\"\npassword = \"Zk3vQ9xT\"";
            assert_eq!(kafka(&format!("{bad}\n{login}")).len(), 1, "{bad}");
            let login = login.replace("plaintext", "ssl");
            assert_eq!(kafka(&format!("{bad}\n{login}")), Vec::<String>::new(), "{bad}");
            let found = kafka(&format!("{bad}\n{}", login.replace("Zk3vQ9xT", "change-me")));
            assert!(found.len() == 1 && found[0].starts_with("kafka.password "), "{found:?}");
        }
        assert_eq!(kafka("brokers = \"localhost:9092,[::1]:9092\""), Vec::<String>::new());
    }

    #[test]
    fn s_key_6_a_database_on_another_host_needs_verified_tls_and_no_key_says_otherwise() {
        let url = |url: &str| found("", &[("DAEMUN_DATABASE__URL", url)]);
        for bad in [
            "mysql://daemun:Zk3vQ9xT@db.example/daemun",
            "mysql://daemun:Zk3vQ9xT@10.0.0.5/daemun?ssl-mode=REQUIRED",
            "mysql://daemun:Zk3vQ9xT@db.example/daemun?ssl-mode=VERIFY_CA",
            "mysql://daemun:Zk3vQ9xT@localhost.example/daemun",
        ] {
            let found = url(bad);
            assert_eq!(found.len(), 1, "{bad}: {found:?}");
            assert!(found[0].starts_with("database.url environment variable DAEMUN_DATABASE__URL "));
            assert!(found[0].contains("VERIFY_IDENTITY") && !found[0].contains("insecure"));
            assert!(!found[0].contains("Zk3vQ9xT"));
        }
        for good in
            [SAFE, "mysql://root@127.0.0.1/daemun", "mysql://u@x/d?socket=/run/mysqld.sock", "sqlite:x.db"]
        {
            assert_eq!(url(good), Vec::<String>::new(), "{good}");
        }
        let lifted = loaded("[database]\nallow_insecure_transport = true\n", &[]).unwrap_err();
        assert_eq!(lifted.0[0].key, "database.allow_insecure_transport", "there is no such key");
        let beside = [
            ("DAEMUN_DATABASE__URL", "mysql://daemun:Zk3vQ9xT@db.example/daemun"),
            ("DAEMUN_DATABASE__SSL_MODE", "VERIFY_IDENTITY"),
            ("DAEMUN_DATABASE__READ_URL", "mysql://daemun:Zk3vQ9xT@copy.example/daemun"),
        ];
        assert_eq!(found("", &beside), Vec::<String>::new(), "what is said beside the URLs holds for both");
        let copy = [("DAEMUN_DATABASE__URL", SAFE), beside[2]];
        let found_there = found("", &copy);
        assert!(
            found_there.len() == 1 && found_there[0].starts_with("database.read_url "),
            "{found_there:?}"
        );
        for weak in [":", ":daemun", ":change-me"] {
            let found = url(&SAFE.replace(":Zk3vQ9xT", weak));
            assert!(found.len() == 1 && found[0].contains("made by chance"), "{weak}: {found:?}");
        }
    }

    #[test]
    fn s_hdr_4_https_is_remembered_for_a_year_at_least() {
        for short in ["off", "0s", "1d", "364d", "8759h"] {
            let found = found(&format!("[https]\nhsts = \"{short}\"\n"), &[]);
            assert!(found.len() == 1 && found[0].starts_with("https.hsts "), "{short}: {found:?}");
            assert!(found[0].contains("365d") && found[0].contains(":2 "), "{short}: {found:?}");
        }
        for long in ["hsts = \"365d\"", "hsts = \"8760h\"", "include_subdomains = false"] {
            assert_eq!(found(&format!("[https]\n{long}\n"), &[]), Vec::<String>::new(), "{long}");
        }
    }

    #[test]
    fn a_key_that_gives_tokens_away_must_not_be_guessed() {
        for weak in ["change me", "short", &"0".repeat(64), "correct-horse-battery-staple-change-it"] {
            let key = [("DAEMUN_GATEWAY__FORWARD_AUTH_KEY", weak)];
            if weak.contains(' ') {
                assert_eq!(loaded("", &key).unwrap_err().0[0].key, "gateway.forward_auth_key");
                continue;
            }
            let found = found("", &key);
            assert!(found.len() == 1 && found[0].contains("openssl rand -hex 32"), "{weak}: {found:?}");
        }
        let made = "4f1d0c9be27a53866d1e9a70b5c3f28e117a6c0d94be52f3";
        assert_eq!(found("", &[("DAEMUN_GATEWAY__FORWARD_AUTH_KEY", made)]), Vec::<String>::new());
        let client = |secret: &str| format!("[[clients]]\nid = \"x\"\nsecret = \"{secret}\"\n");
        let weak = found(&client("s3cr3t"), &[]);
        assert!(weak.len() == 1 && weak[0].starts_with("clients[0].secret "), "{weak:?}");
        assert_eq!(found(&client(made), &[]), Vec::<String>::new());
        let provider = "[providers.google]\nclient_id = \"x\"\nclient_secret = \"your-secret-here\"\n";
        let found = found(provider, &[]);
        assert!(found.len() == 1 && found[0].starts_with("providers.google.client_secret "), "{found:?}");
    }

    #[test]
    fn s_key_6_tokens_go_in_the_clear_over_private_networks_only() {
        let route = |upstream: &str| {
            format!(
                "[[gateway.routes]]\npath = \"/a\"\nupstream = [\"{upstream}\"]\nmethods = [\"GET\"]\npublic = true\n"
            )
        };
        for public in [
            "http://203.0.113.7:8080",
            "http://orders.example.com",
            "http://[2001:db8::7]",
            "http://100.128.0.1",
        ] {
            let found = found(&route(public), &[]);
            assert!(
                found.len() == 1 && found[0].starts_with("gateway.routes[0].upstream[0] "),
                "{public}: {found:?}"
            );
            assert!(found[0].contains(":3 "), "its line: {found:?}");
        }
        for private in [
            "https://orders.example.com",
            "http://10.0.0.5:8080",
            "http://192.168.1.9",
            "http://100.64.3.1",
            "http://[fd00::7]:8080",
            "http://127.0.0.1:8080",
            "http://orders:8080",
            "http://orders.shop.svc.cluster.local:8080",
            "http://orders.internal",
        ] {
            assert_eq!(found(&route(private), &[]), Vec::<String>::new(), "{private}");
        }
        let lifted = [("DAEMUN_GATEWAY__ALLOW_INSECURE_UPSTREAMS", "true")];
        assert_eq!(found(&route("http://orders.example.com"), &lifted), Vec::<String>::new());
    }
}
