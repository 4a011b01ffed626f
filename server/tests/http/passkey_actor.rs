//! Members with passkeys, as their browsers meet the program.

use serde_json::{Value, json};
use testkit::authenticator::{Authenticator, Statement};
use testkit::{Answer, Browser};

use crate::app::{App, ORIGIN};

pub const OPTIONS: &str = "/api/auth/passkey/options";
pub const SIGN_IN: &str = "/api/auth/signin/passkey";
pub const OWN: &str = "/api/users/me/passkeys";

/// A ceremony: what the page was asked.
pub struct Asked {
    pub ceremony: Value,
    pub options: Value,
}

/// Asks to sign in.
pub async fn ask(browser: &Browser) -> Asked {
    let answer = browser.call(OPTIONS, &json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let body = answer.json();
    Asked { ceremony: body["ceremony"].clone(), options: body["publicKey"].clone() }
}

/// Asks for a new passkey.
pub async fn ask_new(browser: &Browser) -> Asked {
    let answer = browser.call(&format!("{OWN}/options"), &json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let body = answer.json();
    Asked { ceremony: body["data"]["ceremony"].clone(), options: body["data"]["publicKey"].clone() }
}

/// Sends an answer to sign in.
pub async fn answer(browser: &Browser, asked: &Asked, credential: Value) -> Answer {
    let body = json!({ "ceremony": asked.ceremony, "credential": credential, "return_to": "/me" });
    browser.call(SIGN_IN, &body).await
}

/// Sends a new passkey.
pub async fn answer_new(browser: &Browser, asked: &Asked, credential: Value) -> Answer {
    browser.call(OWN, &json!({ "ceremony": asked.ceremony, "credential": credential })).await
}

/// Adds a passkey to whom the browser is signed in as.
pub async fn add(browser: &Browser) -> Authenticator {
    let mut key = Authenticator::new(ORIGIN);
    let asked = ask_new(browser).await;
    let statement = key.asked(&asked.options);
    let added = answer_new(browser, &asked, key.make(&statement)).await;
    assert_eq!(added.status, 201, "{}", added.body);
    key
}

/// Signs in by a passkey.
pub async fn sign_in(browser: &Browser, key: &mut Authenticator) -> Answer {
    let asked = ask(browser).await;
    let statement = key.asked(&asked.options);
    answer(browser, &asked, key.sign(&statement)).await
}

/// Signs in by a passkey that says something else than it should.
pub async fn sign_in_with(
    browser: &Browser,
    key: &mut Authenticator,
    change: impl FnOnce(&mut Statement),
) -> Answer {
    let asked = ask(browser).await;
    let mut statement = key.asked(&asked.options);
    change(&mut statement);
    answer(browser, &asked, key.sign(&statement)).await
}

/// A member who has a passkey and signs in at a provider as well.
pub async fn member(app: &App, provider: &str, user: &str) -> (Browser, Authenticator) {
    let browser = app.browser();
    app.sign_in(&browser, provider, user).await;
    let key = add(&browser).await;
    (browser, key)
}

/// The member's passkeys.
pub async fn list(browser: &Browser) -> Vec<Value> {
    browser.fetch(OWN).await.json()["data"].as_array().unwrap().clone()
}

/// Takes one away.
pub async fn remove(browser: &Browser, id: &Value) -> Answer {
    browser.call(&format!("{OWN}/{}/remove", id.as_str().unwrap()), &json!({})).await
}

/// The code of a refusal.
pub fn code(answer: &Answer) -> (u16, String) {
    let code = answer.json()["error"]["code"].as_str().unwrap_or_default().to_owned();
    (answer.status.as_u16(), code)
}
