//! The parts of the program as values: one [list] says of each what there is to know of it, and whatever concerns every part
//! iterates over that list. So a new part takes one entry.

pub mod background;
pub mod endpoints;
pub mod erasure;
pub mod expiry;
pub mod export;
pub mod list;
pub mod part;
pub mod reseal;
pub mod states;
