//! The pages of one's own account say what is true of this account.

use crate::app::App;
use crate::passkey_sign_up::{ON, become_one};

const BY_MAIL: &str = "메일로 보내 드리는 링크를 열어";

#[tokio::test]
async fn a_link_that_cancels_a_deletion_is_promised_only_to_those_whom_a_mail_reaches() {
    let app = App::configured(ON).await;
    for (provider, user, is_reached) in
        [("google", "minji", true), ("google", "junho", false), ("naver", "minji", false)]
    {
        let browser = app.browser();
        app.sign_in(&browser, provider, user).await;
        let page = browser.open("/me/account").await.body;
        assert!(page.contains("7일 동안은 취소할 수 있어요. 그 안에 다시 로그인하면"), "{page}");
        assert_eq!(page.contains(BY_MAIL), is_reached, "{provider} {user}: {page}");
        for told in ["내가 쓴 글, 팔로우까지", "누구의 것인지 알 수 없게", "운영자의 열람 기록만 회원 번호로"]
        {
            assert!(page.contains(told), "{told}: {page}");
        }
    }
    let nameless = become_one(&app).await;
    assert!(!nameless.browser.open("/me/account").await.body.contains(BY_MAIL));
    app.stop().await;
}

#[tokio::test]
async fn who_has_their_account_deleted_is_told_until_when_that_can_be_cancelled() {
    let app = App::configured("[members]\ndeletion_grace = \"36h\"\n").await;
    let browser = app.browser();
    app.sign_in(&browser, "google", "minji").await;
    let answer = browser.submit("/api/users/me/delete", &[]).await;
    let page = browser.open(answer.location()).await.body;
    assert!(page.contains("삭제를 요청한 때부터 36시간 안에 다시 로그인하면 취소돼요."), "{page}");
    app.stop().await;
}

#[tokio::test]
async fn a_member_whose_address_a_provider_confirmed_is_not_asked_to_add_one() {
    let app = App::configured(ON).await;
    let browser = app.browser();
    app.sign_in(&browser, "google", "minji").await;
    let page = browser.open("/me/security").await.body;
    for told in ["다른 이메일 사용", "지금은 minji@gmail.com(으)로 알림을 보내요", "새 이메일"]
    {
        assert!(page.contains(told), "{told}: {page}");
    }
    assert!(!page.contains("이메일 추가"), "{page}");
    let nameless = become_one(&app).await;
    let page = nameless.browser.open("/me/security").await.body;
    assert!(page.contains("이메일 추가") && !page.contains("다른 이메일 사용"), "{page}");
    app.stop().await;
}
