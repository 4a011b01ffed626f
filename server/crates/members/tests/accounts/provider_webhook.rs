use names::ProviderName;
use providers::Subject;

use crate::people::{context, identity};
use crate::stage::{HONG, Stage};

async fn cut(stage: &Stage, provider: ProviderName, subject: &str) {
    let subject = Subject::parse(subject).unwrap();
    stage
        .members
        .provider_webhooks
        .cut_by_provider(provider, &subject, &context("203.0.113.9"))
        .await
        .unwrap();
}

#[tokio::test]
async fn quirk_36_a_cut_link_ends_its_sessions_and_the_way_in() {
    for stage in Stage::both().await {
        let member = stage.member(HONG).await;
        stage.link(member.id, &identity(ProviderName::Naver, "77", None)).await.unwrap();
        stage.session_by(member.id, "naver", 1).await;
        stage.session_by(member.id, "password", 2).await;
        cut(&stage, ProviderName::Naver, "77").await;
        assert_eq!(stage.holder(ProviderName::Naver, "77").await, None);
        assert_eq!(stage.count("SELECT COUNT(*) FROM sessions").await, 1);
        assert_eq!(stage.kinds(HONG).await.pop().unwrap(), "identity-unlinked");
        assert_eq!(
            stage.count("SELECT COUNT(*) FROM jobs WHERE kind = 'provider-unlink'").await,
            0,
            "it knows"
        );
        cut(&stage, ProviderName::Naver, "77").await;
        cut(&stage, ProviderName::Kakao, "77").await;
        assert_eq!(stage.audited("provider_notice", "success").await, 1, "of people whom we know");
    }
}

#[tokio::test]
async fn a_cut_of_the_last_way_in_begins_the_deletion_which_coming_back_calls_off() {
    for stage in Stage::both().await {
        let kakao = identity(ProviderName::Kakao, "77", Some((HONG, true)));
        let member = stage.sign_in_by_provider(&kakao).await.unwrap();
        stage.session_by(member.id, "kakao", 1).await;
        cut(&stage, ProviderName::Kakao, "77").await;
        assert_eq!(stage.count("SELECT COUNT(*) FROM sessions").await, 0);
        assert_eq!(stage.kinds(HONG).await, ["deletion-scheduled"]);
        assert_eq!(stage.count("SELECT COUNT(*) FROM identities WHERE grant_sealed IS NOT NULL").await, 0);
        cut(&stage, ProviderName::Kakao, "77").await;
        assert_eq!(stage.kinds(HONG).await.len(), 1, "once");
        assert_eq!(stage.sign_in_by_provider(&kakao).await.unwrap().id, member.id);
        assert_eq!(stage.audited("deletion_cancelled", "success").await, 1);
    }
}
