//! Components of the admin area.

mod action;
mod filters;
mod findings;
mod frame;
mod masked;
mod section;
mod table;

pub(crate) use crate::form::choice;
pub(crate) use action::{Action, action};
pub(crate) use filters::{filters, search_field};
pub(crate) use findings::findings;
pub(crate) use frame::AdminFrame;
pub(crate) use masked::masked;
pub(crate) use section::{code, encoded, section};
pub(crate) use table::{Table, ways};
