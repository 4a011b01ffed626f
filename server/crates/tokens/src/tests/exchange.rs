//! Tokens for one API each, made in place of another one.

use std::time::Duration;

use super::{Stage, access, decision, issue};
use crate::error::TokensError;
use crate::family::EndReason;
use crate::scope::Scope;

fn scope(words: &str) -> Scope {
    Scope::parse(words).unwrap()
}

#[tokio::test]
async fn s_tok_12_an_exchanged_token_is_for_one_api_with_less_scope_and_no_longer_life() {
    let stage = Stage::sqlite().await;
    let tokens = stage.replica().await;
    let own = access(&tokens, &issue(&tokens, &stage.grant()).await).await;
    let own = tokens.verifier.verify(own.expose(), &["services"]).await.unwrap();
    stage.clock.advance(Duration::from_secs(70));
    tokens.feed.read().await.unwrap();
    let orders = tokens.minter.exchange(&own, "orders", &scope("read")).await.unwrap();
    let claims = tokens.verifier.verify(orders.expose(), &["orders"]).await.unwrap();
    assert_eq!((&*claims.audience, claims.scope.as_str()), ("orders", "read"));
    assert_eq!((claims.subject, claims.session), (own.subject, own.session));
    assert_eq!((&claims.client_id, &claims.roles), (&own.client_id, &own.roles));
    assert_eq!((&claims.nickname, claims.issued_at), (&own.nickname, own.issued_at));
    assert_eq!((claims.expires_at, orders.expires_at()), (own.expires_at, own.expires_at));
    assert_eq!((claims.id.family, claims.id.made_at), (own.id.family, own.id.made_at));
    assert_ne!(claims.id, own.id, "a token of its own");

    for wider in ["read fly", "fly", "READ"] {
        let refused = tokens.minter.exchange(&own, "orders", &scope(wider)).await.unwrap_err();
        assert!(matches!(refused, TokensError::ScopeTooWide), "{wider}");
    }
    // What a service got cannot be widened again either.
    let refused = tokens.minter.exchange(&claims, "services", &scope("read write")).await.unwrap_err();
    assert!(matches!(refused, TokensError::ScopeTooWide));
}

#[tokio::test]
async fn s_tok_12_each_token_is_refused_at_every_api_but_its_own_seen_before_or_not() {
    const APIS: [&str; 5] = ["services", "orders", "books", "order", "orders/"];
    let stage = Stage::sqlite().await;
    let tokens = stage.replica().await;
    let own =
        tokens.minter.claims(issue(&tokens, &stage.grant()).await.access("services", "n", &[])).unwrap();
    for audience in APIS {
        let token = tokens.minter.exchange(&own, audience, &scope("read")).await.unwrap();
        for seen in ["unseen", "seen"] {
            for api in APIS {
                let decision =
                    tokens.verifier.verify(token.expose(), &[api]).await.map_err(|error| error.code());
                assert_eq!(decision.is_ok(), api == audience, "{audience} at {api}, {seen}");
                assert!(decision.is_ok_and(|claims| &*claims.audience == audience) || api != audience);
            }
        }
        assert!(
            tokens.verifier.verify(token.expose(), &[]).await.is_err(),
            "an API without a name takes none"
        );
        assert!(tokens.verifier.verify(token.expose(), &["other", audience]).await.is_ok());
    }
}

#[tokio::test]
async fn s_tok_21_what_revokes_a_token_revokes_those_that_were_exchanged_for_it_before_and_after() {
    for stage in Stage::both().await {
        let tokens = stage.replica().await;
        let rotation = issue(&tokens, &stage.grant()).await;
        let own = tokens.minter.claims(rotation.access("services", "n", &[])).unwrap();
        let before = tokens.minter.exchange(&own, "orders", &scope("read")).await.unwrap();
        assert!(
            tokens.verifier.verify(before.expose(), &["orders"]).await.is_ok()
                && tokens.verifier.holds(&own).await.is_ok()
        );
        stage.clock.advance(Duration::from_secs(1));
        let mut tx = tokens.families.db.begin().await.unwrap();
        tokens
            .revoker
            .revoke_member(&mut tx, rotation.family.subject, EndReason::SignedOutElsewhere)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        // Nobody has read the feed yet: the token that is made now is from before all the same.
        let after = tokens.minter.exchange(&own, "books", &scope("read")).await.unwrap();
        tokens.feed.read().await.unwrap();
        for (token, api) in [(&before, "orders"), (&after, "books")] {
            let error = tokens.verifier.verify(token.expose(), &[api]).await.unwrap_err();
            assert_eq!(error.code(), "TOKEN_REVOKED", "{api}");
        }
        assert_eq!(tokens.verifier.holds(&own).await.unwrap_err().code(), "TOKEN_REVOKED");
    }
}

#[tokio::test]
async fn claims_hold_as_long_as_their_token_would() {
    let stage = Stage::sqlite().await;
    let tokens = stage.replica().await;
    let rotation = issue(&tokens, &stage.grant()).await;
    let claims = tokens.minter.claims(rotation.access("services", "n", &[])).unwrap();
    let token = access(&tokens, &rotation).await;
    for (step, expected) in [(125, "OK"), (6, "TOKEN_EXPIRED")] {
        stage.clock.advance(Duration::from_secs(step));
        tokens.feed.read().await.unwrap();
        let held = tokens.verifier.holds(&claims).await.map_or_else(|error| error.code(), |()| "OK");
        assert_eq!((held, decision(&tokens, token.expose()).await), (expected, expected));
    }
}

#[tokio::test]
async fn s_tok_22_the_epoch_changes_when_a_key_is_gone_and_not_when_one_comes() {
    let stage = Stage::sqlite().await;
    let tokens = stage.replica().await;
    let first = tokens.keys.epoch();
    tokens.keys.rotate_now(None).await.unwrap();
    assert_eq!(tokens.keys.epoch(), first);
    tokens.keys.replace(None).await.unwrap();
    assert_ne!(tokens.keys.epoch(), first);
}
