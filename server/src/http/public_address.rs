//! Pages are opened at `public_url`. At another name of the same server (127.0.0.1 for localhost, with `www.`, another
//! port) they would be drawn, but every form of theirs would be refused, since it comes from another origin; and the
//! cookie would belong to another host. So a person who opens a page there is sent to the same page here.
//!
//! A proxy before us may write another name into `Host` than the person's, and then we would redirect people in a loop. So what a
//! proxy passes on is believed only if it tells the host itself, and nobody is sent to the same page more than a few times in a
//! row.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::extract::{ConnectInfo, Request};
use axum::response::{IntoResponse as _, Response};
use http::header::{CACHE_CONTROL, FORWARDED, LOCATION, VIA};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use web::{ClientAddress, PublicOrigin, TrustedProxies, fields, wants_page};

use crate::pages;

const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
/// What proxies add. A sender that is not a trusted proxy and sends one of them is an unknown proxy.
const OF_PROXIES: [HeaderName; 6] = [
    FORWARDED,
    VIA,
    FORWARDED_HOST,
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-forwarded-proto"),
    HeaderName::from_static("x-real-ip"),
];

/// How often in a row a client is redirected from one address to ours. Browsers give up after some twenty times.
const MAX_REDIRECTS: u32 = 3;
const REDIRECT_WINDOW: Duration = Duration::from_secs(20);
/// How many clients and addresses are remembered at once.
const CAPACITY: usize = 1024;

/// The public address, and whom we redirected there.
#[derive(Clone)]
pub struct PublicAddress {
    origin: PublicOrigin,
    proxies: TrustedProxies,
    sent: Arc<Mutex<HashMap<Visit, (Instant, u32)>>>,
}

/// A client, and the hash of an address of ours that is not the public one: addresses can be long, and strangers write them. Who
/// finds two with one hash shortens only their own redirects.
type Visit = (Option<IpAddr>, u64);

impl PublicAddress {
    /// The address of `origin`, behind these proxies.
    pub fn new(origin: PublicOrigin, proxies: TrustedProxies) -> Self {
        Self { origin, proxies, sent: Arc::default() }
    }

    /// Where to send the person who opens this page; `None` when they are there, or when nobody can tell.
    pub fn elsewhere(&self, request: &Request) -> Option<Response> {
        let is_page = request.method() == Method::GET || request.method() == Method::HEAD;
        if !is_page || !wants_page(request.headers()) || !pages::is_page(request.uri().path()) {
            return None;
        }
        let host = self.host_of(request)?;
        if self.is_ours(host) {
            return None;
        }
        let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
        let client = request.extensions().get::<ClientAddress>().map(|client| client.limit_key());
        if !self.may_be_sent((client, hash_of(host, target))) {
            return None;
        }
        let location = HeaderValue::try_from(format!("{}{target}", self.origin.as_str())).ok()?;
        let headers = [(LOCATION, location), (CACHE_CONTROL, HeaderValue::from_static("no-store"))];
        Some((StatusCode::SEE_OTHER, headers).into_response())
    }

    /// The host that the person has in the address bar, as far as that can be told.
    fn host_of<'a>(&self, request: &'a Request) -> Option<&'a str> {
        let headers = request.headers();
        let socket = request.extensions().get::<ConnectInfo<SocketAddr>>()?.0.ip();
        if self.proxies.trusts(socket) && headers.contains_key(FORWARDED_HOST) {
            return forwarded_host(headers);
        }
        // A proxy that does not tell the host has put its own name for us there, as nginx does unless it is told not to.
        if OF_PROXIES.iter().any(|name| headers.contains_key(name)) {
            return None;
        }
        web::host::of(request)
    }

    fn is_ours(&self, host: &str) -> bool {
        let default_port = if self.origin.is_secure() { ":443" } else { ":80" };
        let host = host.strip_suffix(default_port).unwrap_or(host);
        host.eq_ignore_ascii_case(self.origin.host())
    }

    fn may_be_sent(&self, visit: Visit) -> bool {
        let Ok(mut sent) = self.sent.lock() else { return false };
        let now = Instant::now();
        if sent.len() >= CAPACITY {
            sent.retain(|_, (since, _)| now.duration_since(*since) < REDIRECT_WINDOW);
        }
        if sent.len() >= CAPACITY && !sent.contains_key(&visit) {
            return false;
        }
        let (since, times) = sent.entry(visit).or_insert((now, 0));
        if now.duration_since(*since) >= REDIRECT_WINDOW {
            (*since, *times) = (now, 0);
        }
        *times += 1;
        if *times == MAX_REDIRECTS + 1 {
            tracing::warn!(
                public_url = self.origin.as_str(),
                "people are sent to public_url and come back under another host. A proxy before the program writes \
                 its own name into Host: let it pass the host on (nginx: proxy_set_header Host $http_host)"
            );
        }
        *times <= MAX_REDIRECTS
    }
}

fn hash_of(host: &str, target: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (host, target).hash(&mut hasher);
    hasher.finish()
}

/// The only one that is told: where several proxies have added theirs, nobody can say which the person sees.
fn forwarded_host(headers: &HeaderMap) -> Option<&str> {
    let mut hosts = fields::items(headers, &FORWARDED_HOST);
    let host = hosts.next()?;
    if hosts.next().is_some() { None } else { str::from_utf8(host).ok() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use url::Url;

    fn address(public_url: &str) -> PublicAddress {
        let proxies = TrustedProxies::new([(IpAddr::from([10, 0, 0, 0]), 8)]);
        PublicAddress::new(PublicOrigin::of(&Url::parse(public_url).unwrap()), proxies)
    }

    fn request(socket: [u8; 4], target: &str, headers: &[(&str, &str)]) -> Request {
        let mut request = Request::get(target).header("accept", "text/html");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(Body::empty()).unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from((socket, 1))));
        request.extensions_mut().insert(ClientAddress::from(IpAddr::from(socket)));
        request
    }

    fn sent(address: &PublicAddress, request: &Request) -> Option<String> {
        let response = address.elsewhere(request)?;
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        Some(response.headers()[LOCATION].to_str().unwrap().to_owned())
    }

    const DIRECT: [u8; 4] = [198, 51, 100, 7];
    const PROXY: [u8; 4] = [10, 0, 0, 1];

    #[test]
    fn a_page_opened_at_another_name_is_sent_to_the_same_page_at_ours() {
        let login = address("https://login.example");
        for host in
            ["127.0.0.1:3000", "www.login.example", "login.example:8443", "login.example.", "[::1]:3000"]
        {
            let request = request(DIRECT, "/oauth/login?return_to=%2Fme", &[("host", host)]);
            let expected = "https://login.example/oauth/login?return_to=%2Fme";
            assert_eq!(sent(&login, &request).as_deref(), Some(expected), "{host}");
        }
        for host in ["login.example", "LOGIN.example", "login.example:443"] {
            assert_eq!(sent(&login, &request(DIRECT, "/", &[("host", host)])), None, "{host}");
        }
    }

    #[test]
    fn only_people_who_open_pages_of_ours_are_sent() {
        let login = address("https://login.example");
        let host = ("host", "127.0.0.1:3000");
        for path in
            ["/api/auth/session", "/api/auth/callback/google?code=x", "/auth/verify", "/oauth2/jwks", "/x"]
        {
            assert_eq!(sent(&login, &request(DIRECT, path, &[host])), None, "{path}");
        }
        assert_eq!(sent(&login, &request(DIRECT, "/me", &[host, ("sec-fetch-mode", "cors")])), None);
        let mut post = request(DIRECT, "/me", &[host]);
        *post.method_mut() = Method::POST;
        assert_eq!(sent(&login, &post), None);
        assert!(sent(&login, &request(DIRECT, "/members/0198", &[host])).is_some());
    }

    #[test]
    fn behind_a_proxy_only_the_host_that_it_tells_counts() {
        let login = address("https://login.example");
        let inside = ("host", "daemun:3000");
        let behind = |socket, more: &[(&str, &str)]| {
            let headers = [&[inside], more].concat();
            sent(&login, &request(socket, "/me", &headers))
        };
        assert_eq!(behind(PROXY, &[("x-forwarded-for", "198.51.100.7")]), None, "Host is the proxy's own");
        assert_eq!(behind(PROXY, &[("x-forwarded-host", "login.example")]), None);
        assert_eq!(behind(PROXY, &[("x-forwarded-host", "login.example, daemun")]), None);
        assert_eq!(behind(PROXY, &[("x-forwarded-host", "")]), None);
        let www = behind(PROXY, &[("x-forwarded-host", "www.login.example")]);
        assert_eq!(www.as_deref(), Some("https://login.example/me"));
        for name in
            ["x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "forwarded", "via", "x-real-ip"]
        {
            assert_eq!(behind(DIRECT, &[(name, "x")]), None, "{name}");
        }
    }

    #[test]
    fn nobody_is_sent_round_in_circles() {
        let login = address("https://login.example");
        let visit = |path: &str| sent(&login, &request(DIRECT, path, &[("host", "daemun:3000")])).is_some();
        let times = (0..50).filter(|_| visit("/me")).count();
        assert_eq!(times, 3);
        assert!(visit("/"), "another page is another matter");
    }

    #[test]
    fn what_is_remembered_of_a_visit_does_not_grow_with_its_address() {
        // What owns nothing has one size.
        const { assert!(!std::mem::needs_drop::<Visit>()) };
        let login = address("https://login.example");
        let visit =
            |target: &str| sent(&login, &request(DIRECT, target, &[("host", "daemun:3000")])).is_some();
        let long = format!("/?{}", "x".repeat(60_000));
        assert_eq!((0..50).filter(|_| visit(&long)).count(), 3);
        assert!(visit(&format!("{long}y")), "the whole address counts");
    }
}
