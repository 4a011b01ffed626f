//! Linking belongs to the member and the session that began it (S-UP-13).

use std::time::Duration;

use http::{HeaderMap, HeaderValue, StatusCode};
use members::LinkError;
use names::ProviderName;
use providers::{Finished, LinkFor, ProviderIdentity, Subject};
use web::Refuse as _;

use super::{Stage, context, cookie, is_there, login, sign_in};
use crate::callback_error::CallbackError;
use crate::reason::BadCallback;
use crate::state::Sessions;

fn naver(subject: &str) -> ProviderIdentity {
    ProviderIdentity {
        provider: ProviderName::Naver,
        subject: Subject::parse(subject).unwrap(),
        email: None,
        email_verified: false,
        nickname: None,
        picture: None,
        grant: None,
    }
}

async fn begun_by(sessions: &Sessions, browser: &HeaderMap) -> LinkFor {
    let current = sessions.lookup.current(browser).await.unwrap().unwrap();
    LinkFor { member: current.session.member, session: current.session.id }
}

async fn finish(sessions: &Sessions, link: LinkFor, browser: &HeaderMap) -> Result<HeaderMap, CallbackError> {
    let finished = Finished { identity: naver("77"), login: login("/me/security") };
    let answer = sessions.provider_logins.finish_link(&finished, link, browser, &context()).await?;
    assert_eq!(answer.location, "/me/security?notice=linked&provider=naver");
    Ok(cookie(&answer.session().unwrap()))
}

async fn identities(sessions: &Sessions) -> i64 {
    use db::Row as _;
    let mut reader = sessions.lookup.context.db.read().await.unwrap();
    db::query("SELECT COUNT(*) FROM identities").fetch_one(&mut *reader).await.unwrap().get(0)
}

#[tokio::test]
async fn s_up_13_a_link_ends_in_the_session_that_began_it() {
    for stage in Stage::both().await {
        let sessions = stage.replica().await;
        let (minji, junho) = (sign_in(&sessions, "1").await, sign_in(&sessions, "2").await);
        let link = begun_by(&sessions, &minji).await;
        // Somebody else signed in meanwhile, the same person did again, or nobody is there.
        let again = sign_in(&sessions, "1").await;
        for other in [&junho, &again, &HeaderMap::new()] {
            let refused = finish(&sessions, link, other).await;
            assert!(matches!(refused, Err(CallbackError::BadCallback(BadCallback("link_session_mismatch")))));
            assert_eq!(refused.unwrap_err().refusal().status(), StatusCode::BAD_REQUEST);
        }
        assert_eq!(identities(&sessions).await, 2, "neither account gained a sign-in method");
        let renewed = finish(&sessions, link, &minji).await.unwrap();
        assert_eq!(identities(&sessions).await, 3);
        assert!(is_there(&sessions, &renewed).await);
        assert!(
            !is_there(&sessions, &minji).await,
            "S-COOKIE-5: the cookie of before the link opens nothing"
        );
    }
}

/// Two tabs, and both come back with the cookie of before the first.
#[tokio::test]
async fn of_two_links_at_once_the_second_leads_a_person_back_and_refuses_a_program() {
    for stage in Stage::both().await {
        let sessions = stage.replica().await;
        let minji = sign_in(&sessions, "1").await;
        let link = begun_by(&sessions, &minji).await;
        let renewed = finish(&sessions, link, &minji).await.unwrap();
        let mut person = minji.clone();
        person.insert("sec-fetch-mode", HeaderValue::from_static("navigate"));
        let finished = Finished { identity: naver("78"), login: login("/me/security") };
        let finish_link = async |headers: &HeaderMap| {
            sessions.provider_logins.finish_link(&finished, link, headers, &context()).await
        };
        let answer = finish_link(&person).await.unwrap();
        assert_eq!(answer.location, "/me/security?error=login_failed&provider=naver");
        assert!(answer.session().is_none() && is_there(&sessions, &renewed).await);
        let refused = finish_link(&minji).await;
        assert!(matches!(refused, Err(CallbackError::BadCallback(BadCallback("link_session_mismatch")))));
        stage.clock.advance(Duration::from_secs(61));
        assert!(finish_link(&person).await.is_err(), "an old cookie is nobody's");
        assert_eq!(identities(&sessions).await, 2);
    }
}

#[tokio::test]
async fn s_up_13_an_identity_of_somebody_else_is_409() {
    for stage in Stage::both().await {
        let sessions = stage.replica().await;
        let (minji, junho) = (sign_in(&sessions, "1").await, sign_in(&sessions, "2").await);
        let minji = finish(&sessions, begun_by(&sessions, &minji).await, &minji).await.unwrap();
        finish(&sessions, begun_by(&sessions, &minji).await, &minji).await.expect("it is theirs already");
        let refused = finish(&sessions, begun_by(&sessions, &junho).await, &junho).await;
        assert!(matches!(refused, Err(CallbackError::Link(LinkError::IdentityTaken(_)))));
        assert_eq!(refused.unwrap_err().refusal().status(), StatusCode::CONFLICT, "to a program");
        // To a person it is a page that says what to do, and the session stays as it is.
        let link = begun_by(&sessions, &junho).await;
        let mut person = junho.clone();
        person.insert("sec-fetch-mode", HeaderValue::from_static("navigate"));
        let finished = Finished { identity: naver("77"), login: login("/me/security") };
        let answer =
            sessions.provider_logins.finish_link(&finished, link, &person, &context()).await.unwrap();
        assert_eq!(answer.location, "/me/security?error=identity_taken&provider=naver");
        assert!(answer.session().is_none());
        assert!(is_there(&sessions, &junho).await);
    }
}

#[tokio::test]
async fn s_up_11_a_session_that_ended_finishes_no_link() {
    let [stage, _] = Stage::both().await;
    let sessions = stage.replica().await;
    let minji = sign_in(&sessions, "1").await;
    let link = begun_by(&sessions, &minji).await;
    sessions.sign_outs.end(&sessions.cookie.handle(&minji).unwrap(), true, &context().source).await.unwrap();
    assert!(finish(&sessions, link, &minji).await.is_err());
    assert_eq!(identities(&sessions).await, 1);
}
