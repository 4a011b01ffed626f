//! What the composition itself serves: [static files](assets), [pages], [error pages](error_page), the
//! [language choice](language), the way to the [public address](public_address), the
//! [operator's endpoints](ops), and what is [refused](refused).

pub mod assets;
pub mod drafts;
pub mod error_page;
pub mod jwks;
pub mod language;
mod no_page;
pub mod ops;
pub mod pages;
pub mod public_address;
pub mod refused;
pub mod way_out;
