//! Bodies of calls, read strictly: closed, of one object, sent as JSON or as a form.

use axum::extract::{FromRequest, Request};
use http::StatusCode;
use http_body_util::{BodyExt as _, Limited};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::form::StrictForm;
use crate::refusal::Refusal;
use crate::{fields, request_limits};

/// No call of ours needs more; uploads are no calls.
const LARGEST: usize = 64 * 1024;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Json,
    Form,
}

/// A body read as `T`, whose fields are texts. Give `T` the attribute `deny_unknown_fields`, so that the body is closed
/// (S-ACC-13). A member that comes twice is refused in both encodings.
#[derive(Debug)]
pub struct StrictBody<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for StrictBody<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refusal> {
        let encoding = match fields::media_type(request.headers()).as_str() {
            "application/json" => Encoding::Json,
            "application/x-www-form-urlencoded" => Encoding::Form,
            _ => return Err(Refusal::for_status(StatusCode::UNSUPPORTED_MEDIA_TYPE)),
        };
        let body = Limited::new(request.into_body(), LARGEST)
            .collect()
            .await
            .map_err(|error| request_limits::unread(&*error))?
            .to_bytes();
        let value = match encoding {
            Encoding::Json => serde_json::from_slice(&body),
            Encoding::Form => {
                let fields = StrictForm::parse(&body)?.into_fields().into_iter();
                let fields: Map<_, _> = fields.map(|(name, value)| (name, Value::String(value))).collect();
                serde_json::from_value(Value::Object(fields))
            }
        };
        // The parser's words may repeat what was sent, passwords included.
        let value = value.map_err(|_| {
            Refusal::new(
                StatusCode::BAD_REQUEST,
                "VALIDATION_FAILED",
                "The body must be one object with the fields of this call and no others, each at most once.",
            )
        })?;
        Ok(Self(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Call {
        name: Option<String>,
    }

    async fn read(kind: &str, body: String) -> Result<StrictBody<Call>, StatusCode> {
        let request = Request::post("/").header("content-type", kind).body(Body::from(body)).unwrap();
        StrictBody::from_request(request, &()).await.map_err(|refusal| refusal.status())
    }

    #[tokio::test]
    async fn s_acc_13_a_body_is_closed_and_no_member_comes_twice() {
        let json = read("application/json; charset=utf-8", r#"{"name":"a"}"#.into()).await.unwrap();
        assert_eq!(json.0.name.as_deref(), Some("a"));
        let form = read("application/x-www-form-urlencoded", "name=%EA%B0%80".into()).await.unwrap();
        assert_eq!(form.0.name.as_deref(), Some("가"));
        let deep = "[".repeat(10_000);
        for bad in [
            r#"{"name":"a","role":"x"}"#,
            r#"{"name":"a","name":"b"}"#,
            r#"{"name":"a","\u006eame":"b"}"#,
            r#"{"name":1}"#,
            r#"{"name":"a"} x"#,
            "[]",
            "",
            &deep,
        ] {
            let read = read("application/json", bad.into()).await;
            assert_eq!(read.unwrap_err(), StatusCode::BAD_REQUEST, "{bad:.40}");
        }
        for bad in ["name=a&name=b", "name=a&role=x"] {
            let read = read("application/x-www-form-urlencoded", bad.into()).await;
            assert_eq!(read.unwrap_err(), StatusCode::BAD_REQUEST);
        }
        let other = read("text/plain", "{}".into()).await.unwrap_err();
        assert_eq!(other, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        let large = format!(r#"{{"name":"{}"}}"#, "x".repeat(LARGEST));
        let large = read("application/json", large).await.unwrap_err();
        assert_eq!(large, StatusCode::PAYLOAD_TOO_LARGE);
    }
}
