//! What a client sends to an endpoint of its own, read strictly: a form in the body of a `POST`, and nothing in the address
//! (S-AS-17).

use axum::body::Body;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use http::request::Parts;
use http_body_util::BodyExt as _;
use tokens::Proven;
use web::{fields, request_limits};

use crate::parameters::Parameters;
use crate::token::error::TokenError;

const NO_FORM: &str = "send the parameters in the body as application/x-www-form-urlencoded";
/// The stack that this replaces took no JSON either; with status 400, interceptors that try again after a 401 do not loop.
const JSON: &str = "JSON is not accepted here; send the parameters as application/x-www-form-urlencoded. With axios, set the \
     header 'Content-Type': 'application/x-www-form-urlencoded', which makes it serialise an object as a form";

/// The parameters in which a client shows who it is.
pub(crate) const OF_CLIENT: [&str; 4] =
    ["client_id", "client_secret", "client_assertion", "client_assertion_type"];

/// What a client sent.
pub(crate) struct ClientForm {
    pub(crate) headers: HeaderMap,
    pub(crate) parameters: Parameters,
    /// What the DPoP proof of the request proves, if it has one.
    pub(crate) proof: Option<Proven>,
}

impl ClientForm {
    /// Reads it. `known` are the parameters that count, alongside those in which the client shows who it is.
    pub(crate) async fn read(
        parts: &Parts,
        body: &mut Body,
        known: &'static [&'static str],
    ) -> Result<Self, TokenError> {
        if parts.uri.query().is_some_and(|query| !query.is_empty()) {
            return Err(TokenError::request("send all parameters in the body, none in the address"));
        }
        match fields::media_type(&parts.headers).as_str() {
            "application/x-www-form-urlencoded" => {}
            json if json == "application/json" || json.ends_with("+json") => {
                return Err(TokenError::request(JSON));
            }
            _ => return Err(TokenError::request(NO_FORM)),
        }
        let body = std::mem::take(body).collect().await;
        let body =
            body.map_err(|error| TokenError::Body(request_limits::unread(&error).status()))?.to_bytes();
        Self::of(parts.headers.clone(), &body, known)
    }

    fn of(headers: HeaderMap, form: &[u8], known: &'static [&'static str]) -> Result<Self, TokenError> {
        let parameters = Parameters::parse_any(form, &[known, &OF_CLIENT]);
        if let Some(name) = parameters.repeated() {
            return Err(TokenError::request(format!("`{name}` was sent twice; send each parameter once")));
        }
        if let Some(name) = parameters.unreadable() {
            return Err(TokenError::request(format!("`{name}` is not UTF-8")));
        }
        Ok(Self { headers, parameters, proof: None })
    }

    /// The value of a parameter; `None` if it was not sent.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.parameters.get(name)
    }

    /// Whether anything in the request says which client sends it.
    pub(crate) fn names_a_client(&self) -> bool {
        let fields = ["client_id", "client_secret", "client_assertion", "client_assertion_type"];
        self.headers.contains_key(AUTHORIZATION) || fields.into_iter().any(|name| self.get(name).is_some())
    }

    /// A parameter that must be there.
    pub(crate) fn required(&self, name: &'static str) -> Result<&str, TokenError> {
        self.get(name).ok_or_else(|| TokenError::request(format!("`{name}` is missing")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    const KNOWN: &[&str] = &["grant_type", "scope", "code"];
    const FORM: &str = "application/x-www-form-urlencoded";

    async fn read(kind: &str, address: &str, body: &str) -> Result<ClientForm, TokenError> {
        let request = Request::post(address).header("content-type", kind).body(()).unwrap();
        let (parts, ()) = request.into_parts();
        ClientForm::read(&parts, &mut Body::from(body.to_owned()), KNOWN).await
    }

    fn said(read: Result<ClientForm, TokenError>) -> String {
        let Err(TokenError::InvalidRequest(description)) = read else { panic!("it was read") };
        description.into_owned()
    }

    #[tokio::test]
    async fn s_as_17_forms_in_the_body_and_nothing_else() {
        let form = "grant_type=authorization_code&foo=1&foo=2";
        let request = read(&format!("{FORM}; charset=utf-8"), "/oauth2/token", form).await.unwrap();
        assert_eq!(request.required("grant_type").unwrap(), "authorization_code");
        let json = said(read("application/json", "/oauth2/token", "{}").await);
        assert!(json.contains(FORM) && json.contains("axios"), "{json}");
        assert!(said(read("text/plain", "/oauth2/token", "").await).contains(FORM));
        let address = said(read(FORM, "/oauth2/token?client_secret=x", "grant_type=refresh_token").await);
        assert!(address.contains("body") && !address.contains("client_secret"), "{address}");
        let twice = said(read(FORM, "/oauth2/token", "scope=a&scope=b").await);
        assert!(twice.contains("`scope`"), "{twice}");
        assert!(said(read(FORM, "/oauth2/token", "code=%ff").await).contains("`code`"));
    }
}
