//! Routes of the gateway that describe themselves (RFC 9728): an agent that was given nothing but an address finds out how to get a
//! token for it.

use reqwest::Method;
use serde_json::json;

use crate::app::{App, ORIGIN, configuration_of};
use crate::dpop::{KeyHolder, signed_in};
use crate::echo::Echo;
use crate::portal::{CLIENTS, authorize, code, redeem, tokens, told};
use crate::token_actor::claims_of;

const MCP: &str = "http://localhost:3000/mcp";
const DOCUMENT: &str = "http://localhost:3000/.well-known/oauth-protected-resource/mcp";

fn configuration(echo: &Echo) -> String {
    let route = |path: &str, more: &str| {
        format!("[[gateway.routes]]\npath = \"{path}\"\nupstream = [\"{}\"]\n{more}\n", echo.url())
    };
    [
        CLIENTS.replace("https://api.example/orders", MCP),
        route("/mcp/{*rest}", "methods = [\"GET\"]\nscope = \"read\"\nprotected_resource = true"),
        route("/mcp/{*rest}", "methods = [\"POST\"]\nscope = \"write\"\nprotected_resource = true"),
        route("/mcp/inner/{*rest}", "methods = [\"POST\"]\nscope = \"profile\"\nprotected_resource = true"),
        route("/plain/{*rest}", "methods = [\"GET\"]\nscope = \"read\""),
        route("/{*rest}", "methods = [\"GET\"]\nscope = \"read\"\nprotected_resource = true"),
    ]
    .concat()
}

#[tokio::test]
async fn an_agent_finds_its_way_from_a_401_to_a_token() {
    let echo = Echo::start().await;
    let app = App::configured(&configuration(&echo)).await;
    let refused = app.browser().send(Method::GET, "/mcp/messages", &[], None).await;
    assert_eq!(refused.status, 401);
    let lines: Vec<_> = refused.headers.get_all("www-authenticate").iter().collect();
    assert_eq!(lines[0], format!("Bearer realm=\"daemun\", resource_metadata=\"{DOCUMENT}\"").as_str());
    assert!(lines[1].to_str().unwrap().ends_with(&format!("resource_metadata=\"{DOCUMENT}\"")));

    let answer = app.browser().fetch(DOCUMENT.strip_prefix(ORIGIN).unwrap()).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/json"));
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert!(answer.header("cache-control").starts_with("public, max-age="));
    let document = answer.json();
    assert_eq!(
        document,
        json!({
            "resource": MCP,
            "authorization_servers": [ORIGIN],
            "scopes_supported": ["read", "write"],
            "bearer_methods_supported": ["header"],
            "dpop_signing_alg_values_supported": ["ES256", "RS256", "EdDSA"],
        })
    );
    let browser = signed_in(&app).await;
    let given = tokens(&redeem(&app, &code(&browser, &[("resource", MCP)]).await, &[]).await);
    let bearer = format!("Bearer {}", given["access_token"].as_str().unwrap());
    assert_eq!(claims_of(&bearer)["aud"], MCP);
    let ask =
        async |path: &str| app.browser().send(Method::GET, path, &[("authorization", &bearer)], None).await;
    for _ in 0..2 {
        let passed = ask("/mcp/messages").await;
        assert_eq!(passed.status, 200, "{}", passed.body);
        let received = passed.json()["headers"]["authorization"].as_str().unwrap().to_owned();
        assert_eq!(claims_of(&received)["aud"], "mcp", "one for the service");
    }
    for elsewhere in ["/plain/1", "/other", "/api/users/me"] {
        assert_eq!(ask(elsewhere).await.status, 401, "S-TOK-12: {elsewhere}");
    }
    let post = app.browser().send(Method::POST, "/mcp/1", &[("authorization", &bearer)], Some(&[])).await;
    assert_eq!(post.status, 403);
    let challenge = post.header("www-authenticate");
    assert!(challenge.contains("scope=\"write\"") && challenge.contains(DOCUMENT), "{challenge}");
}

#[tokio::test]
async fn s_as_24_a_token_for_a_route_can_be_bound_to_a_key_and_only_listed_ones_are_given() {
    let echo = Echo::start().await;
    let app = App::configured(&configuration(&echo)).await;
    let browser = signed_in(&app).await;
    let holder = KeyHolder::new(&app);
    let given = tokens(&holder.redeem(&code(&browser, &[("resource", MCP)]).await).await);
    let token = given["access_token"].as_str().unwrap();
    let address = format!("{MCP}/messages");
    let proof = holder.key.prove(holder.call("GET", &address).with_token(token));
    let passed = holder.ask_with("/mcp/messages", token, &proof).await;
    assert_eq!(passed.status, 200, "{}", passed.body);
    for other in ["http://localhost:3000/plain", "http://localhost:3000/", "http://localhost:3000/mcp/"] {
        let refused = told(&browser.visit(&authorize(&[("resource", other)])).await);
        assert_eq!(refused["error"], "invalid_target", "{other}");
    }
}

#[tokio::test]
async fn each_address_has_its_document_and_other_routes_have_none() {
    let echo = Echo::start().await;
    let app = App::configured(&configuration(&echo)).await;
    let at = async |path: &str| {
        let answer = app.browser().fetch(&format!("/.well-known/oauth-protected-resource{path}")).await;
        (answer.status == 200).then(|| answer.json())
    };
    assert_eq!(at("/mcp/inner").await.unwrap()["resource"], "http://localhost:3000/mcp/inner");
    assert_eq!(at("/mcp/").await.unwrap()["resource"], MCP);
    let root = at("").await.unwrap();
    assert_eq!(
        (&root["resource"], &root["scopes_supported"]),
        (&json!("http://localhost:3000/"), &json!(["read"]))
    );
    for none in ["/plain", "/mcp/messages", "/mc", "/api/users/me"] {
        assert_eq!(at(none).await, None, "{none}");
    }
    let plain = app.browser().send(Method::GET, "/plain/1", &[], None).await;
    assert_eq!(plain.header("www-authenticate"), "Bearer realm=\"daemun\"");
}

#[tokio::test]
async fn a_public_route_needs_no_token_to_be_found() {
    let toml = "[[gateway.routes]]\npath = \"/open\"\nupstream = [\"http://127.0.0.1:1\"]\nmethods = [\"GET\"]\n\
                public = true\nprotected_resource = true\n";
    let config = configuration_of(toml, &[]).unwrap();
    let found = server::gateway::routes::table(&config).unwrap_err().0;
    assert_eq!(found.len(), 1);
    assert!(found[0].key.ends_with("protected_resource") && !found[0].cure.is_empty(), "{found:?}");
}
