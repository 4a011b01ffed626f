//! Who is sent events.

use std::fmt;

use events::Topic;
use url::Url;

use crate::secret::WebhookSecret;

const LONGEST: usize = 64;

/// What the configuration, the commands and the table know a receiver as: at most 64 letters, digits, `-`, `.`, `_` and `:`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReceiverName(String);

impl ReceiverName {
    /// Reads a name; `None` when it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte);
        let is_name = (1..=LONGEST).contains(&text.len()) && text.bytes().all(fits);
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

/// A receiver, as it was checked.
#[derive(Clone, Debug)]
pub struct Receiver {
    /// Its name.
    pub name: ReceiverName,
    /// Where it listens.
    pub url: Url,
    /// What it hears.
    pub topics: Vec<Topic>,
    /// What it knows us by: one, or two while one is replaced.
    pub(crate) secrets: Vec<WebhookSecret>,
    /// Whether it may have an address that is not public.
    pub(crate) may_be_private: bool,
}

impl Receiver {
    /// Where it listens, without what is behind `?`, which may be a secret.
    pub fn place(&self) -> String {
        let mut url = self.url.clone();
        url.set_query(None);
        url.into()
    }
}
