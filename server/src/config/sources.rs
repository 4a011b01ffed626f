//! Where values come from: the defaults, the file, the environment, flattened to `key → value and place`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::finding::Finding;
use super::plain_text::{self, read_file};
use super::platform;

/// The defaults. Being the example file itself, they cannot differ from it.
pub(super) const EXAMPLE: &str = include_str!("../../../daemun.example.toml");

/// The key of tables that holds a document of several lines.
const JSON_TEXT: &str = "jwks";

/// The place of a value that nobody wrote.
pub(super) const DEFAULT_PLACE: &str = "the default";

/// What kind of program reads the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Build {
    /// With simulators and `/dev/`.
    Development,
    /// Without.
    Release,
}

/// Everything that a configuration is made from; nothing else is read.
#[derive(Clone, Debug)]
pub struct Sources {
    /// The file.
    pub file: Option<PathBuf>,
    /// Whether the file was asked for, so that its absence is an error.
    pub explicit: bool,
    /// The environment.
    pub environment: Vec<(String, String)>,
    /// The kind of program.
    pub build: Build,
}

impl Sources {
    /// The sources for reading again. A file that is there now has to be there then: one that is gone is a mistake, or is being replaced in
    /// two steps, and does not mean that everything is left at its default.
    #[must_use]
    pub fn again(&self) -> Self {
        let is_there = self.file.as_ref().is_some_and(|file| file.exists());
        Self { explicit: self.explicit || is_there, ..self.clone() }
    }
}

/// A value and where it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) value: Value,
    pub(super) place: String,
}

/// One table of a list, and where it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TableSource {
    pub(super) place: String,
    pub(super) values: Values,
}

/// A value as written. Lists hold texts or tables: no key needs more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Text(String),
    Number(i64),
    Flag(bool),
    List(Vec<String>),
    /// A list of tables.
    Tables(Vec<TableSource>),
    /// From the environment: a text that may stand for any kind.
    Raw(String),
    /// A kind that no key has.
    Other,
}

/// All values by their full key.
pub(super) type Values = BTreeMap<String, Entry>;

/// Reads all sources; later ones override earlier ones. Unknown keys are findings.
pub(super) fn gather(sources: &Sources, findings: &mut Vec<Finding>) -> Values {
    let mut values = Values::new();
    match DeTable::parse(EXAMPLE) {
        Ok(table) => flatten(table.get_ref(), "", &|_| DEFAULT_PLACE.to_owned(), &mut values),
        Err(error) => {
            findings.push(Finding::new("daemun.example.toml", error.message(), "this program is broken"));
        }
    }
    let written = file_values(sources, findings).into_iter().chain(environment_values(sources));
    for (key, entry) in written.collect::<Vec<_>>() {
        match values.get_mut(&key) {
            Some(_) if matches!(&entry.value, Value::Raw(text) if text.trim().is_empty()) => {}
            Some(known) => *known = clean(&key, entry, findings),
            None if is_named_by_whom_it_is_for(&key) => {
                let entry = clean(&key, entry, findings);
                values.insert(key, entry);
            }
            None => findings.push(unknown(&key, entry.place, values.keys())),
        }
    }
    values
}

/// Where the properties of Kafka's client library are.
pub(super) const KAFKA_PROPERTIES: &str = "kafka.librdkafka.";

/// Whether a key has a name in it that is not ours: the words of a scope, a property of Kafka's client. All other keys are in
/// the example.
fn is_named_by_whom_it_is_for(key: &str) -> bool {
    if key.strip_prefix(KAFKA_PROPERTIES).is_some_and(|name| !name.is_empty()) {
        return true;
    }
    let name = key.strip_prefix("authorization.scopes.");
    let name = name.and_then(|rest| rest.strip_suffix(".ko").or_else(|| rest.strip_suffix(".en")));
    name.is_some_and(|name| !name.is_empty())
}

fn file_values(sources: &Sources, findings: &mut Vec<Finding>) -> Values {
    let mut values = Values::new();
    let Some(path) = &sources.file else { return values };
    let name = path.display().to_string();
    let text = match read_file(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !sources.explicit => return values,
        Err(error) => {
            findings.push(Finding::new(
                "--config",
                format!("{name} cannot be read: {error}"),
                "Name a readable file",
            ));
            return values;
        }
    };
    let line_of = |at: usize| text.get(..at).map_or(1, |before| before.matches('\n').count() + 1);
    match DeTable::parse(&text) {
        Ok(table) => flatten(table.get_ref(), "", &|at| format!("{name}:{}", line_of(at)), &mut values),
        Err(error) => findings.push(Finding {
            place: format!("{name}:{}", error.span().map_or(1, |span| line_of(span.start))),
            key: "(syntax)".to_owned(),
            problem: error.message().to_owned(),
            cure: "Correct the TOML there".to_owned(),
        }),
    }
    values
}

/// `DAEMUN_A__B=x` is `a.b`. `DAEMUN_TEST_…` belongs to the tests and is not configuration. A variable that is
/// empty counts as absent: that is how compose files and charts write one that nobody has set.
fn environment_values(sources: &Sources) -> Values {
    let ours = |(name, value): &(String, String)| {
        let rest = name.strip_prefix("DAEMUN_").filter(|rest| !rest.starts_with("TEST_"))?;
        if platform::wrote(rest, value) {
            return None;
        }
        let key = rest.to_ascii_lowercase().replace("__", ".");
        Some((key, Entry { value: Value::Raw(value.clone()), place: format!("environment variable {name}") }))
    };
    sources.environment.iter().filter_map(ours).collect()
}

/// The names of the variables that the platform wrote, which are passed over.
pub(super) fn of_the_platform(sources: &Sources) -> Vec<String> {
    let names = sources.environment.iter().filter(|(name, value)| {
        name.strip_prefix("DAEMUN_").is_some_and(|rest| platform::wrote(rest, value))
    });
    names.map(|(name, _)| name.clone()).collect()
}

/// The entry with its texts as they are meant; what can be no value is a finding.
fn clean(key: &str, entry: Entry, findings: &mut Vec<Finding>) -> Entry {
    let place = entry.place;
    let mut text = |key: &str, text: String, place: &str| match plain_text::plain(&text) {
        Ok(text) => text.to_owned(),
        Err(error) => {
            findings.push(Finding {
                place: place.to_owned(),
                key: key.to_owned(),
                problem: error.to_string(),
                cure: "Write it again by hand, in one line".to_owned(),
            });
            String::new()
        }
    };
    let value = match entry.value {
        Value::Text(written) => Value::Text(text(key, written, &place)),
        Value::Raw(written) => Value::Raw(text(key, written, &place)),
        Value::List(items) => Value::List(items.into_iter().map(|item| text(key, item, &place)).collect()),
        Value::Tables(tables) => {
            let tables = tables.into_iter().enumerate().map(|(number, table)| {
                let values = table.values.into_iter().map(|(name, entry)| {
                    if name == JSON_TEXT {
                        return (name, entry);
                    }
                    let entry = clean(&format!("{key}[{number}].{name}"), entry, findings);
                    (name, entry)
                });
                TableSource { place: table.place, values: values.collect() }
            });
            Value::Tables(tables.collect())
        }
        other => other,
    };
    Entry { value, place }
}

fn flatten(table: &DeTable<'_>, above: &str, place: &impl Fn(usize) -> String, into: &mut Values) {
    for (name, value) in table {
        let key =
            if above.is_empty() { name.get_ref().to_string() } else { format!("{above}.{}", name.get_ref()) };
        match value.get_ref() {
            DeValue::Table(inner) => flatten(inner, &key, place, into),
            other => {
                let entry = Entry { value: plain(other, place), place: place(name.span().start) };
                into.insert(key, entry);
            }
        }
    }
}

fn plain(value: &DeValue<'_>, place: &impl Fn(usize) -> String) -> Value {
    match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => number.to_string().parse().map_or(Value::Other, Value::Number),
        DeValue::Boolean(flag) => Value::Flag(*flag),
        DeValue::Array(items) if items.iter().any(|item| item.get_ref().is_table()) => {
            let table = |item: &Spanned<DeValue<'_>>| {
                let mut values = Values::new();
                flatten(item.get_ref().as_table()?, "", place, &mut values);
                Some(TableSource { place: place(item.span().start), values })
            };
            items.iter().map(table).collect::<Option<_>>().map_or(Value::Other, Value::Tables)
        }
        DeValue::Array(items) => {
            let text = |item: &Spanned<DeValue<'_>>| match item.get_ref() {
                DeValue::String(text) => Some(text.to_string()),
                _ => None,
            };
            items.iter().map(text).collect::<Option<_>>().map_or(Value::Other, Value::List)
        }
        DeValue::Float(_) | DeValue::Datetime(_) | DeValue::Table(_) => Value::Other,
    }
}

pub(super) fn unknown<T: AsRef<str>>(key: &str, place: String, known: impl Iterator<Item = T>) -> Finding {
    let likeness = |known: &T| strsim::jaro_winkler(key, known.as_ref());
    let nearest = known.max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    let cure = nearest.map_or_else(String::new, |nearest| format!("Did you mean `{}`? ", nearest.as_ref()));
    Finding {
        place,
        key: key.to_owned(),
        problem: "there is no such key".to_owned(),
        cure: format!("{cure}All keys are in daemun.example.toml"),
    }
}
