//! Members who are signed in, registered clients, and a family for each of these, written to the database before the program starts.

use std::collections::HashMap;
use std::sync::Arc;

use kernel::{Clock as _, KeyRing, MasterKey, OsRandomness, SystemClock};
use testkit::TestDatabase;
use tokens::{ClientId, Grant, Scope, Settings, Tokens};

use crate::clients::{Answer, CALLBACK, Request};
use crate::planted::{self, Person};

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

impl Planted {
    pub async fn in_database(database: &TestDatabase, rows: usize) -> Self {
        let people: Vec<_> = (0..PEOPLE).map(|_| Person::new()).collect();
        let mut tx = database.begin().await.unwrap();
        planted::people(&mut tx, &people, SystemClock.now()).await;
        let clients: Vec<_> = (0..rows).map(|at| format!("client-{at}")).collect();
        let description = description();
        let client = |at: usize| format!("('{}', '{description}', {at})", clients[at]);
        planted::insert(&mut tx, "registered_clients (id, description, created_at)", rows, client).await;
        tx.commit().await.unwrap();
        let mut families = HashMap::new();
        for scope in SCOPES {
            families.insert(scope, begin(database, &people, &clients, scope).await);
        }
        let cookies = people.iter().map(Person::cookie).collect();
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
                method: Some(names::SignInMethod::Password),
                key: None,
            };
            let begun = tokens.families.issue(&mut tx, &grant).await.unwrap();
            families.push(Family { client, token: begun.refresh.text() });
        }
        tx.commit().await.unwrap();
    }
    families
}
