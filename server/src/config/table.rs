//! Typed reading of one table of a list, such as one `[[gateway.routes]]`.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::finding::Finding;
use super::reader::Reader;
use super::sources::{TableSource, Value, unknown};

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

    /// Notes all keys that nobody asked for. Gives the places, for those who judge the values later.
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
