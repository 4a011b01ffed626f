//! Components of the admin area.

mod action;
mod filters;
mod frame;
mod masked;
mod section;
mod table;

pub(crate) use action::{Action, action};
pub(crate) use filters::{choice, filters, search_field};
pub(crate) use frame::AdminFrame;
pub(crate) use masked::masked;
pub(crate) use section::{code, encoded, section};
pub(crate) use table::{Table, ways};
