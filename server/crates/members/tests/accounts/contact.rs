//! Where mails about an account go: to a mailbox that somebody proved, or nowhere.

use std::sync::Arc;

use db::Transaction;
use members::SignInError;
use names::ProviderName;

use crate::people::{context, identity};
use crate::stage::{HONG, PASSWORD, Stage};

async fn begin(stage: &Stage) -> Transaction {
    stage.database.begin().await.unwrap()
}

#[tokio::test]
async fn s_up_10_no_mail_about_an_account_goes_to_an_address_that_nobody_proved() {
    for stage in Stage::both().await {
        for provider in ProviderName::ALL {
            let claimed = identity(provider, "77", Some((HONG, false)));
            let member = stage.sign_in_by_provider(&claimed).await.unwrap();
            stage.link(member.id, &identity(ProviderName::Naver, provider.as_str(), None)).await.unwrap();
            let mut tx = begin(&stage).await;
            assert_eq!(members::mailbox_of(&mut tx, member.id).await.unwrap(), None);
            stage.members.notices.tell_of_reuse(&mut tx, member.id, None).await.unwrap();
            tx.commit().await.unwrap();
            let here = context("203.0.113.9");
            stage.members.deletions.request_deletion(&stage.fresh(member.id), &here).await.unwrap();
        }
        assert_eq!(stage.kinds(HONG).await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn s_tok_17_reuse_is_told_to_the_mailbox_that_was_proven() {
    for stage in Stage::both().await {
        let by_password = stage.member(HONG).await;
        let vouched = Some(("minji@example.com", true));
        let by_provider =
            stage.sign_in_by_provider(&identity(ProviderName::Kakao, "77", vouched)).await.unwrap();
        let mut tx = begin(&stage).await;
        for member in [by_password.id, by_provider.id] {
            stage.members.notices.tell_of_reuse(&mut tx, member, None).await.unwrap();
        }
        tx.commit().await.unwrap();
        assert_eq!(stage.kinds(HONG).await.pop().unwrap(), "token-reuse");
        assert_eq!(stage.kinds("minji@example.com").await, ["token-reuse"]);
    }
}

#[tokio::test]
async fn s_acc_7_a_discreet_sign_up_with_a_providers_address_is_told_to_its_owner_only() {
    let stage = Stage::discreet().await;
    stage.sign_in_by_provider(&identity(ProviderName::Google, "77", Some((HONG, true)))).await.unwrap();
    stage.sign_up(HONG, PASSWORD).await.expect("it looks like any other");
    stage.quiet().await;
    assert_eq!(stage.kinds(HONG).await, ["sign-up-on-taken-address"]);
    assert_eq!(stage.count("SELECT COUNT(*) FROM pending_sign_ups").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn s_up_11_a_proof_and_a_first_sign_in_by_a_provider_at_once_make_one_member() {
    for stage in Stage::both().await {
        let stage = Arc::new(stage);
        for round in 0..5 {
            let address = format!("person{round}@example.com");
            stage.sign_up(&address, PASSWORD).await.unwrap();
            let proof = stage.newest_mail(&address).await.token();
            let google = identity(ProviderName::Google, &address, Some((&address, true)));
            let (proving, arriving) = (stage.clone(), stage.clone());
            let proves = tokio::spawn(async move {
                proving
                    .members
                    .mailbox_proofs
                    .prove_mailbox(&proof, None, &context("203.0.113.9"))
                    .await
                    .map(|_| ())
            });
            let arrives = tokio::spawn(async move {
                match arriving.sign_in_by_provider(&google).await {
                    // As the callback does it.
                    Err(SignInError::ChangedMeanwhile(_)) => arriving.sign_in_by_provider(&google).await,
                    result => result,
                }
            });
            let (proves, arrives) = tokio::join!(proves, arrives);
            let (proves, arrives) = (proves.unwrap(), arrives.unwrap());
            assert_ne!(proves.is_ok(), arrives.is_ok(), "{proves:?} {arrives:?}");
        }
        assert_eq!(stage.count("SELECT COUNT(*) FROM members").await, 5);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s_up_11_two_first_sign_ins_with_one_address_at_once_make_one_member() {
    for stage in Stage::both().await {
        let stage = Arc::new(stage);
        for round in 0..10 {
            let address = format!("person{round}@example.com");
            let sign_ins = [ProviderName::Google, ProviderName::Kakao].map(|provider| {
                let arriving = identity(provider, &address, Some((&address, true)));
                let stage = stage.clone();
                tokio::spawn(async move {
                    match stage.sign_in_by_provider(&arriving).await {
                        // As the callback does it.
                        Err(SignInError::ChangedMeanwhile(_)) => stage.sign_in_by_provider(&arriving).await,
                        result => result,
                    }
                })
            });
            let [google, kakao] = sign_ins;
            let (google, kakao) = tokio::join!(google, kakao);
            let (google, kakao) = (google.unwrap(), kakao.unwrap());
            assert_ne!(google.is_ok(), kakao.is_ok(), "{google:?} {kakao:?}");
        }
        assert_eq!(stage.count("SELECT COUNT(*) FROM members").await, 10);
    }
}
