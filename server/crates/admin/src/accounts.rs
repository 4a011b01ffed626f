//! Members, as operators see them and what they do with them.

pub(crate) mod change;
pub(crate) mod list;
pub(crate) mod one;
