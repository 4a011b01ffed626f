//! `[kafka.librdkafka]`.

use std::collections::BTreeMap;

use super::reader::Reader;
use super::sources::{KAFKA_PROPERTIES, Value};

/// Properties that have keys of their own, or on which the promises about events or verified TLS rest (S-KEY-6), under all the
/// names that librdkafka takes: of two names for one property, the one would win that happens to be set last.
const OURS: [&str; 33] = [
    "acks",
    "allow.auto.create.topics",
    "auto.commit.enable",
    "auto.offset.reset",
    "bootstrap.servers",
    "client.id",
    "compression.codec",
    "compression.type",
    "delivery.timeout.ms",
    "enable.auto.commit",
    "enable.auto.offset.store",
    "enable.idempotence",
    "enable.ssl.certificate.verification",
    "group.id",
    "linger.ms",
    "message.timeout.ms",
    "metadata.broker.list",
    "partitioner",
    "queue.buffering.max.ms",
    "request.required.acks",
    "request.timeout.ms",
    "sasl.mechanism",
    "sasl.mechanisms",
    "sasl.password",
    "sasl.username",
    "security.protocol",
    "ssl.ca.location",
    "ssl.ca.pem",
    "ssl.certificate.pem",
    "ssl.endpoint.identification.algorithm",
    "ssl.key.pem",
    "statistics.interval.ms",
    "transactional.id",
];

pub(super) fn properties(reader: &Reader) -> BTreeMap<String, String> {
    let mut properties = BTreeMap::new();
    for name in reader.keys_below(KAFKA_PROPERTIES) {
        let key = format!("{KAFKA_PROPERTIES}{name}");
        let value = match reader.entry(&key).map(|entry| &entry.value) {
            Some(Value::Text(text) | Value::Raw(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            Some(Value::Flag(flag)) => flag.to_string(),
            _ => {
                reader.wrong(&key, "expected a string, a number, true or false", "Write one of these");
                continue;
            }
        };
        if OURS.contains(&name.as_str()) {
            reader.wrong(&key, "this property is set by Daemun", "Leave it out, or use the key of [kafka]");
        }
        properties.insert(name, value);
    }
    properties
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::OURS;
    use crate::config::tests::{found, loaded};

    #[test]
    fn properties_of_the_client_library_are_passed_on_but_for_those_that_are_ours() {
        let toml = "[kafka]\nbrokers = \"a:1\"\n[kafka.librdkafka]\n\"socket.nagle.disable\" = true\nmax.poll.interval.ms = 60000\n";
        let kafka = loaded(toml, &[]).unwrap().config.events.kafka.unwrap();
        let properties: Vec<_> =
            kafka.librdkafka.iter().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(properties, ["max.poll.interval.ms=60000", "socket.nagle.disable=true"]);
        assert_eq!(found("[kafka.librdkafka]\nacks = 1\n"), ["kafka.librdkafka.acks"]);
    }

    #[test]
    fn s_key_6_no_property_of_the_client_library_switches_the_verification_of_brokers_off() {
        for (property, value) in [
            ("enable.ssl.certificate.verification", "false"),
            ("ssl.endpoint.identification.algorithm", "\"none\""),
        ] {
            let toml = format!(
                "[kafka]\nbrokers = \"a:1\"\nsecurity = \"ssl\"\n[kafka.librdkafka]\n\"{property}\" = {value}\n"
            );
            assert_eq!(found(&toml), [format!("kafka.librdkafka.{property}")]);
        }
    }

    #[test]
    fn s_evt_4_a_property_that_is_ours_is_so_under_each_of_its_names() {
        let aliases = aliases();
        assert!(aliases.len() > 10, "{aliases:?}");
        for (alias, property) in &aliases {
            let ours = OURS.contains(&property.as_str());
            assert_eq!(OURS.contains(&alias.as_str()), ours, "{alias} is another name for {property}");
            if ours {
                let toml = format!("[kafka]\nbrokers = \"a:1\"\n[kafka.librdkafka]\n\"{alias}\" = 300000\n");
                assert_eq!(found(&toml), [format!("kafka.librdkafka.{alias}")]);
            }
        }
    }

    /// The names that librdkafka has for other properties, and these, as the table in its source has them:
    /// `{…, "acks", _RK_C_ALIAS, …, .sdef = "request.required.acks"}`.
    fn aliases() -> Vec<(String, String)> {
        let source = source_of_librdkafka();
        let entry =
            regex::Regex::new(r#""([a-z.]+)",\s+_RK_C_ALIAS,[^}]*?\.sdef\s*=\s*"([a-z.]+)""#).unwrap();
        entry.captures_iter(&source).map(|found| (found[1].to_owned(), found[2].to_owned())).collect()
    }

    fn source_of_librdkafka() -> String {
        let output = Command::new(env!("CARGO"))
            // Of other platforms there may be no sources here.
            .args(["metadata", "--features=kafka", "--offline", "--locked", "--format-version=1"])
            .args(["--filter-platform", &format!("{}-unknown-linux-gnu", std::env::consts::ARCH)])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let packages = metadata["packages"].as_array().unwrap();
        let package = packages.iter().find(|package| package["name"] == "rdkafka-sys").unwrap();
        let folder = std::path::Path::new(package["manifest_path"].as_str().unwrap()).parent().unwrap();
        std::fs::read_to_string(folder.join("librdkafka/src/rdkafka_conf.c")).unwrap()
    }
}
