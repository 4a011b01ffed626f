//! The keys: those that sign, as services get them, and those that seal, replaced while people stay signed in.

use std::collections::BTreeSet;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use db::{Row as _, query};
use kernel::{KeyRing, MasterKey, OsRandomness, Purpose};
use reqwest::Method;
use serde_json::json;
use testkit::TestDatabase;

use crate::accounts::{PASSWORD, log_in, post, sign_up};
use crate::app::{App, configuration_of};
use crate::canary::Canary;
use crate::people::App as People;
use crate::process::{Place, callback, foreign_providers};
use crate::token_actor::MASTER_KEY;

#[tokio::test]
async fn s_tok_23_services_get_public_keys_that_they_may_keep() {
    for app in App::both().await {
        let answer = app.browser().fetch("/oauth2/jwks").await;
        assert_eq!(answer.header("content-type"), "application/jwk-set+json");
        assert!(answer.header("cache-control").contains("max-age="), "{}", answer.header("cache-control"));
        let document = answer.json();
        let keys = document["keys"].as_array().unwrap();
        assert_eq!(keys.len(), 1);
        for key in keys {
            let mut members: Vec<_> = key.as_object().unwrap().keys().map(String::as_str).collect();
            members.sort_unstable();
            assert_eq!(members, ["alg", "e", "kid", "kty", "n", "use"]);
            assert_eq!((&key["alg"], &key["use"]), (&"RS256".into(), &"sig".into()));
        }
        let kept = [("if-none-match", answer.header("etag"))];
        let again = app.browser().send(Method::GET, "/oauth2/jwks", &kept, None).await;
        assert_eq!((again.status.as_u16(), again.body.as_str()), (304, ""));
        app.stop().await;
    }
}

/// How many bits the modulus of the first key has, as services get it.
async fn modulus_bits(app: &App) -> usize {
    let document = app.browser().fetch("/oauth2/jwks").await.json();
    let modulus = URL_SAFE_NO_PAD.decode(document["keys"][0]["n"].as_str().unwrap()).unwrap();
    // RFC 7518 section 6.3.1.1: no leading zero, so the first byte counts.
    modulus.len() * 8 - modulus[0].leading_zeros() as usize
}

#[tokio::test]
async fn s_tok_24_the_keys_that_services_get_are_long_enough_and_no_shorter_ones_can_be_set() {
    for (setting, bits) in [(None, 2048), (Some("rsa-2048"), 2048), (Some("rsa-3072"), 3072)] {
        let settings: Vec<_> = setting.map(|kind| ("DAEMUN_TOKENS__SIGNING_KEY", kind)).into_iter().collect();
        let app = App::with(&settings).await;
        assert_eq!(modulus_bits(&app).await, bits, "{setting:?}");
        app.stop().await;
    }
    for refused in ["rsa-1024", "rsa", "rsa-2047", "RSA-2048", "hs256", "none"] {
        let said = configuration_of("", &[("DAEMUN_TOKENS__SIGNING_KEY", refused)]).unwrap_err().to_string();
        assert!(said.contains("tokens.signing_key") && said.contains("rsa-2048"), "{refused}: {said}");
    }
}

/// The `rsa` crate signs in a time that depends on the key (RUSTSEC-2023-0071); aws-lc does not. The library of passkeys brings it
/// to verify by public keys, as does an app in a test, and nothing else comes to it.
#[test]
fn s_tok_24_nothing_in_the_program_depends_on_an_rsa_that_leaks_its_timing() {
    let lock = include_str!("../../../Cargo.lock");
    let names: BTreeSet<&str> = lock.lines().filter_map(|line| line.strip_prefix("name = ")).collect();
    assert!(names.contains("\"aws-lc-rs\"") && names.len() > 200, "{}", names.len());
    let lock: toml::Table = toml::from_str(lock).unwrap();
    let packages = lock["package"].as_array().unwrap();
    let users = |wanted: &str| -> BTreeSet<&str> {
        let uses = |package: &&toml::Value| {
            let dependencies = package.get("dependencies").and_then(toml::Value::as_array);
            let mut names = dependencies.into_iter().flatten().filter_map(toml::Value::as_str);
            names.any(|name| name.split(' ').next() == Some(wanted))
        };
        packages.iter().filter(uses).map(|package| package["name"].as_str().unwrap()).collect()
    };
    assert_eq!(users("rsa"), BTreeSet::from(["crypto-glue", "openidconnect"]));
    let manifest: toml::Table = toml::from_str(include_str!("../../Cargo.toml")).unwrap();
    assert_eq!(users("openidconnect"), BTreeSet::from(["server"]));
    assert!(manifest["dev-dependencies"].get("openidconnect").is_some(), "in tests alone");
    assert!(manifest["dependencies"].get("openidconnect").is_none());
    assert!(users("crypto-glue").iter().all(|name| name.starts_with("webauthn-")));
}

/// S-KEY-2: what is sealed or signed for one purpose cannot be used for another.
#[test]
fn s_key_2_no_two_parts_share_a_purpose_of_the_key_ring() {
    let top = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let purpose = regex::Regex::new(r#"const \w+: Purpose = Purpose::new\("([^"]+)"\)"#).unwrap();
    let mut found = Vec::new();
    for file in ["src", "crates"].iter().flat_map(|folder| walkdir(&top.join(folder))) {
        let text = std::fs::read_to_string(file).unwrap();
        found.extend(purpose.captures_iter(&text).map(|captures| captures[1].to_owned()));
    }
    let distinct: BTreeSet<&String> = found.iter().collect();
    assert!(distinct.len() >= 12, "{found:?}");
    assert_eq!(distinct.len(), found.len(), "one of these is twice: {found:?}");
}

/// All Rust files below.
fn walkdir(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| match path.extension() {
            _ if path.is_dir() => walkdir(&path),
            Some(extension) if extension == "rs" => vec![path],
            _ => Vec::new(),
        })
        .collect()
}

/// What was really given out in `app`, and what lies sealed in its database, opened as its owner could.
async fn secrets(app: &App) -> Vec<Canary> {
    let mut canaries = Vec::new();
    let mut text = |name: &str, secret: &str| {
        canaries.push(Canary::of(name, secret.as_bytes()));
        let encoded = secret.strip_prefix("dmr_").unwrap_or(secret);
        if let Ok(bytes) = URL_SAFE_NO_PAD.decode(encoded) {
            // The random part at the end is nowhere, also without what is before it.
            canaries.push(Canary::of(&format!("{name}, decoded"), &bytes));
            canaries.push(Canary::of(&format!("{name}, its end"), &bytes[bytes.len() - 24..]));
        }
    };
    sign_up(app).await;
    let mut tokens = log_in(app).await;
    for _ in 0..3 {
        text("an app's refresh token", tokens["refresh_token"].as_str().unwrap());
        text("an access token", tokens["access_token"].as_str().unwrap());
        let spent = json!({"refresh_token": tokens["refresh_token"]});
        tokens = post(app, "/auth/refresh", spent).await.body["data"].clone();
    }
    let browser = app.browser();
    app.sign_in(&browser, "google", "minji").await;
    text("a session's cookie", &browser.cookie("daemun").unwrap());
    let waiting = app.browser();
    app.begin(&waiting, "google", "/me").await;
    text("a login's cookie", &waiting.cookie("daemun-login").unwrap());
    text("a password", PASSWORD);
    text("the master key", MASTER_KEY);
    canaries.push(Canary::of("the master key, decoded", &STANDARD.decode(MASTER_KEY).unwrap()));

    let ring = KeyRing::new(vec![MasterKey::parse(MASTER_KEY).unwrap()]).unwrap();
    let mut reader = app.database.read().await.unwrap();
    let rows = query("SELECT id, refresh_sealed FROM sessions").fetch_all(&mut *reader).await.unwrap();
    assert_eq!(rows.len(), 1);
    for row in rows {
        let (id, sealed): (String, Vec<u8>) = (row.get(0), row.get(1));
        let token = ring.open(Purpose::new("session-refresh-token"), &id, &sealed).unwrap();
        let token = String::from_utf8(token).unwrap();
        assert!(token.starts_with("dmr_"));
        canaries.push(Canary::of("a session's refresh token", token.as_bytes()));
        canaries.push(Canary::of("the same, decoded", &URL_SAFE_NO_PAD.decode(&token[4..]).unwrap()));
    }
    let sql = "SELECT kid, generation, kind, published_at, active_from, sealed FROM signing_keys";
    let rows = query(sql).fetch_all(&mut *reader).await.unwrap();
    assert_eq!(rows.len(), 1);
    for row in rows {
        let (name, kind): (String, String) = (row.get(0), row.get(2));
        let number = |column: usize| row.get::<i64, _>(column);
        let owner = format!("signing_keys/{name}/{}/{kind}/{}/{}", number(1), number(3), number(4));
        let key = ring.open(Purpose::new("signing-key"), &owner, &row.get::<Vec<u8>, _>(5)).unwrap();
        canaries.push(Canary::of("a signing key", &key));
        // Of PKCS#8 with an RSA key, the last number is the coefficient of its two primes.
        canaries.push(Canary::of("a signing key, its last number", &key[key.len() - 64..]));
    }
    canaries
}

/// Everything that the tables hold, value by value.
async fn search(app: &App, canary: &Canary) -> Vec<String> {
    let cells = app.database.cells().await;
    assert!(cells.len() > 100);
    cells.into_iter().filter(|(_, bytes)| canary.is_in(bytes)).map(|(place, _)| place).collect()
}

async fn run(app: &App, sql: &'static str) {
    let mut tx = app.database.begin().await.unwrap();
    query(sql).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn s_key_2_s_tok_13_no_token_or_key_lies_in_the_database_in_the_clear() {
    for database in TestDatabase::both().await {
        let app = App::start_on(database, &[("DAEMUN_MASTER_KEYS", MASTER_KEY)]).await;
        let canaries = secrets(&app).await;
        app.settled().await;
        // The search sees what is planted, in a text as in bytes, or it would prove nothing.
        run(&app, "CREATE TABLE planted (number INTEGER PRIMARY KEY, words VARCHAR(4000), bytes BLOB)").await;
        let planted = Canary::of("planted", b"\x00\xff\x80planted by the test");
        for (number, form) in (0_i64..).zip(planted.forms()) {
            let mut tx = app.database.begin().await.unwrap();
            let words = std::str::from_utf8(form).ok().map(|form| format!("before {form} after"));
            let bytes = [b"before ", form, b" after"].concat();
            let sql = "INSERT INTO planted (number, words, bytes) VALUES (?, ?, ?)";
            query(sql).bind(number).bind(words.clone()).bind(bytes).execute(&mut *tx).await.unwrap();
            tx.commit().await.unwrap();
            let found = search(&app, &planted).await;
            let expected = ["planted.words", "planted.bytes"];
            assert_eq!(found, expected[usize::from(words.is_none())..], "{}", String::from_utf8_lossy(form));
            run(&app, "DELETE FROM planted").await;
        }
        assert!(canaries.len() >= 20, "{}", canaries.len());
        for canary in &canaries {
            assert_eq!(search(&app, canary).await, [""; 0], "{} is in the clear", canary.name);
        }
        app.stop().await;
    }
}

#[tokio::test]
async fn s_key_7_master_keys_are_replaced_and_nobody_is_signed_out() {
    let mut place = Place::new();
    let (_simulators, actor) = foreign_providers(&mut place).await;
    let (old, new) = (MasterKey::generate(&OsRandomness).text(), MasterKey::generate(&OsRandomness).text());
    place.set("DAEMUN_MASTER_KEYS", &old);
    let process = place.start().await;
    let (signed_in, on_the_way) = (place.browser(), place.browser());
    assert_eq!(signed_in.visit(&callback(&signed_in, &actor, "google").await).await.status, 303);
    let back = callback(&on_the_way, &actor, "naver").await;
    let before = signed_in.fetch("/oauth2/jwks").await.body;
    for _ in 0..600 {
        if signed_in.fetch("/dev/mail").await.json().as_array().is_some_and(|mails| !mails.is_empty()) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    process.stop().await;

    place.set("DAEMUN_MASTER_KEYS", format!("{new},{old}"));
    let process = place.start().await;
    let rotate = ["keys", "rotate", "--only", "master"];
    let mut other_ring = place.command();
    other_ring.env("DAEMUN_MASTER_KEYS", format!("{old},{new}"));
    let refused = other_ring.args(rotate).output().await.unwrap();
    let why = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && why.contains("have another newest master key"), "{why}");
    let rotated = place.command().args(rotate).output().await.unwrap();
    let said = String::from_utf8(rotated.stdout).unwrap();
    assert!(rotated.status.success(), "{}", String::from_utf8_lossy(&rotated.stderr));
    // The signing keys, the refresh tokens of the session and of Google, the login on its way, the mail that welcomes.
    assert!(said.starts_with("5 values were resealed"), "{said}");
    assert_eq!(on_the_way.visit(&back).await.status, 303, "a login on its way goes on");
    process.stop().await;

    place.set("DAEMUN_MASTER_KEYS", &new);
    let process = place.start().await;
    assert!(!signed_in.fetch("/api/auth/session").await.json().is_null());
    assert_eq!(signed_in.fetch("/oauth2/jwks").await.body, before);
    let again = callback(&on_the_way, &actor, "naver").await;
    assert_eq!(on_the_way.visit(&again).await.status, 303, "a browser that the old key knew signs in again");
    let listed = place.command().args(["keys", "list"]).output().await.unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(listed.contains("rsa-2048") && listed.contains("signs"), "{listed}");
    process.stop().await;
}

#[tokio::test]
async fn a_new_signing_key_is_published_by_command_while_the_program_serves() {
    let mut place = Place::new();
    place.set("DAEMUN_SIMULATORS__ENABLED", "false");
    let process = place.start().await;
    let kids = |body: serde_json::Value| body["keys"].as_array().unwrap().len();
    let browser = place.browser();
    assert_eq!(kids(browser.fetch("/oauth2/jwks").await.json()), 1);
    let rotated = place.command().args(["keys", "rotate", "--only", "signing"]).output().await.unwrap();
    let said = String::from_utf8(rotated.stdout).unwrap();
    assert!(said.contains("signs ") && said.contains("published"), "{said}");
    assert!(said.lines().count() == 2, "{said}");
    process.stop().await;
    let process = place.start().await;
    assert_eq!(kids(browser.fetch("/oauth2/jwks").await.json()), 2);
    process.stop().await;
}

#[tokio::test]
async fn s_key_7_compromised_signing_keys_are_gone_by_a_command_within_seconds_and_nobody_is_signed_out() {
    let mut place = Place::new();
    place.set("DAEMUN_SIMULATORS__ENABLED", "false");
    // How often replicas read the keys follows from it: twice a second.
    place.set("DAEMUN_TOKENS__PUBLISH_AHEAD", "2s");
    let process = place.start().await;
    let (app, browser) = (People::at(&place), place.browser());
    let (email, password) = ("haneul@example.com", "조용한 아침에 마시는 보리차 한 잔");
    app.sign_up(email, password).await;
    let form = [("email", email), ("password", password), ("return_to", "/me")];
    assert_eq!(browser.submit("/api/auth/signin/password", &form).await.location(), "/me");
    let (access, refresh) = app.log_in(email, password).await;
    let before = browser.fetch("/oauth2/jwks").await.json();

    let rotate = ["keys", "rotate"];
    for arguments in [&["--compromised"][..], &["--only", "master", "--compromised"]] {
        let (code, said) = place.says(&rotate, arguments).await;
        assert!(code == 2 && said.contains("--only"), "{code} {said}");
    }
    let (code, said) =
        place.says(&rotate, &["--only", "signing", "--compromised", "--reason", "a copy was found"]).await;
    assert!(code == 0 && said.contains("signs ") && said.lines().count() == 1, "{said}");
    let me = async || app.call(Method::GET, "/api/users/me", &access, None).await.code().1.to_owned();
    for _ in 0..200 {
        if me().await == "TOKEN_INVALID" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(me().await, "TOKEN_INVALID");
    let after = browser.fetch("/oauth2/jwks").await.json();
    assert_eq!(after["keys"].as_array().unwrap().len(), 1);
    assert_ne!(after["keys"][0]["kid"], before["keys"][0]["kid"]);
    assert!(!browser.fetch("/api/auth/session").await.json().is_null(), "the browser stays signed in");
    assert_eq!(app.refresh(&refresh).await.status, 200, "and so does the app");
    let (_, audit) = place.says(&["audit"], &["--json"]).await;
    assert!(audit.contains("a copy was found") && audit.contains("\"compromised\""), "{audit}");
    process.stop().await;
}
