//! A reset of second factors and the mailboxes that hear of it: nobody hides it from the owner by giving the account another address, nor
//! has it carried out when its ground is gone.

use std::time::Duration;

use members::FactorResetError;
use names::{MemberId, OperatedBy, Operation, OperatorReason, Source};
use reqwest::Method;
use serde_json::json;
use testkit::Browser;

use crate::accounts::{EMAIL, PASSWORD, mail, post, sign_up, token};
use crate::app::App;
use crate::authenticator::{Careful, OTHER, by_password, second};
use crate::factor_reset::{DELAY, DONE, STOPPED, carry_out, member, number, order, order_of};

const ORDERED: &str = "2단계 인증이 초기화될 예정입니다";
const DAY: Duration = Duration::from_hours(24);

async fn mails(app: &App, to: &str, subject: &str) -> usize {
    app.settled().await;
    let path = format!("/dev/mail?to={}", to.replace('@', "%40"));
    let mails = app.browser().fetch(&path).await.json();
    mails.as_array().unwrap().iter().filter(|mail| mail["subject"] == subject).count()
}

/// Has the account get another address, by somebody who is signed in there with everything; gives what proves the new mailbox.
async fn ask_for_address(app: &App, browser: &Browser, new: &str) -> String {
    let wish = json!({"email": new, "password": PASSWORD});
    assert_eq!(browser.call("/api/users/me/email", &wish).await.status, 202);
    token(&mail(app, new, "/email/change").await)
}

async fn prove_address(app: &App, proof: &str) {
    assert_eq!(post(app, "/api/users/email/prove", json!({"token": proof})).await.status, 200);
}

/// The link of the new password would go to the new address.
#[tokio::test]
async fn s_acc_16_an_order_ends_when_the_account_gets_another_address() {
    for app in App::both().await {
        let careful = Careful::become_one(&app).await;
        let thief = careful.sign_in(&app).await;
        let proof = ask_for_address(&app, &thief, "thief@example.com").await;
        order(&app).await.unwrap();
        prove_address(&app, &proof).await;
        assert_eq!(number(&app, STOPPED).await, 1);
        assert_eq!(mails(&app, EMAIL, "2단계 인증 초기화가 취소되었습니다").await, 1);
        app.advance(DELAY);
        carry_out(&app).await;
        assert_eq!(number(&app, DONE).await, 0);

        order(&app).await.unwrap();
        for (told, times) in [(EMAIL, 2), ("thief@example.com", 1)] {
            assert_eq!(mails(&app, told, ORDERED).await, times, "{told} hears of the next one");
        }
        app.stop().await;
    }
}

#[tokio::test]
async fn s_acc_16_changing_the_address_twice_hides_no_order_from_the_first() {
    for app in App::both().await {
        let careful = Careful::become_one(&app).await;
        let thief = careful.sign_in(&app).await;
        for new in ["one@example.com", "two@example.com"] {
            let proof = ask_for_address(&app, &thief, new).await;
            prove_address(&app, &proof).await;
        }
        let export = thief.fetch("/api/users/me/export").await.json();
        assert_eq!(export["data"]["former_mailboxes"].as_array().unwrap().len(), 2, "{export}");
        order(&app).await.unwrap();
        for told in [EMAIL, "one@example.com", "two@example.com"] {
            assert_eq!(mails(&app, told, ORDERED).await, 1, "{told}");
        }
        let stop = token(&mail(&app, EMAIL, "/account/keep/factors").await);
        let kept = app.browser().submit("/api/users/factor-reset/cancel", &[("token", &stop)]).await;
        assert_eq!(kept.location(), "/oauth/login?notice=factors_kept");

        app.advance(30 * DAY);
        app.clean().await;
        assert_eq!(number(&app, "SELECT COUNT(*) FROM former_mailboxes").await, 0);
        order(&app).await.unwrap();
        assert_eq!(mails(&app, EMAIL, ORDERED).await, 0, "not for ever: the mail of then is gone as well");
        assert_eq!(mails(&app, "two@example.com", ORDERED).await, 1);
        app.stop().await;
    }
}

/// A new password by the mail and nothing else.
pub async fn reset_by_mail(app: &App, email: &str) {
    assert_eq!(post(app, "/api/users/password/forgot", json!({ "email": email })).await.status, 202);
    let proof = token(&mail(app, email, "/password/reset").await);
    let reset = post(app, "/api/users/password/reset", json!({ "token": proof, "password": OTHER })).await;
    assert_eq!(reset.status, 200, "{}", reset.body);
}

/// Who prepared an account under an address of their own, and had that of its owner put in its place, has set the codes up that lock the
/// owner out.
#[tokio::test]
async fn s_up_11_a_reset_by_mail_forgets_the_mailbox_of_who_prepared_the_account() {
    for app in App::both().await {
        let attacker = Careful::become_one(&app).await;
        let inside = attacker.sign_in(&app).await;
        let proof = ask_for_address(&app, &inside, "owner@example.com").await;
        prove_address(&app, &proof).await;
        reset_by_mail(&app, "owner@example.com").await;
        assert_eq!(number(&app, "SELECT COUNT(*) FROM former_mailboxes").await, 0);
        order(&app).await.unwrap();
        for (told, times) in [(EMAIL, 0), ("owner@example.com", 1)] {
            assert_eq!(mails(&app, told, ORDERED).await, times, "{told}");
        }
        app.stop().await;
    }
}

/// Who took an account over gives it another address, and proves that by mail as its owner would.
#[tokio::test]
async fn s_acc_16_a_reset_by_mail_hides_no_order_from_a_mailbox_of_long_standing() {
    for app in App::both().await {
        let careful = Careful::become_one(&app).await;
        app.advance(30 * DAY);
        let thief = careful.sign_in(&app).await;
        for new in ["one@example.com", "two@example.com"] {
            let proof = ask_for_address(&app, &thief, new).await;
            prove_address(&app, &proof).await;
        }
        reset_by_mail(&app, "two@example.com").await;
        order(&app).await.unwrap();
        for (told, times) in [(EMAIL, 1), ("one@example.com", 0), ("two@example.com", 1)] {
            assert_eq!(mails(&app, told, ORDERED).await, times, "{told}");
        }
        app.stop().await;
    }
}

/// A member who has nothing but a provider, and codes.
async fn by_provider(app: &App, user: &str) -> MemberId {
    let browser = app.browser();
    app.sign_in(&browser, "kakao", user).await;
    let session = browser.fetch("/api/auth/session").await.json();
    Careful::turn_on(app, &browser).await;
    MemberId::parse(session["user"]["id"].as_str().unwrap()).unwrap()
}

fn person(email: &str, proven: bool) -> serde_json::Value {
    json!({"id": "3141592", "nickname": "민지", "email": email, "email_verified": proven, "email_valid": true})
}

/// The person with the account at the provider is asked for a code, and has changed what the provider says before that.
#[tokio::test]
async fn s_acc_16_the_word_of_a_provider_does_not_take_an_order_from_the_owners_mailbox() {
    for app in App::both().await {
        let word = async |email, proven| {
            app.provider.control(Method::PUT, "kakao/users/member", person(email, proven)).await;
        };
        word("owner@example.com", true).await;
        let member = by_provider(&app, "member").await;
        word("thief@example.com", true).await;
        let thief = app.browser();
        let callback = app.until_callback(&thief, "kakao", "member").await;
        assert_eq!(thief.visit(&callback).await.location(), "/oauth/second");
        order_of(&app, member).await.unwrap();
        for told in ["owner@example.com", "thief@example.com"] {
            assert_eq!(mails(&app, told, ORDERED).await, 1, "{told}");
        }
        app.stop().await;
    }
}

#[tokio::test]
async fn s_acc_16_a_mailbox_that_a_provider_has_only_just_named_is_not_enough() {
    for app in App::both().await {
        let word = async |email, proven| {
            app.provider.control(Method::PUT, "kakao/users/member", person(email, proven)).await;
        };
        word("nobody@example.com", false).await;
        let member = by_provider(&app, "member").await;
        assert!(matches!(order_of(&app, member).await, Err(FactorResetError::NoMailbox)));
        word("thief@example.com", true).await;
        let thief = app.browser();
        let callback = app.until_callback(&thief, "kakao", "member").await;
        assert_eq!(thief.visit(&callback).await.location(), "/oauth/second");
        assert!(matches!(order_of(&app, member).await, Err(FactorResetError::NoMailbox)));
        // Another one in its place, and none at all: that of before has become no better by that.
        for (next, proven) in [("thief2@example.com", true), ("nobody@example.com", false)] {
            word(next, proven).await;
            let callback = app.until_callback(&thief, "kakao", "member").await;
            assert_eq!(thief.visit(&callback).await.location(), "/oauth/second");
            assert!(matches!(order_of(&app, member).await, Err(FactorResetError::NoMailbox)), "{next}");
        }
        word("thief@example.com", true).await;
        let callback = app.until_callback(&thief, "kakao", "member").await;
        thief.visit(&callback).await;
        assert!(matches!(order_of(&app, member).await, Err(FactorResetError::NoMailbox)));
        app.advance(30 * DAY);
        order_of(&app, member).await.expect("the owner has had a month to see it");
        app.stop().await;
    }
}

#[tokio::test]
async fn s_acc_16_who_shows_a_factor_beside_the_mail_for_a_new_password_stops_it() {
    for app in App::both().await {
        let careful = Careful::become_one(&app).await;
        order(&app).await.unwrap();
        let browser = app.browser();
        browser.submit("/api/users/password/forgot", &[("email", EMAIL)]).await;
        let proof = token(&mail(&app, EMAIL, "/password/reset").await);
        let code = careful.authenticator.next_code(&app);
        let form = [("token", &*proof), ("password", OTHER), ("second_code", &*code)];
        browser.submit("/api/users/password/reset", &form).await;
        assert_eq!(number(&app, STOPPED).await, 1);
        app.advance(DELAY);
        carry_out(&app).await;
        assert_eq!(number(&app, DONE).await, 0);
        app.stop().await;
    }
}

/// While nobody can sign in, nobody can stop it by a factor.
#[tokio::test]
async fn s_acc_16_an_account_that_is_disabled_or_to_be_deleted_and_comes_back_keeps_its_factors() {
    for app in App::both().await {
        let careful = Careful::become_one(&app).await;
        let id = member(&app).await;
        let source = Source::request("test", String::new(), "");
        let reason = OperatorReason::parse("신고 77").unwrap();
        let operation = Operation { source, by: OperatedBy::CommandLine, reason };
        order(&app).await.unwrap();
        assert!(app.status().disable(id, &operation).await.unwrap());
        assert!(app.status().enable(id, &operation).await.unwrap());
        assert_eq!(number(&app, STOPPED).await, 1);

        let browser = careful.sign_in(&app).await;
        order(&app).await.unwrap();
        assert_eq!(browser.submit("/api/users/me/delete", &[]).await.status, 303);
        assert_eq!(number(&app, STOPPED).await, 2);
        let keep = token(&mail(&app, EMAIL, "/account/keep").await);
        let kept = app.browser().submit("/api/users/deletion/cancel", &[("token", &keep)]).await;
        assert_eq!(kept.location(), "/oauth/login?notice=account_kept");
        app.advance(DELAY);
        carry_out(&app).await;
        assert_eq!(number(&app, DONE).await, 0);
        careful.sign_in(&app).await;
        app.stop().await;
    }
}

/// A sign-in by a factor and the end of the delay, at the same moment: either the factor is there and the order is not, or the other way
/// round.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn s_acc_16_a_strong_sign_in_and_the_end_of_the_delay_do_not_both_win() {
    for app in App::both().await {
        let careful = Careful::become_one(&app).await;
        order(&app).await.unwrap();
        app.advance(DELAY);
        let browser = app.browser();
        assert_eq!(by_password(&browser, PASSWORD).await.location(), "/oauth/second");
        let code = careful.authenticator.next_code(&app);
        let (answer, ()) = futures::future::join(second(&browser, &code), carry_out(&app)).await;
        let (stopped, done) = (number(&app, STOPPED).await, number(&app, DONE).await);
        assert_eq!(stopped + done, 1, "{}", answer.location());
        let seeds = number(&app, "SELECT COUNT(*) FROM totp_seeds").await;
        assert_eq!((seeds, app.is_signed_in(&browser).await), (stopped, stopped == 1));
        app.stop().await;
    }
}

/// The device is lost, and perhaps with it a browser that is remembered.
#[tokio::test]
async fn s_acc_16_a_recovery_code_forgets_every_browser() {
    let app = App::start().await;
    let careful = Careful::become_one(&app).await;
    let lost = app.browser();
    by_password(&lost, PASSWORD).await;
    let code = careful.authenticator.next_code(&app);
    lost.submit("/api/auth/signin/second", &[("code", &code), ("remember", "1")]).await;
    lost.submit("/api/auth/signout", &[]).await;
    let browser = app.browser();
    by_password(&browser, PASSWORD).await;
    second(&browser, &careful.recovery_codes[0]).await;
    assert!(app.is_signed_in(&browser).await);
    assert_eq!(by_password(&lost, PASSWORD).await.location(), "/oauth/second");
}

/// Who takes the password away takes no mailbox from its owner.
#[tokio::test]
async fn s_acc_15_a_mailbox_whose_password_went_still_hears_of_a_deletion() {
    for app in App::both().await {
        sign_up(&app).await;
        let browser = app.browser();
        by_password(&browser, PASSWORD).await;
        let departs = browser.submit("/api/auth/link/google", &[]).await;
        let callback = app.provider.agree(departs.location(), "junho").await;
        assert!(browser.visit(&callback).await.location().contains("notice=linked"));
        assert_eq!(
            browser.call("/api/users/me/identities/unlink", &json!({"way": "password"})).await.status,
            200
        );
        app.sign_in(&browser, "google", "junho").await;
        assert_eq!(browser.call("/api/users/me/delete", &json!({})).await.status, 200);
        let keep = token(&mail(&app, EMAIL, "/account/keep").await);
        assert_eq!(post(&app, "/api/users/deletion/cancel", json!({"token": keep})).await.status, 200);
        app.stop().await;
    }
}

/// Somebody who knows the ended password, and has another sign-in method, sets no new password with it.
#[tokio::test]
async fn s_acc_16_a_password_that_a_reset_ended_proves_nothing_any_more() {
    for app in App::both().await {
        sign_up(&app).await;
        let browser = app.browser();
        by_password(&browser, PASSWORD).await;
        let departs = browser.submit("/api/auth/link/kakao", &[]).await;
        let callback = app.provider.agree(departs.location(), "minji").await;
        assert!(browser.visit(&callback).await.location().contains("notice=linked"));
        Careful::turn_on(&app, &browser).await;
        order(&app).await.unwrap();
        app.advance(DELAY);
        carry_out(&app).await;
        assert_eq!(number(&app, DONE).await, 1);
        let by_kakao = app.browser();
        app.sign_in(&by_kakao, "kakao", "minji").await;
        let change = json!({"current_password": PASSWORD, "password": OTHER});
        let address = json!({"email": "other@example.com", "password": PASSWORD});
        for (path, body) in [("/api/users/me/password", change), ("/api/users/me/email", address)] {
            let refused = by_kakao.call(path, &body).await;
            assert_eq!(refused.json()["error"]["code"], "PASSWORD_NOT_SET", "{path}: {}", refused.body);
        }
        browser.submit("/api/users/password/forgot", &[("email", EMAIL)]).await;
        let proof = token(&mail(&app, EMAIL, "/password/reset").await);
        let reset = json!({"token": proof, "password": OTHER});
        assert_eq!(post(&app, "/api/users/password/reset", reset).await.status, 200);
        app.stop().await;
    }
}
