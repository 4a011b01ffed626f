//! How long a stream may go on that began with a token.

use std::time::Duration;

use super::{Stage, access, client, issue};
use crate::access_token::ClientAccess;
use crate::scope::Scope;

#[tokio::test]
async fn s_cookie_8_s_tok_18_no_stream_lasts_longer_than_a_family_can() {
    let stage = Stage::sqlite().await;
    let replica = stage.replica().await;
    let rotation = issue(&replica, &stage.grant()).await;
    let token = access(&replica, &rotation).await;
    let member = replica.verifier.verify(token.expose(), &["services"]).await.unwrap();
    let asked = ClientAccess {
        client_id: &client(),
        registered_at: None,
        audience: "services",
        scope: &Scope::parse("read").unwrap(),
        life: None,
        key: None,
    };
    let token = replica.minter.mint_for_client(asked).await.unwrap();
    let alone = replica.verifier.verify(token.expose(), &["services"]).await.unwrap();
    let holds = || (replica.verifier.is_active(&member), replica.verifier.is_active(&alone));
    assert_eq!(holds(), (true, true));
    let (access_life, refresh_life) = (stage.settings.access_life, stage.settings.refresh_life);
    stage.clock.advance(access_life);
    assert_eq!(holds(), (true, true), "with the leeway of every token");
    stage.clock.advance(Duration::from_secs(10));
    assert_eq!(holds(), (true, false), "a family goes on, and a client has none");
    stage.clock.advance(refresh_life.saturating_sub(access_life + Duration::from_secs(11)));
    assert!(replica.verifier.is_active(&member));
    stage.clock.advance(Duration::from_secs(1));
    assert!(!replica.verifier.is_active(&member));
}

#[tokio::test]
async fn s_cookie_8_a_stream_ends_with_the_sign_in_however_late_its_grant_began() {
    let stage = Stage::sqlite().await;
    let replica = stage.replica().await;
    let (grant, refresh_life) = (stage.grant(), stage.settings.refresh_life);
    stage.clock.advance(refresh_life.saturating_sub(Duration::from_mins(1)));
    let late = issue(&replica, &grant).await;
    let token = access(&replica, &late).await;
    let claims = replica.verifier.verify(token.expose(), &["services"]).await.unwrap();
    stage.clock.advance(Duration::from_secs(59));
    assert!(replica.verifier.is_active(&claims));
    stage.clock.advance(Duration::from_secs(1));
    assert!(!replica.verifier.is_active(&claims));
}
