//! The code of a sign-in that is sent twice: a double click, an answer that got lost (decision 40).

use std::time::Duration;

use testkit::Answer;

use crate::accounts::PASSWORD;
use crate::app::App;
use crate::authenticator::{Careful, by_password, second};

fn cookie<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    answer.cookies().into_iter().find(|line| line.starts_with(&format!("{name}=")))
}

async fn number(app: &App, statement: &'static str) -> i64 {
    app.flush_audit().await;
    let mut reader = app.database.read().await.unwrap();
    db::Row::get(&db::query(statement).fetch_one(&mut *reader).await.unwrap(), 0)
}

const SESSIONS: &str = "SELECT COUNT(*) FROM sessions";
const WRONG: &str = "SELECT MAX(wrong) FROM totp_seeds";
const REFUSED: &str = "SELECT COUNT(*) FROM audit_events WHERE kind = 'sign_in' AND reason = 'wrong_code'";

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn s_acc_16_a_code_that_is_clicked_twice_signs_in_once_and_is_no_wrong_one() {
    for app in App::both().await {
        let careful = Careful::become_one(&app).await;
        let before = number(&app, SESSIONS).await;
        let browser = app.browser();
        by_password(&browser, PASSWORD).await;
        let code = careful.authenticator.next_code(&app);
        let answers = futures::future::join_all((0..4).map(|_| second(&browser, &code))).await;
        let first = cookie(&answers[0], "daemun");
        assert!(first.is_some(), "{}", answers[0].location());
        for answer in &answers {
            assert_eq!(answer.location(), "/me", "{}", answer.body);
            assert_eq!(cookie(answer, "daemun"), first, "the same session");
        }
        assert!(app.is_signed_in(&browser).await);
        assert_eq!(number(&app, SESSIONS).await, before + 1);
        assert_eq!((number(&app, WRONG).await, number(&app, REFUSED).await), (0, 0), "it was right");
        app.stop().await;
    }
}

#[tokio::test]
async fn s_acc_16_a_browser_whose_answer_was_lost_sends_its_code_again() {
    for app in App::both().await {
        let careful = Careful::become_one(&app).await;
        let browser = app.browser();
        by_password(&browser, PASSWORD).await;
        let code = careful.authenticator.next_code(&app);
        // What it had before the answer that did not arrive.
        let lost = app.browser();
        lost.plant("daemun-login", &browser.cookie("daemun-login").unwrap());
        let form = [("code", code.as_str()), ("remember", "1")];
        let heard = browser.submit("/api/auth/signin/second", &form).await;
        assert_eq!(heard.location(), "/me");
        let again = lost.submit("/api/auth/signin/second", &form).await;
        assert_eq!(again.location(), "/me");
        for name in ["daemun", "daemun-device"] {
            assert!(cookie(&heard, name).is_some(), "{name}");
            assert_eq!(cookie(&again, name), cookie(&heard, name), "{name}");
        }
        assert_eq!(number(&app, "SELECT COUNT(*) FROM remembered_devices").await, 1);

        let refused = async |form: &[(&str, &str)], why: &str| {
            let late = app.browser();
            late.plant("daemun-login", &browser.cookie("daemun-login").unwrap());
            let answer = late.submit("/api/auth/signin/second", form).await;
            assert_eq!(cookie(&answer, "daemun"), None, "{why}: {}", answer.location());
            assert!(!app.is_signed_in(&late).await, "{why}");
        };
        refused(&[("code", "000000")], "another code").await;
        assert_eq!(cookie(&second(&app.browser(), &code).await, "daemun"), None, "another browser");
        app.advance(Duration::from_secs(21));
        refused(&form, "too late").await;
        assert_eq!((number(&app, WRONG).await, number(&app, REFUSED).await), (0, 0));

        by_password(&browser, PASSWORD).await;
        browser.submit("/api/auth/signout", &[]).await;
        let waits = app.browser();
        by_password(&waits, PASSWORD).await;
        let code = careful.authenticator.next_code(&app);
        assert_eq!(second(&waits, &code).await.location(), "/me");
        let binding = waits.cookie("daemun-login").unwrap();
        waits.submit("/api/auth/signout", &[]).await;
        let ended = app.browser();
        ended.plant("daemun-login", &binding);
        assert_eq!(cookie(&second(&ended, &code).await, "daemun"), None, "a sign-out wins");
        app.stop().await;
    }
}
