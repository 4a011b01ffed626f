//! Clients that show who they are: how, and what they get by it.

use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, Browser};

use crate::app::App;
use crate::portal::{CALLBACK, CLIENTS, VERIFIER, authorize, claims, error, tokens, told};

/// Of our own making: letters, digits, `-` and `_`.
const SECRET: &str = "k3Jx9QpL-vW8Rt1YcXo7_kEa2JmBh4GdSf0uZn5i";
/// Made by hand.
const ODD_SECRET: &str = "a:b%c+d&e=f/g";

/// Who uses which method.
pub fn confidential() -> String {
    let client = |id: &str, auth: &str, more: &str| {
        format!(
            "[[clients]]\nid = \"{id}\"\nname = \"{id}\"\nauth = \"{auth}\"\n\
             grants = [\"authorization_code\", \"refresh_token\", \"client_credentials\"]\n\
             redirect_uris = [\"{CALLBACK}\"]\nscopes = [\"openid\", \"profile\", \"read\", \"write\"]\n\
             first_party = true\n{more}\n"
        )
    };
    [
        CLIENTS.to_owned(),
        client("basic", "client_secret_basic", &format!("secret = \"{SECRET}\"")),
        client("odd", "client_secret_basic", &format!("secret = \"{ODD_SECRET}\"\naccess_ttl = \"60s\"\nrefresh_ttl = \"1h\"")),
        client("post", "client_secret_post", &format!("secret = \"{ODD_SECRET}\"\npkce = \"optional\"")),
        client("reader", "client_secret_basic", &format!("secret = \"{SECRET}\"\nintrospects = [\"https://api.example/orders\"]\naudiences = [\"https://api.example/orders\"]")),
    ]
    .join("\n")
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// The header of a client that encodes as the RFC wants.
pub fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{}:{}", encoded(id), encoded(secret))))
}

/// A form, with a header where there is one.
pub async fn send(app: &App, path: &str, authorization: &str, form: &[(&str, &str)]) -> Answer {
    let headers = [("authorization", authorization)];
    let headers = if authorization.is_empty() { &[][..] } else { &headers[..] };
    app.browser().send(Method::POST, path, headers, Some(form)).await
}

async fn code_of(browser: &Browser, client: &str, changed: &[(&str, &str)]) -> String {
    let changed: Vec<_> = [("client_id", client)].into_iter().chain(changed.iter().copied()).collect();
    let told = told(&browser.visit(&authorize(&changed)).await);
    told.get("code").unwrap_or_else(|| panic!("{told:?}")).clone()
}

async fn signed_in(app: &App) -> Browser {
    let browser = app.browser();
    app.sign_in(&browser, "google", "minji").await;
    browser
}

fn with<'a>(form: &[(&'a str, &'a str)], more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    form.iter().chain(more).copied().collect()
}

/// The error of an answer to a form.
async fn refused(app: &App, authorization: &str, form: &[(&str, &str)]) -> (u16, String) {
    error(&send(app, "/oauth2/token", authorization, form).await)
}

fn status(status: u16, error: &str) -> (u16, String) {
    (status, error.to_owned())
}

const OWN: [(&str, &str); 1] = [("grant_type", "client_credentials")];

#[tokio::test]
async fn s_as_19_s_as_20_a_client_shows_who_it_is_in_its_one_way() {
    for app in App::both_configured(&confidential()).await {
        for (authorization, form) in [
            (basic("basic", SECRET), with(&OWN, &[])),
            // As libraries do that encode nothing.
            (format!("Basic {}", STANDARD.encode(format!("basic:{SECRET}"))), with(&OWN, &[])),
            (basic("basic", SECRET), with(&OWN, &[("client_id", "basic")])),
            (basic("odd", ODD_SECRET), with(&OWN, &[])),
            (String::new(), with(&OWN, &[("client_id", "post"), ("client_secret", ODD_SECRET)])),
        ] {
            tokens(&send(&app, "/oauth2/token", &authorization, &form).await);
        }
        let secret = ("client_secret", SECRET);
        let both = refused(&app, &basic("basic", SECRET), &with(&OWN, &[secret])).await;
        assert_eq!(both, status(400, "invalid_request"), "two ways");
        let other = refused(&app, &basic("basic", SECRET), &with(&OWN, &[("client_id", "odd")])).await;
        assert_eq!(other, status(400, "invalid_request"), "two clients");
        for (authorization, form) in [
            (basic("basic", "wrong"), with(&OWN, &[])),
            (basic("basic", ""), with(&OWN, &[])),
            (basic("nobody", SECRET), with(&OWN, &[])),
            (basic("post", ODD_SECRET), with(&OWN, &[])),
            (basic("portal-client", SECRET), with(&OWN, &[])),
            (format!("Bearer {SECRET}"), with(&OWN, &[])),
        ] {
            let answer = send(&app, "/oauth2/token", &authorization, &form).await;
            assert_eq!(error(&answer), status(401, "invalid_client"), "{authorization}");
            assert!(answer.header("www-authenticate").starts_with("Basic "), "{authorization}");
        }
        for more in [
            &[("client_id", "basic"), secret][..],
            &[("client_id", "basic")],
            &[("client_id", "post")],
            &[("client_id", "post"), secret],
            &[("client_id", "nobody"), secret],
            &[("client_id", "portal-client"), secret],
        ] {
            let answer = send(&app, "/oauth2/token", "", &with(&OWN, more)).await;
            assert_eq!(error(&answer), status(401, "invalid_client"), "{more:?}");
            assert_eq!(answer.header("www-authenticate"), "", "{more:?}");
        }
        app.stop().await;
    }
}

#[tokio::test]
async fn s_as_21_s_as_22_s_as_23_a_client_gets_a_token_for_itself_and_nothing_of_a_person() {
    let app = App::configured(&confidential()).await;
    let auth = basic("basic", SECRET);
    let given = tokens(&send(&app, "/oauth2/token", &auth, &OWN).await);
    let names: Vec<_> = given.as_object().unwrap().keys().cloned().collect();
    assert_eq!(names, ["access_token", "expires_in", "scope", "token_type"]);
    assert_eq!((&given["scope"], &given["expires_in"]), (&json!("read write"), &json!(120)));
    let said = claims(&given["access_token"]);
    let names: Vec<_> = said.as_object().unwrap().keys().cloned().collect();
    assert_eq!(names, ["aud", "client_id", "exp", "iat", "iss", "jti", "scope", "sub"], "S-TOK-2");
    assert_eq!((&said["sub"], &said["client_id"]), (&json!("basic"), &json!("basic")));
    let narrowed = tokens(&send(&app, "/oauth2/token", &auth, &with(&OWN, &[("scope", "read")])).await);
    assert_eq!(narrowed["scope"], "read");
    for scope in ["openid", "read profile", "admin", "read  write"] {
        let form = with(&OWN, &[("scope", scope)]);
        assert_eq!(refused(&app, &auth, &form).await, status(400, "invalid_scope"), "{scope}");
    }
    let resource = with(&OWN, &[("resource", "https://api.example/orders")]);
    assert_eq!(refused(&app, &auth, &resource).await, status(400, "invalid_target"), "S-AS-24");
    let reader = tokens(&send(&app, "/oauth2/token", &basic("reader", SECRET), &resource).await);
    assert_eq!(claims(&reader["access_token"])["aud"], "https://api.example/orders", "S-AS-24");
    let public = with(&OWN, &[("client_id", "portal-client")]);
    assert_eq!(refused(&app, "", &public).await, status(400, "unauthorized_client"));

    // S-TOK-11: a route for members is none for a client.
    let bearer = format!("Bearer {}", given["access_token"].as_str().unwrap());
    let headers = [("authorization", bearer.as_str())];
    for path in ["/api/users/me", "/oauth2/userinfo"] {
        assert_eq!(app.browser().send(Method::GET, path, &headers, None).await.status, 403, "{path}");
    }
    // And its token is no code and no refresh token.
    let refresh =
        [("grant_type", "refresh_token"), ("refresh_token", given["access_token"].as_str().unwrap())];
    assert_eq!(refused(&app, &auth, &refresh).await, status(400, "invalid_grant"), "S-TOK-10");
}

#[tokio::test]
async fn a_confidential_client_signs_a_person_in_and_its_tokens_live_as_long_as_it_says() {
    for app in App::both_configured(&confidential()).await {
        let browser = signed_in(&app).await;
        let code = code_of(&browser, "odd", &[]).await;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        assert_eq!(
            refused(&app, "", &with(&form, &[("client_id", "odd")])).await,
            status(401, "invalid_client")
        );
        assert_eq!(
            refused(&app, &basic("basic", SECRET), &form).await,
            status(400, "invalid_grant"),
            "S-AS-8"
        );
        let given = tokens(&send(&app, "/oauth2/token", &basic("odd", ODD_SECRET), &form).await);
        assert_eq!(given["expires_in"], 60);
        let access = claims(&given["access_token"]);
        assert_eq!(access["exp"].as_i64().unwrap() - access["iat"].as_i64().unwrap(), 60);

        let refresh =
            [("grant_type", "refresh_token"), ("refresh_token", given["refresh_token"].as_str().unwrap())];
        let portal = with(&refresh, &[("client_id", "portal-client")]);
        assert_eq!(refused(&app, "", &portal).await, status(400, "invalid_grant"), "S-AS-8");
        app.advance(Duration::from_mins(59));
        let next = tokens(&send(&app, "/oauth2/token", &basic("odd", ODD_SECRET), &refresh).await);
        assert_eq!(next["expires_in"], 60);
        app.advance(Duration::from_mins(2));
        let late =
            [("grant_type", "refresh_token"), ("refresh_token", next["refresh_token"].as_str().unwrap())];
        assert_eq!(
            refused(&app, &basic("odd", ODD_SECRET), &late).await,
            status(400, "invalid_grant"),
            "its hour is over"
        );
        app.stop().await;
    }
}

#[tokio::test]
async fn s_as_5_a_client_that_cannot_do_pkce_does_without_and_a_verifier_is_refused_then() {
    for app in App::both_configured(&confidential()).await {
        let browser = signed_in(&app).await;
        let without = [("code_challenge", ""), ("code_challenge_method", "")];
        let code = code_of(&browser, "post", &without).await;
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", "post"),
            ("client_secret", ODD_SECRET),
            ("code", code.as_str()),
            ("redirect_uri", CALLBACK),
        ];
        let verifier = with(&form, &[("code_verifier", VERIFIER)]);
        assert_eq!(refused(&app, "", &verifier).await, status(400, "invalid_grant"), "S-AS-5");
        tokens(&send(&app, "/oauth2/token", "", &form).await);
        let with_it = code_of(&browser, "post", &[]).await;
        let form: Vec<_> =
            form.map(|(name, value)| (name, if name == "code" { with_it.as_str() } else { value })).into();
        assert_eq!(
            refused(&app, "", &form).await,
            status(400, "invalid_request"),
            "a challenge wants its verifier"
        );
        let half = browser.visit(&authorize(&[("client_id", "post"), ("code_challenge", "")])).await;
        assert_eq!(told(&half)["error"], "invalid_request", "S-AS-4");
        let basic = browser.visit(&authorize(&with(&[("client_id", "basic")], &without))).await;
        assert_eq!(told(&basic)["error"], "invalid_request", "S-AS-4: all others must");
        app.stop().await;
    }
}

/// A client with a key of its own.
struct Signer(EcdsaKeyPair);

impl Signer {
    fn new() -> Self {
        let document =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
        Self(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref()).unwrap())
    }

    fn client(&self) -> String {
        let point = self.0.public_key().as_ref();
        let (x, y) = (URL_SAFE_NO_PAD.encode(&point[1..33]), URL_SAFE_NO_PAD.encode(&point[33..]));
        format!(
            "[[clients]]\nid = \"signer\"\nname = \"signer\"\nauth = \"private_key_jwt\"\n\
             grants = [\"client_credentials\"]\nscopes = [\"read\"]\nfirst_party = true\njwks = '''\n\
             {{\"keys\": [\n {{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"k1\",\"x\":\"{x}\",\"y\":\"{y}\"}}\n]}}\n'''\n"
        )
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(header), part(claims));
        let signature = self.0.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

#[tokio::test]
async fn s_as_25_a_client_signs_for_each_request_for_us_alone_and_for_five_minutes_at_most() {
    let signer = Signer::new();
    for app in App::both_configured(&format!("{}\n{}", confidential(), signer.client())).await {
        let issued = claims(
            &tokens(&send(&app, "/oauth2/token", &basic("basic", SECRET), &OWN).await)["access_token"],
        );
        let now = issued["iat"].as_i64().unwrap();
        let header = json!({ "alg": "ES256", "kid": "k1" });
        let good = json!({ "iss": "signer", "sub": "signer", "aud": "http://localhost:3000", "exp": now + 60, "iat": now, "jti": "1" });
        let changed = |key: &str, value: Value| {
            let mut claims = good.clone();
            claims["jti"] = json!(format!("{key}{value}"));
            claims[key] = value;
            claims
        };
        let app_ref = &app;
        let ask = async |assertion: &str, more: &[(&str, &str)]| {
            let own = [("client_assertion_type", JWT_BEARER), ("client_assertion", assertion)];
            send(app_ref, "/oauth2/token", "", &with(&with(&OWN, &own), more)).await
        };
        let first = signer.sign(&header, &good);
        tokens(&ask(&first, &[]).await);
        assert_eq!(error(&ask(&first, &[]).await), status(401, "invalid_client"), "a second time");
        tokens(&ask(&signer.sign(&header, &changed("jti", json!("2"))), &[("client_id", "signer")]).await);
        for wrong in [
            changed("aud", json!("https://other.example")),
            changed("aud", json!(["http://localhost:3000"])),
            changed("exp", json!(now + 3600)),
            changed("exp", json!(now - 60)),
            changed("iat", json!(now + 60)),
            changed("nbf", json!(now + 60)),
            changed("iss", json!("basic")),
            changed("sub", json!("basic")),
            changed("jti", json!("")),
            changed("jti", Value::Null),
        ] {
            let answer = ask(&signer.sign(&header, &wrong), &[]).await;
            assert_eq!(error(&answer), status(401, "invalid_client"), "{wrong}");
        }
        for header in [
            json!({ "alg": "RS256", "kid": "k1" }),
            json!({ "alg": "none" }),
            json!({ "alg": "HS256", "kid": "k1" }),
            json!({ "alg": "ES256", "kid": "k2" }),
            json!({ "alg": "ES256", "kid": "k1", "crit": ["b64"] }),
        ] {
            let answer = ask(&signer.sign(&header, &changed("jti", header.clone())), &[]).await;
            assert_eq!(error(&answer), status(401, "invalid_client"), "{header}");
        }
        let other = Signer::new().sign(&header, &changed("jti", json!("other")));
        assert_eq!(error(&ask(&other, &[]).await), status(401, "invalid_client"), "another's key");
        let twice = format!(
            "{}.{}",
            first.split('.').next().unwrap(),
            URL_SAFE_NO_PAD.encode("{\"sub\":\"signer\",\"sub\":\"x\"}")
        );
        assert_eq!(error(&ask(&format!("{twice}.AA"), &[]).await), status(401, "invalid_client"), "S-TOK-8");
        let named = ask(&signer.sign(&header, &changed("jti", json!("3"))), &[("client_id", "basic")]).await;
        assert_eq!(error(&named), status(400, "invalid_request"));
        // Fifty at once with one `jti`: one is served.
        let one = signer.sign(&header, &changed("jti", json!("many")));
        let answers = futures::future::join_all((0..50).map(|_| ask(&one, &[]))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
        app.stop().await;
    }
}

#[tokio::test]
async fn s_key_8_no_secret_is_in_the_database_or_in_an_answer() {
    let app = App::configured(&confidential()).await;
    tokens(&send(&app, "/oauth2/token", &basic("basic", SECRET), &OWN).await);
    assert!(!app.database.dump().await.contains(SECRET));
    let address = format!("/oauth2/token?client_secret={SECRET}");
    let answer = send(&app, &address, "", &OWN).await;
    assert_eq!(error(&answer), status(400, "invalid_request"), "S-AS-17");
    assert!(!answer.body.contains(SECRET));
}

#[tokio::test]
async fn s_rate_3_who_guesses_at_a_secret_is_slowed_down_and_nobody_else() {
    for app in App::both_configured(&confidential()).await {
        let (right, wrong) = (basic("basic", SECRET), basic("basic", "wrong"));
        let form = with(&OWN, &[("token", "x")]);
        for path in ["/oauth2/token", "/oauth2/introspect", "/oauth2/revoke"].into_iter().cycle().take(30) {
            assert_eq!(send(&app, path, &wrong, &form).await.status, 401, "{path}");
        }
        for authorization in [&wrong, &right] {
            let late = send(&app, "/oauth2/token", authorization, &form).await;
            assert_eq!(error(&late), status(429, "invalid_client"), "the right one does not show");
            assert_eq!(late.header("retry-after"), "2");
        }
        tokens(&send(&app, "/oauth2/token", &basic("odd", ODD_SECRET), &form).await);
        app.advance(Duration::from_secs(2));
        tokens(&send(&app, "/oauth2/token", &right, &form).await);
        for _ in 0..31 {
            assert_eq!(send(&app, "/oauth2/token", &basic("nobody", "x"), &form).await.status, 401);
        }
        app.stop().await;
    }
}
