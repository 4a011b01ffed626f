//! A page of a client that describes itself may call before its document is known to this process: after a restart, or at another
//! replica. At the token endpoint the request names the client; here, its access token does.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderMap;
use serde::Deserialize;
use web::RequestContext;

use crate::client::document_lookup;
use crate::server::Context;

/// The claim that is looked at.
#[derive(Deserialize)]
struct Named {
    client_id: String,
}

/// Learns of the client that an access token names, if it is not known whether the page that sends it may read the answer.
///
/// The token is not verified, since the answer to an expired one must be readable too. A page that invents a token gains what the endpoint
/// says to it, and has one document read, of which a network may have only so many.
pub(crate) async fn look_up(context: &Context, headers: &HeaderMap, token: &str, from: &RequestContext) {
    if context.origins.undecided(headers).is_none() {
        return;
    }
    let Some(id) = client_of(token) else { return };
    match document_lookup::look_up(context, &id, from.network).await {
        Ok(None) => {}
        Ok(Some(error)) => {
            tracing::warn!(event = "client_document_refused", client_id = %id.escape_debug(), %error, "a document makes no client");
        }
        // The call itself is answered as it would be, and its page cannot read it.
        Err(error) => tracing::debug!(%error, "a document was not looked up"),
    }
}

fn client_of(token: &str) -> Option<String> {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    serde_json::from_slice::<Named>(&payload).ok().map(|named| named.client_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_is_read_of_anything_that_looks_like_a_token() {
        let payload =
            URL_SAFE_NO_PAD.encode(r#"{"sub":"a","client_id":"https://agents.example/client.json"}"#);
        let token = format!("x.{payload}.x");
        assert_eq!(client_of(&token).as_deref(), Some("https://agents.example/client.json"));
        for other in ["", "x", "..", "x.e30.x", "x.!!.x"] {
            assert_eq!(client_of(other), None, "{other}");
        }
    }
}
