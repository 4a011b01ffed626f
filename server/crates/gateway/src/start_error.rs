//! Why a valid table cannot be used.

/// Why a table cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The machine has no certificate authorities to verify an https upstream.
    #[error(
        "an upstream is named with https, and no certificate authority can be read on this machine: {0}. Install its \
         certificates (Debian: ca-certificates), or name the upstream with http"
    )]
    Authorities(#[from] rustls::Error),
    /// The table was checked against another audience than this program's own: the file names another issuer by now.
    #[error(
        "the route {path} would give its service tokens for `{audience}`, the audience of this program's own API. \
         Write another `audience`, or restart the program if its issuer is to change"
    )]
    OwnAudience {
        /// The path pattern of the route.
        path: String,
        /// The audience.
        audience: String,
    },
}
