//! The token call, made by the crate `oauth2`: it writes the request and reads the reply. Our own HTTP client, with its proxy,
//! its timeouts and its limits, makes the request, and brings what a provider answers into the form that RFC 6749 section 5 gives
//! a reply (decision 01).

use std::fmt;
use std::pin::Pin;

use oauth2::basic::{BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenType};
use oauth2::{
    AsyncHttpClient, EndpointNotSet, EndpointSet, ErrorResponse, ExtraTokenFields, HttpRequest, HttpResponse,
    RequestTokenError, StandardRevocableToken, StandardTokenResponse,
};
use reqwest::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::error::IdentifyError;
use crate::http::{self, Reply};

/// Our registration at a provider, as `oauth2` knows it: with an authorize address and a token endpoint.
pub(crate) type OAuthClient = oauth2::Client<
    TokenRefusal,
    TokenReply,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// What a token endpoint answers when it accepts the code: tokens, and the ID token of OpenID Connect.
pub(crate) type TokenReply = StandardTokenResponse<IdTokenField, BasicTokenType>;

/// What comes of a call.
pub(crate) type TokenOutcome = Result<TokenReply, RequestTokenError<IdentifyError, TokenRefusal>>;

/// What OpenID Connect adds to a reply.
#[derive(Deserialize, Serialize)]
pub(crate) struct IdTokenField {
    pub(crate) id_token: Option<Zeroizing<String>>,
}

impl ExtraTokenFields for IdTokenField {}

/// Keeps the token out of logs (S-KEY-8).
impl fmt::Debug for IdTokenField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[REDACTED]")
    }
}

/// A refusal, with the code that Kakao adds to it.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct TokenRefusal {
    pub(crate) error: String,
    #[serde(default)]
    pub(crate) error_description: String,
    #[serde(default)]
    pub(crate) error_code: String,
}

impl ErrorResponse for TokenRefusal {}

impl fmt::Display for TokenRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.error, self.error_code)
    }
}

/// What a sign-in reads of a reply. All of it is text at every provider; other values count as absent.
const READ: [&str; 6] =
    ["access_token", "refresh_token", "id_token", "error", "error_description", "error_code"];

/// Our HTTP client, as `oauth2` calls it.
#[derive(Debug)]
pub(crate) struct TokenHttp(pub(crate) reqwest::Client);

impl<'c> AsyncHttpClient<'c> for TokenHttp {
    type Error = IdentifyError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, IdentifyError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(send(&self.0, request))
    }
}

async fn send(client: &reqwest::Client, request: HttpRequest) -> Result<HttpResponse, IdentifyError> {
    let request = reqwest::Request::try_from(request).map_err(|_| {
        IdentifyError::Unavailable("no request can be made for the token endpoint".to_owned())
    })?;
    let reply = http::call(reqwest::RequestBuilder::from_parts(client.clone(), request)).await?;
    in_standard_form(&reply)
}

/// The error object comes before the status (quirk 1), and an outage before both. Of a reply that is valid only the tokens count:
/// `expires_in` may be text (quirk 2) and `scope` expanded (quirk 28), and neither matters to a sign-in.
pub(crate) fn in_standard_form(reply: &Reply) -> Result<HttpResponse, IdentifyError> {
    let refused = reply.text("error").is_some();
    if reply.is_outage() || !(refused || reply.status.is_success()) {
        return Err(IdentifyError::Unavailable(format!("status {} from the token endpoint", reply.status)));
    }
    let mut body: Map<String, Value> =
        READ.iter().filter_map(|name| Some(((*name).to_owned(), reply.text(name)?.into()))).collect();
    body.insert("token_type".to_owned(), BasicTokenType::Bearer.as_ref().into());
    let mut response = HttpResponse::new(Value::Object(body).to_string().into_bytes());
    *response.status_mut() = if refused { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    Ok(response)
}
