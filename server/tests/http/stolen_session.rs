//! What a session may not gain by itself, in the hands of somebody who has stolen it.

use std::time::Duration;

use crate::accounts::{PASSWORD, sign_up};
use crate::app::App;
use crate::authenticator::{Careful, by_password};

/// A person who has stolen a session can set codes up in it as long as it is fresh, and then show as many as they like.
#[tokio::test]
async fn s_acc_14_setting_codes_up_makes_no_session_fresh_again() {
    for app in App::both().await {
        sign_up(&app).await;
        let stolen = app.browser();
        assert_eq!(by_password(&stolen, PASSWORD).await.location(), "/me");
        app.advance(Duration::from_mins(9));
        Careful::turn_on(&app, &stolen).await;
        let begin = async || stolen.submit("/api/users/me/codes/begin", &[]).await.location().to_owned();
        assert_eq!(begin().await, "/me/security#codes", "the sign-in is nine minutes ago");
        app.advance(Duration::from_mins(2));
        assert_eq!(begin().await, "/oauth/prove?return_to=%2Fme%2Fsecurity");
        app.stop().await;
    }
}
