//! Secrets are planted in every field that holds one, and looked for in all that the program writes: its log at the finest
//! level, its metrics (S-LOG-2), and the files of its database, with the outbox and the topics of the bus in them.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use kernel::{MasterKey, OsRandomness};
use reqwest::Method;
use serde_json::{Value, json};
use simulators::{SimulatedProvider, Simulators};
use testkit::Browser;

use crate::people::App;
use crate::process::{Place, Process, callback, foreign_providers};
use crate::provider_actor::ProviderActor;

const EMAIL: &str = "canary.mailbox@example.com";
const NEW_EMAIL: &str = "canary.second@example.com";
const PASSWORD: &str = "canary-password first 하나둘셋";
const WRONG: &str = "canary-wrong-password 하나둘셋";
const CHANGED: &str = "canary-changed-password 넷다섯";
const RESET: &str = "canary-reset-password 여섯일곱";
const FORWARD_AUTH_KEY: &str = "canary-forward-auth-key-of-a-proxy-0123456789";
/// Paths are logged: what is in one must be found, or the search sees nothing.
const CONTROL: &str = "canary-that-may-be-seen";

/// Secrets by their names.
#[derive(Default)]
struct Secrets(Vec<(String, String)>);

impl Secrets {
    fn add(&mut self, name: &str, value: impl Into<String>) {
        let value = value.into();
        assert!(value.len() >= 6, "{name} is too short to be searched for: {value}");
        self.0.push((name.to_owned(), value));
    }
}

/// Every form in which a value may turn up.
fn forms(value: &str) -> Vec<String> {
    let mut forms = vec![value.to_owned()];
    forms.push(form_urlencoded::byte_serialize(value.as_bytes()).collect());
    forms.push(serde_json::to_string(value).unwrap().trim_matches('"').to_owned());
    forms.push(STANDARD.encode(value));
    forms.push(URL_SAFE_NO_PAD.encode(value));
    forms.push(value.bytes().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}")));
    forms.dedup();
    forms
}

/// The line in which a value is in any form. A code of six digits counts only where no digit is beside it.
fn find<'a>(output: &'a str, value: &str) -> Option<&'a str> {
    let forms = forms(value);
    let is_code = value.len() == 6 && value.bytes().all(|byte| byte.is_ascii_digit());
    output.lines().find(|line| {
        if is_code {
            return line.split(|c: char| !c.is_ascii_alphanumeric() && c != '.').any(|word| word == value);
        }
        forms.iter().any(|form| line.contains(form.as_str()))
    })
}

fn field(url: &str, name: &str) -> String {
    let query = url.split_once('?').unwrap().1;
    let found = form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name);
    found.unwrap_or_else(|| panic!("no {name} in {url}")).1.into_owned()
}

/// A login by each provider, and what went over the wire in it.
async fn by_providers(
    place: &Place,
    (simulators, actor): (&Simulators, &ProviderActor),
    secrets: &mut Secrets,
) {
    for (name, simulated) in [
        ("google", SimulatedProvider::Google),
        ("naver", SimulatedProvider::NaverClassic),
        ("kakao", SimulatedProvider::Kakao),
    ] {
        let browser = place.browser();
        let back = callback(&browser, actor, name).await;
        secrets.add("browser binding", browser.cookie("daemun-login").unwrap());
        secrets.add("code", field(&back, "code"));
        secrets.add("state", field(&back, "state"));
        assert_eq!(browser.visit(&back).await.status, 303);
        secrets.add("session cookie", browser.cookie("daemun").unwrap());
        secrets.add("client secret", simulators.endpoints(simulated).client_secret);
        for request in actor.requests(name).await {
            let pairs =
                [&request["form"], &request["query"]].into_iter().filter_map(Value::as_array).flatten();
            for pair in pairs {
                let (key, value) = (pair[0].as_str().unwrap(), pair[1].as_str().unwrap());
                if ["code_verifier", "nonce", "client_secret", "refresh_token"].contains(&key) {
                    secrets.add(key, value);
                }
            }
        }
        // What goes wrong is logged with its cause.
        for failure in ["html", "server-error", "truncated"] {
            let browser = place.browser();
            let back = callback(&browser, actor, name).await;
            secrets.add("code", field(&back, "code"));
            actor.failure(name, "token", failure).await;
            browser.visit(&back).await;
        }
        let browser = place.browser();
        let forged = format!("/api/auth/callback/{name}?code=canary-code-{name}&state=canary-state-{name}");
        browser.visit(&forged).await;
        secrets.add("forged code", format!("canary-code-{name}"));
        secrets.add("forged state", format!("canary-state-{name}"));
    }
}

/// Opens the page that a mail leads to as a person does.
async fn opens(browser: &Browser, page: &str, token: &str) {
    assert_eq!(browser.open(&format!("{page}?token={token}")).await.status, 200, "{page}");
}

async fn by_password(place: &Place, secrets: &mut Secrets) {
    let (app, browser) = (App::at(place), place.browser());
    let proof = app.sign_up(EMAIL, PASSWORD).await;
    secrets.add("token of a proof", &proof.token);
    secrets.add("code of a proof", &proof.code);
    opens(&browser, "/email/verify", &proof.token).await;
    for wrong in
        [json!({"email": EMAIL, "password": WRONG}), json!({"email": WRONG, "password": WRONG, "x": 1})]
    {
        assert!([400, 401].contains(&app.post("/auth/login", wrong).await.status));
    }
    let (access, refresh) = app.log_in(EMAIL, PASSWORD).await;
    let next = app.refresh(&refresh).await.body["data"].clone();
    for (name, token) in [("access_token", &access), ("refresh_token", &refresh)] {
        secrets.add(name, token);
        secrets.add(name, next[name].as_str().unwrap());
    }
    let spent = next["refresh_token"].as_str().unwrap();
    app.refresh(spent).await;
    assert_eq!(app.refresh(&refresh).await.status, 401, "reuse is logged");
    for bearer in ["canary-bearer", &access, &format!("{access}x")] {
        app.call(Method::GET, "/api/users/me", bearer, None).await;
    }

    let form = [("email", EMAIL), ("password", PASSWORD), ("return_to", "/me")];
    assert_eq!(browser.submit("/api/auth/signin/password", &form).await.location(), "/me");
    secrets.add("session cookie", browser.cookie("daemun").unwrap());
    let change = [("current_password", PASSWORD), ("password", CHANGED)];
    assert_eq!(browser.submit("/api/users/me/password", &change).await.status, 303);
    secrets.add("session cookie", browser.cookie("daemun").unwrap());
    browser.submit("/api/users/me/email", &[("email", NEW_EMAIL), ("password", CHANGED)]).await;
    let change = app.proof(NEW_EMAIL, "/email/change").await;
    secrets.add("token of a change", &change.token);
    secrets.add("code of a change", &change.code);
    opens(&browser, "/email/change", &change.token).await;
    assert_eq!(app.post("/api/users/password/forgot", json!({"email": EMAIL})).await.status, 202);
    let reset = app.proof(EMAIL, "/password/reset").await;
    secrets.add("token of a reset", &reset.token);
    secrets.add("code of a reset", &reset.code);
    opens(&browser, "/password/reset", &reset.token).await;
    let wrong = json!({"email": EMAIL, "code": "000000", "password": RESET});
    app.post("/api/users/password/reset", wrong).await;
    assert_eq!(
        app.post("/api/users/password/reset", json!({"token": reset.token, "password": RESET})).await.status,
        200
    );
    app.log_in(EMAIL, RESET).await;
    for (name, value) in [
        ("password", PASSWORD),
        ("wrong password", WRONG),
        ("changed password", CHANGED),
        ("reset password", RESET),
    ] {
        secrets.add(name, value);
    }
    secrets.add("address", EMAIL);
    secrets.add("new address", NEW_EMAIL);
    secrets.add("bearer", "canary-bearer");
}

/// Requests that hold secrets where none belongs, and values that try to forge a line (S-LOG-3).
async fn odd_requests(place: &Place, secrets: &mut Secrets) {
    let odd = [
        ("user-agent", "evil \"quoted\" \\n {\"level\":\"FORGED\"} \u{202e}"),
        ("accept-language", "en\u{ff}\u{2028}"),
        ("x-request-id", "forged\"}"),
        ("cookie", "daemun=canary-cookie; daemun-login=canary-login"),
        ("authorization", "Bearer canary-header"),
        ("proxy-authorization", "Basic canary-proxy"),
        ("x-forward-auth-key", FORWARD_AUTH_KEY),
    ];
    let browser = place.browser();
    let query = "access_token=canary-query&password=canary-in-query&token=canary-token";
    for path in ["/", "/%0d%0a%1b[31mFORGED", "/auth/verify", "/password/reset", "/oauth/login", CONTROL] {
        browser.send(Method::GET, &format!("{path}?{query}"), &odd, None).await;
        browser
            .send(Method::POST, &format!("{path}?{query}"), &odd, Some(&[("password", "canary-form")]))
            .await;
    }
    browser.send(Method::POST, "/dev/panic", &odd, Some(&[("password", "canary-panic")])).await;
    for name in [
        "canary-cookie",
        "canary-login",
        "canary-header",
        "canary-proxy",
        "canary-query",
        "canary-in-query",
        "canary-token",
        "canary-form",
        "canary-panic",
        FORWARD_AUTH_KEY,
    ] {
        secrets.add("a header or a query", name);
    }
}

async fn started() -> (Place, Process, Simulators, ProviderActor, Secrets) {
    let mut place = Place::new();
    let mut secrets = Secrets::default();
    place.set("DAEMUN_LOG__FILTER", "trace");
    place.set("DAEMUN_GATEWAY__FORWARD_AUTH_KEY", FORWARD_AUTH_KEY);
    let master = MasterKey::generate(&OsRandomness).text();
    place.set("DAEMUN_MASTER_KEYS", &master);
    secrets.add("master key", &*master);
    let (simulators, actor) = foreign_providers(&mut place).await;
    let process = place.start().await;
    (place, process, simulators, actor, secrets)
}

/// What is in the database in no form: only hashes are kept, or what is sealed. People's addresses are what it is for.
fn are_in_no_table(place: &Place, secrets: &Secrets) {
    let files = ["daemun.db", "daemun.db-wal"].map(|name| std::fs::read(place.path(&format!("data/{name}"))));
    let bytes: Vec<u8> = files.into_iter().flatten().flatten().collect();
    let holds = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
    assert!(holds(EMAIL.as_bytes()), "the search finds what is there");
    for (name, value) in &secrets.0 {
        // Six digits are in every longer number.
        if name.contains("address") || value.len() < 8 {
            continue;
        }
        for form in forms(value) {
            assert!(!holds(form.as_bytes()), "{name} is in the database: {form}");
        }
        if let Some(raw) = URL_SAFE_NO_PAD.decode(value).ok().filter(|raw| raw.len() >= 16) {
            assert!(!holds(&raw), "{name} is in the database, decoded");
        }
    }
}

#[tokio::test]
async fn s_log_2_3_4_s_evt_5_s_mail_12_no_planted_secret_is_in_log_metrics_or_database() {
    let (place, process, simulators, actor, mut secrets) = started().await;
    by_providers(&place, (&simulators, &actor), &mut secrets).await;
    by_password(&place, &mut secrets).await;
    odd_requests(&place, &mut secrets).await;
    let metrics = place.operators().fetch("/metrics").await.body;
    let log = process.stop().await;

    assert!(find(&log, CONTROL).is_some(), "the search finds what was planted where it may be seen");
    assert!(metrics.contains("daemun_http_requests_total"));
    assert!(log.contains("\"TRACE\""), "the finest level");
    for name in ["session cookie", "code_verifier", "nonce", "client_secret", "refresh_token"] {
        assert!(secrets.0.iter().any(|(planted, _)| planted == name), "none was planted: {name}");
    }
    for (name, value) in &secrets.0 {
        for output in [&log, &metrics] {
            let found = find(output, value);
            assert!(found.is_none(), "{name} ({value}): {}", found.unwrap_or_default());
        }
    }
    are_in_no_table(&place, &secrets);
    assert!(!log.contains("eyJ") && !log.contains("ya29."), "nor any token that nobody planted");
    for line in log.lines() {
        let entry: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("not one object: {line}"));
        assert!(entry["timestamp"].as_str().unwrap().ends_with('Z'));
        assert_ne!(entry["level"], "FORGED");
        assert!(line.len() < 20_000, "{line:.200}");
    }
    let sign_in = log.lines().find(|line| line.contains("\"sign_in\"") && line.contains("success"));
    let entry: Value = serde_json::from_str(sign_in.unwrap()).unwrap();
    for what in ["request_id", "event", "outcome", "member_id", "network"] {
        assert!(entry[what].as_str().is_some_and(|value| !value.is_empty()), "S-LOG-4: {what} in {entry}");
    }
    let id = entry["request_id"].as_str().unwrap();
    assert!(log.lines().any(|line| line.contains(id) && line.contains("\"answered\"")), "S-LOG-4: one id");
}
