//! A person at a provider's consent page, and a test's hand on the provider's control surface.

use regex::Regex;
use reqwest::redirect::Policy;
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use url::Url;

/// Somebody with accounts at all three.
pub struct ProviderActor {
    client: Client,
    base: Url,
}

impl ProviderActor {
    pub fn new(base: &Url) -> Self {
        let client = Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
        Self { client, base: base.clone() }
    }

    /// Opens the consent page and agrees as `user`; gives the path and query of the callback.
    pub async fn agree(&self, authorize: &str, user: &str) -> String {
        self.decide(authorize, user, "agree").await
    }

    /// Opens the consent page and cancels.
    pub async fn cancel(&self, authorize: &str) -> String {
        self.decide(authorize, "minji", "cancel").await
    }

    async fn decide(&self, authorize: &str, user: &str, decision: &str) -> String {
        let page = self.client.get(authorize).send().await.unwrap();
        assert_eq!(page.status(), StatusCode::OK, "{authorize}");
        let html = page.text().await.unwrap();
        let capture = |pattern: &str| {
            let found = Regex::new(pattern).unwrap().captures(&html).unwrap_or_else(|| panic!("{html}"));
            found[1].to_owned()
        };
        let action = self.base.join(&capture(r#"action="([^"]+)""#)).unwrap();
        let request = capture(r#"name="request" value="([^"]+)""#);
        let form = [("request", request.as_str()), ("user", user), ("decision", decision)];
        let answer = self.client.post(action).form(&form).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::FOUND);
        let callback = Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap();
        format!("{}?{}", callback.path(), callback.query().unwrap())
    }

    /// Calls the control surface: `("google/faults", …)`.
    pub async fn control(&self, method: Method, path: &str, body: Value) -> Value {
        let url = self.base.join("control/").unwrap().join(path).unwrap();
        let answer = self.client.request(method, url).json(&body).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        serde_json::from_str(&answer.text().await.unwrap()).unwrap_or(Value::Null)
    }

    pub async fn failure(&self, provider: &str, at: &str, failure: &str) {
        let body = json!({"at": at, "fault": failure, "times": 1});
        self.control(Method::POST, &format!("{provider}/faults"), body).await;
    }

    /// All requests that a provider got, oldest first.
    pub async fn requests(&self, provider: &str) -> Vec<Value> {
        let url = self.base.join(&format!("control/{provider}/requests")).unwrap();
        self.client.get(url).send().await.unwrap().json().await.unwrap()
    }
}
