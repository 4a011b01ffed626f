//! What apps of others have: its end with the sign-in, and what members are told of it.

use std::time::Duration;

use kernel::{Clock as _, NewId as _, OsRandomness};
use names::{MemberId, ProvenBy, ProviderName, SessionId, SignInMethod};

use super::{Stage, access, client, decision, issue, refusal, rotate};
use crate::client_id::ClientId;
use crate::family::{FamilyId, Grant};
use crate::redeem::{FamilyStart, Presented, Redemption, Refused, Rotation};
use crate::scope::Scope;
use crate::tokens::Tokens;

const DAY: Duration = Duration::from_hours(24);
const GOOGLE: SignInMethod = SignInMethod::Provider(ProviderName::Google);
const KAKAO: SignInMethod = SignInMethod::Provider(ProviderName::Kakao);

/// A grant may begin long after the sign-in: by a silent request, at a device, in a session that was renewed.
#[tokio::test]
async fn s_tok_18_the_absolute_end_is_30_days_from_sign_in_however_late_a_family_begins() {
    for stage in Stage::both().await {
        let tokens = stage.replica().await;
        let grant = stage.grant();
        let end = stage.clock.now().plus(DAY * 30);
        stage.clock.advance(DAY * 29);
        let late = issue(&tokens, &grant).await;
        assert_eq!((late.family.expires_at, late.family.idle_at), (end, end));
        let begun = |days: u32| {
            let id = FamilyId::new(&*stage.clock, &OsRandomness);
            tokens.families.begun(&grant, FamilyStart { id, life: DAY * days })
        };
        assert_eq!(begun(7).family.expires_at, end, "a life of its own makes it no longer");
        stage.clock.advance(DAY.saturating_sub(Duration::from_secs(1)));
        let last = rotate(&tokens, &late.refresh).await;
        assert_eq!(last.family.expires_at, end);
        stage.clock.advance(Duration::from_secs(1));
        assert!(matches!(refusal(&tokens, &last.refresh).await, Refused::Expired));
        let after = Grant { auth_time: stage.clock.now(), ..grant };
        let shorter = FamilyStart { id: late.family.id, life: DAY * 7 };
        let shorter = tokens.families.begun(&after, shorter).family;
        assert_eq!(shorter.expires_at, stage.clock.now().plus(DAY * 7), "and shorter if it is");
    }
}

/// Of one member, each by its sign-in method and proof; with the session that each belongs to.
async fn various(stage: &Stage, tokens: &Tokens) -> Vec<(Rotation, &'static str)> {
    let subject = stage.grant().subject;
    let mut issued = Vec::new();
    for (method, proven_by, what) in [
        (Some(GOOGLE), Some(ProvenBy::Provider), "google"),
        (Some(GOOGLE), Some(ProvenBy::Passkey), "google, then a passkey"),
        (Some(KAKAO), Some(ProvenBy::Provider), "kakao"),
        (Some(SignInMethod::Password), Some(ProvenBy::Password), "password"),
        (Some(SignInMethod::Passkey), Some(ProvenBy::Passkey), "passkey"),
        (None, Some(ProvenBy::ProviderAndCode), "some provider"),
        (None, Some(ProvenBy::PasswordAndCode), "some password"),
        (None, Some(ProvenBy::Passkey), "a passkey, perhaps after something else"),
        (None, None, "not known"),
    ] {
        let grant = Grant { subject, proven_by, method, ..stage.grant() };
        issued.push((issue(tokens, &grant).await, what));
    }
    let other = Grant { method: Some(GOOGLE), ..stage.grant() };
    issued.push((issue(tokens, &other).await, "another member's"));
    let own = Grant { subject, client_id: ClientId::own_app(), ..other };
    issued.push((issue(tokens, &own).await, "our own app"));
    issued
}

#[tokio::test]
async fn s_tok_20_what_belongs_to_no_session_ends_with_the_sign_in_method_that_it_began_by() {
    let provider = ["google", "google, then a passkey", "some provider"];
    let unclear = ["a passkey, perhaps after something else", "not known"];
    let by_kakao = ["kakao", "some provider"];
    for (method, ends) in [
        (GOOGLE, [&provider[..], &unclear].concat()),
        (KAKAO, [&by_kakao[..], &unclear].concat()),
        (SignInMethod::Passkey, [&["passkey"][..], &unclear].concat()),
    ] {
        for stage in Stage::both().await {
            let tokens = stage.replica().await;
            let issued = various(&stage, &tokens).await;
            let subject = issued[0].0.family.subject;
            let in_session = issue(&tokens, &Grant { subject, method: Some(method), ..stage.grant() }).await;
            let sessions = [in_session.family.session, SessionId::new(&*stage.clock, &OsRandomness)];
            let mut tx = tokens.families.db.begin().await.unwrap();
            tokens.revoker.revoke_unlinked(&mut tx, subject, method, &sessions).await.unwrap();
            tx.commit().await.unwrap();
            tokens.feed.read().await.unwrap();
            for (rotation, what) in issued {
                let (own, sent) = (&rotation.family.client_id, &rotation.refresh);
                let presented = Presented { token: sent, client_id: own, scope: None, key: None };
                let mut tx = tokens.families.db.begin().await.unwrap();
                let redemption = tokens.families.redeem(&mut tx, presented).await.unwrap();
                tx.commit().await.unwrap();
                let ended = matches!(redemption, Redemption::Refused(Refused::Ended));
                assert_eq!(ended, ends.contains(&what), "{what}, by {method:?}");
                let token = access(&tokens, &rotation).await;
                let verified = decision(&tokens, token.expose()).await;
                assert_eq!(verified, if ended { "TOKEN_REVOKED" } else { "OK" }, "{what}, by {method:?}");
            }
            rotate(&tokens, &in_session.refresh).await;
        }
    }
}

/// An app may sign a member in several times a day, and each sign-in begins a family.
#[tokio::test]
async fn s_as_34_however_many_families_an_app_has_no_other_app_and_no_scope_is_forgotten() {
    for stage in Stage::both().await {
        let tokens = stage.replica().await;
        let rare = ClientId::parse("rare").unwrap();
        let subject = MemberId::new(&*stage.clock, &OsRandomness);
        let scope = |text| Scope::parse(text).unwrap();
        let grant = |client_id: &ClientId, words| Grant {
            subject,
            client_id: client_id.clone(),
            scope: scope(words),
            ..stage.grant()
        };
        let began = stage.clock.now();
        issue(&tokens, &grant(&client(), "openid write")).await;
        issue(&tokens, &grant(&rare, "openid")).await;
        stage.clock.advance(Duration::from_secs(1));
        for _ in 0..205 {
            issue(&tokens, &grant(&client(), "openid read")).await;
        }
        for own in [ClientId::own_site(), ClientId::own_app()] {
            issue(&tokens, &grant(&own, "openid")).await;
        }
        issue(&tokens, &stage.grant()).await;
        let list = async |limit| {
            let mut reader = tokens.families.db.read().await.unwrap();
            let found = tokens.families.grants_of_clients(&mut reader, subject, limit).await.unwrap();
            let told = found.into_iter().map(|grant| {
                let words = grant.scope.as_str().to_owned();
                (grant.client_id.to_string(), words, grant.started_at, grant.used_at)
            });
            told.collect::<Vec<_>>()
        };
        let entry = |client: &str, words: &str, at| (client.to_owned(), words.to_owned(), at, at);
        let often = [
            entry("portal-client", "openid read", stage.clock.now()),
            entry("portal-client", "openid write", began),
        ];
        assert_eq!(list(1).await, often, "all of the client that was used last");
        assert_eq!(list(2).await, [&often[..], &[entry("rare", "openid", began)]].concat());
        stage.clock.advance(DAY * 30);
        assert_eq!(list(2).await, []);
    }
}
