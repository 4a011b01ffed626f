//! Sealing everything again, with the replicas' rings not the same.

use std::sync::Arc;
use std::time::Duration;

use admin::{Resealer, Work, WorkId, WorkKind, WorkState, Worker};
use kernel::{Context, KeyRing, MasterKey, OsRandomness, Purpose};
use names::{AuditKind, Role, Source};
use serde_json::json;
use server::base::Base;
use server::resealing::EveryPartSealed;
use testkit::TestDatabase;

use crate::accounts::sign_up;
use crate::admin_api::{clients, signed_in};
use crate::admin_operations::ground::{noted, run};
use crate::app::{App, configuration_of};
use crate::token_actor::MASTER_KEY;

/// More rounds than there are parts, and than a job may be tried.
const ROUNDS: usize = 100;

/// A replica on the app's database that has these keys, the newest first.
struct Replica {
    base: Base,
    worker: Worker,
}

impl Replica {
    fn new(app: &App, keys: Vec<MasterKey>) -> Self {
        let context = Context { clock: Arc::clone(&app.clock) as _, randomness: Arc::new(OsRandomness) };
        let base = Base::new(app.database.clone(), Arc::new(KeyRing::new(keys).unwrap()), context);
        let config = configuration_of("", &[]).unwrap();
        let audit = base.audit(&config);
        let tokens = base.tokens(&config, &audit, Source::system()).unwrap();
        let sealed: Arc<dyn Resealer> = Arc::new(EveryPartSealed { base: base.clone(), tokens, audit });
        Self { worker: Work::worker(&app.operators_view(), &sealed), base }
    }

    /// What the values begin with that it seals: the id of its newest key.
    fn head(&self) -> Vec<u8> {
        let sealed = self.base.key_ring.seal(Purpose::new("test"), "", b"", &OsRandomness);
        sealed.unwrap()[..5].to_vec()
    }

    /// Works for a while; how much of the work is done then.
    async fn works(&self, app: &App, id: WorkId) -> (WorkState, i64) {
        for _ in 0..ROUNDS {
            self.worker.round().await.unwrap();
            app.clock.advance(Duration::from_secs(1));
        }
        let work = app.operators_view().long_work.one(id).await.unwrap().unwrap();
        (work.state, work.done)
    }
}

/// One on each kind of database, whose master key is known.
async fn apps() -> [App; 2] {
    let [sqlite, mysql] = TestDatabase::both().await;
    let settings = [("DAEMUN_MASTER_KEYS", MASTER_KEY)];
    [App::start_on(sqlite, &settings).await, App::start_on(mysql, &settings).await]
}

async fn sealed_with(app: &App, head: &[u8]) -> Vec<String> {
    let cells = app.database.cells().await.into_iter();
    cells.filter(|(_, value)| value.starts_with(head)).map(|(place, _)| place).collect()
}

async fn order(app: &App, key: &MasterKey) -> WorkId {
    let operation = crate::admin_invitation::operation();
    let kind = WorkKind::Reseal(key.id());
    app.operators_view().long_work.begin(&kind, None, &operation).await.unwrap()
}

#[tokio::test]
async fn s_key_7_a_replica_with_another_newest_key_leaves_the_sealing_to_one_that_has_the_key() {
    for app in apps().await {
        sign_up(&app).await;
        app.settled().await;
        let (old, new) = (MasterKey::parse(MASTER_KEY).unwrap(), MasterKey::generate(&OsRandomness));
        let older = Replica::new(&app, vec![old.clone(), new.clone()]);
        let newer = Replica::new(&app, vec![new.clone(), old]);
        let before = sealed_with(&app, &older.head()).await;
        assert_ne!(before, [""; 0]);
        // The program of the test has the old key alone, and works as well.
        let id = order(&app, &new).await;
        assert_eq!(older.works(&app, id).await, (WorkState::Running, 0));
        assert_eq!(sealed_with(&app, &older.head()).await, before);
        assert_eq!(newer.works(&app, id).await.0, WorkState::Done);
        assert_eq!(sealed_with(&app, &older.head()).await, [""; 0]);
        assert_eq!(noted(&app, AuditKind::MasterKeyRotation).await.len(), 1);
        app.stop().await;
    }
}

#[tokio::test]
async fn s_key_7_values_that_cannot_be_opened_make_the_sealing_fail() {
    let app = App::with(&[("DAEMUN_MASTER_KEYS", MASTER_KEY)]).await;
    sign_up(&app).await;
    app.settled().await;
    // A job for later, sealed with a key that nobody has any more.
    let lost = "INSERT INTO jobs (id, kind, payload, sealed, state, attempts, created_at, due_at) \
        VALUES ('lost', 'provider-unlink', '', X'010000000000', 'waiting', 0, 0, 9000000000000)";
    run(&app, lost, &[]).await;
    let new = MasterKey::generate(&OsRandomness);
    let newer = Replica::new(&app, vec![new.clone(), MasterKey::parse(MASTER_KEY).unwrap()]);
    let id = order(&app, &new).await;
    assert_eq!(newer.works(&app, id).await.0, WorkState::Failed);
    assert_eq!(noted(&app, AuditKind::MasterKeyRotation).await.len(), 0);
    let old = Replica::new(&app, vec![MasterKey::parse(MASTER_KEY).unwrap()]).head();
    assert_eq!(sealed_with(&app, &old).await, [""; 0], "all others are sealed again");
    app.stop().await;
}

#[tokio::test]
async fn s_key_7_sealing_is_not_begun_while_replicas_have_other_newest_keys() {
    for app in App::both_configured(&clients()).await {
        let (admin, _) = signed_in(&app, "haneul", &[Role::ADMIN]).await;
        let (path, body) = ("/api/admin/keys/rotate", json!({"which": "master", "reason": "ticket 1"}));
        let another = "INSERT INTO replicas (id, version, started_at, beat_at, clock_ahead, newest_key, expires_at) \
            VALUES ('behind', '0', 0, 9000000000000, 0, '0badcafe', 9000000000000)";
        let does_not_tell = "UPDATE replicas SET newest_key = NULL WHERE id = 'behind'";
        for statement in [another, does_not_tell] {
            run(&app, statement, &[]).await;
            let refused = admin.posts(&app, path, body.clone()).await;
            assert_eq!(refused.code(), (409, "MASTER_KEYS_DIFFER"), "{statement}");
            assert!(
                refused.body["error"]["message"].as_str().unwrap().contains("behind"),
                "{}",
                refused.body
            );
        }
        run(&app, "DELETE FROM replicas WHERE id = 'behind'", &[]).await;
        assert_eq!(admin.posts(&app, path, body).await.status, 200);
        app.stop().await;
    }
}
