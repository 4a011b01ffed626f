//! Who asks, and for what.

use std::path::Path;
use std::sync::Arc;

use db::Database;
use kernel::{Clock as _, Context, KeyRing, MasterKey, OsRandomness};
use simulators::Simulators;
use testkit::HandClock;
use tokens::{ClientId, Grant, Scope, Settings, Tokens};
use tokio::runtime::Runtime;

use crate::around::Program;
use crate::planted::{self, Person};
use crate::provider_actor::ProviderActor;
use crate::serve::configuration;
use crate::steps::Step;
use crate::surroundings;
use crate::token_actor::{MASTER_KEY, TokenActor};
use crate::wire::{Reply, Wire, get, post};

const ISSUER: &str = "http://localhost:3000";
const CALLBACK: &str = "http://localhost:3999/callback";
/// The pair of RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const PASSWORD: &str = "여섯 마리 두루미가 날아갔다";
/// Its hash, at next to no cost.
const HASH: &str =
    "$argon2id$v=19$m=8,t=1,p=1$BwcHBwcHBwcHBwcHBwcHBw$lui4rM+3JxwYFjx2i9E1pHsaKm3vuSOVkrKPz6Pvw9g";
/// Enough for every path that needs a new one each time.
const PEOPLE: usize = 400;
const POSTS: i64 = 800;

/// What a browser sends with a form of ours.
const OWN_FORM: [(&str, &str); 3] =
    [("Origin", ISSUER), ("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Mode", "navigate")];
/// What it sends to see a page.
const PAGE: [(&str, &str); 4] = [
    ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
    ("Accept-Encoding", "gzip, deflate, br, zstd"),
    ("Sec-Fetch-Mode", "navigate"),
    ("Sec-Fetch-Dest", "document"),
];

/// A program with everybody who asks it.
pub struct Scene {
    program: Program,
    runtime: Runtime,
    site: Wire,
    live: Wire,
    people: Vec<Person>,
    bearer: String,
    refresh: Vec<String>,
    provider: ProviderActor,
    asked: usize,
    _simulators: Simulators,
    folder: tempfile::TempDir,
}

impl Scene {
    pub fn open(is_counted: bool) -> Self {
        let runtime = Runtime::new().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let simulators = runtime.block_on(surroundings::providers(ISSUER, Arc::new(HandClock::default())));
        lay_out(folder.path(), &simulators);
        let people: Vec<_> = std::iter::repeat_with(Person::new).take(PEOPLE).collect();
        let (bearer, refresh) = runtime.block_on(plant(folder.path(), &people));
        let program = Program::start(folder.path(), is_counted);
        Self {
            site: Wire::to(program.port),
            live: Wire::to(program.live),
            provider: ProviderActor::new(simulators.base_url()),
            program,
            runtime,
            people,
            bearer,
            refresh,
            asked: 0,
            _simulators: simulators,
            folder,
        }
    }

    /// Asks for a path so often that everything is there that stays.
    pub fn warm_up(&mut self, step: Step) {
        let requests = self.requests(step, step.warm_up());
        self.ask_all(step, &requests);
    }

    /// Asks as often as it is counted, and gives what callgrind wrote.
    pub fn counted(&mut self, step: Step) -> std::path::PathBuf {
        let requests = self.requests(step, step.times());
        let Self { program, site, live, provider, runtime, .. } = self;
        program.counted(|| ask_all(step, &requests, &mut Asking { site, live, provider, runtime }))
    }

    /// Asks as often as it is counted.
    pub fn asked(&mut self, step: Step) {
        let requests = self.requests(step, step.times());
        self.ask_all(step, &requests);
    }

    /// Ends the program, so that all is written; gives the folder.
    pub fn end(self) -> tempfile::TempDir {
        self.program.end();
        self.folder
    }

    /// The program's process.
    pub fn process(&self) -> u32 {
        self.program.id()
    }

    fn ask_all(&mut self, step: Step, requests: &[String]) {
        let Self { site, live, provider, runtime, .. } = self;
        ask_all(step, requests, &mut Asking { site, live, provider, runtime });
    }

    /// The next one of those who are signed in.
    fn next_cookie(&mut self) -> String {
        self.asked += 1;
        self.people[self.asked].cookie()
    }

    fn requests(&mut self, step: Step, times: usize) -> Vec<String> {
        let (first, address) = (self.people[0].cookie(), step.address());
        let signed_in = [("Cookie", &*first)];
        let bearer = self.bearer.clone();
        let bearer = [("Authorization", &*bearer)];
        let same = match step {
            Step::Bare | Step::SessionNobody | Step::Jwks => get(address, &[]),
            Step::SessionKept | Step::GatewayCookie | Step::Feed => get(address, &signed_in),
            Step::LoginKept => get(address, &PAGE),
            Step::PageDrawn => get(address, &[&PAGE[..], &signed_in].concat()),
            Step::GatewayToken => get(address, &bearer),
            Step::Verify => {
                let asked = [("X-Original-Method", "GET"), ("X-Original-URI", "/api/orders/1")];
                get("/auth/verify?scope=read&audience=orders", &[&asked[..], &bearer].concat())
            }
            Step::Password => {
                let form =
                    form(&[("email", "minji@example.com"), ("password", PASSWORD), ("return_to", "/me")]);
                post(address, &OWN_FORM, &form)
            }
            Step::Provider => post("/api/auth/signin/google", &OWN_FORM, "return_to=%2Fme"),
            Step::SessionFirst => {
                return (0..times).map(|_| get(address, &[("Cookie", &self.next_cookie())])).collect();
            }
            Step::Refresh => {
                let token = |token: String| {
                    form(&[
                        ("grant_type", "refresh_token"),
                        ("client_id", "portal-client"),
                        ("refresh_token", &token),
                    ])
                };
                let left = self.refresh.len() - times;
                return self.refresh.drain(left..).map(|it| post(address, &[], &token(it))).collect();
            }
            Step::Code => return (0..times).map(|_| post(address, &[], &self.code())).collect(),
        };
        vec![same; times]
    }

    /// What redeems a new code.
    fn code(&mut self) -> String {
        let path = format!(
            "/oauth2/authorize?response_type=code&client_id=portal-client&redirect_uri={CALLBACK}&scope=read\
             &code_challenge={CHALLENGE}&code_challenge_method=S256"
        );
        let reply = self.site.ask(&get(&path, &[("Cookie", &self.people[0].cookie())]));
        let location = reply.field("location");
        let code = location.split_once("?code=").unwrap_or_else(|| panic!("no code: {reply:?}")).1;
        form(&[
            ("grant_type", "authorization_code"),
            ("client_id", "portal-client"),
            ("code", code.split('&').next().unwrap()),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ])
    }
}

/// Those who ask.
struct Asking<'a> {
    site: &'a mut Wire,
    live: &'a mut Wire,
    provider: &'a ProviderActor,
    runtime: &'a Runtime,
}

fn ask_all(step: Step, requests: &[String], asking: &mut Asking<'_>) {
    for request in requests {
        let wire = if step == Step::Bare { &mut *asking.live } else { &mut *asking.site };
        let reply = wire.ask(request);
        let wanted = if matches!(step, Step::Password | Step::Provider) { 303 } else { 200 };
        expect(&reply, wanted);
        if step == Step::Provider {
            let binding = reply.field("set-cookie").split(';').next().unwrap().to_owned();
            let agreed = asking.provider.agree(reply.field("location"), "minji");
            let callback = asking.runtime.block_on(agreed);
            let reply = asking.site.ask(&get(&callback, &[&PAGE[..], &[("Cookie", &binding)]].concat()));
            expect(&reply, 303);
            assert_eq!(reply.field("location"), "/me");
        }
    }
}

fn expect(reply: &Reply, status: u16) {
    assert_eq!(reply.status, status, "{}\n{}", reply.head, String::from_utf8_lossy(&reply.body));
}

fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// The folder of the program: its configuration and its files.
fn lay_out(folder: &Path, simulators: &Simulators) {
    let at = folder.display();
    std::fs::create_dir_all(folder.join("site/pkg")).unwrap();
    std::fs::create_dir_all(folder.join("data")).unwrap();
    std::fs::write(folder.join("site/pkg/daemun.css"), "a{}").unwrap();
    let toml = format!(
        "master_keys = [\"{MASTER_KEY}\"]\ndata_dir = \"{at}/data\"\n\
         [database]\nurl = \"sqlite:{at}/data/daemun.db\"\n\
         [limits]\nsign_ins_per_minute = 1000000\nauthorization_requests_per_minute = 1000000\n\
         {google}\
         [[clients]]\nid = \"portal-client\"\nname = \"포털\"\nauth = \"none\"\n\
         grants = [\"authorization_code\", \"refresh_token\"]\nredirect_uris = [\"{CALLBACK}\"]\n\
         scopes = [\"openid\", \"read\"]\nfirst_party = true\n\
         [[gateway.routes]]\npath = \"/api/orders/{{*rest}}\"\nupstream = [\"http://127.0.0.1:{service}\"]\n\
         methods = [\"GET\"]\nscope = \"read\"\n",
        google = surroundings::google(simulators),
        service = surroundings::service(),
    );
    std::fs::write(folder.join("daemun.toml"), toml).unwrap();
}

/// Everybody who asks; gives an access token, and the refresh token of each person but the first.
async fn plant(folder: &Path, people: &[Person]) -> (String, Vec<String>) {
    let url = configuration(folder).database.url;
    let db = Database::open(&url).await.unwrap();
    let clock = Arc::new(HandClock::default());
    let mut tx = db.begin().await.unwrap();
    planted::people(&mut tx, people, clock.now()).await;
    let (reader, author) = (people[0].member, people[1].member);
    planted::feed(&mut tx, reader, author, POSTS, clock.now()).await;
    planted::account(&mut tx, reader, "minji@example.com", HASH).await;
    tx.commit().await.unwrap();
    let bearer = TokenActor::new(&url, ISSUER, Arc::clone(&clock) as _).await.sign_in("read").await.bearer;
    let ring = Arc::new(KeyRing::new(vec![MasterKey::parse(MASTER_KEY).unwrap()]).unwrap());
    let context = Context { clock: Arc::clone(&clock) as _, randomness: Arc::new(OsRandomness) };
    let tokens = Tokens::new(Settings::new(ISSUER, ISSUER), db.clone(), ring, context).unwrap();
    let mut refresh = Vec::new();
    let mut tx = db.begin().await.unwrap();
    for person in &people[1..] {
        let grant = Grant {
            subject: person.member,
            session: person.session,
            client_id: ClientId::parse("portal-client").unwrap(),
            scope: Scope::parse("read").unwrap(),
            audience: None,
            auth_time: clock.now(),
            proven_by: Some(names::ProvenBy::Password),
            method: Some(names::SignInMethod::Password),
            key: None,
        };
        refresh.push(tokens.families.issue(&mut tx, &grant).await.unwrap().refresh.text());
    }
    tx.commit().await.unwrap();
    db.close().await;
    (bearer, refresh)
}
