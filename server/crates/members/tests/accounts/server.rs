//! The routes on a real listener.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use kernel::NewId as _;
use kernel::{Clock as _, OsRandomness};
use members::{BearerCallers, Member, MembersApi};
use names::SessionId;
use reqwest::{Method, StatusCode};
use serde_json::Value;
use tokens::{ClientId, Grant, Scope};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use url::Url;
use web::cookies::CookieManagerLayer;
use web::listener::ConnectionLimits;
use web::request_id::RequestIds;
use web::{PublicOrigin, TrustedProxies};

use crate::ports::Nowhere;
use crate::stage::Stage;

/// The routes behind the layers that they rely on, and a program that calls them.
pub(crate) struct Server {
    pub(crate) stage: Stage,
    pub(crate) site: String,
    pub(crate) client: reqwest::Client,
    _end: tokio_util::sync::DropGuard,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    pub(crate) fn code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl Server {
    pub(crate) async fn start(stage: Stage) -> Self {
        let origin = PublicOrigin::of(&Url::parse("http://localhost:3000").unwrap());
        let api = MembersApi {
            members: stage.members.clone(),
            callers: Arc::new(BearerCallers(stage.tokens.clone())),
            elsewhere: Arc::new(Nowhere),
        };
        let ids = Arc::new(RequestIds::new(stage.clock.clone(), Arc::new(OsRandomness)));
        let proxies = TrustedProxies::new([("127.0.0.1".parse::<IpAddr>().unwrap(), 32)]);
        let noted = from_fn(move |mut request: Request, next: Next| {
            let id = ids.note(&mut request);
            proxies.note(&mut request);
            id.scope(next.run(request))
        });
        let routes = members::routes(origin).with_state(api).into_router();
        let app = routes.layer(CookieManagerLayer::new()).layer(noted);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let site = format!("http://{}", listener.local_addr().unwrap());
        let end = CancellationToken::new();
        let (limits, proxies) = (connection_limits(), TrustedProxies::default());
        tokio::spawn(web::listener::serve(listener, app, limits, proxies, end.clone()));
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy();
        Self { stage, site, client: client.build().unwrap(), _end: end.drop_guard() }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("{}{path}", self.site)).header("x-forwarded-for", "203.0.113.9")
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        send(self.request(Method::POST, path).json(&body)).await
    }

    pub(crate) async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        send(self.request(Method::POST, path).header("sec-fetch-site", "same-origin").form(fields)).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        send(self.request(Method::GET, path)).await
    }

    /// An access token of the member.
    pub(crate) async fn bearer(&self, member: &Member) -> String {
        self.bearer_for(member, "openid profile write").await
    }

    pub(crate) async fn bearer_for(&self, member: &Member, scope: &str) -> String {
        let grant = Grant {
            subject: member.id,
            session: SessionId::new(&*self.stage.clock, &OsRandomness),
            client_id: ClientId::parse("portal-client").unwrap(),
            scope: Scope::parse(scope).unwrap(),
            audience: None,
            auth_time: self.stage.clock.now(),
            proven_by: Some(names::ProvenBy::Password),
            method: Some(names::SignInMethod::Password),
            key: None,
        };
        let mut tx = self.stage.database.begin().await.unwrap();
        let rotation = self.stage.tokens.families.issue(&mut tx, &grant).await.unwrap();
        tx.commit().await.unwrap();
        let roles = ["ROLE_USER".to_owned()];
        let tokens = &self.stage.tokens;
        let access = rotation.access(tokens.own_audience(), &member.nickname, &roles);
        let token = tokens.minter.mint_access(access).await.unwrap();
        token.expose().to_owned()
    }
}

pub(crate) async fn send(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    Answer { status, headers, body: response.text().await.unwrap() }
}

fn connection_limits() -> ConnectionLimits {
    let time = Duration::from_secs(5);
    ConnectionLimits {
        connections: 100,
        connections_per_network: 100,
        header_count: 64,
        header_time: time,
        write_time: time,
        drain_time: time,
    }
}
