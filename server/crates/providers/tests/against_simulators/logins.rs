//! Logins that come to a good end.

use std::sync::Arc;

use serde_json::json;
use testkit::TestDatabase;

use crate::world::{Flavour, World};

#[tokio::test]
async fn a_login_by_each_provider_gives_its_person_on_both_databases() {
    for db in TestDatabase::both().await.map(Arc::new) {
        for flavour in Flavour::ALL {
            let world = World::on(Arc::clone(&db), flavour, |_| {}).await;
            let person = world.person();
            let query = person.agree("minji").await;
            assert_eq!(world.in_flight().await, 1);
            let finished = person.finish(&query).await.unwrap();
            let identity = finished.identity;
            let (subject, mail, verified) = match flavour {
                Flavour::Google => ("100000000007451022962", "minji@gmail.com", true),
                Flavour::NaverClassic | Flavour::NaverOidc => {
                    ("kX3-1qLw0VJ_hYz7RtN2eBsPcUoM9aFgDiKvT5xHyE8", "minji@naver.com", false)
                }
                Flavour::KakaoOauth | Flavour::KakaoOidc => ("9007199254741993", "minji@kakao.com", true),
            };
            assert_eq!((identity.provider, identity.subject.as_str()), (flavour.name(), subject));
            assert_eq!((identity.email.unwrap().as_str(), identity.email_verified), (mail, verified));
            assert_eq!(identity.nickname.as_deref(), Some("김민지"));
            assert_eq!(finished.login.return_to.as_str(), "/me?tab=1");
            assert_eq!(world.in_flight().await, 0, "{flavour:?}");
            let asked = [world.requests("token").await.len(), world.requests("jwks").await.len()];
            assert_eq!(asked, [1, usize::from(Flavour::OIDC.contains(&flavour))]);
        }
    }
}

#[tokio::test]
async fn a_person_may_have_neither_address_nor_name() {
    for flavour in Flavour::ALL {
        let world = World::of(flavour).await;
        let identity = world.person().log_in("haneul").await.unwrap().identity;
        assert!(identity.email.is_none() && !identity.email_verified, "{flavour:?}");
        assert_eq!(identity.nickname.as_deref(), Some("박하늘"));
        let identity = world.person().log_in("nameless").await.unwrap().identity;
        assert!(identity.nickname.is_none(), "{flavour:?}");
    }
}

#[tokio::test]
async fn any_number_of_logins_of_one_browser_end_in_any_order() {
    let world = World::of(Flavour::NaverOidc).await;
    let person = world.person();
    let mut queries = Vec::new();
    for user in ["minji", "junho", "haneul"] {
        queries.push(person.agree(user).await);
    }
    queries.reverse();
    let mut subjects = Vec::new();
    for query in &queries {
        subjects.push(person.finish(query).await.unwrap().identity.subject);
    }
    subjects.dedup();
    assert_eq!(subjects.len(), 3);
}

#[tokio::test]
async fn s_up_9_a_person_is_their_subject_whatever_the_address() {
    let user = |mail: &str| json!({"id": "123", "email": mail, "email_verified": true});
    let mut keys = Vec::new();
    for flavour in Flavour::ALL {
        let world = World::of(flavour).await;
        for mail in ["before@example.com", "after@example.com"] {
            world.put_user("someone", user(mail)).await;
            let identity = world.person().log_in("someone").await.unwrap().identity;
            assert_eq!(identity.email.unwrap().as_str(), mail);
            keys.push((identity.provider, identity.subject.as_str().to_owned()));
        }
    }
    keys.dedup();
    assert_eq!(keys.len(), 3, "one for each provider, none for each address: {keys:?}");
}

#[tokio::test]
async fn s_up_10_an_address_is_verified_by_the_providers_explicit_word_only() {
    for (valid, verified) in [(true, true), (true, false), (false, true), (false, false)] {
        for flavour in Flavour::ALL {
            let world = World::of(flavour).await;
            let user =
                json!({"id": "42", "email": "a@b.kr", "email_valid": valid, "email_verified": verified});
            world.put_user("someone", user).await;
            let expected = match flavour {
                Flavour::Google => verified,
                Flavour::NaverClassic | Flavour::NaverOidc => false,
                Flavour::KakaoOauth | Flavour::KakaoOidc => valid && verified,
            };
            let identity = world.person().log_in("someone").await.unwrap().identity;
            assert_eq!(identity.email_verified, expected, "{flavour:?} {valid} {verified}");
            assert_eq!(identity.email.unwrap().as_str(), "a@b.kr", "unverified, but there");
        }
    }
}

#[tokio::test]
async fn s_up_10_googles_word_may_be_text() {
    let world = World::of(Flavour::Google).await;
    world.switch(json!({"email_verified_as_text": true})).await;
    assert!(world.person().log_in("minji").await.unwrap().identity.email_verified);
    assert!(!world.person().log_in("junho").await.unwrap().identity.email_verified, "\"false\" is not true");
}

#[tokio::test]
async fn a_picture_comes_over_https() {
    for flavour in Flavour::ALL {
        let world = World::of(flavour).await;
        let picture = "https://img.example/a.jpg";
        world.put_user("someone", json!({"id": "42", "nickname": "n", "picture": picture})).await;
        let identity = world.person().log_in("someone").await.unwrap().identity;
        assert_eq!(identity.picture.unwrap().as_str(), picture, "{flavour:?}");
    }
}

#[tokio::test]
async fn s_up_12_a_profile_of_somebody_else_is_not_taken() {
    for flavour in [Flavour::NaverOidc, Flavour::KakaoOidc] {
        let world = World::of(flavour).await;
        world.plan("id-token", "wrong-sub").await;
        let code = world.person().log_in("minji").await.unwrap_err().code();
        assert_eq!(code, "userinfo_subject", "{flavour:?}");
    }
}
