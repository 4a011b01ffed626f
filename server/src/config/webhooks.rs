//! `[[webhooks]]`.

use std::sync::Arc;

use ::webhooks::{Receiver, ReceiverConfig, ReceiverFinding, Rules, receivers};

use super::clients::SecretFile;
use super::finding::Finding;
use super::mode::Mode;
use super::outgoing::Outgoing;
use super::reader::Reader;
use super::table::{Places, Table};

/// Who is sent account events.
#[derive(Clone, Debug)]
pub struct Webhooks {
    /// In their order in the file.
    pub receivers: Arc<[Receiver]>,
    /// The files with their secrets, each with the number of its receiver.
    secret_files: Vec<(usize, SecretFile)>,
    places: Vec<Places>,
}

impl Webhooks {
    pub(super) fn read(reader: &Reader, mode: Mode, outgoing: &Outgoing) -> Self {
        let tables = reader.tables("webhooks");
        let written = tables.iter().enumerate().flat_map(|(number, table)| {
            [("secret", "secret_file"), ("previous_secret", "previous_secret_file")]
                .into_iter()
                .filter_map(move |(key, file_key)| Some((number, SecretFile::of(table, key, file_key)?)))
        });
        let secret_files = written.collect();
        let (configs, places): (Vec<_>, Vec<_>) = tables.into_iter().map(receiver).unzip();
        let rules = Rules { private_hosts: &outgoing.private_hosts, allows_http: mode == Mode::Development };
        let receivers = receivers(&configs, rules).unwrap_or_else(|findings| {
            for finding in findings {
                reader.note(placed(&places, finding));
            }
            Vec::new()
        });
        Self { receivers: receivers.into(), secret_files, places }
    }

    /// The files with secrets, each with the number of its receiver.
    pub fn secret_files(&self) -> impl Iterator<Item = (usize, &SecretFile)> {
        self.secret_files.iter().map(|(number, file)| (*number, file))
    }

    /// A finding about the receiver with this number, with its place in the file.
    pub fn place(&self, number: usize, key: &str, problem: String, cure: String) -> Finding {
        let places = self.places.get(number);
        let place = places.and_then(|places| places.get(key).or_else(|| places.get(""))).cloned();
        Finding { place: place.unwrap_or_default(), key: format!("webhooks[{number}].{key}"), problem, cure }
    }
}

/// With its place in the file: of the key, of that of its file, or of the receiver where the key is what is missing.
fn placed(places: &[Places], finding: ReceiverFinding) -> Finding {
    let ReceiverFinding { number, key, problem, cure } = finding;
    let written = places.get(number);
    let file = format!("{key}_file");
    let is_written = |key: &str| written.is_some_and(|places| places.get(key).is_some());
    let key = if !is_written(key) && is_written(&file) { &file } else { key };
    let place = written.and_then(|places| places.get(key).or_else(|| places.get("")));
    Finding {
        place: place.cloned().unwrap_or_default(),
        key: format!("webhooks[{number}].{key}"),
        problem,
        cure: cure.to_owned(),
    }
}

fn receiver(table: Table<'_>) -> (ReceiverConfig, Places) {
    let receiver = ReceiverConfig {
        name: table.text("name"),
        url: table.text("url"),
        topics: table.list("topics").unwrap_or_default(),
        secret: table.secret("secret", "secret_file"),
        previous_secret: table.secret("previous_secret", "previous_secret_file"),
    };
    (receiver, table.finish())
}

#[cfg(test)]
mod tests {
    use crate::config::sources::EXAMPLE;
    use crate::config::tests::loaded;

    /// The receiver that the example shows behind comment signs.
    fn shown() -> String {
        let lines = EXAMPLE.lines().skip_while(|line| *line != "# [[webhooks]]");
        let lines = lines.take_while(|line| line.starts_with("# ")).map(|line| &line[2..]);
        lines.collect::<Vec<_>>().join("\n") + "\n"
    }

    fn wrong(toml: &str) -> Vec<(String, String)> {
        let findings = loaded(toml, &[]).unwrap_err().0;
        let line = |place: &str| place.rsplit(':').next().unwrap_or_default().to_owned();
        findings.into_iter().map(|finding| (finding.key, line(&finding.place))).collect()
    }

    #[test]
    fn the_receiver_in_the_example_is_right_and_shows_every_key() {
        let shown = shown();
        let config = loaded(&shown, &[]).unwrap().config;
        let [receiver] = &*config.webhooks.receivers else { panic!("one") };
        assert_eq!(receiver.name.as_str(), "billing");
        for key in
            ["name", "url", "topics", "secret", "secret_file", "previous_secret", "previous_secret_file"]
        {
            assert!(shown.contains(&format!("{key} = ")), "{key}");
        }
    }

    #[test]
    fn a_mistake_is_named_with_its_place() {
        let toml = "[[webhooks]]\nurl = \"https://hooks.example/\"\ntopics = [\"user-signin\"]\n";
        let found = wrong(toml);
        assert_eq!(found[0], ("webhooks[0].topics".to_owned(), "3".to_owned()));
        assert_eq!(found[1], ("webhooks[0].secret".to_owned(), "1".to_owned()));
        assert_eq!(wrong("[[webhooks]]\nurls = \"x\"\n")[0].0, "webhooks[0].urls");
        let secret = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(secret.path(), "too-short").unwrap();
        let receiver = "[[webhooks]]\nurl = \"https://hooks.example/\"\ntopics = [\"user-login\"]\n";
        let found = wrong(&format!("{receiver}secret_file = \"{}\"\n", secret.path().display()));
        assert_eq!(found, [("webhooks[0].secret_file".to_owned(), "4".to_owned())]);
    }
}
