//! Simulated failures: what goes wrong, where, and how often.

use std::time::Duration;

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::response::{IntoResponse as _, Response};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use http::{HeaderValue, StatusCode, Uri};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::kind::Kind;
use crate::odd_profiles;

/// The white space before a huge response, in bytes.
const TEN_MEBIBYTES: usize = 10 * 1024 * 1024;

/// Where a failure happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Place {
    Authorize,
    Token,
    Userinfo,
    Jwks,
    Revoke,
    IdToken,
}

/// A failure of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum AnswerFailure {
    /// No response.
    Timeout,
    /// The right response after two seconds.
    Slow,
    /// 500 with JSON.
    ServerError,
    /// 200 with an HTML page.
    Html,
    /// JSON that stops in the middle.
    Truncated,
    /// 200 without a body.
    Empty,
    /// 429 with `Retry-After`.
    TooMany,
    /// A temporary failure in the provider's own form: code -1 at `kapi`, `temporarily_unavailable` elsewhere.
    Temporary,
    /// 307 to the same address: a client that follows it gets the right response once the failure is over.
    Redirect,
    /// The right response after 10 MiB of white space, more than any client should read.
    Huge,
    /// The right response with half of an emoji at the end of names.
    HalfNickname,
    /// The right response with other JSON types for what describes the person.
    OddProfile,
}

/// What is wrong with the ID tokens that a simulator issues.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum IdTokenFailure {
    WrongIss,
    WrongAud,
    /// The audiences are our client and another one.
    ExtraAud,
    WrongAzp,
    WrongNonce,
    NoNonce,
    WrongSub,
    NoSub,
    Expired,
    FutureIat,
    UnknownKid,
    BadSignature,
    AlgNone,
    /// HS256 with the public key as the secret.
    AlgHs256,
    /// A header with an extension that its reader must know.
    Crit,
    /// Half of an emoji at the end of names.
    HalfNameClaim,
    /// Other JSON types for what describes the person.
    OddClaims,
    /// No ID token in the response.
    Missing,
}

/// A failure of either kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum SimulatedFailure {
    Answer(AnswerFailure),
    IdToken(IdTokenFailure),
}

/// A planned failure.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Planned {
    pub(crate) at: Place,
    #[serde(rename = "fault")]
    pub(crate) failure: SimulatedFailure,
    /// How many requests fail. `None`: all until the failures are cleared.
    #[serde(default)]
    pub(crate) times: Option<u32>,
}

impl Planned {
    /// Whether the failure is possible at this place: ID tokens have other failures than responses.
    pub(crate) const fn makes_sense(&self) -> bool {
        matches!(
            (self.at, self.failure),
            (Place::IdToken, SimulatedFailure::IdToken(_))
                | (
                    Place::Authorize | Place::Token | Place::Userinfo | Place::Jwks | Place::Revoke,
                    SimulatedFailure::Answer(_)
                )
        )
    }
}

/// The failure of this request at `place`, if one is planned; counts it.
pub(crate) fn strike(planned: &mut Vec<Planned>, place: Place) -> Option<SimulatedFailure> {
    let index = planned.iter().position(|entry| entry.at == place)?;
    let failure = planned[index].failure;
    if let Some(times) = &mut planned[index].times {
        *times = times.saturating_sub(1);
        if *times == 0 {
            planned.remove(index);
        }
    }
    Some(failure)
}

impl AnswerFailure {
    /// The corrupted response of `kind` at `place` to a request for `uri`; `right` makes the right one.
    pub(crate) async fn answer(
        self,
        kind: Kind,
        place: Place,
        uri: &Uri,
        right: impl Future<Output = Response>,
    ) -> Response {
        let as_json = (CONTENT_TYPE, HeaderValue::from_static("application/json"));
        match self {
            Self::Timeout => std::future::pending().await,
            Self::Slow => {
                tokio::time::sleep(Duration::from_secs(2)).await;
                right.await
            }
            Self::ServerError => {
                (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({"message": "internal"}))).into_response()
            }
            Self::Html => {
                ([(CONTENT_TYPE, "text/html")], "<!doctype html><title>점검 중</title>").into_response()
            }
            Self::Truncated => ([as_json], r#"{"access_token":"AAAA"#).into_response(),
            Self::Empty => ([as_json], Body::empty()).into_response(),
            Self::TooMany => {
                let retry = [(RETRY_AFTER, HeaderValue::from_static("30"))];
                (StatusCode::TOO_MANY_REQUESTS, retry, Json(too_many(kind, place))).into_response()
            }
            Self::Temporary => temporary(kind, place),
            Self::Redirect => (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, itself(uri))]).into_response(),
            Self::Huge => swollen(right.await).await,
            Self::HalfNickname => rewritten(right.await, odd_profiles::with_half_names).await,
            Self::OddProfile => {
                rewritten(right.await, |answer| odd_profiles::with_odd_types(answer).to_string()).await
            }
        }
    }
}

fn too_many(kind: Kind, place: Place) -> Value {
    match (kind, place) {
        (Kind::Kakao, Place::Token) => json!({
            "error": "invalid_request", "error_description": "token request rate limit exceeded",
            "error_code": "KOE237",
        }),
        (Kind::Kakao, _) => json!({"msg": "API limit has been exceeded.", "code": -10}),
        (Kind::Naver, Place::Userinfo) => json!({"errorMessage": "Rate limit exceeded", "errorCode": "012"}),
        _ => json!({"error": "rate_limit_exceeded", "error_description": "Rate Limit Exceeded"}),
    }
}

fn temporary(kind: Kind, place: Place) -> Response {
    let (status, body) = match (kind, place) {
        (Kind::Kakao, Place::Userinfo | Place::Revoke) => {
            (StatusCode::BAD_REQUEST, json!({"msg": "internal error", "code": -1}))
        }
        _ => (StatusCode::SERVICE_UNAVAILABLE, json!({"error": "temporarily_unavailable"})),
    };
    (status, Json(body)).into_response()
}

/// A relative reference to `uri` itself, since the handler does not see the whole path.
fn itself(uri: &Uri) -> String {
    let name = uri.path().rsplit('/').next().unwrap_or_default();
    uri.query().map_or_else(|| name.to_owned(), |query| format!("{name}?{query}"))
}

async fn rewritten(right: Response, write: impl FnOnce(Value) -> String) -> Response {
    let (mut parts, body) = right.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(write(serde_json::from_slice(&body).unwrap_or_default())))
}

async fn swollen(right: Response) -> Response {
    let (mut parts, body) = right.into_parts();
    let mut swollen = vec![b' '; TEN_MEBIBYTES];
    swollen.extend(to_bytes(body, usize::MAX).await.unwrap_or_default());
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(swollen))
}
