//! What a client presents for tokens.

/// A grant type that the token endpoint knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantType {
    /// RFC 6749 section 4.1.
    AuthorizationCode,
    /// RFC 6749 section 6.
    RefreshToken,
    /// RFC 6749 section 4.4.
    ClientCredentials,
    /// RFC 8628 section 3.4.
    DeviceCode,
}

impl GrantType {
    /// Every value, each once.
    pub const ALL: [Self; 4] =
        [Self::AuthorizationCode, Self::RefreshToken, Self::ClientCredentials, Self::DeviceCode];

    /// The name in requests and in the configuration, where a [short one](Self::parse_short) does as well.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::ClientCredentials => "client_credentials",
            Self::DeviceCode => "urn:ietf:params:oauth:grant-type:device_code",
        }
    }

    /// The grant type of this name; `None` for any other.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grant| grant.as_str() == text)
    }

    /// Reads the name as people write it in the configuration: without what comes before it in requests.
    pub fn parse_short(text: &str) -> Option<Self> {
        let short = |grant: &Self| grant.as_str().rsplit(':').next() == Some(text);
        Self::parse(text).or_else(|| Self::ALL.into_iter().find(short))
    }
}
