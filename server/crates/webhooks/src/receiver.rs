//! Receivers of webhooks.

use std::fmt;

use events::Topic;
use url::Url;

use crate::secret::WebhookSecret;

const MAX_BYTES: usize = 64;

/// The name of a receiver in configuration, commands and table: 1 to 64 ASCII letters, digits, `-`, `.`, `_` and `:`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReceiverName(String);

impl ReceiverName {
    /// Parses a name; `None` when `text` is not a valid one.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte);
        let is_name = (1..=MAX_BYTES).contains(&text.len()) && text.bytes().all(fits);
        is_name.then(|| Self(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ReceiverName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A checked receiver.
#[derive(Clone, Debug)]
pub struct Receiver {
    /// The receiver's name in the configuration.
    pub name: ReceiverName,
    /// Where events are sent.
    pub url: Url,
    /// The topics that it wants.
    pub topics: Vec<Topic>,
    /// The secrets that sign: one, or two during a rotation.
    pub(crate) secrets: Vec<WebhookSecret>,
    /// Whether it may have an address that is not public.
    pub(crate) may_be_private: bool,
}

impl Receiver {
    /// Its URL without the query, which may have a secret.
    pub fn place(&self) -> String {
        let mut url = self.url.clone();
        url.set_query(None);
        url.into()
    }
}
