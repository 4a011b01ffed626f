//! What members see of the apps that they are connected with, however often they signed in there.

use std::time::Duration;

use crate::app::App;
use crate::consent::{allowed, clients};
use crate::portal::{authorize, redeem, tokens, told};

const SHOP: (&str, &str) = ("client_id", "flower-shop");

/// Forty sign-ins have a scope of 2,000 characters if their texts are put one after the other.
#[tokio::test]
async fn s_as_34_what_an_app_may_do_is_shown_after_forty_sign_ins_too() {
    for app in App::both_configured(&clients()).await {
        let browser = app.browser();
        app.sign_in(&browser, "google", "minji").await;
        let scope = ("scope", "openid profile email read offline_access");
        tokens(&redeem(&app, &allowed(&browser, &[scope]).await, &[SHOP]).await);
        app.advance(Duration::from_mins(1));
        for _ in 0..39 {
            let answer = browser.visit(&authorize(&[SHOP, ("scope", "openid read offline_access")])).await;
            tokens(&redeem(&app, &told(&answer)["code"], &[SHOP]).await);
        }
        let page = browser.open("/me/security").await.body;
        for words in ["꽃집 &lt;b&gt;", "이메일 주소 보기", "내 글 읽기", "로그아웃한 뒤에도 계속 사용하기"]
        {
            assert!(page.contains(words), "{words}: {page}");
        }
        let export = browser.fetch("/api/users/me/export").await.json();
        let [shop] = &export["data"]["connected_apps"].as_array().unwrap()[..] else { panic!("{export}") };
        let words: Vec<_> = shop["scope"].as_str().unwrap().split(' ').collect();
        assert_eq!(words, ["openid", "profile", "email", "read", "offline_access"]);
        assert!(shop["first_used_at"].as_str() < shop["last_used_at"].as_str());
        app.stop().await;
    }
}
