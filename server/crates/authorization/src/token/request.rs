//! A token request, read strictly: a form in the body of a `POST`, and nothing in the address (S-AS-17).

use axum::extract::Request;
use http::HeaderMap;
use http_body_util::BodyExt as _;
use tokens::Proven;
use web::{fields, request_limits};

use super::error::TokenError;
use crate::client::grant_type::GrantType;
use crate::parameters::Parameters;

/// The parameters that count here.
const KNOWN: &[&str] = &[
    "grant_type",
    "code",
    "redirect_uri",
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "code_verifier",
    "refresh_token",
    "scope",
    "resource",
];

const NO_FORM: &str = "send the parameters in the body as application/x-www-form-urlencoded";
/// The stack that this replaces took no JSON either; with status 400, interceptors that try again after a 401 do not loop.
const JSON: &str = "JSON is not accepted here; send the parameters as application/x-www-form-urlencoded. With axios, set the \
     header 'Content-Type': 'application/x-www-form-urlencoded', which makes it serialise an object as a form";

/// What a client sent.
pub(crate) struct TokenRequest {
    pub(crate) headers: HeaderMap,
    pub(crate) parameters: Parameters,
    /// What the DPoP proof of the request proves, if it has one.
    pub(crate) proof: Option<Proven>,
}

impl TokenRequest {
    pub(crate) async fn read(request: Request) -> Result<Self, TokenError> {
        if request.uri().query().is_some_and(|query| !query.is_empty()) {
            return Err(TokenError::request("send all parameters in the body, none in the address"));
        }
        let (head, body) = request.into_parts();
        match fields::media_type(&head.headers).as_str() {
            "application/x-www-form-urlencoded" => {}
            json if json == "application/json" || json.ends_with("+json") => {
                return Err(TokenError::request(JSON));
            }
            _ => return Err(TokenError::request(NO_FORM)),
        }
        let body = body.collect().await;
        let body =
            body.map_err(|error| TokenError::Body(request_limits::unread(&error).status()))?.to_bytes();
        Self::of(head.headers, &body)
    }

    fn of(headers: HeaderMap, form: &[u8]) -> Result<Self, TokenError> {
        let parameters = Parameters::parse(form, KNOWN);
        if let Some(name) = parameters.repeated() {
            return Err(TokenError::request(format!("`{name}` was sent twice; send each parameter once")));
        }
        if let Some(name) = parameters.unreadable() {
            return Err(TokenError::request(format!("`{name}` is not UTF-8")));
        }
        Ok(Self { headers, parameters, proof: None })
    }

    /// What is presented.
    pub(crate) fn grant_type(&self) -> Result<GrantType, TokenError> {
        let text = self.required("grant_type")?;
        GrantType::parse(text).ok_or(TokenError::UnsupportedGrantType)
    }

    /// A parameter that must be there.
    pub(crate) fn required(&self, name: &'static str) -> Result<&str, TokenError> {
        self.parameters.get(name).ok_or_else(|| TokenError::request(format!("`{name}` is missing")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    async fn read(kind: &str, address: &str, body: &str) -> Result<TokenRequest, TokenError> {
        let request = Request::post(address).header("content-type", kind).body(Body::from(body.to_owned()));
        TokenRequest::read(request.unwrap()).await
    }

    fn said(read: Result<TokenRequest, TokenError>) -> String {
        let Err(TokenError::InvalidRequest(description)) = read else { panic!("it was read") };
        description.into_owned()
    }

    #[tokio::test]
    async fn s_as_17_forms_in_the_body_and_nothing_else() {
        const FORM: &str = "application/x-www-form-urlencoded";
        let form = "grant_type=authorization_code&foo=1&foo=2";
        let request = read(&format!("{FORM}; charset=utf-8"), "/oauth2/token", form).await.unwrap();
        assert_eq!(request.grant_type().unwrap(), GrantType::AuthorizationCode);
        let json = said(read("application/json", "/oauth2/token", "{}").await);
        assert!(json.contains(FORM) && json.contains("axios"), "{json}");
        assert!(said(read("text/plain", "/oauth2/token", "").await).contains(FORM));
        let address = said(read(FORM, "/oauth2/token?client_secret=x", "grant_type=refresh_token").await);
        assert!(address.contains("body") && !address.contains("client_secret"), "{address}");
        let twice = said(read(FORM, "/oauth2/token", "scope=a&scope=b").await);
        assert!(twice.contains("`scope`"), "{twice}");
        assert!(said(read(FORM, "/oauth2/token", "code=%ff").await).contains("`code`"));
    }

    #[tokio::test]
    async fn s_as_22_there_is_no_password_grant() {
        let grant = |kind: &str| {
            let form = format!("grant_type={kind}");
            TokenRequest::of(HeaderMap::new(), form.as_bytes()).unwrap().grant_type()
        };
        for kind in ["password", "implicit", "AUTHORIZATION_CODE", "authorization_code+"] {
            assert!(matches!(grant(kind), Err(TokenError::UnsupportedGrantType)), "{kind}");
        }
        assert!(matches!(grant(""), Err(TokenError::InvalidRequest(_))));
    }
}
