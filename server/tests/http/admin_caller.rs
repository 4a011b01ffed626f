//! Who calls the admin API in tests.

use reqwest::Method;
use serde_json::Value;
use testkit::Browser;

use crate::accounts::{Reply, call};
use crate::app::{App, ORIGIN};

/// Who calls.
pub(crate) enum Caller {
    Nobody,
    Browser(Browser),
    Token(String),
}

impl Caller {
    pub(crate) async fn asks(&self, app: &App, method: &Method, path: &str, body: Option<Value>) -> Reply {
        self.asks_from(app, ORIGIN, method, path, body).await
    }

    pub(crate) async fn asks_from(
        &self,
        app: &App,
        origin: &str,
        method: &Method,
        path: &str,
        body: Option<Value>,
    ) -> Reply {
        let browser = match self {
            Self::Nobody => return call(app, method.clone(), path, None, body).await,
            Self::Token(token) => return call(app, method.clone(), path, Some(token), body).await,
            Self::Browser(browser) => browser,
        };
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let cookie = format!("daemun={}", browser.cookie("daemun").unwrap());
        let request = client.request(method.clone(), app.site.join(path).unwrap());
        let request =
            request.header("host", "localhost:3000").header("cookie", cookie).header("origin", origin);
        let request = if let Some(body) = body { request.json(&body) } else { request };
        Reply::read(request.send().await.unwrap()).await
    }

    /// A page, as its member sees it.
    pub(crate) async fn visits(&self, page: &str) -> String {
        match self {
            Self::Browser(browser) => browser.visit(page).await.body,
            Self::Nobody | Self::Token(_) => panic!("{page}: only a browser shows pages"),
        }
    }

    pub(crate) async fn gets(&self, app: &App, path: &str) -> Reply {
        self.asks(app, &Method::GET, path, None).await
    }

    pub(crate) async fn posts(&self, app: &App, path: &str, body: Value) -> Reply {
        self.asks(app, &Method::POST, path, Some(body)).await
    }
}
