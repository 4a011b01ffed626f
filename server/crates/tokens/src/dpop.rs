//! DPoP: access tokens and refresh tokens that only the holder of a key can use (RFC 9449). A client signs a proof for each
//! request; a token that is bound to a key is worthless without one.
//!
//! The rules for a proof are in [`proof`], as pure functions; [`seen`] remembers used proofs, and [`nonce`] creates the stateless
//! challenges that we hand out.

pub(crate) mod call;
pub(crate) mod nonce;
pub(crate) mod proof;
pub(crate) mod proof_error;
pub(crate) mod proof_key;
pub(crate) mod proofs;
pub(crate) mod proven;
pub(crate) mod seen;
pub(crate) mod thumbprint;

#[cfg(test)]
mod tests;
