//! Whole sign-ins, one after the other: by a provider and by password, each beside a bare loop of what it cannot do without.

use std::cell::Cell;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use db::Database;
use kernel::{Clock as _, HashingCost, SystemClock};

use crate::bench::shares::Sampling;
use crate::bench::{Server, note};
use crate::planted::{self, Person};
use crate::provider_actor::ProviderActor;
use crate::wire::{Wire, get, post};
use crate::{ORIGIN, bare, crowd, database, started, surroundings};

const BY_PROVIDER: usize = 300;
const BY_PASSWORD: usize = 100;
const PASSWORD: &str = "여섯 마리 두루미가 날아갔다";

/// What a browser sends with a form of ours.
const OWN_FORM: [(&str, &str); 3] =
    [("Origin", ORIGIN), ("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Mode", "navigate")];

pub fn measure() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let simulators = runtime.block_on(surroundings::providers(ORIGIN, Arc::new(SystemClock)));
    let folder = tempfile::tempdir().unwrap();
    let toml = format!(
        "[limits]\nsign_ins_per_minute = 1000000\nauthorization_requests_per_minute = 1000000\n{}",
        surroundings::google(&simulators)
    );
    let server = started(folder.path(), &toml);
    runtime.block_on(accounts(&database(folder.path())));
    let provider = ProviderActor::new(simulators.base_url());

    let by_provider = |times: usize| {
        let mut wire = Wire::to(server.port);
        for _ in 0..times {
            let form = post("/api/auth/signin/google", &OWN_FORM, "return_to=%2Fme");
            let reply = wire.ask(&form);
            let binding = reply.field("set-cookie").split(';').next().unwrap().to_owned();
            let callback = runtime.block_on(provider.agree(reply.field("location"), "minji"));
            let reply = wire.ask(&get(&callback, &[("Cookie", &binding), ("Sec-Fetch-Mode", "navigate")]));
            assert_eq!((reply.status, reply.field("location")), (303, "/me"));
        }
    };
    row(&server, "sign-in by a provider", BY_PROVIDER, by_provider);
    let service = surroundings::service();
    limit("signature, two commits, one exchange, bare", "sign-in", &service.to_string());

    // Each with an account of its own: there is a limit for one.
    let tried = Cell::new(0);
    let by_password = |times: usize| {
        let mut wire = Wire::to(server.port);
        for _ in 0..times {
            let email = email(tried.replace(tried.get() + 1));
            let form = [("email", &*email), ("password", PASSWORD), ("return_to", "/me")];
            let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
            let reply = wire.ask(&post("/api/auth/signin/password", &OWN_FORM, &form));
            assert_eq!((reply.status, reply.field("location")), (303, "/me"), "{}", reply.head);
        }
    };
    row(&server, "sign-in by password", BY_PASSWORD, by_password);
    limit("argon2id alone", "argon2", "");
}

/// Measures so many sign-ins, after a few for warming up and for samples.
fn row(server: &Server, name: &str, times: usize, sign_in: impl Fn(usize)) {
    let sampling = Sampling::of(server);
    sign_in(times / 4);
    if let Some(sampling) = sampling {
        sampling.end().note(name);
    }
    crowd::measured(server, times, || sign_in(times)).note(name);
}

fn limit(name: &str, what: &str, with: &str) {
    let micros = bare::micros(what, with);
    println!("{name:<50} {micros:>8.1} µs");
    note(name, "cpu", micros);
}

fn email(number: usize) -> String {
    format!("member{number}@example.com")
}

/// Members with one password, hashed at the cost of the default.
async fn accounts(url: &db::DatabaseUrl) {
    let db = Database::open(url).await.unwrap();
    let people: Vec<_> = std::iter::repeat_with(Person::new).take(2 * BY_PASSWORD).collect();
    let (salt, mut output) = ([7; 16], [0; 32]);
    bare::hasher().hash_password_into(PASSWORD.as_bytes(), &salt, &mut output).unwrap();
    let hash = format!(
        "$argon2id$v=19$m={},t={},p=1${}${}",
        HashingCost::LEAST.kibibytes(),
        HashingCost::LEAST.passes(),
        STANDARD_NO_PAD.encode(salt),
        STANDARD_NO_PAD.encode(output)
    );
    let mut tx = db.begin().await.unwrap();
    planted::people(&mut tx, &people, SystemClock.now()).await;
    for (number, person) in people.iter().enumerate() {
        planted::account(&mut tx, person.member, &email(number), &hash).await;
    }
    tx.commit().await.unwrap();
    db.close().await;
}
