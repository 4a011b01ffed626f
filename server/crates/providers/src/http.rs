//! Calls to providers: TLS verified, no redirect followed, five seconds, 64 KiB (S-UP-17).

use std::time::Duration;

use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde_json::Value;

use crate::error::IdentifyError;
use crate::lenient_json;
use crate::proxy::OutgoingProxy;

const MAX_BODY_BYTES: usize = 64 * 1024;
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

/// The one client for all providers, with its pool of connections. It knows the proxy of the configuration and no other:
/// what the environment says of proxies may be meant for other programs.
pub(crate) fn client(proxy: Option<&OutgoingProxy>) -> reqwest::Result<Client> {
    let builder = Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(REQUEST_TIMEOUT)
        .connect_timeout(REQUEST_TIMEOUT)
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

/// Sends a request and reads its JSON answer. A bad value counts as absent and does not affect the others. Anything but a JSON
/// object is an outage, not a panic: an HTML error page, an empty body, a redirect to a login page.
pub(crate) async fn call(request: RequestBuilder) -> Result<Reply, IdentifyError> {
    let response = answer(request).await?;
    let status = response.status();
    let body = read(response).await?;
    match lenient_json::read(&body) {
        Some(body @ Value::Object(_)) => Ok(Reply { status, body }),
        _ => Err(IdentifyError::Unavailable(format!("status {status} without a JSON object"))),
    }
}

/// Sends a request whose answer may have no body, as those of revocations; that is read as `null`.
pub(crate) async fn send(request: RequestBuilder) -> Result<Reply, IdentifyError> {
    let response = answer(request).await?;
    let status = response.status();
    let body = read(response).await?;
    let value = if body.is_empty() { Some(Value::Null) } else { lenient_json::read(&body) };
    match value {
        Some(body @ (Value::Null | Value::Object(_))) => Ok(Reply { status, body }),
        _ => Err(IdentifyError::Unavailable(format!("status {status} without a JSON object"))),
    }
}

/// A provider may close a connection that we kept just as we write to it; then nothing is answered, and the request goes out
/// again, on another. Each of ours may: what was lost with the answer to a redeemed code is refused the second time.
async fn answer(request: RequestBuilder) -> Result<Response, IdentifyError> {
    let again = request.try_clone();
    let error = match request.send().await {
        Ok(response) => return Ok(response),
        Err(error) => error,
    };
    let lost = error.is_request() && !error.is_connect() && !error.is_timeout();
    match again {
        Some(again) if lost => again.send().await.map_err(|error| unavailable(&error)),
        _ => Err(unavailable(&error)),
    }
}

async fn read(mut response: Response) -> Result<Vec<u8>, IdentifyError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| unavailable(&error))? {
        if body.len() + chunk.len() > MAX_BODY_BYTES {
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

    /// Whether the provider is overloaded rather than saying no.
    pub(crate) fn is_outage(&self) -> bool {
        self.status.is_server_error() || self.status == StatusCode::TOO_MANY_REQUESTS
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};

    use super::*;

    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";

    async fn reads_a_request(stream: &mut TcpStream) {
        let mut head = Vec::new();
        while !head.ends_with(b"code=1") {
            head.push(stream.read_u8().await.unwrap());
        }
    }

    #[tokio::test]
    async fn a_request_on_a_connection_that_the_provider_has_closed_goes_out_on_another() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/token", listener.local_addr().unwrap());
        let provider = tokio::spawn(async move {
            let (mut kept, _) = listener.accept().await.unwrap();
            reads_a_request(&mut kept).await;
            kept.write_all(ANSWER).await.unwrap();
            reads_a_request(&mut kept).await;
            drop(kept);
            let (mut fresh, _) = listener.accept().await.unwrap();
            reads_a_request(&mut fresh).await;
            fresh.write_all(ANSWER).await.unwrap();
        });
        let http = client(None).unwrap();
        for _ in 0..2 {
            let reply = call(http.post(&url).form(&[("code", "1")])).await.unwrap();
            assert_eq!(reply.status, StatusCode::OK);
        }
        provider.await.unwrap();
    }

    #[tokio::test]
    async fn a_provider_that_never_answers_is_asked_twice_at_most() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/token", listener.local_addr().unwrap());
        let provider = tokio::spawn(async move {
            for _ in 0..2 {
                let (mut stream, _) = listener.accept().await.unwrap();
                reads_a_request(&mut stream).await;
            }
            listener.accept().await
        });
        let refused = call(client(None).unwrap().post(&url).form(&[("code", "1")])).await;
        assert!(matches!(refused, Err(IdentifyError::Unavailable(_))));
        assert!(!provider.is_finished(), "a third time");
        provider.abort();
    }
}
