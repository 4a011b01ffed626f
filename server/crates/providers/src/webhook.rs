//! Webhooks of providers: a person has cut the link there.
//!
//! Each provider proves in its own way that it sent one; that, and what the notice looks like, is in its file.

use ::http::HeaderMap;
use kernel::Timestamp;

/// A notice as it came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Webhook<'a> {
    /// Its headers.
    pub(crate) headers: &'a HeaderMap,
    /// The fields of its form or query, decoded.
    pub(crate) fields: &'a [(String, String)],
    /// When it came.
    pub(crate) now: Timestamp,
}

impl Webhook<'_> {
    /// A field that is there once.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let mut values = self.fields.iter().filter(|(field, _)| field == name);
        match (values.next(), values.next()) {
            (Some((_, value)), None) => Some(value),
            _ => None,
        }
    }
}
