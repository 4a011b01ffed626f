//! The picture that a provider shows of a member.

use std::time::Duration;

use names::ProviderName;
use providers::ProviderIdentity;

use crate::people::identity;
use crate::stage::Stage;

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
