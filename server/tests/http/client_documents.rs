//! Clients by their documents: an agent that nobody registered names an address, and is what it says there of itself.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::agent;
use crate::app::App;
use crate::dpop::signed_in;
use crate::portal::{CALLBACK, authorize, error, redeem, refresh, tokens, told};
use crate::token_actor::MASTER_KEY;

/// What the host of a document answers.
#[derive(Clone)]
struct Said {
    status: u16,
    headers: Vec<(&'static str, &'static str)>,
    body: String,
}

/// The host of a document.
struct Host {
    origin: String,
    said: Arc<Mutex<Said>>,
    asked: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Host {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let json = ("content-type", "application/json");
        let said = Arc::new(Mutex::new(Said { status: 200, headers: vec![json], body: String::new() }));
        let asked = Arc::new(AtomicUsize::new(0));
        let (says, counts) = (Arc::clone(&said), Arc::clone(&asked));
        let router = Router::new().fallback(move || {
            counts.fetch_add(1, Ordering::SeqCst);
            let Said { status, headers, body } = says.lock().unwrap().clone();
            let mut answer = (StatusCode::from_u16(status).unwrap(), body).into_response();
            answer.headers_mut().clear();
            for (name, value) in headers {
                answer.headers_mut().insert(name, value.parse().unwrap());
            }
            async move { answer }
        });
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let host = Self { origin, said, asked, task };
        host.says(|_| {});
        host
    }

    fn id(&self) -> String {
        format!("{}/client.json", self.origin)
    }

    /// A usual document after `change`.
    fn says(&self, change: impl FnOnce(&mut Value)) {
        let mut document = json!({
            "client_id": self.id(),
            "client_name": agent::NAME,
            "redirect_uris": [CALLBACK],
            "grant_types": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_method": "none",
        });
        change(&mut document);
        self.said.lock().unwrap().body = document.to_string();
    }

    fn answers(&self, status: u16, headers: &[(&'static str, &'static str)]) {
        let mut said = self.said.lock().unwrap();
        (said.status, said.headers) = (status, headers.to_vec());
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn configuration(host: &Host) -> String {
    format!("[authorization]\nclient_documents = [\"{}\"]\n{}", host.origin, agent::ROUTE)
}

#[tokio::test]
async fn s_as_34_an_agent_with_a_document_is_allowed_by_the_person_and_gets_tokens() {
    let host = Host::start().await;
    for app in App::both_configured(&configuration(&host)).await {
        let metadata = app.browser().fetch("/.well-known/oauth-authorization-server").await.json();
        assert_eq!(metadata["client_id_metadata_document_supported"], true);
        let browser = signed_in(&app).await;
        let mcp = ("resource", agent::MCP);
        let before = host.asked();
        let given = agent::allowed(&browser, &host.id(), &[mcp]).await;
        assert_eq!(host.asked(), before + 1, "it is kept");
        let id = host.id();
        let by = [("client_id", id.as_str())];
        let given = tokens(&redeem(&app, &given, &by).await);
        assert_eq!(crate::portal::claims(&given["access_token"])["aud"], mcp.1);
        assert_eq!(crate::portal::claims(&given["access_token"])["client_id"], id.as_str());
        let page = [("origin", "http://localhost:3999")];
        let asked = app.browser().send(Method::OPTIONS, "/oauth2/token", &page, None).await;
        assert_eq!(asked.header("access-control-allow-origin"), page[0].1, "S-AS-15: its own page may call");

        // Its host has trouble, and nobody is signed out by that.
        app.advance(Duration::from_mins(10));
        host.answers(503, &[]);
        let given = tokens(&refresh(&app, given["refresh_token"].as_str().unwrap(), &by).await);
        // Its host says that there is no such client any more.
        app.advance(Duration::from_mins(10));
        host.answers(404, &[]);
        let refused = refresh(&app, given["refresh_token"].as_str().unwrap(), &by).await;
        assert_eq!(error(&refused), (401, "invalid_client".to_owned()));
        host.answers(200, &[("content-type", "application/json")]);
        app.advance(Duration::from_mins(2));
        tokens(&refresh(&app, given["refresh_token"].as_str().unwrap(), &by).await);
        app.stop().await;
    }
}

#[tokio::test]
async fn s_as_16_what_is_no_document_is_no_client_and_is_not_asked_again_at_once() {
    let host = Host::start().await;
    let app = App::configured(&configuration(&host)).await;
    let browser = signed_in(&app).await;
    let json = ("content-type", "application/json");
    let refused = async |what: &str| {
        let before = host.asked();
        for _ in 0..2 {
            let answer = agent::visit(&browser, &host.id(), &[]).await;
            assert_eq!((answer.status.as_u16(), answer.location()), (400, ""), "S-AS-3: {what}");
        }
        assert_eq!(host.asked(), before + 1, "{what}");
        app.advance(Duration::from_mins(2));
    };
    host.says(|document| document["client_id"] = json!("https://agents.example/other.json"));
    refused("another client_id").await;
    host.says(|document| document["padding"] = json!("x".repeat(16 * 1024)));
    refused("over 16 KiB").await;
    host.says(|document| document["redirect_uris"] = json!(["http://evil.example/"]));
    refused("http somewhere else").await;
    host.says(|_| {});
    host.answers(302, &[json, ("location", "/elsewhere.json")]);
    refused("a redirect").await;
    host.answers(200, &[("content-type", "text/html")]);
    refused("a page").await;
    host.answers(500, &[]);
    refused("trouble").await;
    host.answers(200, &[json]);
    let page = agent::visit(&browser, &host.id(), &[]).await;
    assert!(page.location().starts_with("/oauth2/consent?"), "the control");
    let elsewhere =
        agent::visit(&browser, &host.id(), &[("redirect_uri", "http://localhost:3998/callback")]).await;
    assert_eq!((elsewhere.status.as_u16(), elsewhere.location()), (400, ""), "S-AS-1");
    let narrow =
        told(&agent::visit(&browser, &host.id(), &[("resource", "http://localhost:3000/other")]).await);
    assert_eq!(narrow["error"], "invalid_target", "S-AS-24");
}

#[tokio::test]
async fn s_as_16_only_hosts_that_an_operator_allowed_are_asked() {
    let (allowed, decoy) = (Host::start().await, Host::start().await);
    let app = App::configured(&configuration(&allowed)).await;
    let browser = signed_in(&app).await;
    for id in [
        decoy.id(),
        format!("{}/a/../client.json", allowed.origin),
        format!("{}/client.json#x", allowed.origin),
        format!("{}/", allowed.origin),
    ] {
        let answer = browser.visit(&authorize(&[("client_id", &id)])).await;
        assert_eq!((answer.status.as_u16(), answer.location()), (400, ""), "{id}");
        let form = [("grant_type", "refresh_token"), ("refresh_token", "x"), ("client_id", id.as_str())];
        let refused = crate::portal::token(&app, &form).await;
        assert_eq!(error(&refused), (401, "invalid_client".to_owned()), "{id}");
    }
    assert_eq!((allowed.asked(), decoy.asked()), (0, 0));
    let off = App::start().await;
    let metadata = off.browser().fetch("/.well-known/openid-configuration").await.json();
    assert_eq!(metadata["client_id_metadata_document_supported"], false);
    let answer = signed_in(&off).await.visit(&authorize(&[("client_id", &allowed.id())])).await;
    assert_eq!((answer.status.as_u16(), allowed.asked()), (400, 0));
}

/// A document is public, so anybody may make us ask for it: each network so often, and nobody while it is known.
#[tokio::test]
async fn one_network_does_not_have_any_number_of_documents_fetched() {
    let host = Host::start().await;
    let toml = format!("{}[limits]\nauthorization_requests_per_minute = 5\n", configuration(&host));
    let app = App::configured(&toml).await;
    let browser = app.browser();
    let mut answers = Vec::new();
    for number in 0..8 {
        let id = format!("{}/{number}.json", host.origin);
        answers.push(browser.visit(&authorize(&[("client_id", &id)])).await.status.as_u16());
    }
    assert_eq!(host.asked(), 5);
    assert_eq!(answers, [400, 400, 400, 400, 400, 429, 429, 429]);
}

/// Routes are read again while the program runs, and so is what agents may name.
#[tokio::test]
async fn s_as_24_a_route_that_comes_with_a_reload_can_be_named_at_once_and_one_that_goes_no_longer() {
    let host = Host::start().await;
    let app = App::configured(&configuration(&host)).await;
    let browser = signed_in(&app).await;
    let (id, old) = (host.id(), ("resource", agent::MCP));
    let by = [("client_id", id.as_str())];
    let given = tokens(&redeem(&app, &agent::allowed(&browser, &id, &[old]).await, &by).await);
    let other = ("resource", "http://localhost:3000/other");
    let refused = async |resource| told(&agent::visit(&browser, &id, &[resource]).await)["error"].clone();
    assert_eq!(refused(other).await, "invalid_target");
    app.reload(&configuration(&host).replace("/mcp/", "/other/")).unwrap();
    let moved = tokens(&redeem(&app, &agent::allowed(&browser, &id, &[other]).await, &by).await);
    assert_eq!(crate::portal::claims(&moved["access_token"])["aud"], other.1);
    assert_eq!(refused(old).await, "invalid_target");
    let late = refresh(&app, given["refresh_token"].as_str().unwrap(), &by).await;
    assert_eq!(error(&late), (400, "invalid_target".to_owned()), "what it was given is for nothing any more");
    assert_eq!(host.asked(), 1, "the document is the same");
}

/// Anybody may listen on a port of the person's device, under a `client_id` that everybody can read (RFC 8252 section 8.6).
#[tokio::test]
async fn s_as_14_an_agent_on_a_port_of_the_device_is_asked_for_each_time() {
    let host = Host::start().await;
    let app = App::configured(&configuration(&host)).await;
    let browser = signed_in(&app).await;
    for _ in 0..2 {
        agent::allowed(&browser, &host.id(), &[]).await;
    }
    let silent = told(&agent::visit(&browser, &host.id(), &[("prompt", "none")]).await);
    assert_eq!(silent["error"], "consent_required");
}

#[tokio::test]
async fn s_as_15_a_page_of_an_agent_may_call_a_replica_that_does_not_know_its_document_yet() {
    let host = Host::start().await;
    let toml = format!("master_keys = [\"{MASTER_KEY}\"]\n{}", configuration(&host));
    let app = App::configured(&toml).await;
    let id = host.id();
    let given = agent::allowed(&signed_in(&app).await, &id, &[]).await;
    let given = tokens(&redeem(&app, &given, &[("client_id", id.as_str())]).await);
    let bearer = format!("Bearer {}", given["access_token"].as_str().unwrap());
    let allowed = "access-control-allow-origin";
    let page = ("origin", "http://localhost:3999");

    let other = app.replica(&toml).await;
    for path in ["/oauth2/userinfo", "/oauth2/token"] {
        let asked = other.browser().send(Method::OPTIONS, path, &[page], None).await;
        assert_eq!(
            (asked.status.as_u16(), asked.header(allowed)),
            (204, page.1),
            "{path}: the answer decides"
        );
        for foreign in ["http://evil.example", "null", "https://app.example/"] {
            let asked = other.browser().send(Method::OPTIONS, path, &[("origin", foreign)], None).await;
            assert_eq!(asked.header(allowed), "", "{path} {foreign}");
        }
    }
    let foreign = [("origin", "https://evil.example"), ("authorization", &*bearer)];
    let info = other.browser().send(Method::GET, "/oauth2/userinfo", &foreign, None).await;
    assert_eq!((info.status.as_u16(), info.header(allowed)), (200, ""), "somebody else's page");
    let nobody = other
        .browser()
        .send(Method::GET, "/oauth2/userinfo", &[("origin", "https://evil.example")], None)
        .await;
    assert_eq!((nobody.status.as_u16(), nobody.header(allowed)), (401, ""));
    other.stop().await;

    let other = app.replica(&toml).await;
    let info = other.browser().send(Method::GET, "/oauth2/userinfo", &[page, foreign[1]], None).await;
    assert_eq!((info.status.as_u16(), info.header(allowed)), (200, page.1), "{}", info.body);
    other.stop().await;

    // Its token has expired, which the page must be able to read.
    let other = app.replica(&toml).await;
    other.advance(Duration::from_mins(5));
    let late = other.browser().send(Method::GET, "/oauth2/userinfo", &[page, foreign[1]], None).await;
    assert_eq!((late.status.as_u16(), late.header(allowed)), (401, page.1), "{}", late.body);
    other.stop().await;
}
