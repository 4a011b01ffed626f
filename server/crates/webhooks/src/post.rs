//! The request to a receiver.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use http::header::CONTENT_TYPE;
use kernel::Timestamp;
use reqwest::redirect::Policy;
use reqwest::{Client, Proxy};
use serde_json::json;

use crate::lookup::{AnyAddresses, Lookup, PublicAddresses};
use crate::receiver::Receiver;

/// How long a request may take, from the look-up of the name to the end of the response.
pub(crate) const TOTAL_TIMEOUT: Duration = Duration::from_secs(10);
/// How much of a response's body is read, in bytes, so that the connection can be used again.
const MAX_ANSWER_BYTES: usize = 16 * 1024;

/// The event type of a test event.
pub const TEST_EVENT_TYPE: &str = "WEBHOOK_TEST";

/// The answer of a receiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It accepted the event: a 2xx status.
    Taken(StatusCode),
    /// It refused this event: any other status, redirects included.
    Refused(StatusCode),
    /// It could not be reached, is overloaded (5xx, 408, 429), or has no allowed address; why.
    Unreachable(String),
}

impl Answer {
    /// In a few words, for log and table.
    pub fn text(&self) -> String {
        match self {
            Self::Refused(status) if status.is_redirection() => {
                format!("{}: a redirect, which is not followed", status.as_str())
            }
            Self::Taken(status) | Self::Refused(status) => status.as_str().to_owned(),
            Self::Unreachable(reason) => reason.clone(),
        }
    }

    fn of(status: StatusCode) -> Self {
        if status.is_success() {
            Self::Taken(status)
        } else if status.is_server_error()
            || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT)
        {
            Self::Unreachable(status.as_str().to_owned())
        } else {
            Self::Refused(status)
        }
    }
}

/// The client for HTTP cannot be made.
#[derive(Debug, thiserror::Error)]
#[error("the client for webhooks cannot be made")]
pub struct PostError(#[from] reqwest::Error);

/// The proxy that requests go through.
#[derive(Clone)]
pub struct PostProxy {
    /// Its host, which may have a private address.
    pub host: String,
    /// The same for the client.
    pub proxy: Proxy,
}

/// Sends events. Cheap to clone.
#[derive(Clone)]
pub struct Post {
    public: Client,
    any: Client,
}

impl Post {
    /// A client, through `proxy` if there is one. The proxy then looks up the names and decides which hosts can be reached.
    ///
    /// # Errors
    /// When the client cannot be made.
    pub fn new(lookup: &Arc<dyn Lookup>, proxy: Option<&PostProxy>) -> Result<Self, PostError> {
        let builder = || {
            let builder = Client::builder()
                .redirect(Policy::none())
                .timeout(TOTAL_TIMEOUT)
                .connect_timeout(TOTAL_TIMEOUT)
                .no_proxy()
                .user_agent("daemun");
            match proxy {
                Some(PostProxy { proxy, .. }) => builder.proxy(proxy.clone()),
                None => builder,
            }
        };
        let host = proxy.map(|proxy| proxy.host.clone());
        let public = PublicAddresses { lookup: Arc::clone(lookup), proxy: host };
        Ok(Self {
            public: builder().dns_resolver(Arc::new(public)).build()?,
            any: builder().dns_resolver(Arc::new(AnyAddresses(Arc::clone(lookup)))).build()?,
        })
    }

    /// Sends one event, signed with the time `now`.
    pub async fn send(&self, receiver: &Receiver, id: &str, body: &str, now: Timestamp) -> Answer {
        let signatures: Vec<_> = receiver.secrets.iter().map(|secret| secret.sign(id, now, body)).collect();
        let client = if receiver.may_be_private { &self.any } else { &self.public };
        let request = client
            .post(receiver.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", now.seconds().to_string())
            .header("webhook-signature", signatures.join(" "))
            .body(body.to_owned());
        let mut response = match request.send().await {
            Ok(response) => response,
            Err(error) => return Answer::Unreachable(reason(&error)),
        };
        let mut read = 0;
        while let Ok(Some(chunk)) = response.chunk().await {
            read += chunk.len();
            if read > MAX_ANSWER_BYTES {
                break;
            }
        }
        Answer::of(response.status())
    }

    /// Sends a test event with an empty payload, to check whether the receiver accepts it.
    pub async fn send_test(&self, receiver: &Receiver, id: &str, now: Timestamp) -> Answer {
        let body = json!({
            "eventId": id,
            "eventType": TEST_EVENT_TYPE,
            "timestamp": Timestamp::from_millis(now.seconds().saturating_mul(1000)).to_string(),
            "payload": {},
        });
        self.send(receiver, id, &body.to_string(), now).await
    }
}

/// The innermost cause, in at most 200 characters. It does not contain the URL, whose query may have a secret.
fn reason(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer within ten seconds".to_owned();
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    let what = if error.is_connect() { "no connection" } else { "the answer broke off" };
    let cause = cause.to_string();
    format!("{what}: {}", cause.char_indices().nth(200).map_or(cause.as_str(), |(end, _)| &cause[..end]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_success_is_one() {
        for (status, taken, unreachable) in [
            (200, true, false),
            (204, true, false),
            (301, false, false),
            (307, false, false),
            (400, false, false),
            (404, false, false),
            (410, false, false),
            (408, false, true),
            (429, false, true),
            (500, false, true),
            (503, false, true),
        ] {
            let answer = Answer::of(StatusCode::from_u16(status).unwrap());
            assert_eq!(matches!(answer, Answer::Taken(_)), taken, "{status}");
            assert_eq!(matches!(answer, Answer::Unreachable(_)), unreachable, "{status}");
        }
    }
}
