//! A browser without a screen: it keeps cookies, says where its requests come from, and follows a redirect only when
//! it is told to, so that a test sees each answer.

use std::collections::BTreeMap;
use std::sync::Mutex;

use reqwest::header::{COOKIE, HOST, HeaderMap, HeaderName, HeaderValue, LOCATION, SET_COOKIE};
use reqwest::{Method, StatusCode};
use url::Url;

/// One browser, one cookie jar. All its requests go to one site.
#[derive(Debug)]
pub struct Browser {
    client: reqwest::Client,
    site: Url,
    /// What is in `Host`, where the address bar says another host than the one that is asked.
    host: Option<HeaderValue>,
    /// And the scheme that it says.
    scheme: String,
    jar: Mutex<BTreeMap<String, String>>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// All headers.
    pub headers: HeaderMap,
    /// The body as text.
    pub body: String,
}

impl Answer {
    /// The `Location`, or an empty text.
    pub fn location(&self) -> &str {
        self.header(LOCATION.as_str())
    }

    /// A header as text, or an empty one.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// All `Set-Cookie` lines.
    pub fn cookies(&self) -> Vec<&str> {
        self.headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok()).collect()
    }

    /// The body read as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

impl Browser {
    /// A browser with an empty jar, for the site at `site`.
    pub fn new(site: &Url) -> Self {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy();
        Self {
            client: client.build().unwrap(),
            site: site.clone(),
            host: None,
            scheme: site.scheme().to_owned(),
            jar: Mutex::default(),
        }
    }

    /// The same for a site that people find under another address.
    pub fn under(site: &Url, public_url: &Url) -> Self {
        let origin = public_url.origin().ascii_serialization();
        let host = origin.split_once("://").unwrap().1;
        let scheme = public_url.scheme().to_owned();
        Self { host: Some(HeaderValue::from_str(host).unwrap()), scheme, ..Self::new(site) }
    }

    /// Opens a page, as one does by a link or the address bar.
    pub async fn open(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &navigation("none"), None).await
    }

    /// Arrives at a page from another site, as one does from a provider.
    pub async fn visit(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &navigation("cross-site"), None).await
    }

    /// Sends a form of one of our own pages.
    pub async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(Method::POST, path, &navigation("same-origin"), Some(fields)).await
    }

    /// Calls an address as a script of our own page does.
    pub async fn fetch(&self, path: &str) -> Answer {
        let headers =
            [("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "cors"), ("accept", "application/json")];
        self.send(Method::GET, path, &headers, None).await
    }

    /// Sends JSON as a script of our own page does.
    pub async fn call(&self, path: &str, body: &serde_json::Value) -> Answer {
        self.call_with(path, body.to_string()).await
    }

    /// The same with what should be JSON.
    pub async fn call_with(&self, path: &str, body: String) -> Answer {
        let origin = self.origin();
        let headers = [
            ("sec-fetch-site", "same-origin"),
            ("sec-fetch-mode", "cors"),
            ("origin", origin.as_str()),
            ("accept", "application/json"),
            ("content-type", "application/json"),
        ];
        let request = self.request(Method::POST, path, &headers).body(body);
        self.answer_of(request).await
    }

    /// The origin in the address bar.
    fn origin(&self) -> String {
        match self.host.as_ref().and_then(|host| host.to_str().ok()) {
            Some(host) => format!("{}://{host}", self.scheme),
            None => self.site.origin().ascii_serialization(),
        }
    }

    /// Sends anything.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        form: Option<&[(&str, &str)]>,
    ) -> Answer {
        let mut request = self.request(method, path, headers);
        if let Some(fields) = form {
            request = request.form(fields);
        }
        self.answer_of(request).await
    }

    fn request(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> reqwest::RequestBuilder {
        let mut request = self.client.request(method, self.site.join(path).unwrap());
        if let Some(host) = self.host.as_ref().filter(|_| !headers.iter().any(|(name, _)| *name == "host")) {
            request = request.header(HOST, host);
        }
        for (name, value) in headers {
            request = request.header(
                HeaderName::from_bytes(name.as_bytes()).unwrap(),
                HeaderValue::from_bytes(value.as_bytes()).unwrap(),
            );
        }
        let cookies = self.cookie_header();
        if !cookies.is_empty() {
            request = request.header(COOKIE, cookies);
        }
        request
    }

    async fn answer_of(&self, request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        self.keep(&headers);
        Answer { status, headers, body: response.text().await.unwrap() }
    }

    /// The cookie called `name`.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.jar.lock().unwrap().get(name).cloned()
    }

    /// Puts a cookie into the jar, as an attacker on a sibling site would.
    pub fn plant(&self, name: &str, value: &str) {
        self.jar.lock().unwrap().insert(name.to_owned(), value.to_owned());
    }

    /// How many cookies there are.
    pub fn cookie_count(&self) -> usize {
        self.jar.lock().unwrap().len()
    }

    fn cookie_header(&self) -> String {
        let jar = self.jar.lock().unwrap();
        jar.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn keep(&self, headers: &HeaderMap) {
        let mut jar = self.jar.lock().unwrap();
        for line in headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok()) {
            let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
            let Some((name, value)) = pair.split_once('=') else { continue };
            if attributes.to_ascii_lowercase().contains("max-age=0") {
                jar.remove(name);
            } else {
                jar.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

fn navigation(site: &'static str) -> [(&'static str, &'static str); 4] {
    [
        ("sec-fetch-site", site),
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-dest", "document"),
        ("accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"),
    ]
}
