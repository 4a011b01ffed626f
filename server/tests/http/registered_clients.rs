//! Clients that operators register with a command while the program serves.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::app::App;
use crate::consent::allowed;
use crate::oauth_clients::{basic, send};
use crate::portal::{CALLBACK, CLIENTS, authorize, code, error, is_alive, redeem, refresh, tokens};
use crate::token_actor::MASTER_KEY;

const OWN: [(&str, &str); 1] = [("grant_type", "client_credentials")];

/// What a command prints, and whether it did what it was asked for. It is waited for on the test's own thread: the program in the test
/// goes on meanwhile, or it could hold the database that the command waits for.
fn daemun(folder: &Path, database: &str, arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_daemun"));
    let command = command.arg("clients").args(arguments).current_dir(folder).env_clear();
    let command = command.env("DAEMUN_DATABASE__URL", database).env("DAEMUN_MASTER_KEYS", MASTER_KEY);
    let output = command.output().unwrap();
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.success(), text)
}

/// The secret among what was printed: a line of its own.
fn secret(printed: &str) -> String {
    let is_secret = |line: &&str| {
        line.len() == 43 && line.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
    };
    printed.lines().find(is_secret).unwrap_or_else(|| panic!("{printed}")).to_owned()
}

/// Asks until a replica knows, at most 5 seconds. The clock goes on with each wrong secret, so that the limit of these is never reached.
async fn ask(app: &App, secret: &str, wanted: u16) -> Value {
    let began = Instant::now();
    loop {
        let answer = send(app, "/oauth2/token", &basic("robot", secret), &OWN).await;
        if answer.status == wanted {
            return answer.json();
        }
        assert!(began.elapsed() < Duration::from_secs(5), "{} {}", answer.status, answer.body);
        app.advance(Duration::from_secs(2));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[test]
fn a_client_that_is_described_wrongly_is_bad_usage() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        &["add", "q", "--auth", "nope"][..],
        &["add", "q", "--grants", "nope"],
        &["add", "q q"],
        &["add", "q", "--access-ttl", "x"],
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_daemun"));
        let command = command.arg("clients").args(arguments).current_dir(folder.path()).env_clear();
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s_as_34_s_key_5_a_client_is_added_gets_another_secret_and_is_removed_while_the_program_serves() {
    for app in App::both_configured(CLIENTS).await {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("daemun.toml"), CLIENTS).unwrap();
        let database = app.database.url().to_string();
        let run = |arguments: &[&str]| daemun(folder.path(), &database, arguments);
        let add =
            ["add", "robot", "--name", "로봇", "--grants", "client_credentials", "--scopes", "read,write"];
        let (done, printed) = run(&add);
        assert!(done, "{printed}");
        let first = secret(&printed);
        assert_eq!(ask(&app, &first, 200).await["scope"], "read write");
        assert!(!app.database.dump().await.contains(&first), "S-KEY-8");

        for (arguments, said) in [
            (&add[..], "already"),
            (&["add", "portal-client"], "configuration file"),
            (&["add", "0192f3a0-0000-7000-8000-000000000000"], "UUID"),
            (&["add", "daemun-web"], "Daemun's own"),
            (&["add", "x", "--scopes", "admin"], "no token here can have"),
            (&["add", "x", "--redirect-uris", "http://evil.example/"], "this machine only"),
            (&["remove", "portal-client"], "configuration file"),
            (&["remove", "nobody"], "nobody"),
            (&["rotate-secret", "nobody"], "nobody"),
        ] {
            let (done, printed) = run(arguments);
            assert!(!done && printed.contains(said), "{arguments:?}: {printed}");
        }
        let (_, printed) = run(&["add", "x", "--scopes", "admin"]);
        assert_eq!(printed.matches("profile").count(), 1, "each scope is named once: {printed}");
        let (_, list) = run(&["list"]);
        assert!(list.contains("robot  database") && list.contains("portal-client  configuration"), "{list}");
        let (_, shown) = run(&["show", "robot"]);
        assert!(shown.contains("scopes = read,write") && !shown.contains(&first), "{shown}");

        let (done, printed) = run(&["rotate-secret", "robot"]);
        assert!(done, "{printed}");
        let second = secret(&printed);
        ask(&app, &second, 200).await;
        ask(&app, &first, 200).await;
        let (done, printed) = run(&["rotate-secret", "robot"]);
        assert!(done, "{printed}");
        let (before, second) = (second, secret(&printed));
        ask(&app, &second, 200).await;
        ask(&app, &before, 200).await;
        ask(&app, &first, 401).await;
        let (done, printed) = run(&["rotate-secret", "robot", "--retire"]);
        assert!(done && printed.contains("only the newest works"), "{printed}");
        ask(&app, &before, 401).await;
        ask(&app, &second, 200).await;
        let (done, printed) = run(&["rotate-secret", "robot", "--retire"]);
        assert!(
            done && printed.contains("only the newest works"),
            "again, as if the answer was lost: {printed}"
        );
        ask(&app, &second, 200).await;
        let before = ask(&app, &second, 200).await;
        let (done, printed) = run(&["remove", "robot"]);
        assert!(done, "{printed}");
        assert_eq!(ask(&app, &second, 401).await["error"], "invalid_client");

        // To change what it may do, it is added again: the revocation of its earlier tokens is still in the feed.
        let (done, printed) = run(&add);
        assert!(done, "{printed}");
        let third = secret(&printed);
        let after = ask(&app, &third, 200).await;
        for (given, is_active) in [(before, false), (after, true)] {
            let token = [("token", given["access_token"].as_str().unwrap())];
            let answer = send(&app, "/oauth2/introspect", &basic("robot", &third), &token).await;
            assert_eq!(answer.json()["active"], is_active, "{}", answer.body);
        }
        app.stop().await;
    }
}

/// Between the answer of `/oauth2/authorize` and the redemption, and between two refreshes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_is_removed_mid_flow_gets_nothing_any_more_and_its_tokens_end() {
    for app in App::both_configured(CLIENTS).await {
        let folder = tempfile::tempdir().unwrap();
        let database = app.database.url().to_string();
        let run = |arguments: &[&str]| daemun(folder.path(), &database, arguments);
        let (done, printed) = run(&[
            "add",
            "robot",
            "--auth",
            "none",
            "--grants",
            "authorization_code,refresh_token",
            "--redirect-uris",
            CALLBACK,
            "--scopes",
            "openid,profile,read",
            "--first-party",
        ]);
        assert!(done && printed.contains("registered"), "{printed}");
        let browser = app.browser();
        app.sign_in(&browser, "google", "minji").await;
        let began = Instant::now();
        while browser.visit(&authorize(&[("client_id", "robot")])).await.status != 303 {
            assert!(began.elapsed() < Duration::from_secs(5), "known within 5 seconds");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let robot = [("client_id", "robot")];
        let given = tokens(&redeem(&app, &code(&browser, &robot).await, &robot).await);
        assert!(is_alive(&app, &given["access_token"]).await);
        let waiting = code(&browser, &robot).await;
        assert!(run(&["remove", "robot"]).0);
        let began = Instant::now();
        while is_alive(&app, &given["access_token"]).await {
            assert!(began.elapsed() < Duration::from_secs(2), "the feed is read four times a second");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        while browser.visit(&authorize(&robot)).await.status != 400 {
            assert!(began.elapsed() < Duration::from_secs(5), "known within 5 seconds");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        for answer in [
            redeem(&app, &waiting, &robot).await,
            refresh(&app, given["refresh_token"].as_str().unwrap(), &robot).await,
        ] {
            assert_eq!(error(&answer), (401, "invalid_client".to_owned()));
        }
        app.stop().await;
    }
}

/// The next one with its id may be somebody else's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_people_allowed_a_client_goes_with_it() {
    for app in App::both_configured(CLIENTS).await {
        let folder = tempfile::tempdir().unwrap();
        let database = app.database.url().to_string();
        let shop = ["flower-shop", "--auth", "none", "--redirect-uris", CALLBACK, "--scopes", "openid,read"];
        assert!(daemun(folder.path(), &database, &[&["add"], &shop[..]].concat()).0);
        let browser = app.browser();
        app.sign_in(&browser, "google", "minji").await;
        let began = Instant::now();
        while browser.visit(&authorize(&[("client_id", "flower-shop")])).await.status != 303 {
            assert!(began.elapsed() < Duration::from_secs(5), "known within 5 seconds");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        allowed(&browser, &[("scope", "openid read")]).await;
        assert!(app.database.dump().await.contains("consents|"));
        assert!(daemun(folder.path(), &database, &["remove", "flower-shop"]).0);
        assert!(!app.database.dump().await.contains("consents|"));
        app.stop().await;
    }
}
