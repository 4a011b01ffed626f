//! The table `audit_events`.

pub(crate) mod find;
pub(crate) mod hours;
pub(crate) mod read;
pub(crate) mod write;
