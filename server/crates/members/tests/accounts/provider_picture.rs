//! The picture that a provider shows of a member.

use std::time::Duration;

use names::{MemberId, ProviderName};
use providers::{ProviderIdentity, Subject};

use crate::people::{context, identity};
use crate::stage::{HONG, Stage};

fn with_picture(provider: ProviderName, picture: Option<&str>) -> ProviderIdentity {
    let picture = picture.map(|picture| picture.parse().unwrap());
    ProviderIdentity { picture, ..identity(provider, "77", None) }
}

#[tokio::test]
async fn it_is_that_of_the_last_sign_in_by_the_oldest_identity() {
    for stage in Stage::both().await {
        let shown = async |provider: ProviderName, picture: Option<&str>| {
            stage.sign_in_by_provider(&with_picture(provider, picture)).await.unwrap().picture
        };
        let (first, second) = ("https://img.example/1.png", "https://img.example/2.png");
        assert_eq!(shown(ProviderName::Naver, None).await, None);
        for picture in [Some(first), Some(second), Some(second), None, Some(first)] {
            assert_eq!(shown(ProviderName::Naver, picture).await.as_deref(), picture);
        }
        let member =
            stage.sign_in_by_provider(&with_picture(ProviderName::Naver, Some(first))).await.unwrap();
        stage.clock.advance(Duration::from_mins(1));
        stage.link(member.id, &with_picture(ProviderName::Kakao, Some(second))).await.unwrap();
        assert_eq!(
            shown(ProviderName::Kakao, Some(second)).await.as_deref(),
            Some(first),
            "that of the oldest"
        );
    }
}

/// The rest of their sign-in waits for the code.
#[tokio::test]
async fn it_is_also_that_of_a_member_who_is_still_to_show_a_code() {
    for stage in Stage::both().await {
        let [first, second] = ["https://img.example/1.png", "https://img.example/2.png"];
        let naver = |picture| with_picture(ProviderName::Naver, Some(picture));
        let member = stage.sign_in_by_provider(&naver(first)).await.unwrap().id;
        let mut tx = stage.database.begin().await.unwrap();
        stage.members.provider_sign_in.store_claims(&mut tx, &naver(second)).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(shown(&stage, member).await.as_deref(), Some(second));
    }
}

#[tokio::test]
async fn it_goes_with_its_identity_whoever_ends_that() {
    for stage in Stage::both().await {
        let [first, second] = ["https://img.example/1.png", "https://img.example/2.png"];
        let (naver, kakao) =
            (with_picture(ProviderName::Naver, Some(first)), with_picture(ProviderName::Kakao, Some(second)));
        let member = stage.member(HONG).await.id;
        for identity in [&naver, &kakao] {
            stage.link(member, identity).await.unwrap();
            stage.sign_in_by_provider(identity).await.unwrap();
            stage.clock.advance(Duration::from_mins(1));
        }
        assert_eq!(shown(&stage, member).await.as_deref(), Some(first));
        cut(&stage, ProviderName::Kakao).await;
        assert_eq!(shown(&stage, member).await.as_deref(), Some(first), "it is not from there");
        stage.link(member, &kakao).await.unwrap();
        cut(&stage, ProviderName::Naver).await;
        assert_eq!(shown(&stage, member).await, None);
        stage.sign_in_by_provider(&kakao).await.unwrap();
        assert_eq!(shown(&stage, member).await.as_deref(), Some(second), "that of the oldest that is left");
    }
}

async fn shown(stage: &Stage, member: MemberId) -> Option<String> {
    let mut reader = stage.database.read().await.unwrap();
    members::find(&mut reader, member).await.unwrap().unwrap().picture
}

async fn cut(stage: &Stage, provider: ProviderName) {
    let subject = Subject::parse("77").unwrap();
    let webhooks = &stage.members.provider_webhooks;
    webhooks.cut_by_provider(provider, &subject, &context("203.0.113.9")).await.unwrap();
}
