//! The access log: which operator saw whose personal data, when, from where, and why.

pub(crate) mod file;
pub(crate) mod list;
pub(crate) mod query;
pub(crate) mod record;
pub(crate) mod reveal;
