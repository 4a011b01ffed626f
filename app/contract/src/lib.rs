//! What pages are drawn from, and in which words: the [`Frame`] that every page has, the [views] of single pages, codes,
//! and the port [`Site`] for what islands ask later. It compiles to WASM and knows nothing of how the answers come about.

mod draft;
mod frame;
mod moment;
mod place;
mod site;
pub mod views;

pub use draft::{Draft, FieldError, FormError};
pub use frame::{Frame, SiteSettings, Viewer};
pub use moment::{DayName, LocalTime, Moment};
pub use place::Place;
pub use site::{PostReport, ProfileWords, RelationChange, Site, SiteError};
