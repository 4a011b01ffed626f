//! Tokens that are bound to a key (RFC 9449).

use std::sync::Arc;
use std::time::Duration;

use kernel::Clock as _;
use testkit::{DpopKey, DpopProof};

use super::{Stage, access, client, decision, issue};
use crate::dpop::call::Call;
use crate::dpop::proof_error::{BoundError, ProofError};
use crate::dpop::thumbprint::Thumbprint;
use crate::family::Grant;
use crate::redeem::{Presented, Redemption, Refused};
use crate::refresh_token::RefreshToken;
use crate::tokens::Tokens;

const CALL: Call<'_> = Call { method: "GET", origin: "https://api.example", path: "/orders" };

fn name_of(key: &DpopKey) -> Thumbprint {
    Thumbprint::parse(&key.thumbprint()).unwrap()
}

fn bound_to(stage: &Stage, key: &DpopKey) -> Grant {
    Grant { key: Some(name_of(key)), ..stage.grant() }
}

fn proof(stage: &Stage, key: &DpopKey, token: &str) -> String {
    let call = DpopProof::new("GET", "https://api.example/orders", stage.clock.now().seconds());
    key.prove(call.with_token(token))
}

async fn verify(tokens: &Tokens, token: &str, proof: &str) -> Result<(), BoundError> {
    tokens.proofs.verify_bound(token, &["services"], proof, &CALL).await.map(|_| ())
}

/// A redemption with a key, committed whatever it says.
async fn redeem(tokens: &Tokens, token: &RefreshToken, key: Option<&DpopKey>) -> Redemption {
    let (client_id, key) = (client(), key.map(name_of));
    let mut tx = tokens.families.db.begin().await.unwrap();
    let presented = Presented { token, client_id: &client_id, scope: None, key: key.as_ref() };
    let redemption = tokens.families.redeem(&mut tx, presented).await.unwrap();
    tx.commit().await.unwrap();
    redemption
}

#[tokio::test]
async fn a_bound_token_opens_with_its_key_alone_and_a_proof_counts_once() {
    let stage = Stage::sqlite().await;
    let tokens = stage.replica().await;
    let (key, other) = (DpopKey::p256(), DpopKey::p256());
    let bound = access(&tokens, &issue(&tokens, &bound_to(&stage, &key)).await).await;
    let token = bound.expose();
    assert_eq!(decision(&tokens, token).await, "TOKEN_INVALID", "as Bearer");
    assert_eq!(
        tokens.verifier.verify_now(token, &["services"]).unwrap().unwrap_err().code(),
        "TOKEN_INVALID"
    );
    assert_eq!(tokens.verifier.verify_any(token, &["services"]).await.unwrap().key, Some(name_of(&key)));

    let good = proof(&stage, &key, token);
    verify(&tokens, token, &good).await.unwrap();
    let again = verify(&tokens, token, &good).await;
    assert!(matches!(again, Err(BoundError::Proof(ProofError::Invalid(_)))), "a second use: {again:?}");
    let foreign = verify(&tokens, token, &proof(&stage, &other, token)).await;
    assert!(matches!(foreign, Err(BoundError::Proof(ProofError::Invalid(_)))), "{foreign:?}");
    verify(&tokens, token, &proof(&stage, &key, token)).await.unwrap();

    let usual = access(&tokens, &issue(&tokens, &stage.grant()).await).await;
    let usual = usual.expose();
    let refused = verify(&tokens, usual, &proof(&stage, &key, usual)).await;
    assert!(matches!(refused, Err(BoundError::Token(_))), "one that is bound to no key: {refused:?}");
    assert_eq!(decision(&tokens, usual).await, "OK");

    stage.clock.advance(Duration::from_mins(3));
    let over = verify(&tokens, token, &proof(&stage, &key, token)).await;
    assert!(matches!(over, Err(BoundError::Token(error)) if error.code() == "TOKEN_EXPIRED"));
}

#[tokio::test]
async fn of_parallel_uses_of_one_proof_one_counts() {
    let stage = Stage::sqlite().await;
    let tokens = Arc::new(stage.replica().await);
    let key = DpopKey::p256();
    let bound = access(&tokens, &issue(&tokens, &bound_to(&stage, &key)).await).await;
    let proof = proof(&stage, &key, bound.expose());
    let uses = (0..50).map(|_| verify(&tokens, bound.expose(), &proof));
    let good = futures::future::join_all(uses).await.into_iter().flatten().count();
    assert_eq!(good, 1);
}

#[tokio::test]
async fn what_a_service_gets_is_bound_to_no_key() {
    let stage = Stage::sqlite().await;
    let tokens = stage.replica().await;
    let bound = access(&tokens, &issue(&tokens, &bound_to(&stage, &DpopKey::p256())).await).await;
    let claims = tokens.verifier.verify_any(bound.expose(), &["services"]).await.unwrap();
    let exchanged = tokens.minter.exchange(&claims, "services", &claims.scope).await.unwrap();
    assert_eq!(tokens.verifier.verify(exchanged.expose(), &["services"]).await.unwrap().key, None);
}

#[tokio::test]
async fn s_tok_14_a_bound_family_rotates_with_its_key_and_a_wrong_one_spends_nothing() {
    for stage in Stage::both().await {
        let tokens = stage.replica().await;
        let (key, other) = (DpopKey::p256(), DpopKey::p256());
        let first = issue(&tokens, &bound_to(&stage, &key)).await;
        for wrong in [None, Some(&other)] {
            let refused = redeem(&tokens, &first.refresh, wrong).await;
            assert!(matches!(refused, Redemption::Refused(Refused::WrongKey)), "{refused:?}");
        }
        let Redemption::Rotated(second) = redeem(&tokens, &first.refresh, Some(&key)).await else {
            panic!("the right key was refused")
        };
        assert_eq!(second.key, Some(name_of(&key)));
        stage.clock.advance(Duration::from_mins(1));
        let spent = redeem(&tokens, &first.refresh, Some(&other)).await;
        assert!(
            matches!(spent, Redemption::Refused(Refused::WrongKey)),
            "a thief without the key ends nothing"
        );
        let third = redeem(&tokens, &second.refresh, Some(&key)).await;
        assert!(matches!(third, Redemption::Rotated(_)), "{third:?}");

        // A client that shows in another way who it is may change its key.
        let free = issue(&tokens, &stage.grant()).await;
        let Redemption::Rotated(next) = redeem(&tokens, &free.refresh, Some(&key)).await else { panic!() };
        let Redemption::Rotated(last) = redeem(&tokens, &next.refresh, Some(&other)).await else { panic!() };
        assert_eq!((next.key, last.key), (Some(name_of(&key)), Some(name_of(&other))));
    }
}
