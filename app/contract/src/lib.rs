//! The data that pages are rendered from: the [`Frame`] of every page, the [views] of single pages, and the port [`Site`]
//! through which islands call the server. The crate compiles to WASM and does not depend on the server.

mod draft;
mod frame;
mod moment;
mod operators_site;
mod place;
mod site;
pub mod views;

pub use draft::{Draft, FieldError, FormError};
pub use frame::{Frame, SiteSettings, Viewer};
pub use moment::{DayName, LocalTime, Moment};
pub use operators_site::OperatorsSite;
pub use place::Place;
pub use site::{PostReport, ProfileWords, RelationChange, Site, SiteError};
