//! Why a table cannot be put to work although it is right.

/// The machine has nothing to judge an https upstream by.
#[derive(Debug, thiserror::Error)]
#[error(
    "an upstream is named with https, and no certificate authority can be read on this machine: {0}. Install its \
     certificates (Debian: ca-certificates), or name the upstream with http"
)]
pub struct StartError(#[from] rustls::Error);
