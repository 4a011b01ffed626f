//! Proofs at `/oauth2/par`: another way to say `dpop_jkt` (RFC 9449 section 10.1). A client that sends one relies on its code being
//! bound to the key.

use http::Method;
use tokens::{Call, Proven};

use crate::client::form::ClientForm;
use crate::dpop::header;
use crate::server::Context;
use crate::token::error::TokenError;

/// The path that proofs name.
const PATH: &str = "/oauth2/par";

/// What the proof of a pushed request proves, if it has one. A `dpop_jkt` alongside it must name the same key.
pub(crate) fn read(context: &Context, form: &ClientForm) -> Result<Option<Proven>, TokenError> {
    let Some(proof) = header::read(&form.headers)? else { return Ok(None) };
    let call = Call { method: Method::POST.as_str(), origin: context.origin.as_str(), path: PATH };
    let proven = context.services.tokens.proofs.prove(proof, &call)?;
    if form.get("dpop_jkt").is_some_and(|named| named != proven.key.to_string()) {
        return Err(TokenError::request("`dpop_jkt` must name the key of the DPoP proof, or be left out"));
    }
    Ok(Some(proven))
}
