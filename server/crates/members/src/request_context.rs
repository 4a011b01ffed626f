//! Who sends a request, as [`web`] reads it.

pub use web::RequestContext;
