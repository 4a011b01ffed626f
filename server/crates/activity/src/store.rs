//! The tables of this part.

pub(crate) mod authors;
pub(crate) mod blocks;
pub(crate) mod entries;
pub(crate) mod follows;
pub(crate) mod listed;
pub(crate) mod page;
pub(crate) mod people;
pub(crate) mod posts;
pub(crate) mod reports;
