//! `[https]`.

use web::headers::Hsts;

use super::reader::Reader;

/// What browsers are told about https.
#[derive(Clone, Debug)]
pub struct Https {
    /// `https.hsts` and `https.include_subdomains`.
    pub hsts: Hsts,
}

impl Https {
    pub(super) fn read(reader: &Reader) -> Self {
        let with_subdomains = reader.flag("https.include_subdomains");
        let hsts = match reader.optional_span("https.hsts") {
            Some(span) => Hsts::new(span.get(), with_subdomains),
            None => Hsts::off(),
        };
        Self { hsts }
    }
}
