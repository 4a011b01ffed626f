//! Proofs at the token service: what the endpoints ask.

use std::sync::Arc;

use kernel::Clock;

use crate::claims::Claims;
use crate::dpop::call::Call;
use crate::dpop::nonce::Nonces;
use crate::dpop::proof;
use crate::dpop::proof_error::{BoundError, ProofError};
use crate::dpop::proven::Proven;
use crate::dpop::seen::SeenProofs;
use crate::verifier::Verifier;
use crate::verify_error::VerifyError;

/// Judges proofs, and the tokens that are worthless without one.
#[derive(Clone)]
pub struct Proofs {
    pub(crate) verifier: Verifier,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) nonces: Arc<Nonces>,
    pub(crate) seen: Arc<SeenProofs>,
}

impl Proofs {
    /// A nonce for `DPoP-Nonce`: every answer to a request with a proof has one.
    pub fn nonce(&self) -> String {
        self.nonces.at(self.clock.now())
    }

    /// Verifies the proof of a request without an access token. Whether it is a replay is for the caller to find out.
    ///
    /// # Errors
    /// See [`ProofError`].
    pub fn prove(&self, proof: &str, call: &Call<'_>) -> Result<Proven, ProofError> {
        proof::check(proof, call, None, &self.nonces, self.clock.now())
    }

    /// Verifies an access token as it came after `DPoP `, with its proof. The token must be bound to the key of the proof, and the
    /// proof counts once at this replica.
    ///
    /// # Errors
    /// See [`BoundError`].
    pub async fn verify_bound(
        &self,
        token: &str,
        audiences: &[&str],
        proof: &str,
        call: &Call<'_>,
    ) -> Result<Arc<Claims>, BoundError> {
        let claims = self.verifier.verify_any(token, audiences).await?;
        let Some(bound_to) = &claims.key else {
            return Err(VerifyError::Invalid("not bound to a key").into());
        };
        let now = self.clock.now();
        let proven = proof::check(proof, call, Some(token), &self.nonces, now)?;
        if !proven.key.matches(bound_to) {
            return Err(ProofError::Invalid("is by another key than the access token is bound to").into());
        }
        self.seen.remember(&proven.id, now)?;
        Ok(claims)
    }
}

/// Says nothing: there are secrets inside.
impl std::fmt::Debug for Proofs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Proofs")
    }
}
