//! An agent that nobody at Daemun looked at, whichever way it introduced itself: what the person sees and allows.

use testkit::{Answer, Browser};

use crate::portal::{authorize, told};

/// What it calls itself.
pub const NAME: &str = "Agent 007";
/// A route that describes itself, for which agents get tokens.
pub const ROUTE: &str = "[[gateway.routes]]\npath = \"/mcp/{*rest}\"\nupstream = [\"http://127.0.0.1:1\"]\n\
                         methods = [\"GET\"]\nscope = \"read\"\nprotected_resource = true\n";
/// The address of that route.
pub const MCP: &str = "http://localhost:3000/mcp";

/// The answer to an authorization request of the agent with this `client_id`.
pub async fn visit(browser: &Browser, id: &str, changed: &[(&str, &str)]) -> Answer {
    browser.visit(&authorize(&[&[("client_id", id), ("scope", "openid read")], changed].concat())).await
}

/// A code that the person allowed it, on a page that says that nobody knows it here.
pub async fn allowed(browser: &Browser, id: &str, changed: &[(&str, &str)]) -> String {
    let answer = visit(browser, id, changed).await;
    let page = browser.open(answer.location()).await;
    assert!(page.status == 200 && page.body.contains(NAME), "{}", page.body);
    assert!(page.body.contains("아무도 확인하지 않았어요"), "S-AS-14: {}", page.body);
    let value = |name: &str| {
        let start = format!("name=\"{name}\" value=\"");
        page.body.split_once(&start).unwrap().1.split('"').next().unwrap().to_owned()
    };
    let (request, proof) = (value("request"), value("proof"));
    let form = [("request", request.as_str()), ("proof", proof.as_str()), ("decision", "allow")];
    told(&browser.submit("/oauth2/consent", &form).await)["code"].clone()
}
