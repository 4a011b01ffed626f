//! Members, as operators see them and what they do with them.

mod belongings;
pub(crate) mod change;
pub(crate) mod change_call;
pub(crate) mod change_error;
pub(crate) mod list;
pub(crate) mod one;
