//! The program as its operator meets it: started, refused, stopped, killed.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use kernel::{OsRandomness, SystemClock};
use simulators::{SimulatedProvider, SimulatorSettings, Simulators};
use testkit::Browser;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use url::Url;

use crate::provider_actor::ProviderActor;

/// How long a start may take on a busy machine; a bound, not a wait.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A folder with a site, and the ports for one program.
pub struct Place {
    folder: tempfile::TempDir,
    port: u16,
    operators: u16,
    /// Where people find it, if something is before it.
    pub public: Option<u16>,
    /// Another program than the one that is tested, such as an older one.
    pub program: Option<PathBuf>,
    settings: Vec<(String, String)>,
}

/// A program in a process of its own.
pub struct Process {
    child: Child,
    log: tokio::task::JoinHandle<String>,
}

impl Place {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("site/pkg")).unwrap();
        std::fs::write(folder.path().join("site/pkg/daemun.css"), "a{}").unwrap();
        Self {
            folder,
            port: free_port(),
            operators: free_port(),
            public: None,
            program: None,
            settings: Vec::new(),
        }
    }

    pub fn set(&mut self, key: &str, value: impl std::fmt::Display) {
        self.settings.push((key.to_owned(), value.to_string()));
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What the program answers to a command, on both outputs, and how it exits.
    pub async fn says(&self, command: &[&str], arguments: &[&str]) -> (i32, String) {
        let output = self.command().args(command).args(arguments).output().await.unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.code().unwrap(), String::from_utf8(text).unwrap())
    }

    pub fn command(&self) -> Command {
        let program = self.program.as_deref().unwrap_or(Path::new(env!("CARGO_BIN_EXE_daemun")));
        let mut command = Command::new(program);
        command
            .env_clear()
            .current_dir(self.folder.path())
            .env("LEPTOS_SITE_ROOT", self.path("site"))
            // Programs of other tests, and of anyone who works on this machine, have the usual port.
            .env("DAEMUN_SIMULATORS__LISTEN", "127.0.0.1:0")
            .env("DAEMUN_LISTEN", format!("127.0.0.1:{}", self.port))
            .env("DAEMUN_OPS_LISTEN", format!("127.0.0.1:{}", self.operators))
            .env("DAEMUN_PUBLIC_URL", self.url().as_str())
            .env("DAEMUN_LOG__FORMAT", "json")
            .envs(self.settings.iter().map(|(key, value)| (key, value)))
            .stderr(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    pub fn url(&self) -> Url {
        Url::parse(&format!("http://localhost:{}", self.public.unwrap_or(self.port))).unwrap()
    }

    pub const fn port(&self) -> u16 {
        self.port
    }

    pub fn settings(&self) -> &[(String, String)] {
        &self.settings
    }

    /// Where it listens.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Where it listens for operators.
    pub fn operations(&self) -> String {
        format!("127.0.0.1:{}", self.operators)
    }

    pub fn browser(&self) -> Browser {
        let site = Url::parse(&format!("http://127.0.0.1:{}", self.port)).unwrap();
        Browser::under(&site, &self.url())
    }

    /// Somebody at the listener for operators.
    pub fn operators(&self) -> Browser {
        Browser::new(&Url::parse(&format!("http://127.0.0.1:{}", self.operators)).unwrap())
    }

    /// Starts the program and returns when it answers.
    pub async fn start(&self) -> Process {
        let mut child = self.command().spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut log = String::new();
        let opened = async {
            while let Some(line) = lines.next_line().await.unwrap() {
                log.push_str(&line);
                log.push('\n');
                if line.contains("daemun is open") {
                    return;
                }
            }
            panic!("it did not start:\n{log}");
        };
        tokio::time::timeout(TIMEOUT, opened).await.unwrap();
        let log = tokio::spawn(async move {
            while let Some(line) = lines.next_line().await.unwrap() {
                log.push_str(&line);
                log.push('\n');
            }
            log
        });
        Process { child, log }
    }

    /// Runs the program to its end, which must be a refusal, and gives what it said.
    pub async fn refused(&self) -> String {
        let output = tokio::time::timeout(TIMEOUT, self.command().output()).await.unwrap().unwrap();
        assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stderr).unwrap()
    }
}

impl Process {
    pub fn id(&self) -> u32 {
        self.child.id().unwrap()
    }

    pub fn signal(&self, name: &str) {
        let id = self.id().to_string();
        assert!(std::process::Command::new("kill").args([name, &id]).status().unwrap().success());
    }

    async fn end(mut self) -> (ExitStatus, String) {
        let status = tokio::time::timeout(TIMEOUT, self.child.wait()).await.unwrap().unwrap();
        (status, self.log.await.unwrap())
    }

    pub async fn stop(self) -> String {
        self.signal("-TERM");
        let (status, log) = self.end().await;
        assert!(status.success(), "{log}");
        log
    }

    pub async fn kill(self) {
        self.signal("-KILL");
        self.end().await;
    }
}

/// A port that nobody listens on, each but once. Not one that the system would give: those it gives to the outgoing
/// connections of other tests as well, before the program comes to bind it.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = 12_000 + u16::try_from(std::process::id() % 1_000).unwrap() * 20;
    let mut ports = std::iter::repeat_with(|| start + NEXT.fetch_add(1, Ordering::Relaxed)).take(500);
    ports.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).unwrap()
}

/// A program that serves, and a browser in which somebody is signed in.
pub async fn place_with_member() -> (Place, Simulators, Process, Browser) {
    let mut place = Place::new();
    let (simulators, actor) = foreign_providers(&mut place).await;
    let process = place.start().await;
    let browser = place.browser();
    assert_eq!(browser.visit(&callback(&browser, &actor, "google").await).await.status, 303);
    (place, simulators, process, browser)
}

/// Providers that are not the program's own: other ports, other keys, named by configuration alone.
pub async fn foreign_providers(place: &mut Place) -> (Simulators, ProviderActor) {
    let settings = SimulatorSettings {
        listen: ([127, 0, 0, 1], 0).into(),
        redirect_base: place.url(),
        kakao_openid_connect: false,
    };
    let simulators =
        Simulators::start(settings, Arc::new(SystemClock), Arc::new(OsRandomness)).await.unwrap();
    for (name, provider) in [
        ("GOOGLE", SimulatedProvider::Google),
        ("NAVER", SimulatedProvider::NaverClassic),
        ("KAKAO", SimulatedProvider::Kakao),
    ] {
        let endpoints = simulators.endpoints(provider);
        let key = |field: &str| format!("DAEMUN_PROVIDERS__{name}__{field}");
        place.set(&key("CLIENT_ID"), endpoints.client_id);
        place.set(&key("CLIENT_SECRET"), endpoints.client_secret);
        place.set(&key("ISSUER"), endpoints.issuer);
        place.set(&key("AUTHORIZE_URL"), endpoints.authorize_url);
        place.set(&key("TOKEN_URL"), endpoints.token_url);
        place.set(&key("USERINFO_URL"), endpoints.userinfo_url);
        place.set(&key("JWKS_URL"), endpoints.jwks_url);
    }
    let actor = ProviderActor::new(simulators.base_url());
    (simulators, actor)
}

pub async fn callback(browser: &Browser, actor: &ProviderActor, provider: &str) -> String {
    let begun = browser.submit(&format!("/api/auth/signin/{provider}"), &[("return_to", "/me")]).await;
    assert_eq!(begun.status, 303, "{}", begun.body);
    actor.agree(begun.location(), "minji").await
}

#[tokio::test]
async fn foreign_providers_by_configuration_alone_sign_people_in() {
    let mut place = Place::new();
    let (_simulators, actor) = foreign_providers(&mut place).await;
    let process = place.start().await;
    for provider in ["google", "naver", "kakao"] {
        let browser = place.browser();
        let answer = browser.visit(&callback(&browser, &actor, provider).await).await;
        assert_eq!((answer.status.as_u16(), answer.location()), (303, "/me"), "{provider}");
    }
    process.stop().await;
}

#[tokio::test]
async fn a_kill_at_any_moment_loses_nothing_confirmed_and_blocks_nothing() {
    let mut place = Place::new();
    let (_simulators, actor) = foreign_providers(&mut place).await;
    let signed_in = place.browser();
    let mut process = place.start().await;
    assert_eq!(signed_in.visit(&callback(&signed_in, &actor, "google").await).await.status, 303);

    // Killed while a person is at the provider: their way back still leads in.
    let waiting = place.browser();
    let on_the_way = callback(&waiting, &actor, "naver").await;
    process.kill().await;
    process = place.start().await;
    assert_eq!(waiting.visit(&on_the_way).await.status, 303);

    // Killed while the callback waits for the provider's token: the next try leads in.
    for round in 0..5 {
        let browser = place.browser();
        let back = callback(&browser, &actor, "google").await;
        actor.failure("google", "token", "slow").await;
        let cut = async {
            tokio::time::sleep(Duration::from_millis(40 * round)).await;
            process.kill().await;
        };
        let arriving = callback_or_break(&place, &browser, &back);
        let ((), _) = tokio::join!(cut, arriving);
        process = place.start().await;
        let again = browser.visit(&callback(&browser, &actor, "google").await).await;
        assert_eq!((again.status.as_u16(), again.location()), (303, "/me"), "round {round}");
    }
    for browser in [&signed_in, &waiting] {
        assert!(!browser.fetch("/api/auth/session").await.json().is_null(), "what was confirmed is there");
    }
    process.stop().await;
}

/// A request whose server may die under it.
async fn callback_or_break(place: &Place, browser: &Browser, path: &str) -> Option<u16> {
    let cookie = browser.cookie("daemun-login").unwrap();
    let client =
        reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let url = format!("http://127.0.0.1:{}{path}", place.port);
    let answer = client.get(url).header("cookie", format!("daemun-login={cookie}")).send().await;
    answer.ok().map(|answer| answer.status().as_u16())
}

#[tokio::test]
async fn a_stop_finishes_what_is_in_flight() {
    let mut place = Place::new();
    let (_simulators, actor) = foreign_providers(&mut place).await;
    let process = place.start().await;
    let browser = place.browser();
    let back = callback(&browser, &actor, "kakao").await;
    actor.failure("kakao", "token", "slow").await;
    let stop = async {
        // The request is at the provider when this has seen it there.
        while !actor.requests("kakao").await.iter().any(|request| request["at"] == "token") {
            tokio::task::yield_now().await;
        }
        process.stop().await
    };
    let (answer, log) = tokio::join!(browser.visit(&back), stop);
    assert_eq!((answer.status.as_u16(), answer.location()), (303, "/me"));
    assert!(log.contains("daemun is closed"), "{log}");
    let process = place.start().await;
    assert!(!browser.fetch("/api/auth/session").await.json().is_null());
    process.stop().await;
}

#[tokio::test]
async fn a_start_is_refused_with_what_to_do() {
    let place = Place::new();
    let taken = TcpListener::bind(("127.0.0.1", place.port)).unwrap();
    let said = place.refused().await;
    assert!(said.contains("`listen`") && said.contains(&place.port.to_string()), "{said}");
    drop(taken);

    std::fs::write(place.path("data"), "a file, no folder").unwrap();
    let said = place.refused().await;
    assert!(said.contains("`data_dir`"), "{said}");
    std::fs::remove_file(place.path("data")).unwrap();

    place.start().await.stop().await;
    pretend_newer(&place.path("data/daemun.db")).await;
    let said = place.refused().await;
    assert!(said.contains("newer Daemun") && said.contains("9999"), "{said}");
}

#[tokio::test]
async fn a_check_beside_the_program_that_serves_names_it_and_finds_no_port_taken() {
    let mut place = Place::new();
    place.set("DAEMUN_SIMULATORS__LISTEN", format!("127.0.0.1:{}", free_port()));
    let process = place.start().await;
    let number = process.child.id().unwrap();
    let (status, said) = place.says(&["check"], &[]).await;
    assert_eq!(status, 0, "{said}");
    assert!(said.contains(&format!("(process {number})")) && said.contains("in order"), "{said}");
    // What is not as in the configuration of the program that serves is not known as its own.
    let own = std::mem::replace(&mut place.port, place.operators);
    let (status, said) = place.says(&["check"], &[]).await;
    let taken =
        ["`listen`: cannot listen", "`ops_listen`: cannot listen", "`simulators.listen`: cannot listen"];
    assert!(status == 1 && taken.iter().all(|key| said.contains(key)), "{said}");
    process.stop().await;
    place.port = own;
    let (status, said) = place.says(&["check"], &[]).await;
    assert!(status == 0 && !said.contains("process"), "{said}");
}

async fn pretend_newer(file: &Path) {
    use sqlx::Connection as _;
    sqlx::any::install_default_drivers();
    let mut connection = sqlx::AnyConnection::connect(&format!("sqlite:{}", file.display())).await.unwrap();
    let row = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
               VALUES (9999, 'later', TRUE, x'00', 0)";
    sqlx::query(row).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn a_wrong_key_is_refused_by_name_and_bad_usage_is_two() {
    let mut place = Place::new();
    place.set("DAEMUN_PUBLIC_ULR", "http://localhost:1");
    let said = place.refused().await;
    assert!(said.contains("DAEMUN_PUBLIC_ULR") && said.contains("public_url"), "{said}");
    let output = place.command().arg("frobnicate").output().await.unwrap();
    assert_eq!(output.status.code(), Some(2));
}

#[tokio::test]
async fn s_ops_3_production_refuses_simulators() {
    let mut place = Place::new();
    place.set("DAEMUN_MODE", "production");
    place.set("DAEMUN_SIMULATORS__ENABLED", "true");
    let said = place.refused().await;
    assert!(said.contains("simulators.enabled"), "{said}");
}
