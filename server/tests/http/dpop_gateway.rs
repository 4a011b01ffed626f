//! Tokens that are bound to a key, at the gateway (RFC 9449 section 7).

use std::time::Duration;

use reqwest::Method;
use serde_json::Value;
use testkit::Answer;

use crate::app::App;
use crate::dpop::{KeyHolder, signed_in};
use crate::echo::Echo;
use crate::portal::{CLIENTS, code, tokens};

const ORDERS: &str = "http://localhost:3000/api/orders/7";

fn configuration(echo: &Echo) -> String {
    let route = |path: &str, access: &str| {
        let url = echo.url();
        format!(
            "[[gateway.routes]]\npath = \"{path}\"\nupstream = [\"{url}\"]\nmethods = [\"GET\", \"POST\"]\n{access}\n"
        )
    };
    let orders = route("/api/orders/{*rest}", "scope = \"read\"");
    let writes = route("/api/writes/{*rest}", "scope = \"write\"");
    let own = route("/api/own/{*rest}", "scope = \"read\"\naudience = \"https://api.example/orders\"");
    [CLIENTS, &orders, &writes, &own, &route("/shop/{*rest}", "public = true")].concat()
}

async fn bound_token(holder: &KeyHolder<'_>, changed: &[(&str, &str)]) -> String {
    let browser = signed_in(holder.app).await;
    let given = tokens(&holder.redeem(&code(&browser, changed).await).await);
    given["access_token"].as_str().unwrap().to_owned()
}

/// Status, code and challenge of a refusal.
fn refusal(answer: &Answer) -> (u16, String, String) {
    let code = answer.json()["error"]["code"].as_str().unwrap().to_owned();
    (answer.status.as_u16(), code, answer.header("www-authenticate").to_owned())
}

fn refused(code: &str, error: &str) -> (u16, String, String) {
    let challenge = format!("DPoP realm=\"daemun\", algs=\"ES256 RS256 EdDSA\", error=\"{error}\"");
    (401, code.to_owned(), challenge)
}

#[tokio::test]
async fn a_bound_token_passes_the_gateway_with_a_proof_and_in_no_other_way() {
    let echo = Echo::start().await;
    let app = App::configured(&configuration(&echo)).await;
    let (holder, thief) = (KeyHolder::new(&app), KeyHolder::new(&app));
    let token = bound_token(&holder, &[]).await;
    let proof = || holder.key.prove(holder.call("GET", ORDERS).with_token(&token));
    let sent = proof();
    let answer = holder.ask_with("/api/orders/7?a=b", &token, &sent).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_ne!(answer.header("dpop-nonce"), "");
    let received = answer.json();
    let header = |name: &str| received["headers"][name].as_str().unwrap_or_default().to_owned();
    assert!(header("authorization").starts_with("Bearer ") && !header("authorization").contains(&token));
    assert!(received["headers"]["dpop"].is_null(), "the proof is for us: {received}");
    let given: Value = crate::token_actor::claims_of(&header("authorization"));
    assert_eq!((given["aud"].as_str(), &given["cnf"]), (Some("orders"), &Value::Null));

    let again = holder.ask_with("/api/orders/7?a=b", &token, &sent).await;
    assert_eq!(refusal(&again), refused("TOKEN_INVALID", "invalid_dpop_proof"), "a second use");
    assert!(!again.header("dpop-nonce").is_empty(), "with every answer to a proof");
    for wrong in [
        thief.key.prove(thief.call("GET", ORDERS).with_token(&token)),
        holder.key.prove(holder.call("POST", ORDERS).with_token(&token)),
        holder.key.prove(holder.call("GET", "http://localhost:3000/api/orders/8").with_token(&token)),
        holder.key.prove(holder.call("GET", "http://evil.example/api/orders/7").with_token(&token)),
        holder.key.prove(holder.call("GET", ORDERS)),
        holder.key.prove(holder.call("GET", ORDERS).with_token("another")),
        "x".to_owned(),
        token.clone(),
    ] {
        let answer = holder.ask_with("/api/orders/7", &token, &wrong).await;
        assert_eq!(refusal(&answer), refused("TOKEN_INVALID", "invalid_dpop_proof"), "{wrong}");
    }
    let call = async |headers: &[(&str, &str)]| {
        app.browser().send(Method::GET, "/api/orders/7", headers, None).await
    };
    let (by_dpop, by_bearer) = (format!("DPoP {token}"), format!("Bearer {token}"));
    let without = call(&[("authorization", &by_dpop)]).await;
    assert_eq!(refusal(&without), refused("TOKEN_INVALID", "invalid_dpop_proof"));
    let (one, two) = (proof(), proof());
    let twice = call(&[("authorization", &by_dpop), ("dpop", &one), ("dpop", &two)]).await;
    assert_eq!(refusal(&twice), refused("TOKEN_INVALID", "invalid_dpop_proof"));
    let bearer = call(&[("authorization", &by_bearer), ("dpop", &one)]).await;
    assert_eq!(
        (bearer.status.as_u16(), bearer.json()["error"]["code"].as_str()),
        (401, Some("TOKEN_INVALID"))
    );
    assert_eq!(call(&[("authorization", &by_dpop), ("dpop", &one)]).await.status, 200, "it was not used up");

    let unknown = holder.key.prove(holder.call("GET", ORDERS).with_token(&token).with_nonce("x"));
    let unknown = holder.ask_with("/api/orders/7", &token, &unknown).await;
    assert_eq!(refusal(&unknown), refused("TOKEN_INVALID", "use_dpop_nonce"));
    let fresh = holder.call("GET", ORDERS).with_token(&token).with_nonce(unknown.header("dpop-nonce"));
    assert_eq!(holder.ask_with("/api/orders/7", &token, &holder.key.prove(fresh)).await.status, 200);

    let writes = holder.call("GET", "http://localhost:3000/api/writes/7").with_token(&token);
    let lacking = holder.ask_with("/api/writes/7", &token, &holder.key.prove(writes)).await;
    assert_eq!(lacking.status, 403, "S-GW-4");
    let challenge = lacking.header("www-authenticate");
    assert!(challenge.starts_with("DPoP ") && challenge.ends_with("scope=\"write\""), "{challenge}");
    assert_ne!(lacking.header("dpop-nonce"), "");

    app.advance(Duration::from_mins(3));
    let over = holder.ask_with("/api/orders/7", &token, &proof()).await;
    assert_eq!(refusal(&over), refused("TOKEN_EXPIRED", "invalid_token"));
}

#[tokio::test]
async fn s_tok_12_a_bound_token_for_one_service_is_exchanged_there_and_refused_elsewhere() {
    let echo = Echo::start().await;
    let app = App::configured(&configuration(&echo)).await;
    let holder = KeyHolder::new(&app);
    let token = bound_token(&holder, &[("resource", "https://api.example/orders")]).await;
    let ask = async |path: &str| {
        let address = format!("http://localhost:3000{path}");
        let proof = holder.key.prove(KeyHolder::new(&app).call("GET", &address).with_token(&token));
        holder.ask_with(path, &token, &proof).await
    };
    let answer = ask("/api/own/1").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let received = answer.json()["headers"]["authorization"].as_str().unwrap().to_owned();
    let given = crate::token_actor::claims_of(&received);
    assert_eq!((given["aud"].as_str(), &given["cnf"]), (Some("https://api.example/orders"), &Value::Null));
    assert_eq!(refusal(&ask("/api/orders/7").await), refused("TOKEN_INVALID", "invalid_token"));
}

#[tokio::test]
async fn s_gw_2_who_has_no_token_reads_both_ways_and_a_public_service_gets_no_proof() {
    let echo = Echo::start().await;
    let app = App::configured(&configuration(&echo)).await;
    let nobody = app.browser().send(Method::GET, "/api/orders/7", &[], None).await;
    let lines: Vec<_> = nobody.headers.get_all("www-authenticate").iter().collect();
    assert_eq!(lines, ["Bearer realm=\"daemun\"", "DPoP realm=\"daemun\", algs=\"ES256 RS256 EdDSA\""]);
    let public = app.browser().send(Method::GET, "/shop/1", &[("dpop", "x")], None).await;
    assert!(public.status == 200 && public.json()["headers"]["dpop"].is_null());
    assert_eq!(public.header("dpop-nonce"), "");
    // A proxy in front of services knows which address was asked for, and we do not: a bound token is refused there.
    let holder = KeyHolder::new(&app);
    let token = bound_token(&holder, &[]).await;
    for address in ["http://localhost:3000/auth/verify", ORDERS] {
        let proof = holder.key.prove(holder.call("GET", address).with_token(&token));
        let (by_dpop, by_bearer) = (format!("DPoP {token}"), format!("Bearer {token}"));
        for field in [&by_dpop, &by_bearer] {
            let told = [
                ("authorization", field.as_str()),
                ("dpop", &proof),
                ("x-forwarded-method", "GET"),
                ("x-forwarded-uri", "/api/orders/7"),
                ("x-forwarded-host", "localhost:3000"),
            ];
            let answer = app.browser().send(Method::GET, "/auth/verify", &told, None).await;
            assert_eq!(answer.status, 401, "{address} {field}");
        }
    }
}
