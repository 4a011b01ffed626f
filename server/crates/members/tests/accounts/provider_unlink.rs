//! Providers are told until they confirm, against the simulated ones.

use std::sync::Arc;
use std::time::Duration;

use jobs::Round;
use kernel::OsRandomness;
use members::Unlinker;
use names::{MemberId, ProviderName};
use providers::{ClientSettings, EnabledProvider, Endpoints, Protocol, ProviderIdentity, Providers};
use serde_json::{Value, json};
use simulators::{SimulatedProvider, SimulatorSettings, Simulators};
use url::Url;

use crate::people::{GRANT, context, identity};
use crate::stage::Stage;

const ROWS: &str = "SELECT COUNT(*) FROM jobs WHERE kind = 'provider-unlink'";

pub struct World {
    pub stage: Stage,
    simulators: Simulators,
    providers: Providers,
}

impl World {
    pub async fn on(stage: Stage) -> Self {
        let public_url = Url::parse("http://localhost:3000").unwrap();
        let settings = SimulatorSettings {
            listen: ([127, 0, 0, 1], 0).into(),
            redirect_base: public_url.clone(),
            kakao_openid_connect: false,
        };
        let simulators =
            Simulators::start(settings, stage.clock.clone(), Arc::new(OsRandomness)).await.unwrap();
        let enabled = |name, protocol| {
            let is_openid_connect = protocol == Protocol::OpenIdConnect;
            let simulated = simulators.endpoints(SimulatedProvider::of(name, is_openid_connect));
            let client = ClientSettings {
                client_id: simulated.client_id,
                client_secret: Some(simulated.client_secret.into()),
                admin_key: None,
                scopes: Vec::new(),
                endpoints: Endpoints {
                    issuer: simulated.issuer,
                    authorize: simulated.authorize_url,
                    token: simulated.token_url,
                    userinfo: simulated.userinfo_url,
                    jwks: simulated.jwks_url,
                    unlink: simulated.unlink_url,
                },
            };
            EnabledProvider { name, protocol, client }
        };
        let settings = providers::Settings {
            public_url,
            enabled: vec![
                enabled(ProviderName::Google, Protocol::OpenIdConnect),
                enabled(ProviderName::Naver, Protocol::OAuth),
            ],
            proxy: None,
            in_flight_limit: 10,
            in_flight_share: 10,
        };
        let (clock, randomness) = (stage.clock.clone(), Arc::new(OsRandomness));
        let providers = Providers::new(settings, stage.key_ring.clone(), clock, randomness).unwrap();
        Self { stage, simulators, providers }
    }

    fn unlinker(&self) -> Unlinker {
        Unlinker::new(
            self.stage.members.context.clone(),
            self.stage.members.queue.clone(),
            self.providers.clone(),
            Unlinker::SETTINGS,
        )
    }

    pub async fn round(&self) -> (u32, u32, u32) {
        let Round { done, postponed, dead } = self.unlinker().round().await.unwrap();
        (done, postponed, dead)
    }

    /// Naver fails the next `times` calls.
    async fn break_naver(&self, times: u32) {
        let url = self.simulators.base_url().join("control/naver/faults").unwrap();
        let failure = json!({"at": "revoke", "fault": "server-error", "times": times});
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        assert!(client.post(url).json(&failure).send().await.unwrap().status().is_success());
    }

    /// What Naver was asked to revoke.
    pub async fn revoked(&self) -> Vec<String> {
        let url = self.simulators.base_url().join("control/naver/requests").unwrap();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let requests: Vec<Value> = client.get(url).send().await.unwrap().json().await.unwrap();
        let field = |request: &Value| {
            let form = request["form"].as_array().unwrap().clone();
            form.into_iter().find(|pair| pair[0] == "token").map(|pair| pair[1].as_str().unwrap().to_owned())
        };
        requests.iter().filter(|request| request["at"] == "revoke").filter_map(field).collect()
    }

    /// A member with another sign-in method, whose `gone` is removed.
    async fn unlinked(&self, gone: &ProviderIdentity) -> MemberId {
        let stage = &self.stage;
        let stays = identity(ProviderName::Kakao, gone.subject.as_str(), None);
        let member = stage.sign_in_by_provider(&stays).await.unwrap();
        stage.link(member.id, gone).await.unwrap();
        let methods = stage.members.sign_in_methods.of_member(member.id).await.unwrap().entries;
        let method = methods.iter().find(|method| method.provider == Some(gone.provider)).unwrap().id;
        stage
            .members
            .sign_in_methods
            .unlink(&stage.fresh(member.id), method, &context("203.0.113.9"))
            .await
            .unwrap();
        member.id
    }
}

#[tokio::test]
async fn s_up_19_a_provider_is_asked_until_it_confirms() {
    for stage in Stage::both().await {
        let world = World::on(stage).await;
        world.break_naver(2).await;
        world.unlinked(&identity(ProviderName::Naver, "77", None)).await;
        assert_eq!(world.round().await, (0, 1, 0));
        assert_eq!(world.round().await, (0, 0, 0), "not before its time");
        world.stage.clock.advance(Duration::from_secs(30));
        assert_eq!(world.round().await, (0, 1, 0));
        world.stage.clock.advance(Duration::from_secs(59));
        assert_eq!(world.round().await, (0, 0, 0), "the pause doubles");
        world.stage.clock.advance(Duration::from_secs(1));
        assert_eq!(world.round().await, (1, 0, 0));
        assert_eq!(world.revoked().await.last().unwrap(), GRANT);
        assert_eq!(world.stage.count(ROWS).await, 0);
        assert_eq!(world.stage.audited("provider_unlink", "success").await, 1);
    }
}

#[tokio::test]
async fn what_ends_for_an_erased_member_is_written_down_without_them() {
    for stage in Stage::both().await {
        let world = World::on(stage).await;
        let member = world.unlinked(&identity(ProviderName::Naver, "77", None)).await;
        let caller = world.stage.fresh(member);
        world.stage.members.deletions.request_deletion(&caller, &context("203.0.113.9")).await.unwrap();
        world.stage.clock.advance(Duration::from_hours(8 * 24));
        assert_eq!(world.stage.members.erasure.erase_due(10).await.unwrap(), 1);
        // The other one is of their last identity, without a grant.
        assert_eq!(world.round().await, (1, 1, 0));
        assert_eq!(world.stage.audited("provider_unlink", "success").await, 1);
        let about = "SELECT COUNT(*) FROM audit_events WHERE member_id = ?";
        assert_eq!(world.stage.count_where(about, &member.to_string()).await, 1, "that they were erased");
    }
}

#[tokio::test]
async fn a_provider_that_never_confirms_is_given_up_after_days() {
    let world = World::on(Stage::sqlite().await).await;
    world.break_naver(1_000).await;
    world.unlinked(&identity(ProviderName::Naver, "77", None)).await;
    for _ in 1..30 {
        assert_eq!(world.round().await, (0, 1, 0));
        world.stage.clock.advance(Duration::from_hours(6));
    }
    assert_eq!(world.round().await, (0, 0, 1));
    assert_eq!(world.stage.count(ROWS).await, 0);
    assert_eq!(world.stage.audited("provider_unlink", "failure").await, 1);
}

#[tokio::test]
async fn rows_that_cannot_be_read_hold_up_nobody_and_are_given_up() {
    for stage in Stage::both().await {
        let world = World::on(stage).await;
        world.unlinked(&identity(ProviderName::Naver, "77", None)).await;
        let mut tx = world.stage.database.begin().await.unwrap();
        for number in 0..20 {
            let odd = "INSERT INTO jobs (id, kind, owner, payload, state, attempts, due_at, created_at) \
                VALUES (?, 'provider-unlink', 'nobody', '{\"provider\":\"myspace\"}', 'waiting', 0, 0, 0)";
            db::query(odd).bind(format!("odd-{number}")).execute(&mut *tx).await.unwrap();
        }
        tx.commit().await.unwrap();
        // Older than the good one, and more than are taken at once.
        for _ in 0..3 {
            world.round().await;
        }
        assert_eq!(world.revoked().await, [GRANT]);
        for _ in 0..100 {
            world.stage.clock.advance(Duration::from_hours(6));
            world.round().await;
        }
        assert_eq!(world.stage.count(ROWS).await, 0);
    }
}

#[tokio::test]
async fn without_a_grant_that_it_wants_a_provider_cannot_be_asked() {
    let world = World::on(Stage::sqlite().await).await;
    let google = ProviderIdentity { grant: None, ..identity(ProviderName::Google, "77", None) };
    world.unlinked(&google).await;
    assert_eq!(world.round().await, (0, 0, 1));
    assert_eq!(world.stage.audited("provider_unlink", "failure").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_workers_one_tells_the_provider() {
    for stage in Stage::both().await {
        let world = World::on(stage).await;
        for subject in ["1", "2", "3"] {
            world.unlinked(&identity(ProviderName::Naver, subject, None)).await;
        }
        let rounds = (0..6).map(|_| {
            let unlinker = world.unlinker();
            tokio::spawn(async move { unlinker.round().await.unwrap().done })
        });
        let confirmed: u32 = futures::future::join_all(rounds).await.into_iter().map(Result::unwrap).sum();
        assert_eq!(confirmed, 3);
        assert_eq!(world.revoked().await.len(), 3);
    }
}

#[tokio::test]
async fn quirk_19_a_sign_in_without_a_new_grant_keeps_the_old_one_and_a_new_one_replaces_it() {
    let world = World::on(Stage::sqlite().await).await;
    let naver = identity(ProviderName::Naver, "77", None);
    for (grant, expected) in [(None, GRANT), (providers::ProviderGrant::new("newer"), "newer")] {
        let member = world.stage.sign_in_by_provider(&naver).await.unwrap();
        world.stage.sign_in_by_provider(&ProviderIdentity { grant, ..naver.clone() }).await.unwrap();
        world.stage.link(member.id, &identity(ProviderName::Kakao, expected, None)).await.unwrap();
        let methods = world.stage.members.sign_in_methods.of_member(member.id).await.unwrap().entries;
        let method = methods.iter().find(|method| method.provider == Some(ProviderName::Naver)).unwrap().id;
        let caller = world.stage.fresh(member.id);
        world.stage.members.sign_in_methods.unlink(&caller, method, &context("203.0.113.9")).await.unwrap();
        assert_eq!(world.round().await, (1, 0, 0));
        assert_eq!(world.revoked().await.last().unwrap(), expected);
    }
}
