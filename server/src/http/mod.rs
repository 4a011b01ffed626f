//! What the composition itself serves: [static files](assets), [error pages](error_page), the
//! [language choice](language), [what is read often](often_reads), the way to the [public address](public_address), the
//! [operator's endpoints](ops), the answer to a [panic](panics), what is [done to its end](acting_requests), and what is
//! [refused](refused).

pub mod acting_requests;
pub mod assets;
pub mod drafts;
pub mod error_page;
pub mod jwks;
pub mod language;
pub mod often_reads;
pub mod ops;
pub mod panics;
pub mod public_address;
pub mod refused;
