//! Form bodies, read strictly: a field that comes twice is refused, an unknown one ignored.

use axum::extract::{FromRequest, Request};
use http::StatusCode;
use http_body_util::BodyExt as _;

use crate::fields;
use crate::refusal::Refusal;

const MOST_FIELDS: usize = 32;

/// The fields of an `application/x-www-form-urlencoded` body. The size is limited by the layer around it.
#[derive(Debug)]
pub struct StrictForm(Vec<(String, String)>);

impl StrictForm {
    /// The value of `field`; `None` when it was not sent.
    pub fn get(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == field).map(|(_, value)| value.as_str())
    }

    /// All fields with their values.
    pub(crate) fn into_fields(self) -> Vec<(String, String)> {
        self.0
    }

    pub(crate) fn parse(body: &[u8]) -> Result<Self, Refusal> {
        let mut fields: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(body) {
            if fields.len() == MOST_FIELDS || fields.iter().any(|(known, _)| *known == name) {
                return Err(Refusal::new(
                    StatusCode::BAD_REQUEST,
                    "VALIDATION_FAILED",
                    "A form field was sent twice, or there are too many of them.",
                ));
            }
            fields.push((name.into_owned(), value.into_owned()));
        }
        Ok(Self(fields))
    }
}

impl<S: Send + Sync> FromRequest<S> for StrictForm {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refusal> {
        if fields::media_type(request.headers()) != "application/x-www-form-urlencoded" {
            return Err(Refusal::for_status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        let body =
            request.into_body().collect().await.map_err(|error| crate::request_limits::unread(&error))?;
        Self::parse(&body.to_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_decoded_once_and_may_not_repeat() {
        let form = StrictForm::parse(b"return_to=%2Fme%3Fa%3D%252F&x=1").unwrap();
        assert_eq!(form.get("return_to"), Some("/me?a=%2F"));
        assert_eq!(form.get("absent"), None);
        assert_eq!(StrictForm::parse(b"a=1&a=2").unwrap_err().status(), StatusCode::BAD_REQUEST);
        assert!(StrictForm::parse("a=1&".to_string().as_bytes()).is_ok());
        let many = (0..100).fold(String::new(), |form, n| form + &format!("f{n}=1&"));
        assert!(StrictForm::parse(many.as_bytes()).is_err());
    }
}
