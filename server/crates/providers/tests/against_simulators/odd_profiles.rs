//! What describes a person may be anything; who they are is certain all the same.

use providers::ProviderIdentity;
use serde_json::json;

use crate::world::{Flavour, World};

/// Logs in once with this failure where the flavour's profile is.
async fn struck(world: &World, [in_profile, in_id_token]: [&str; 2]) -> ProviderIdentity {
    if world.flavour == Flavour::Google {
        world.plan("id-token", in_id_token).await;
    } else {
        world.plan("userinfo", in_profile).await;
    }
    world.person().log_in("minji").await.unwrap().identity
}

#[tokio::test]
async fn a_name_with_half_of_an_emoji_is_no_name_and_the_rest_stands() {
    for flavour in Flavour::ALL {
        let world = World::of(flavour).await;
        let whole = world.person().log_in("minji").await.unwrap().identity;
        let half = struck(&world, ["half-nickname", "half-name-claim"]).await;
        assert_eq!((whole.nickname.as_deref(), half.nickname), (Some("김민지"), None), "{flavour:?}");
        assert_eq!((whole.subject, whole.email), (half.subject, half.email), "{flavour:?}");
        assert_eq!(whole.email_verified, half.email_verified, "{flavour:?}");
    }
}

#[tokio::test]
async fn s_up_10_what_is_of_another_type_is_not_there_and_proves_nothing() {
    for flavour in Flavour::ALL {
        let world = World::of(flavour).await;
        let whole = world.person().log_in("minji").await.unwrap().identity;
        let odd = struck(&world, ["odd-profile", "odd-claims"]).await;
        assert_eq!(whole.subject, odd.subject, "{flavour:?}");
        assert!(odd.nickname.is_none() && odd.email.is_none() && odd.picture.is_none(), "{flavour:?}");
        assert!(!odd.email_verified, "{flavour:?}");
    }
}

#[tokio::test]
async fn an_address_and_a_picture_that_are_none_are_left_out() {
    for flavour in Flavour::ALL {
        let world = World::of(flavour).await;
        let long = format!("{}@example.com", "x".repeat(5_000));
        for address in ["a\"b@example.com", "\"hong\"@example.com", "hong", "@", "홍@example.com", "", &long]
        {
            let user = json!({
                "id": "4077", "email": address, "email_verified": true, "nickname": "", "picture": "nonsense",
            });
            world.put_user("odd", user).await;
            let odd = world.person().log_in("odd").await.unwrap().identity;
            assert_eq!((odd.email, odd.email_verified), (None, false), "{flavour:?} {address:.40}");
            assert!(odd.picture.is_none());
        }
        world.put_user("idn", json!({"id": "4078", "email": "Hong@한국.kr", "email_verified": true})).await;
        let idn = world.person().log_in("idn").await.unwrap().identity;
        assert_eq!(idn.email.unwrap().as_str(), "hong@xn--3e0b707e.kr", "{flavour:?}");
    }
}
