//! The audit log, as operators read it: in parts, and as files.

pub(crate) mod file;
pub(crate) mod given_fields;
pub(crate) mod list;
pub(crate) mod query;
