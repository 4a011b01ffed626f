//! People with an account by password, at a program in a process of its own.

use std::time::Duration;

use reqwest::{Client, Method};
use serde_json::{Value, json};
use url::Url;

use crate::accounts::Reply;
use crate::process::Place;

/// An app at such a program.
pub struct App {
    client: Client,
    base: Url,
}

/// What a mail with a link holds.
pub struct Proof {
    pub token: String,
    pub code: String,
}

impl App {
    pub fn at(place: &Place) -> Self {
        let client =
            Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { client, base: Url::parse(&format!("http://{}", place.address())).unwrap() }
    }

    pub async fn call(&self, method: Method, path: &str, bearer: &str, body: Option<Value>) -> Reply {
        let mut request = self.client.request(method, self.base.join(path).unwrap());
        if !bearer.is_empty() {
            request = request.bearer_auth(bearer);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        Reply::read(request.send().await.unwrap()).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.call(Method::POST, path, "", Some(body)).await
    }

    /// The newest mail to `to` whose link leads to `page`.
    pub async fn proof(&self, to: &str, page: &str) -> Proof {
        let path = format!("/dev/mail?to={}", to.replace('@', "%40"));
        let link = format!("{page}?token=");
        for _ in 0..1_000 {
            let mails = self.call(Method::GET, &path, "", None).await.body;
            let mails = mails.as_array().cloned().unwrap_or_default();
            if let Some(mail) = mails.iter().find(|mail| mail["links"].to_string().contains(&link)) {
                let links = mail["links"].to_string();
                let token = links.split("?token=").nth(1).unwrap().split('"').next().unwrap().to_owned();
                let text = mail["text"].as_str().unwrap();
                let is_code = |word: &&str| word.len() == 6 && word.bytes().all(|b| b.is_ascii_digit());
                let code = text.split_whitespace().find(is_code).unwrap_or_default().to_owned();
                return Proof { token, code };
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("no mail for {to} with {page}")
    }

    /// Signs an address up and proves its mailbox; gives the proof.
    pub async fn sign_up(&self, email: &str, password: &str) -> Proof {
        let wish = json!({"email": email, "password": password, "nickname": "하늘"});
        let reply = self.post("/api/users/signup", wish).await;
        assert!([201, 202].contains(&reply.status), "{}", reply.body);
        let proof = self.proof(email, "/email/verify").await;
        let reply = self.post("/api/users/signup/prove", json!({"token": proof.token})).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        proof
    }

    /// The tokens of a sign-in: access, then refresh.
    pub async fn log_in(&self, email: &str, password: &str) -> (String, String) {
        let reply = self.post("/auth/login", json!({"email": email, "password": password})).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        let text = |name: &str| reply.body["data"][name].as_str().unwrap().to_owned();
        (text("access_token"), text("refresh_token"))
    }

    pub async fn refresh(&self, token: &str) -> Reply {
        self.post("/auth/refresh", json!({"refresh_token": token})).await
    }
}
