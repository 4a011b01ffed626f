//! Members who are signed in, registered clients, and a family for each of these, written to the database before the program starts.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

use db::query;
use kernel::{Clock as _, KeyRing, MasterKey, NewId as _, OpaqueToken, OsRandomness, SystemClock};
use names::{MemberId, SessionId};
use sqlx::AssertSqlSafe;
use testkit::TestDatabase;
use tokens::{ClientId, Grant, Scope, Settings, Tokens};

use crate::clients::{Answer, CALLBACK, Request};

const PEOPLE: usize = 1_000;
const PER_STATEMENT: usize = 500;
/// How many families have a scope; those of a person are for the codes.
const SCOPES: [&str; 2] = ["read", "openid read"];

/// What is there.
pub struct Planted {
    /// What the cookie of each person holds.
    pub cookies: Vec<String>,
    pub clients: Vec<String>,
    /// The good token of each family, with its client, by the scope.
    families: HashMap<&'static str, Vec<Family>>,
    next: usize,
}

struct Family {
    client: usize,
    token: String,
}

struct Person {
    member: MemberId,
    session: SessionId,
    handle: OpaqueToken,
}

impl Planted {
    pub async fn in_database(database: &TestDatabase, rows: usize) -> Self {
        let people: Vec<_> = (0..PEOPLE).map(|_| Person::new()).collect();
        insert(database, "members (id, nickname, greeting, status, created_at, updated_at)", PEOPLE, |at| {
            format!("('{}', '김민지', '안녕하세요!', 'active', 0, 0)", people[at].member)
        })
        .await;
        let columns = "sessions (id, handle_hash, member_id, provider, created_at, last_seen_at, expires_at, ends_at, \
                       user_agent, network, rotated_at)";
        insert(database, columns, PEOPLE, |at| people[at].row()).await;
        let clients: Vec<_> = (0..rows).map(|at| format!("client-{at}")).collect();
        let description = description();
        insert(database, "registered_clients (id, description, created_at)", rows, |at| {
            format!("('{}', '{description}', {at})", clients[at])
        })
        .await;
        let mut families = HashMap::new();
        for scope in SCOPES {
            families.insert(scope, begin(database, &people, &clients, scope).await);
        }
        let cookies = people.iter().map(|person| format!("daemun={}", person.handle.text())).collect();
        Self { cookies, clients, families, next: 0 }
    }

    /// Refreshes of at most so many families, each time of other ones as far as there are. None comes twice, or two requests would
    /// have one token.
    pub fn refreshes(&mut self, scope: &str, number: usize) -> Vec<Request> {
        let (scope, families) = self.families.get_key_value(scope).unwrap();
        let (from, number) = (self.next, number.min(families.len()));
        self.next += number;
        let request = |at: usize| {
            let at = at % families.len();
            let Family { client, token } = &families[at];
            let form =
                format!("grant_type=refresh_token&client_id={}&refresh_token={token}", self.clients[*client]);
            Request { form, family: Some((*scope, at)) }
        };
        (from..from + number).map(request).collect()
    }

    /// The next tokens of those that were refreshed.
    pub fn keep(&mut self, answers: &[Answer]) {
        for Answer { family, refresh_token } in answers {
            if let Some((scope, at)) = *family {
                self.families.get_mut(scope).unwrap()[at].token.clone_from(refresh_token);
            }
        }
    }
}

impl Person {
    fn new() -> Self {
        Self {
            member: MemberId::new(&SystemClock, &OsRandomness),
            session: SessionId::new(&SystemClock, &OsRandomness),
            handle: OpaqueToken::new(&OsRandomness),
        }
    }

    fn row(&self) -> String {
        let Self { member, session, handle } = self;
        let (now, end) =
            (SystemClock.now().millis(), SystemClock.now().plus(std::time::Duration::from_hours(240)));
        let mut hash = String::new();
        for byte in handle.hash().as_bytes() {
            write!(hash, "{byte:02x}").unwrap();
        }
        let end = end.millis();
        format!("('{session}', x'{hash}', '{member}', 'kakao', {now}, {now}, {end}, {end}, '', '', {now})")
    }
}

fn description() -> String {
    let scopes = SCOPES[1].split(' ').collect::<Vec<_>>();
    serde_json::json!({
        "name": "app",
        "auth": "none",
        "grants": ["authorization_code", "refresh_token"],
        "redirect_uris": [CALLBACK],
        "scopes": scopes,
        "first_party": true,
    })
    .to_string()
}

/// A family for each client, as the token service begins them.
async fn begin(database: &TestDatabase, people: &[Person], clients: &[String], scope: &str) -> Vec<Family> {
    let ring = Arc::new(KeyRing::new(vec![MasterKey::generate(&OsRandomness)]).unwrap());
    let settings = Settings::new("https://issuer.example", "services");
    let tokens = Tokens::new(settings, (**database).clone(), ring, kernel::Context::system()).unwrap();
    let mut families = Vec::new();
    for (chunk, ids) in clients.chunks(PER_STATEMENT).enumerate() {
        let mut tx = database.begin().await.unwrap();
        for (at, id) in ids.iter().enumerate() {
            let client = chunk * PER_STATEMENT + at;
            let person = &people[client % people.len()];
            let grant = Grant {
                subject: person.member,
                session: person.session,
                client_id: ClientId::parse(id).unwrap(),
                scope: Scope::parse(scope).unwrap(),
                audience: None,
                auth_time: SystemClock.now(),
                proven_by: Some(names::ProvenBy::Password),
                key: None,
            };
            let begun = tokens.families.issue(&mut tx, &grant).await.unwrap();
            families.push(Family { client, token: begun.refresh.text() });
        }
        tx.commit().await.unwrap();
    }
    families
}

async fn insert(database: &TestDatabase, columns: &str, rows: usize, row: impl Fn(usize) -> String) {
    let all: Vec<_> = (0..rows).collect();
    for chunk in all.chunks(PER_STATEMENT) {
        let mut tx = database.begin().await.unwrap();
        let tuples: Vec<_> = chunk.iter().map(|at| row(*at)).collect();
        let sql = format!("INSERT INTO {columns} VALUES {}", tuples.join(","));
        query(AssertSqlSafe(sql)).execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
    }
}
