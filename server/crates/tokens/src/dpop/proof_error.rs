//! Why a proof is refused.

use crate::verify_error::VerifyError;

/// Why a proof is refused. The reasons are our own words and contain nothing that the sender wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// It is malformed, not for this request, or a replay: `invalid_dpop_proof`.
    #[error("the DPoP proof {0}")]
    Invalid(&'static str),
    /// Its nonce is not one of ours, or no longer: `use_dpop_nonce`. A fresh one helps.
    #[error(
        "the nonce of the DPoP proof is not known or no longer; repeat the request with the one of DPoP-Nonce"
    )]
    Nonce,
    /// There were so many proofs in the last minutes that this replica cannot remember another. Retrying later helps.
    #[error("there were too many DPoP proofs in the last minutes")]
    TooMany,
}

/// Why a token that is bound to a key is refused.
#[derive(Debug, thiserror::Error)]
pub enum BoundError {
    /// The token is not good.
    #[error(transparent)]
    Token(#[from] VerifyError),
    /// Its proof is not.
    #[error(transparent)]
    Proof(#[from] ProofError),
}
