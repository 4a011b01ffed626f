//! DPoP (RFC 9449) from outside: an app with a key of its own signs a person in, refreshes and asks who it is.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::Clock as _;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, Browser, DpopKey, DpopProof};

use crate::app::App;
use crate::portal::{CALLBACK, CLIENTS, VERIFIER, claims, code, error, is_alive, tokens, told};

const TOKEN: &str = "http://localhost:3000/oauth2/token";
const USERINFO: &str = "http://localhost:3000/oauth2/userinfo";

/// An app that holds a key.
pub struct KeyHolder<'a> {
    pub app: &'a App,
    pub key: DpopKey,
}

impl<'a> KeyHolder<'a> {
    pub fn new(app: &'a App) -> Self {
        Self { app, key: DpopKey::p256() }
    }

    /// A proof for a request of this moment.
    pub fn call(&self, method: &'a str, address: &'a str) -> DpopProof<'a> {
        DpopProof::new(method, address, self.app.clock.now().seconds())
    }

    /// A request to the token endpoint with this proof.
    pub async fn token_with(&self, proof: &str, form: &[(&str, &str)]) -> Answer {
        let sent = [("dpop", proof)];
        let form: Vec<_> = [("client_id", "portal-client")].iter().chain(form).copied().collect();
        self.app.browser().send(Method::POST, "/oauth2/token", &sent, Some(&form)).await
    }

    async fn redeem_with(&self, proof: &str, code: &str) -> Answer {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        self.token_with(proof, &form).await
    }

    pub async fn redeem(&self, code: &str) -> Answer {
        self.redeem_with(&self.key.prove(self.call("POST", TOKEN)), code).await
    }

    async fn refresh_with(&self, proof: &str, refresh_token: &str) -> Answer {
        self.token_with(proof, &[("grant_type", "refresh_token"), ("refresh_token", refresh_token)]).await
    }

    pub async fn refresh(&self, refresh_token: &str) -> Answer {
        self.refresh_with(&self.key.prove(self.call("POST", TOKEN)), refresh_token).await
    }

    /// A request with a token and this proof.
    pub async fn ask_with(&self, path: &str, token: &str, proof: &str) -> Answer {
        let authorization = format!("DPoP {token}");
        let sent = [("authorization", authorization.as_str()), ("dpop", proof)];
        self.app.browser().send(Method::GET, path, &sent, None).await
    }

    async fn userinfo(&self, token: &str) -> Answer {
        let proof = self.key.prove(self.call("GET", USERINFO).with_token(token));
        self.ask_with("/oauth2/userinfo", token, &proof).await
    }
}

pub async fn signed_in(app: &App) -> Browser {
    let browser = app.browser();
    app.sign_in(&browser, "google", "minji").await;
    browser
}

fn text<'a>(given: &'a Value, name: &str) -> &'a str {
    given[name].as_str().unwrap()
}

fn bad(code: &str) -> (u16, String) {
    (400, code.to_owned())
}

/// Status and challenge of a refusal.
fn challenged(answer: &Answer) -> (u16, &str) {
    (answer.status.as_u16(), answer.header("www-authenticate"))
}

#[tokio::test]
async fn s_as_21_a_key_holder_signs_a_person_in_and_nobody_else_can_use_its_tokens() {
    for app in App::both_configured(CLIENTS).await {
        let browser = signed_in(&app).await;
        let (holder, thief) = (KeyHolder::new(&app), KeyHolder::new(&app));
        let answer = holder.redeem(&code(&browser, &[]).await).await;
        let nonce = answer.header("dpop-nonce").to_owned();
        assert!(!nonce.is_empty(), "with every answer to a proof");
        let given = tokens(&answer);
        assert_eq!((&given["token_type"], &given["expires_in"]), (&json!("DPoP"), &json!(120)));
        let access = claims(&given["access_token"]);
        assert_eq!(access["cnf"], json!({ "jkt": holder.key.thumbprint() }));
        let token = text(&given, "access_token");

        assert_eq!(holder.userinfo(token).await.status, 200);
        assert!(!is_alive(&app, &given["access_token"]).await, "as Bearer at our own API");
        let bearer = format!("Bearer {token}");
        let by_bearer =
            app.browser().send(Method::GET, "/oauth2/userinfo", &[("authorization", &bearer)], None).await;
        assert!(challenged(&by_bearer).1.contains("invalid_token") && by_bearer.status == 401);
        let by_form = [("access_token", token)];
        let by_form = app.browser().send(Method::POST, "/oauth2/userinfo", &[], Some(&by_form)).await;
        assert_eq!(by_form.status, 401);
        let foreign = thief.userinfo(token).await;
        let (status, challenge) = challenged(&foreign);
        assert_eq!(status, 401);
        assert!(challenge.starts_with("DPoP error=\"invalid_dpop_proof\""), "{challenge}");
        assert!(challenge.contains("algs=\"ES256 RS256 EdDSA\""), "{challenge}");
        let bound = [("authorization", format!("DPoP {token}"))];
        let bound = bound.each_ref().map(|(name, value)| (*name, value.as_str()));
        let unproven = app.browser().send(Method::GET, "/oauth2/userinfo", &bound, None).await;
        assert_eq!(unproven.status, 401);
        assert_ne!(unproven.header("dpop-nonce"), "", "for its next one");
        let put = app.browser().send(Method::PUT, "/oauth2/userinfo", &[], None).await;
        assert!(put.status == 405 && put.body.contains("are: GET, POST"), "{}", put.body);

        let refresh_token = text(&given, "refresh_token");
        let without = crate::portal::refresh(&app, refresh_token, &[]).await;
        assert_eq!(error(&without), bad("invalid_grant"));
        assert_eq!(error(&thief.refresh(refresh_token).await), bad("invalid_grant"), "S-TOK-14");
        let next = tokens(&holder.refresh(refresh_token).await);
        assert_eq!(next["token_type"], "DPoP", "asking wrongly spent nothing");
        assert_eq!(holder.userinfo(text(&next, "access_token")).await.status, 200);
        app.stop().await;
    }
}

#[tokio::test]
async fn s_as_6_a_code_is_bound_to_the_key_that_the_request_named() {
    for app in App::both_configured(CLIENTS).await {
        let browser = signed_in(&app).await;
        let (holder, thief) = (KeyHolder::new(&app), KeyHolder::new(&app));
        let name = holder.key.thumbprint();
        let bound = code(&browser, &[("dpop_jkt", &name)]).await;
        assert_eq!(error(&crate::portal::redeem(&app, &bound, &[]).await), bad("invalid_grant"));
        assert_eq!(error(&thief.redeem(&bound).await), bad("invalid_grant"));
        tokens(&holder.redeem(&bound).await);
        for wrong in ["x", &format!("{name}A"), &"!".repeat(43)] {
            let refused = told(&browser.visit(&crate::portal::authorize(&[("dpop_jkt", wrong)])).await);
            assert_eq!(refused["error"], "invalid_request");
            assert!(refused["error_description"].contains("dpop_jkt"), "{refused:?}");
        }
        app.stop().await;
    }
}

#[tokio::test]
async fn a_proof_counts_once_and_what_is_wrong_with_it_spends_nothing() {
    for app in App::both_configured(CLIENTS).await {
        let browser = signed_in(&app).await;
        let holder = KeyHolder::new(&app);
        let code = code(&browser, &[]).await;
        let now = app.clock.now().seconds();
        let usual = holder.call("POST", TOKEN);
        for wrong in [
            "x".to_owned(),
            holder.key.prove(holder.call("GET", TOKEN)),
            holder.key.prove(holder.call("POST", USERINFO)),
            holder.key.prove(DpopProof::new("POST", TOKEN, now - 120)),
            holder.key.prove(DpopProof::new("POST", TOKEN, now + 120)),
        ] {
            let refused = holder.redeem_with(&wrong, &code).await;
            assert_eq!(error(&refused), bad("invalid_dpop_proof"), "{wrong}");
        }
        let unknown = holder.redeem_with(&holder.key.prove(usual.with_nonce("x")), &code).await;
        assert_eq!(error(&unknown), bad("use_dpop_nonce"));
        let nonce = unknown.header("dpop-nonce");
        // A clock that is a day slow, with the nonce that the answer gave.
        let late = DpopProof::new("POST", TOKEN, now - 86_400).with_nonce(nonce);
        let proof = holder.key.prove(late);
        let given = tokens(&holder.redeem_with(&proof, &code).await);
        let refresh_token = text(&given, "refresh_token");
        let again = holder.refresh_with(&proof, refresh_token).await;
        assert_eq!(error(&again), bad("invalid_dpop_proof"), "a second use");
        let given = tokens(&holder.refresh(refresh_token).await);

        let token = text(&given, "access_token");
        let proof = holder.key.prove(holder.call("GET", USERINFO).with_token(token));
        assert_eq!(holder.ask_with("/oauth2/userinfo", token, &proof).await.status, 200);
        let again = holder.ask_with("/oauth2/userinfo", token, &proof).await;
        assert_eq!(again.status, 401, "a second use");
        assert_ne!(again.header("dpop-nonce"), "");
        let old = holder.call("GET", USERINFO).with_token(token).with_nonce(nonce);
        app.advance(Duration::from_secs(301));
        let given = tokens(&holder.refresh(text(&given, "refresh_token")).await);
        let token = text(&given, "access_token");
        let refused =
            holder.ask_with("/oauth2/userinfo", token, &holder.key.prove(old.with_token(token))).await;
        let (status, challenge) = challenged(&refused);
        assert_eq!(status, 401);
        assert!(challenge.contains("error=\"use_dpop_nonce\""), "{challenge}");
        let fresh = holder.call("GET", USERINFO).with_token(token).with_nonce(refused.header("dpop-nonce"));
        let answer = holder.ask_with("/oauth2/userinfo", token, &holder.key.prove(fresh)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        app.stop().await;
    }
}

#[tokio::test]
async fn s_tok_16_of_parallel_requests_with_one_proof_one_succeeds_and_each_with_its_own_does() {
    for app in App::both_configured(CLIENTS).await {
        let browser = signed_in(&app).await;
        let holder = KeyHolder::new(&app);
        let given = tokens(&holder.redeem(&code(&browser, &[]).await).await);
        let refresh_token = text(&given, "refresh_token");
        let proof = holder.key.prove(holder.call("POST", TOKEN));
        let uses = (0..12).map(|_| holder.refresh_with(&proof, refresh_token));
        let answers = futures::future::join_all(uses).await;
        let good: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
        assert_eq!(good.len(), 1);
        for refused in answers.iter().filter(|answer| answer.status != 200) {
            assert_eq!(error(refused), bad("invalid_dpop_proof"));
        }
        let next = text(&tokens(good[0]), "refresh_token").to_owned();
        let uses = (0..12).map(|_| holder.refresh(&next));
        let answers = futures::future::join_all(uses).await;
        let successors: Vec<_> =
            answers.iter().map(|answer| text(&tokens(answer), "refresh_token").to_owned()).collect();
        assert!(successors.iter().all(|successor| *successor == successors[0]), "S-TOK-19");

        let token = text(&tokens(&answers[0]), "access_token").to_owned();
        let proof = holder.key.prove(holder.call("GET", USERINFO).with_token(&token));
        let uses = (0..12).map(|_| holder.ask_with("/oauth2/userinfo", &token, &proof));
        let answers = futures::future::join_all(uses).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
        app.stop().await;
    }
}

#[tokio::test]
async fn s_as_15_a_page_of_a_client_may_send_proofs_and_read_nonces() {
    let app = App::configured(CLIENTS).await;
    let page = [("origin", "http://localhost:3999"), ("access-control-request-headers", "dpop")];
    for path in ["/oauth2/token", "/oauth2/userinfo"] {
        let asked = app.browser().send(Method::OPTIONS, path, &page, None).await;
        assert!(asked.header("access-control-allow-headers").contains("DPoP"), "{path}");
    }
    let holder = KeyHolder::new(&app);
    let proof = holder.key.prove(holder.call("POST", TOKEN).with_nonce("x"));
    let sent = [("origin", "http://localhost:3999"), ("dpop", proof.as_str())];
    let form = [("client_id", "portal-client"), ("grant_type", "refresh_token"), ("refresh_token", "x")];
    let refused = app.browser().send(Method::POST, "/oauth2/token", &sent, Some(&form)).await;
    assert_eq!(error(&refused), bad("use_dpop_nonce"));
    assert_eq!(refused.header("access-control-expose-headers"), "DPoP-Nonce, WWW-Authenticate");
    assert_ne!(refused.header("dpop-nonce"), "");
    let metadata = app.browser().fetch("/.well-known/openid-configuration").await.json();
    assert_eq!(metadata["dpop_signing_alg_values_supported"], json!(["ES256", "RS256", "EdDSA"]), "S-AS-29");
    for key in [DpopKey::p256(), DpopKey::rsa(), DpopKey::ed25519()] {
        let browser = signed_in(&app).await;
        let holder = KeyHolder { app: &app, key };
        let given = tokens(&holder.redeem(&code(&browser, &[]).await).await);
        assert_eq!(holder.userinfo(text(&given, "access_token")).await.status, 200);
    }
    let twice = app.browser().send(Method::POST, "/oauth2/token", &[sent[1], sent[1]], Some(&form)).await;
    assert_eq!(error(&twice), bad("invalid_dpop_proof"));
}

#[tokio::test]
async fn s_as_31_no_token_stands_in_for_a_proof_and_a_proof_for_none() {
    let app = App::configured(CLIENTS).await;
    let browser = signed_in(&app).await;
    let holder = KeyHolder::new(&app);
    let given = tokens(&holder.redeem(&code(&browser, &[]).await).await);
    let token = text(&given, "access_token");
    let proof = holder.key.prove(holder.call("GET", USERINFO).with_token(token));
    for wrong in [token, text(&given, "id_token"), ""] {
        assert_eq!(holder.ask_with("/oauth2/userinfo", token, wrong).await.status, 401, "S-TOK-10");
    }
    assert_eq!(holder.ask_with("/oauth2/userinfo", &proof, &proof).await.status, 401);
    // A token that is bound to no key is none for DPoP.
    let usual = tokens(&crate::portal::redeem(&app, &code(&browser, &[]).await, &[]).await);
    let refused = holder.userinfo(text(&usual, "access_token")).await;
    assert!(challenged(&refused).1.starts_with("DPoP error=\"invalid_token\""), "{}", refused.body);
    // The signature is over the id too: another one is another proof, which nobody else can make.
    let (message, signature) = proof.rsplit_once('.').unwrap();
    let (header, payload) = message.split_once('.').unwrap();
    let mut changed: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    changed["jti"] = json!("another");
    let forged = format!("{header}.{}.{signature}", URL_SAFE_NO_PAD.encode(changed.to_string()));
    assert_eq!(holder.ask_with("/oauth2/userinfo", token, &forged).await.status, 401);
    assert_eq!(holder.ask_with("/oauth2/userinfo", token, &proof).await.status, 200);
}

#[tokio::test]
async fn a_client_that_must_prove_gets_nothing_without() {
    let toml = CLIENTS.replacen("auth = \"none\"\n", "auth = \"none\"\ndpop = \"required\"\n", 1);
    let app = App::configured(&toml).await;
    let browser = signed_in(&app).await;
    let code = code(&browser, &[]).await;
    let holder = KeyHolder::new(&app);
    assert_eq!(error(&crate::portal::redeem(&app, &code, &[]).await), bad("invalid_dpop_proof"));
    let given = tokens(&holder.redeem(&code).await);
    let refresh_token = text(&given, "refresh_token");
    assert_eq!(error(&crate::portal::refresh(&app, refresh_token, &[]).await), bad("invalid_dpop_proof"));
    assert_eq!(tokens(&holder.refresh(refresh_token).await)["token_type"], "DPoP");
}
