//! `[tokens]`.

use url::Url;

use super::reader::Reader;
use super::units::Span;

/// The tokens that services get.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// `tokens.issuer`, or the public URL.
    pub issuer: String,
    /// `tokens.audience`.
    pub audience: String,
    /// `tokens.access_ttl`.
    pub access_life: Span,
    /// `tokens.refresh_ttl`.
    pub refresh_life: Span,
}

impl Tokens {
    pub(super) fn read(reader: &Reader, public_url: &Url) -> Self {
        let issuer = reader.text("tokens.issuer");
        // Without the slash that a bare host gets in a URL: `iss` is compared letter by letter.
        let own = || public_url.origin().ascii_serialization();
        Self {
            issuer: if issuer.is_empty() { own() } else { issuer },
            audience: reader.text("tokens.audience"),
            access_life: reader.span("tokens.access_ttl"),
            refresh_life: reader.span("tokens.refresh_ttl"),
        }
    }
}
