//! Typed reading of one table of a list, such as one `[[gateway.routes]]`.

use std::cell::RefCell;
use std::collections::BTreeMap;

use kernel::SecretString;

use super::finding::Finding;
use super::plain_text::plain_secret;
use super::reader::Reader;
use super::sources::{TableSource, Value, unknown};
use super::units::Span;

impl Reader {
    /// A list of tables. It is in the file only: an environment variable has no way to write one.
    pub(super) fn tables(&self, key: &str) -> Vec<Table<'_>> {
        match self.entry(key).map(|entry| &entry.value) {
            Some(Value::Tables(tables)) => {
                let name = |number| format!("{key}[{number}]");
                tables
                    .iter()
                    .enumerate()
                    .map(|(number, table)| Table::new(self, name(number), table))
                    .collect()
            }
            Some(Value::Raw(_)) => {
                self.wrong(key, "an environment variable cannot hold tables", "Write them into the file");
                Vec::new()
            }
            Some(Value::List(items)) if items.is_empty() => Vec::new(),
            Some(_) => {
                self.wrong(key, "expected a list of tables", &format!("Write [[{key}]] above each"));
                Vec::new()
            }
            None => Vec::new(),
        }
    }
}

/// One table. What is asked for is known; [`Table::finish`] names the rest.
pub(super) struct Table<'a> {
    reader: &'a Reader,
    name: String,
    source: &'a TableSource,
    asked: RefCell<Vec<&'static str>>,
}

/// Where each key of a table is written; the empty key is the table itself.
pub(super) type Places = BTreeMap<String, String>;

impl<'a> Table<'a> {
    fn new(reader: &'a Reader, name: String, source: &'a TableSource) -> Self {
        Self { reader, name, source, asked: RefCell::default() }
    }

    pub(super) fn text(&self, key: &'static str) -> Option<String> {
        match self.value(key)? {
            Value::Text(text) => Some(text.clone()),
            _ => self.wrong(key, "expected a string", "Write it between quotes"),
        }
    }

    pub(super) fn list(&self, key: &'static str) -> Option<Vec<String>> {
        match self.value(key)? {
            Value::List(items) => Some(items.clone()),
            _ => self.wrong(key, "expected a list of strings", "Write [\"one\", \"two\"]"),
        }
    }

    pub(super) fn flag(&self, key: &'static str) -> Option<bool> {
        match self.value(key)? {
            Value::Flag(flag) => Some(*flag),
            _ => self.wrong(key, "expected true or false", "Write true or false"),
        }
    }

    /// A number that is never large.
    pub(super) fn small_number(&self, key: &'static str) -> Option<u8> {
        match self.value(key)? {
            Value::Number(number) if (0..=99).contains(number) => u8::try_from(*number).ok(),
            _ => self.wrong(key, "expected a number", "Write a number, without quotes"),
        }
    }

    /// A duration.
    pub(super) fn span(&self, key: &'static str) -> Option<Span> {
        let text = self.text(key)?;
        let cure = "Write a number with s, m, h or d, such as 14d";
        text.parse().ok().or_else(|| self.wrong(key, "this is no duration", cure))
    }

    /// A text, from `key` or from the file that `file_key` names.
    pub(super) fn document(&self, key: &'static str, file_key: &'static str) -> Option<String> {
        match (self.text(key), self.text(file_key)) {
            (Some(_), Some(_)) => {
                self.wrong(key, &format!("`{file_key}` is given too"), "Give one of the two")
            }
            (Some(text), None) => Some(text),
            (None, Some(path)) => match Reader::read_secret_file(&path) {
                Ok(text) => Some(text),
                Err((problem, cure)) => self.wrong(file_key, &problem, cure),
            },
            (None, None) => None,
        }
    }

    /// A secret, from `key` or from the file that `file_key` names. Its value is in no finding.
    pub(super) fn secret(&self, key: &'static str, file_key: &'static str) -> Option<SecretString> {
        match plain_secret(&self.document(key, file_key)?) {
            Ok("") => self.wrong(key, "it is empty", "Write the secret, or leave the key out"),
            Ok(text) => Some(text.to_owned().into()),
            Err(error) => {
                self.wrong(key, &error.to_string(), "Write the secret again, alone and in one line")
            }
        }
    }

    /// Where a key is written.
    pub(super) fn place(&self, key: &str) -> Option<&str> {
        self.source.values.get(key).map(|entry| entry.place.as_str())
    }

    /// Reports all keys that nobody read. Returns the places, for checks of the values later.
    pub(super) fn finish(self) -> Places {
        let asked = self.asked.into_inner();
        for (key, entry) in &self.source.values {
            if !asked.contains(&key.as_str()) {
                let mut finding = unknown(key, entry.place.clone(), asked.iter());
                finding.key = format!("{}.{key}", self.name);
                self.reader.note(finding);
            }
        }
        let own = (String::new(), self.source.place.clone());
        let keys = self.source.values.iter().map(|(key, entry)| (key.clone(), entry.place.clone()));
        std::iter::once(own).chain(keys).collect()
    }

    fn value(&self, key: &'static str) -> Option<&Value> {
        self.asked.borrow_mut().push(key);
        self.source.values.get(key).map(|entry| &entry.value)
    }

    fn wrong<T>(&self, key: &str, problem: &str, cure: &str) -> Option<T> {
        let place = self.source.values.get(key).map(|entry| entry.place.clone()).unwrap_or_default();
        let (problem, cure) = (problem.to_owned(), cure.to_owned());
        self.reader.note(Finding { place, key: format!("{}.{key}", self.name), problem, cure });
        None
    }
}
