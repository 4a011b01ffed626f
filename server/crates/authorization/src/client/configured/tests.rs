//! Each rule of a client's description.

use std::time::Duration;

use super::*;
use crate::scope_words::{ScopeWords, Words};

fn portal() -> ClientConfig {
    let list = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    ClientConfig {
        id: Some("portal-client".to_owned()),
        name: Some("포털".to_owned()),
        auth: Some("none".to_owned()),
        grants: list(&["authorization_code", "refresh_token"]),
        redirect_uris: list(&["http://localhost:3999/callback"]),
        post_logout_redirect_uris: list(&["http://localhost:3999/bye"]),
        scopes: list(&["openid", "profile", "read", "write"]),
        first_party: true,
        ..ClientConfig::default()
    }
}

fn rules() -> ClientRules {
    ClientRules {
        scopes: vec!["read".to_owned(), "write".to_owned()],
        longest_access_life: Duration::from_mins(2),
        most_registrations: 10,
        longest_refresh_life: Duration::from_hours(720),
        is_development: true,
    }
}

fn found(change: impl FnOnce(&mut ClientConfig), rules: &ClientRules) -> Vec<&'static str> {
    let mut config = portal();
    change(&mut config);
    let findings = config.check(rules).err().unwrap_or_default();
    assert!(findings.iter().all(|finding| !finding.cure.is_empty()));
    findings.into_iter().map(|finding| finding.key).collect()
}

fn keys(change: impl FnOnce(&mut ClientConfig)) -> Vec<&'static str> {
    found(change, &rules())
}

#[test]
fn the_client_of_the_example_is_right() {
    let client = portal().check(&rules()).unwrap();
    assert_eq!((client.id.as_str(), client.scope.as_str()), ("portal-client", "openid profile read write"));
    assert!(client.may_use(GrantType::RefreshToken) && client.is_first_party && client.is_public());
    assert_eq!((client.dpop, client.pkce), (Requirement::Optional, Requirement::Required));
}

#[test]
fn what_is_wrong_with_a_client_names_its_key() {
    assert_eq!(keys(|_| {}), Vec::<&str>::new());
    assert_eq!(keys(|client| client.name = None), ["name"]);
    assert_eq!(keys(|client| client.auth = None), ["auth"]);
    assert_eq!(keys(|client| client.auth = Some("tls_client_auth".into())), ["auth"]);
    assert_eq!(keys(|client| client.grants.clear()), ["grants"]);
    assert_eq!(keys(|client| client.grants = vec!["password".into()]), ["grants"]);
    assert_eq!(keys(|client| client.grants = vec!["refresh_token".into()]), ["grants"]);
    assert_eq!(keys(|client| client.redirect_uris.clear()), ["redirect_uris"]);
    assert_eq!(keys(|client| client.redirect_uris.push("http://evil.example/".into())), ["redirect_uris"]);
    assert_eq!(
        keys(|client| client.post_logout_redirect_uris.push("x".into())),
        ["post_logout_redirect_uris"]
    );
    assert_eq!(keys(|client| client.scopes.push("admin".into())), ["scopes"]);
    assert_eq!(keys(|client| client.scopes.clear()), ["scopes"]);
    assert_eq!(keys(|client| client.audiences.push("orders".into())), ["audiences"]);
    assert_eq!(keys(|client| client.origins = Some(vec!["*".into()])), ["origins"]);
    assert!(keys(|client| client.first_party = false).is_empty(), "apps of others ask for consent");
    assert_eq!(keys(|client| client.dpop = Some("always".into())), ["dpop"]);
    let everything = keys(|client| *client = ClientConfig::default());
    assert_eq!(everything, ["id", "auth", "name", "grants", "scopes"]);
}

#[test]
fn a_client_of_devices_needs_no_address_and_may_be_given_refresh_tokens() {
    let device = |grants: &[&str]| {
        let grants = grants.iter().map(|grant| (*grant).to_owned()).collect();
        ClientConfig { grants, redirect_uris: Vec::new(), ..portal() }.check(&rules())
    };
    for name in ["device_code", "urn:ietf:params:oauth:grant-type:device_code"] {
        let client = device(&[name, "refresh_token"]).unwrap();
        assert!(client.may_use(GrantType::DeviceCode) && client.may_use(GrantType::RefreshToken), "{name}");
        assert!(!client.may_use(GrantType::AuthorizationCode), "{name}");
    }
    assert!(!device(&["device_code"]).unwrap().may_use(GrantType::RefreshToken));
    for name in ["", "code", "grant-type:device_code", "Device_Code"] {
        let findings = device(&[name]).unwrap_err();
        assert_eq!(findings.iter().map(|finding| finding.key).collect::<Vec<_>>(), ["grants"], "{name}");
        assert!(findings.iter().all(|finding| finding.cure.contains("device_code")), "{name}");
    }
}

#[test]
fn a_public_client_has_neither_secret_nor_keys_and_must_use_pkce() {
    assert_eq!(keys(|client| client.secret = Some("x".into())), ["secret"]);
    assert_eq!(keys(|client| client.jwks = Some("{}".into())), ["jwks"]);
    assert_eq!(keys(|client| client.pkce = Some("optional".into())), ["pkce"]);
    assert_eq!(keys(|client| client.pkce = Some("required".into())), Vec::<&str>::new());
}

#[test]
fn a_life_is_within_that_of_all_tokens() {
    let life = |access: u64, refresh: u64| {
        let change = |client: &mut ClientConfig| {
            client.access_ttl = Some(Duration::from_secs(access));
            client.refresh_ttl = Some(Duration::from_secs(refresh));
        };
        let mut found = Findings::default();
        let mut config = portal();
        change(&mut config);
        lives::check(&config, &rules(), &mut found);
        found.0.into_iter().map(|finding| finding.key).collect::<Vec<_>>()
    };
    assert_eq!(life(60, 3_600), Vec::<&str>::new());
    assert_eq!(life(121, 3_600), ["access_ttl"]);
    assert_eq!(life(0, 3_600), ["access_ttl"]);
    assert_eq!(life(60, 30), ["refresh_ttl"]);
    assert_eq!(life(60, 721 * 3_600), ["refresh_ttl"]);
}

#[test]
fn a_client_is_told_of_sign_outs_over_tls_or_on_this_machine_while_it_is_developed() {
    let told = |address: &str, is_development: bool| {
        let config = ClientConfig { backchannel_logout_uri: Some(address.to_owned()), ..portal() };
        let rules = ClientRules { is_development, ..rules() };
        addresses::backchannel(&config, &rules, &mut Findings::default()).is_some()
    };
    for address in ["https://app.example/bye", "https://app.example:8443/bye?x=1"] {
        assert!(told(address, false) && told(address, true), "{address}");
    }
    for address in ["http://localhost:3999/bye", "http://127.0.0.1:3999/bye", "http://[::1]/bye"] {
        assert!(told(address, true) && !told(address, false), "{address}");
    }
    for address in
        ["http://app.example/", "https://u@app.example/", "https://app.example/#x", "ftp://x/", "x"]
    {
        assert!(!told(address, true), "{address}");
    }
}

#[test]
fn what_is_allowed_and_not_good_is_a_doubt() {
    let words = |ko: Option<&str>| {
        let words = |en: &str| Words { ko: ko.map(str::to_owned), en: Some(en.to_owned()) };
        ScopeWords::new([("read".to_owned(), words("Read")), ("write".to_owned(), words("Write"))])
    };
    let client = portal().check(&rules()).unwrap();
    let keys = |client: &Client, is_production, words| {
        let doubts = client.doubts(is_production, &words);
        doubts.into_iter().map(|doubt| doubt.key).collect::<Vec<_>>()
    };
    assert_eq!(keys(&client, false, words(Some("쓰기"))), Vec::<&str>::new());
    assert_eq!(keys(&client, true, words(Some("쓰기"))), ["redirect_uris", "post_logout_redirect_uris"]);
    assert_eq!(keys(&client, false, words(None)), ["scopes", "scopes"]);
    let weak = Client { pkce: Requirement::Optional, ..client };
    assert_eq!(keys(&weak, false, words(Some("쓰기"))), ["pkce"]);
}

#[test]
fn grants_that_cannot_work_are_a_doubt() {
    let doubts = |grants: &[&str], scopes: &[&str]| {
        let list = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let config = ClientConfig {
            auth: Some("client_secret_basic".to_owned()),
            secret: Some("k3Jx9QpL-vW8Rt1YcXo7_kEa2JmBh4GdSf0uZn5i".into()),
            grants: list(grants),
            scopes: list(scopes),
            ..portal()
        };
        let client = config.check(&rules()).unwrap();
        let words =
            |word: &str| (word.to_owned(), Words { ko: Some("읽기".into()), en: Some("Read".into()) });
        let doubts = client.doubts(false, &ScopeWords::new([words("read"), words("write")]));
        doubts.into_iter().map(|doubt| doubt.problem).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(doubts(&["client_credentials"], &["read"]), "");
    assert_eq!(doubts(&["client_credentials"], &["openid", "read"]), "");
    assert_eq!(doubts(&["authorization_code"], &["openid"]), "");
    assert_eq!(doubts(&["authorization_code", "refresh_token"], &["openid", "offline_access"]), "");
    assert!(doubts(&["client_credentials"], &["openid"]).contains("client_credentials cannot work"));
    let both = doubts(&["authorization_code", "client_credentials"], &["openid", "profile"]);
    assert!(both.contains("client_credentials cannot work"), "{both}");
    let away = doubts(&["authorization_code"], &["openid", "offline_access"]);
    assert!(away.contains("`offline_access` cannot work"), "{away}");
}

#[test]
fn s_tok_11_a_client_is_named_neither_like_a_member_nor_like_one_of_ours() {
    for id in ["0192f3a0-0000-7000-8000-000000000000", "daemun-web", "daemun-app", "a b", ""] {
        assert_eq!(keys(|client| client.id = Some(id.to_owned())), ["id"], "{id}");
    }
}

#[test]
fn s_key_8_a_description_does_not_print_its_secret() {
    let config = ClientConfig { secret: Some("hunter2-hunter2".into()), ..portal() };
    assert!(!format!("{config:?}").contains("hunter2"));
}

#[test]
fn s_as_2_a_client_with_a_secret_is_sent_to_no_scheme_that_any_app_may_claim() {
    let native =
        |client: &mut ClientConfig| client.redirect_uris = vec!["com.example.app:/callback".to_owned()];
    assert_eq!(keys(native), Vec::<&str>::new());
    let confidential = |client: &mut ClientConfig| {
        native(client);
        client.auth = Some("client_secret_basic".to_owned());
        client.secret = Some("0f3c9b1e5a7d2846c1f08e93b7a4d650".to_owned().into());
    };
    assert_eq!(keys(confidential), ["redirect_uris"]);
}
