//! How a client authenticates (RFC 6749 section 2.3, OpenID Connect Core section 9).

use crate::client::keys::ClientKeys;
use crate::client::secrets::Secrets;

/// A way to show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Not at all: the client is public, and PKCE binds its codes to it.
    None,
    /// A secret in the header `Authorization`.
    SecretBasic,
    /// A secret in the body.
    SecretPost,
    /// A signature by a key of its own.
    PrivateKeyJwt,
}

impl Method {
    /// Every value, each once.
    pub const ALL: [Self; 4] = [Self::None, Self::SecretBasic, Self::SecretPost, Self::PrivateKeyJwt];

    /// The name in the configuration and in metadata.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::SecretBasic => "client_secret_basic",
            Self::SecretPost => "client_secret_post",
            Self::PrivateKeyJwt => "private_key_jwt",
        }
    }

    /// The method of this name, as metadata and the configuration write it; `None` for any other.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == text)
    }

    /// Whether a secret belongs to it.
    pub const fn has_secret(self) -> bool {
        matches!(self, Self::SecretBasic | Self::SecretPost)
    }
}

/// How one client does it, and against what that is checked.
#[derive(Clone, Debug)]
pub enum Authentication {
    /// It does not.
    None,
    /// By a secret in the header.
    SecretBasic(Secrets),
    /// By a secret in the body.
    SecretPost(Secrets),
    /// By a signature.
    PrivateKeyJwt(ClientKeys),
}

impl Authentication {
    /// The one method that the client is registered for.
    pub const fn method(&self) -> Method {
        match self {
            Self::None => Method::None,
            Self::SecretBasic(_) => Method::SecretBasic,
            Self::SecretPost(_) => Method::SecretPost,
            Self::PrivateKeyJwt(_) => Method::PrivateKeyJwt,
        }
    }

    /// Whether the client has nothing that others do not know (RFC 6749 section 2.1).
    pub const fn is_public(&self) -> bool {
        matches!(self, Self::None)
    }
}
