//! Typed reading of flattened values. A value that is not allowed becomes a finding and reading continues, so that all errors are
//! reported at once.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Display;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use kernel::SecretString;
use url::Url;

use super::finding::Finding;
use super::plain_text::{plain_secret, read_file};
use super::sources::{DEFAULT_PLACE, Entry, Value, Values};
use super::units::{Size, Span};

/// Reads values by key and collects what is wrong.
pub(super) struct Reader {
    values: Values,
    findings: RefCell<Vec<Finding>>,
    read: RefCell<BTreeSet<String>>,
}

impl Reader {
    pub(super) fn new(values: Values, findings: Vec<Finding>) -> Self {
        Self { values, findings: RefCell::new(findings), read: RefCell::default() }
    }

    pub(super) fn into_findings(self) -> Vec<Finding> {
        self.findings.into_inner()
    }

    /// Keys that exist but are never read: a test makes sure that there are none.
    #[cfg(test)]
    pub(super) fn unread(&self) -> Vec<&String> {
        self.values.keys().filter(|key| !self.read.borrow().contains(*key)).collect()
    }

    /// Whether somebody wrote this key, rather than leaving the default.
    pub(super) fn is_written(&self, key: &str) -> bool {
        self.values.get(key).is_some_and(|entry| entry.place != DEFAULT_PLACE)
    }

    /// Of two keys whose values do not go together, the one that somebody wrote: nobody finds the line of a default.
    pub(super) fn written_of<'a>(&self, key: &'a str, other: &'a str) -> &'a str {
        if self.is_written(other) && !self.is_written(key) { other } else { key }
    }

    /// Notes that the value of `key` is wrong.
    pub(super) fn wrong(&self, key: &str, problem: impl Display, cure: &str) {
        let place = self.values.get(key).map(|entry| entry.place.clone()).unwrap_or_default();
        let (key, problem, cure) = (key.to_owned(), problem.to_string(), cure.to_owned());
        self.note(Finding { place, key, problem, cure });
    }

    /// [`Self::wrong`] of a secret, at the key that was written: the secret itself, or its file.
    pub(super) fn wrong_secret(&self, key: &str, problem: impl Display, cure: &str) {
        let file = format!("{key}_file");
        let key = if self.is_written(&file) { &file } else { key };
        self.wrong(key, problem, cure);
    }

    /// Notes a finding, unless there is one for this value already.
    pub(super) fn note(&self, finding: Finding) {
        let mut findings = self.findings.borrow_mut();
        if !findings.iter().any(|known| known.key == finding.key && known.place == finding.place) {
            findings.push(finding);
        }
    }

    pub(super) fn entry(&self, key: &str) -> Option<&Entry> {
        self.read.borrow_mut().insert(key.to_owned());
        let entry = self.values.get(key);
        if entry.is_none() {
            self.wrong(
                key,
                "the program asks for a key that the example does not have",
                "This program is broken",
            );
        }
        entry
    }

    /// A text; empty where it is not set.
    pub(super) fn text(&self, key: &str) -> String {
        match self.entry(key).map(|entry| &entry.value) {
            Some(Value::Text(text) | Value::Raw(text)) => text.clone(),
            Some(_) => {
                self.wrong(key, "expected a string", "Write it between quotes");
                String::new()
            }
            None => String::new(),
        }
    }

    /// A string of visible ASCII characters, such as the id of a client; empty where it is not set.
    pub(super) fn word(&self, key: &str) -> String {
        let text = self.text(key);
        if let Err(error) = plain_secret(&text) {
            self.wrong(key, error, "Write it again, alone and in one line");
        }
        text
    }

    /// A text that parses as `T`; otherwise `fallback`, and a finding with what is `allowed`.
    pub(super) fn parsed<T: FromStr>(&self, key: &str, allowed: &str, fallback: T) -> T {
        let text = self.text(key);
        text.parse().unwrap_or_else(|_| {
            self.wrong(key, format!("`{text}` is not allowed here"), allowed);
            fallback
        })
    }

    /// One of these words; whatever it is, with a finding when it is none of them.
    pub(super) fn one_of(&self, key: &str, allowed: &[&str]) -> String {
        let text = self.text(key);
        if !allowed.contains(&text.as_str()) {
            let cure = format!("Write one of {}", allowed.join(", "));
            self.wrong(key, format!("`{text}` is not allowed here"), &cure);
        }
        text
    }

    pub(super) fn address(&self, key: &str) -> SocketAddr {
        self.parsed(
            key,
            "Write an address and a port, such as 127.0.0.1:3000",
            SocketAddr::from(([127, 0, 0, 1], 0)),
        )
    }

    pub(super) fn span(&self, key: &str) -> Span {
        let span = self.parsed(key, "Write a number with s, m, h or d, such as 14d", Span::SECOND);
        self.above_zero(key, span.get().is_zero());
        span
    }

    /// A duration of at least a day.
    pub(super) fn span_of_a_day(&self, key: &str) -> Span {
        let span = self.span(key);
        if span.get() < Duration::from_hours(24) {
            self.wrong(key, "this is too short", "Write at least 1d");
        }
        span
    }

    /// A duration that may be zero, or `off`. An empty variable of the environment is one that is not set, so there is a
    /// word for it.
    pub(super) fn optional_span(&self, key: &str) -> Option<Span> {
        let cure = "Write a number with s, m, h or d, such as 730d, or \"off\"";
        match self.text(key).as_str() {
            "" | "off" => None,
            _ => Some(self.parsed(key, cure, Span::SECOND)),
        }
    }

    pub(super) fn size(&self, key: &str) -> Size {
        let size = self.parsed(key, "Write a number with B, KiB or MiB, such as 64KiB", Size::BYTE);
        self.above_zero(key, size.bytes() == 0);
        size
    }

    fn above_zero(&self, key: &str, is_zero: bool) {
        if is_zero {
            self.wrong(key, "a limit of nothing would refuse everything", "Write more than zero");
        }
    }

    pub(super) fn flag(&self, key: &str) -> bool {
        match self.entry(key).map(|entry| &entry.value) {
            Some(Value::Flag(flag)) => *flag,
            Some(Value::Raw(text)) if text == "true" => true,
            Some(Value::Raw(text)) if text == "false" => false,
            Some(_) => {
                self.wrong(key, "expected true or false", "Write true or false");
                false
            }
            None => false,
        }
    }

    pub(super) fn number(&self, key: &str) -> u32 {
        let number = match self.entry(key).map(|entry| &entry.value) {
            Some(Value::Number(number)) => u32::try_from(*number).ok(),
            Some(Value::Raw(text)) => text.parse().ok(),
            _ => None,
        };
        number.filter(|number| *number > 0).unwrap_or_else(|| {
            self.wrong(
                key,
                "expected a whole number above zero",
                "Write a whole number from 1 to 4294967295",
            );
            1
        })
    }

    /// A whole number in `allowed`; the start of the range if the value is not one.
    pub(super) fn number_of(&self, key: &str, allowed: RangeInclusive<u32>) -> u32 {
        let number = match self.entry(key).map(|entry| &entry.value) {
            Some(Value::Number(number)) => u32::try_from(*number).ok(),
            Some(Value::Raw(text)) => text.parse().ok(),
            _ => None,
        };
        number.filter(|number| allowed.contains(number)).unwrap_or_else(|| {
            let (least, most) = allowed.into_inner();
            let cure = format!("Write a whole number from {least} to {most}");
            self.wrong(key, "this number is not allowed here", &cure);
            least
        })
    }

    pub(super) fn list(&self, key: &str) -> Vec<String> {
        match self.entry(key).map(|entry| &entry.value) {
            Some(Value::List(items)) => items.clone(),
            Some(Value::Raw(text)) => {
                text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
            }
            Some(_) => {
                self.wrong(key, "expected a list of strings", "Write [\"one\", \"two\"]");
                Vec::new()
            }
            None => Vec::new(),
        }
    }

    pub(super) fn path(&self, key: &str) -> PathBuf {
        let text = self.text(key);
        if text.is_empty() {
            self.wrong(key, "the path is empty", "Name a folder");
        }
        PathBuf::from(text)
    }

    /// A secret, from `key` or from the file that `key_file` names. Its value is in no finding.
    pub(super) fn secret(&self, key: &str) -> Option<SecretString> {
        let (file_key, direct) = (format!("{key}_file"), self.text(key));
        let file = self.text(&file_key);
        match (direct.is_empty(), file.is_empty()) {
            (true, true) => None,
            (false, true) => self.secret_text(key, &direct),
            (false, false) => {
                self.wrong(key, format!("`{file_key}` is given too"), "Give one of the two");
                // What is wrong with the file is said at once as well.
                let _ = self.file(&file_key, &file);
                None
            }
            (true, false) => self.secret_text(&file_key, &self.file(&file_key, &file)?),
        }
    }

    fn secret_text(&self, key: &str, text: &str) -> Option<SecretString> {
        match plain_secret(text) {
            Ok(text) => Some(text.to_owned().into()),
            Err(error) => {
                self.wrong(key, error, "Write the secret again, alone and in one line");
                None
            }
        }
    }

    /// The text of the file that a key names.
    pub(super) fn file(&self, key: &str, path: &str) -> Option<String> {
        match Self::read_secret_file(path) {
            Ok(text) => Some(text),
            Err((problem, cure)) => {
                self.wrong(key, problem, cure);
                None
            }
        }
    }

    /// The text of a file that is named for what is in it, or what is wrong and the cure.
    pub(super) fn read_secret_file(path: &str) -> Result<String, (String, &'static str)> {
        match read_file(path) {
            Ok(text) if !text.trim().is_empty() => Ok(text),
            Ok(_) => Err((format!("the file {path} is empty"), "Write the secret into it")),
            Err(error) => Err((format!("the file {path} cannot be read: {error}"), "Name a readable file")),
        }
    }

    /// The keys below `prefix`, without it.
    pub(super) fn keys_below(&self, prefix: &str) -> Vec<String> {
        self.values.keys().filter_map(|key| key.strip_prefix(prefix)).map(str::to_owned).collect()
    }

    /// An http address: https, or plain http on a loopback; without user info and fragment.
    pub(super) fn url(&self, key: &str, text: &str) -> Option<Url> {
        let cure =
            "Write an https address, or a plain http one of this machine (localhost, 127.0.0.1, [::1])";
        let Ok(url) = Url::parse(text) else {
            self.wrong(key, format!("`{text}` is no address"), cure);
            return None;
        };
        // A name or password may be a real one, so that no problem quotes them.
        let (problem, cure) = if !matches!(url.scheme(), "https" | "http") {
            ("it begins with neither `https://` nor `http://`".to_owned(), cure)
        } else if !url.username().is_empty() || url.password().is_some() {
            ("there is a name or a password before its host".to_owned(), "Write the address without them")
        } else if url.fragment().is_some() {
            ("it has a fragment".to_owned(), "Write the address without `#` and what follows")
        } else if url.scheme() == "http" && !is_loopback(&url) {
            (format!("`{}` is plain http to another machine", url.origin().ascii_serialization()), cure)
        } else {
            return Some(url);
        };
        self.wrong(key, problem, cure);
        None
    }
}

/// Whether an address is this machine's own.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}
