//! Which protocol a provider is to speak.

/// What is demanded of a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// OAuth 2.0 and a profile. An id_token that comes nevertheless may be verified; none is fine.
    OAuth,
    /// OpenID Connect: an id_token must come.
    OpenIdConnect,
}
