//! Fetches a document: over TLS, from public addresses only, without redirects, within five seconds, at most 16 KiB.

use std::sync::Arc;
use std::time::Duration;

use http::header::{ACCEPT, CACHE_CONTROL};
use http::{HeaderMap, StatusCode};
use providers::OutgoingProxy;
use reqwest::Client;
use reqwest::redirect::Policy;
use web::fields;

use crate::client::document_address::DocumentAddress;
use crate::client::public_address::PublicNames;

const FETCH_TIMEOUT: Duration = Duration::from_secs(5);
const MAX_BODY_BYTES: usize = 16 * 1024;

/// How long a document is cached, whatever its own headers say.
const MIN_CACHE_TIME: Duration = Duration::from_mins(5);
pub(crate) const MAX_CACHE_TIME: Duration = Duration::from_hours(24);

const NO_CONNECTION: &str = "no connection to a public address of the host";

/// A client document as its server sent it, and for how long it may be kept.
pub(crate) struct Fetched {
    pub(crate) body: Vec<u8>,
    /// How long it may be kept.
    pub(crate) fresh_for: Duration,
}

/// Why a client document could not be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FetchError {
    /// The host cannot be reached, or is overloaded. Later it may work.
    #[error("the document cannot be fetched at the moment: {0}")]
    Unavailable(&'static str),
    /// What is there is not a client document.
    #[error("the address {0}")]
    NoDocument(&'static str),
}

/// The way to documents.
#[derive(Clone)]
pub(crate) struct Fetcher {
    public: Client,
    local: Client,
    /// The host of the proxy.
    proxy: Option<String>,
}

impl Fetcher {
    /// Through the proxy of the configuration, which then decides which hosts there are.
    pub(crate) fn new(proxy: Option<&OutgoingProxy>) -> reqwest::Result<Self> {
        let builder = || {
            Client::builder()
                .redirect(Policy::none())
                .timeout(FETCH_TIMEOUT)
                .connect_timeout(FETCH_TIMEOUT)
                .no_proxy()
                .user_agent("daemun")
        };
        let host = proxy.map(|proxy| proxy.host().to_owned());
        let names = PublicNames { proxy: host.clone() };
        let public = builder().https_only(true).dns_resolver(Arc::new(names));
        let public = match proxy {
            Some(proxy) => public.proxy(proxy.for_client()?),
            None => public,
        };
        Ok(Self { public: public.build()?, local: builder().build()?, proxy: host })
    }

    pub(crate) async fn fetch(&self, address: &DocumentAddress) -> Result<Fetched, FetchError> {
        // Where the proxy is reached directly (`no_proxy`), its private address would be, too: strangers name these hosts.
        if !address.is_local && self.proxy.is_some() && self.proxy.as_deref() == address.url.host_str() {
            return Err(FetchError::Unavailable(NO_CONNECTION));
        }
        let client = if address.is_local { &self.local } else { &self.public };
        let request = client.get(address.url.clone()).header(ACCEPT, "application/json");
        let mut response = request.send().await.map_err(|error| unavailable(&error))?;
        match response.status() {
            StatusCode::OK => {}
            status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
                return Err(FetchError::Unavailable("the host has trouble"));
            }
            status if status.is_redirection() => {
                return Err(FetchError::NoDocument("leads to another one, which is not followed"));
            }
            _ => return Err(FetchError::NoDocument("does not answer 200")),
        }
        let kind = fields::media_type(response.headers());
        if kind != "application/json" && !kind.ends_with("+json") {
            return Err(FetchError::NoDocument("does not answer application/json"));
        }
        let fresh_for = fresh_for(response.headers());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| unavailable(&error))? {
            if body.len() + chunk.len() > MAX_BODY_BYTES {
                return Err(FetchError::NoDocument("answers more than 16 KiB"));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Fetched { body, fresh_for })
    }
}

/// As `Cache-Control` says, within five minutes and a day.
fn fresh_for(headers: &HeaderMap) -> Duration {
    let said = fields::items(headers, &CACHE_CONTROL).find_map(|directive| {
        let text = std::str::from_utf8(directive).ok()?;
        let (name, seconds) = text.split_once('=')?;
        if !name.trim().eq_ignore_ascii_case("max-age") {
            return None;
        }
        seconds.trim().parse().ok()
    });
    said.map_or(MIN_CACHE_TIME, Duration::from_secs).clamp(MIN_CACHE_TIME, MAX_CACHE_TIME)
}

fn unavailable(error: &reqwest::Error) -> FetchError {
    FetchError::Unavailable(if error.is_timeout() {
        "it took longer than five seconds"
    } else if error.is_connect() {
        NO_CONNECTION
    } else {
        "the answer broke off"
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use tokio::io::AsyncReadExt as _;
    use tokio::net::TcpListener;

    use super::*;
    use crate::client::document_address::AllowedOrigins;

    fn address(id: &str) -> DocumentAddress {
        AllowedOrigins { origins: vec!["*".to_owned()], loopback: false }.address(id).unwrap()
    }

    /// Only names are looked up: a proxy that is an address would not show it.
    #[tokio::test]
    async fn a_proxy_may_have_a_name_whose_address_is_private() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let place = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let fetcher = Fetcher::new(OutgoingProxy::parse(&place, Vec::new()).as_ref()).unwrap();
        let asked = tokio::time::timeout(FETCH_TIMEOUT, async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut head = [0; 26];
            stream.read_exact(&mut head).await.unwrap();
            String::from_utf8_lossy(&head).into_owned()
        });
        let address = address("https://client.example/app");
        let (answer, asked) = tokio::join!(fetcher.fetch(&address), asked);
        assert_eq!(asked.unwrap(), "CONNECT client.example:443");
        assert!(matches!(answer, Err(FetchError::Unavailable(_))), "it was hung up on");
    }

    #[tokio::test]
    async fn no_document_is_fetched_from_the_proxy_itself() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let direct = vec!["localhost".to_owned()];
        let proxy = OutgoingProxy::parse(&format!("http://localhost:{port}"), direct);
        let fetcher = Fetcher::new(proxy.as_ref()).unwrap();
        let answer = fetcher.fetch(&address(&format!("https://localhost:{port}/app"))).await;
        assert!(matches!(answer, Err(FetchError::Unavailable(NO_CONNECTION))));
        assert!(listener.accept().is_err(), "nobody came");
    }

    #[test]
    fn a_document_is_kept_between_five_minutes_and_a_day() {
        let kept = |text: &'static str| {
            fresh_for(&HeaderMap::from_iter([(CACHE_CONTROL, HeaderValue::from_static(text))])).as_secs()
        };
        for (text, seconds) in [
            ("max-age=3600", 3600),
            ("public, Max-Age=600", 600),
            ("max-age=0", 300),
            ("no-store", 300),
            ("max-age=99999999", 86_400),
            ("max-age=x", 300),
            ("", 300),
        ] {
            assert_eq!(kept(text), seconds, "{text}");
        }
        assert_eq!(fresh_for(&HeaderMap::new()), MIN_CACHE_TIME);
    }
}
