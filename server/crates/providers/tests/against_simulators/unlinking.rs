//! What is given back at the providers, and what they tell us of it.

use std::time::Duration;

use http::HeaderMap;
use kernel::Clock as _;
use names::ProviderName;
use providers::{ProviderIdentity, UnlinkError, WebhookError};
use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{Flavour, World, at};

const CONSENTED: &str = "consented";

async fn minji(world: &World) -> ProviderIdentity {
    world.person().log_in("minji").await.unwrap().identity
}

async fn is_linked(world: &World) -> bool {
    let state = world.control(Method::GET, "", Value::Null).await;
    state[CONSENTED].as_array().unwrap().contains(&json!("minji"))
}

/// A Kakao app without an admin key, as well as the others.
async fn worlds() -> Vec<World> {
    let mut worlds = Vec::new();
    for flavour in Flavour::ALL {
        worlds.push(World::of(flavour).await);
    }
    worlds.push(
        World::with(Flavour::KakaoOauth, |settings| {
            at(settings, ProviderName::Kakao).client.admin_key = None;
        })
        .await,
    );
    worlds
}

#[tokio::test]
async fn s_up_19_unlinking_takes_the_app_out_of_the_persons_list_and_twice_does_no_harm() {
    for world in worlds().await {
        let person = minji(&world).await;
        assert!(is_linked(&world).await);
        // Days later, when the access token of the login is long dead.
        world.clock.advance(Duration::from_hours(24 * 20));
        let unlink = || world.providers.unlink(person.provider, &person.subject, person.grant.as_ref());
        unlink().await.unwrap();
        assert!(!is_linked(&world).await, "{:?}", world.flavour);
        let again = unlink().await;
        assert!(matches!(again, Ok(()) | Err(UnlinkError::Never(_))), "{:?} {again:?}", world.flavour);
    }
}

#[tokio::test]
async fn a_provider_that_fails_is_asked_again_later() {
    for world in worlds().await {
        let person = minji(&world).await;
        for failure in ["server-error", "too-many", "html"] {
            world.plan("revoke", failure).await;
            let failed =
                world.providers.unlink(person.provider, &person.subject, person.grant.as_ref()).await;
            assert!(matches!(failed, Err(UnlinkError::Later(_))), "{:?} {failure} {failed:?}", world.flavour);
            assert!(is_linked(&world).await);
        }
    }
}

#[tokio::test]
async fn only_kakaos_admin_key_unlinks_without_a_grant() {
    for world in worlds().await {
        let person = minji(&world).await;
        let unlinked = world.providers.unlink(person.provider, &person.subject, None).await;
        let by_key = person.provider == names::ProviderName::Kakao && person.grant.is_none();
        assert_eq!(unlinked.is_ok(), by_key, "{:?} {unlinked:?}", world.flavour);
        assert_eq!(is_linked(&world).await, !by_key);
    }
}

/// A webhook as it comes: the header and the fields.
struct Sent {
    headers: HeaderMap,
    fields: Vec<(String, String)>,
}

impl Sent {
    async fn by(world: &World) -> Self {
        let webhook = world.control(Method::POST, "/users/minji/cut", Value::Null).await;
        let headers = webhook["authorization"].as_str();
        let headers = headers.map(|value| (http::header::AUTHORIZATION, value.parse().unwrap()));
        let text = |pair: &Value, index: usize| pair[index].as_str().unwrap().to_owned();
        let fields = webhook["form"].as_array().unwrap().iter().map(|pair| (text(pair, 0), text(pair, 1)));
        Self { headers: headers.into_iter().collect(), fields: fields.collect() }
    }

    fn read(&self, world: &World) -> Result<String, WebhookError> {
        let read = world.providers.webhook(world.flavour.name(), &self.headers, &self.fields);
        read.map(|subject| subject.as_str().to_owned())
    }

    fn with(&self, name: &str, value: &str) -> Self {
        let fields = self
            .fields
            .iter()
            .map(|(field, old)| (field.clone(), if field == name { value.to_owned() } else { old.clone() }));
        Self { headers: self.headers.clone(), fields: fields.collect() }
    }

    fn field(&self, name: &str) -> &str {
        &self.fields.iter().find(|(field, _)| field == name).unwrap().1
    }
}

#[tokio::test]
async fn quirk_36_navers_notice_names_the_person_if_it_is_signed_and_new() {
    for flavour in [Flavour::NaverClassic, Flavour::NaverOidc] {
        let world = World::of(flavour).await;
        let person = minji(&world).await;
        let webhook = Sent::by(&world).await;
        assert_eq!(webhook.read(&world).as_deref(), Ok(person.subject.as_str()));
        let other = minji(&world).await;
        assert_eq!(other.subject, person.subject);
        let (user, signature) = (webhook.field("encryptUniqueId"), webhook.field("signature"));
        let late = (world.clock.now().seconds() + 1).to_string();
        let flipped: String = user.chars().rev().collect();
        for (field, value) in [
            ("clientId", "another-client"),
            ("encryptUniqueId", flipped.as_str()),
            ("encryptUniqueId", ""),
            ("timestamp", late.as_str()),
            ("timestamp", "soon"),
            ("signature", ""),
            ("signature", "AAAA"),
            ("signature", &signature[1..]),
        ] {
            assert!(webhook.with(field, value).read(&world).is_err(), "{field} {value}");
        }
        let mut twice = webhook.with("x", "y");
        twice.fields.push(("clientId".to_owned(), webhook.field("clientId").to_owned()));
        assert_eq!(twice.read(&world), Err(WebhookError::Malformed));
        world.clock.advance(Duration::from_mins(6));
        assert_eq!(webhook.read(&world), Err(WebhookError::Untrusted), "too old");
    }
}

#[tokio::test]
async fn quirk_36_kakaos_notice_is_believed_by_its_admin_key() {
    let world = World::of(Flavour::KakaoOauth).await;
    let person = minji(&world).await;
    let webhook = Sent::by(&world).await;
    assert_eq!(webhook.read(&world).as_deref(), Ok(person.subject.as_str()));
    for forged in ["KakaoAK wrong", "KakaoAK ", "Bearer simulated-kakao-admin-key", ""] {
        let mut webhook = webhook.with("x", "y");
        webhook.headers.insert(http::header::AUTHORIZATION, forged.parse().unwrap());
        assert_eq!(webhook.read(&world), Err(WebhookError::Untrusted), "{forged}");
    }
    for bad in ["", "-1", "1.5", "x"] {
        assert_eq!(webhook.with("user_id", bad).read(&world), Err(WebhookError::Malformed), "{bad}");
    }
    let keyless = world.restarted(|settings| at(settings, ProviderName::Kakao).client.admin_key = None);
    let read = keyless.webhook(world.flavour.name(), &webhook.headers, &webhook.fields);
    assert_eq!(read, Err(WebhookError::NotServed), "nothing proves it");
}

#[tokio::test]
async fn google_sends_no_notices_of_this_kind() {
    let world = World::of(Flavour::Google).await;
    let read = world.providers.webhook(world.flavour.name(), &HeaderMap::new(), &[]);
    assert_eq!(read, Err(WebhookError::NotServed));
}
