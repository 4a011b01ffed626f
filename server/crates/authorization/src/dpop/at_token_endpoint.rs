//! Proofs at the token endpoint: what is given for one is bound to its key (RFC 9449 section 5).

use std::time::Duration;

use db::Transaction;
use http::{HeaderMap, Method};
use tokens::{Call, ProofError, Proven};

use crate::client::model::Client;
use crate::dpop::header;
use crate::server::Context;
use crate::store::used_ids;
use crate::token::error::TokenError;

/// How far the clocks of replicas may be apart: at none of them may a proof come again when its row is gone.
const MAX_CLOCK_SKEW: Duration = Duration::from_mins(1);

/// The path that proofs name.
const PATH: &str = "/oauth2/token";

/// What the proof of a request proves, if it has one, as some clients must.
pub(crate) fn read(
    context: &Context,
    client: &Client,
    headers: &HeaderMap,
) -> Result<Option<Proven>, TokenError> {
    let Some(proof) = header::read(headers)? else {
        return if client.dpop.is_required() {
            Err(ProofError::Invalid("is missing; the client is registered with `dpop` = required").into())
        } else {
            Ok(None)
        };
    };
    let call = Call { method: Method::POST.as_str(), origin: context.origin.as_str(), path: PATH };
    Ok(Some(context.services.tokens.proofs.prove(proof, &call)?))
}

/// Spends a proof in the transaction that issues what it is for: of any number of requests with one proof, one succeeds.
pub(crate) async fn spend(
    context: &Context,
    tx: &mut Transaction,
    proof: Option<&Proven>,
) -> Result<(), TokenError> {
    let Some(proof) = proof else { return Ok(()) };
    if used_ids::insert(tx, &proof.id, proof.until.plus(MAX_CLOCK_SKEW), context.clock.now()).await? {
        Ok(())
    } else {
        Err(ProofError::Invalid("was used before; make one for each request").into())
    }
}
