//! What is wrong with a request that cannot be sent back to any client: a page of ours says so to the person, and the log to
//! the developer (RFC 6749 section 4.1.2.1).

use http::StatusCode;
use names::ErrorCode;
use web::Refusal;

/// What is wrong, and the cure. The text is for the log; it quotes what was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PageError {
    /// No client is named.
    #[error("`client_id` is missing: send the id of a client that is registered here")]
    NoClientId,
    /// Two are.
    #[error("`client_id` was sent twice: send it once")]
    ClientIdTwice,
    /// One that nobody registered.
    #[error("no client `{}` is registered here: add it under [[clients]], or correct `client_id`", .0.escape_debug())]
    UnknownClient(String),
    /// One whose address has no valid client document.
    #[error("the client `{}` describes itself in a document there: {problem}", .client.escape_debug())]
    Document {
        /// The `client_id`, which is the address of a client document.
        client: String,
        /// What is wrong.
        problem: String,
    },
    /// It does not say where to go.
    #[error("`redirect_uri` is missing: send one that the client has registered")]
    NoRedirectUri,
    /// It names two places.
    #[error("`redirect_uri` was sent twice: send it once")]
    RedirectUriTwice,
    /// It names a place that is not the client's.
    #[error(
        "`redirect_uri` {} is not registered for the client `{client}`: send it exactly as it is in `redirect_uris`, or add it there",
        .asked.escape_debug()
    )]
    UnknownRedirectUri {
        /// The client.
        client: String,
        /// What it sent.
        asked: String,
    },
    /// It has expired, or was never stored.
    #[error(
        "an authorization request is not known or no longer: the app has to send the person here once more"
    )]
    UnknownRequest,
    /// What somebody agrees to is not what they were shown, or not by them.
    #[error("a consent does not belong to the page that was shown to this person in this session")]
    ConsentChanged,
    /// It was pushed by another client, was used, has expired, or never was pushed.
    #[error(
        "a pushed authorization request is not known for this client, was used, or is older than 60 seconds: push another"
    )]
    UnknownPushedRequest,
    /// The form of a `POST` cannot be read.
    #[error(
        "an authorization request by POST has no form in its body: send application/x-www-form-urlencoded"
    )]
    NoForm,
    /// It is larger than anything that is kept.
    #[error("an authorization request is larger than 8 KiB: send a shorter `state`")]
    TooLarge,
}

impl PageError {
    /// The page: what a person can do is the same for all of them, and stays the same from release to release.
    pub(crate) fn refusal(&self) -> Refusal {
        let status = match self {
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            _ => StatusCode::BAD_REQUEST,
        };
        Refusal::of(ErrorCode::AuthorizationRequestInvalid).with_status(status)
    }
}
