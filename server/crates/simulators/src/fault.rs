//! What can be made to go wrong, where, and how often.

use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};

/// Where a fault strikes.
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

/// A fault of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum AnswerFault {
    /// No answer ever.
    Timeout,
    /// The right answer, two seconds late.
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
    /// A redirect elsewhere.
    Redirect,
    /// More than any client should read.
    Huge,
}

/// A fault inside an id_token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum IdTokenFault {
    WrongIss,
    WrongAud,
    WrongNonce,
    WrongSub,
    Expired,
    UnknownKid,
    BadSignature,
    AlgNone,
    AlgHs256,
}

/// One of either.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Fault {
    Answer(AnswerFault),
    IdToken(IdTokenFault),
}

/// A fault that waits for its request.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Planned {
    pub(crate) at: Place,
    pub(crate) fault: Fault,
    /// How many requests it strikes; without it, all until it is taken back.
    #[serde(default)]
    pub(crate) times: Option<u32>,
}

impl Planned {
    /// Whether it can ever strike: id_tokens have faults of their own.
    pub(crate) const fn makes_sense(&self) -> bool {
        matches!(
            (self.at, self.fault),
            (Place::IdToken, Fault::IdToken(_))
                | (
                    Place::Authorize | Place::Token | Place::Userinfo | Place::Jwks | Place::Revoke,
                    Fault::Answer(_)
                )
        )
    }
}

/// Takes the fault that strikes at `place` now.
pub(crate) fn strike(planned: &mut Vec<Planned>, place: Place) -> Option<Fault> {
    let index = planned.iter().position(|entry| entry.at == place)?;
    let fault = planned[index].fault;
    if let Some(times) = &mut planned[index].times {
        *times = times.saturating_sub(1);
        if *times == 0 {
            planned.remove(index);
        }
    }
    Some(fault)
}

impl AnswerFault {
    /// The spoilt answer; `None` when the right one is to follow.
    pub(crate) async fn answer(self) -> Option<Response> {
        let json = (CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Some(match self {
            Self::Timeout => std::future::pending().await,
            Self::Slow => {
                tokio::time::sleep(Duration::from_secs(2)).await;
                return None;
            }
            Self::ServerError => {
                (StatusCode::INTERNAL_SERVER_ERROR, [json], r#"{"message":"internal"}"#).into_response()
            }
            Self::Html => {
                ([(CONTENT_TYPE, "text/html")], "<!doctype html><title>점검 중</title>").into_response()
            }
            Self::Truncated => ([json], r#"{"access_token":"AAAA"#).into_response(),
            Self::Empty => ([json], Body::empty()).into_response(),
            Self::TooMany => (
                StatusCode::TOO_MANY_REQUESTS,
                [json, (RETRY_AFTER, HeaderValue::from_static("30"))],
                r#"{"msg":"API limit has been exceeded.","code":-10}"#,
            )
                .into_response(),
            Self::Redirect => {
                (StatusCode::FOUND, [("location", "http://127.0.0.1:9/elsewhere")]).into_response()
            }
            Self::Huge => ([json], Body::from(vec![b' '; 8 * 1024 * 1024])).into_response(),
        })
    }
}
