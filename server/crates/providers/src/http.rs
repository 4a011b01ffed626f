//! Calls to providers: TLS verified, no redirect followed, five seconds, 64 KiB (S-UP-17).

use std::time::Duration;

use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde_json::Value;

use crate::error::IdentifyError;
use crate::lenient_json;
use crate::proxy::OutgoingProxy;

const LARGEST_BODY: usize = 64 * 1024;
const PATIENCE: Duration = Duration::from_secs(5);

/// The one client for all providers, with its pool of connections. It knows the proxy of the configuration and no other:
/// what the environment says of proxies may be meant for other programs.
pub(crate) fn client(proxy: Option<&OutgoingProxy>) -> reqwest::Result<Client> {
    let builder = Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(PATIENCE)
        .connect_timeout(PATIENCE)
        .no_proxy()
        .user_agent("daemun");
    match proxy {
        Some(proxy) => builder.proxy(proxy.for_client()?).build(),
        None => builder.build(),
    }
}

/// An answer that is JSON. Its status comes second: Naver answers errors with 200 (quirk 1).
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
}

/// Sends a request and reads its JSON answer, of which a bad value is nothing and voids none of the others. Whatever is no
/// JSON object is an outage, not a panic: an HTML error page, an empty body, a redirect to a login page.
pub(crate) async fn call(request: RequestBuilder) -> Result<Reply, IdentifyError> {
    let response = request.send().await.map_err(|error| unavailable(&error))?;
    let status = response.status();
    let body = read(response).await?;
    match lenient_json::read(&body) {
        Some(body @ Value::Object(_)) => Ok(Reply { status, body }),
        _ => Err(IdentifyError::Unavailable(format!("status {status} without a JSON object"))),
    }
}

/// Sends a request whose answer may have no body, as those of revocations; that is read as `null`.
pub(crate) async fn send(request: RequestBuilder) -> Result<Reply, IdentifyError> {
    let response = request.send().await.map_err(|error| unavailable(&error))?;
    let status = response.status();
    let body = read(response).await?;
    let value = if body.is_empty() { Some(Value::Null) } else { lenient_json::read(&body) };
    match value {
        Some(body @ (Value::Null | Value::Object(_))) => Ok(Reply { status, body }),
        _ => Err(IdentifyError::Unavailable(format!("status {status} without a JSON object"))),
    }
}

async fn read(mut response: Response) -> Result<Vec<u8>, IdentifyError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| unavailable(&error))? {
        if body.len() + chunk.len() > LARGEST_BODY {
            return Err(IdentifyError::Unavailable("an answer over 64 KiB".to_owned()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The kind of failure without the address, which may hold secrets in its query at other providers.
fn unavailable(error: &reqwest::Error) -> IdentifyError {
    let kind = if error.is_timeout() {
        "time-out"
    } else if error.is_connect() {
        "no connection"
    } else {
        "a broken answer"
    };
    IdentifyError::Unavailable(kind.to_owned())
}

impl Reply {
    /// A member of the object as text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.body.get(name).and_then(Value::as_str)
    }

    /// Whether the provider is out of breath rather than saying no.
    pub(crate) fn is_outage(&self) -> bool {
        self.status.is_server_error() || self.status == StatusCode::TOO_MANY_REQUESTS
    }
}
