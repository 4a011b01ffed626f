//! The first administrator: a link of the command line, good for one hour and once.

use std::time::Duration;

use admin::Invitations;
use names::{Actor, OperatedBy, Operation, OperatorReason, Role, Source};
use reqwest::Method;
use serde_json::json;
use testkit::{Answer, Browser};

use crate::admin_api::id_of;
use crate::app::App;
use crate::process::place_with_member;

const ACCEPT: &str = "/api/admin/invitation";

/// What somebody at the command line does.
pub(crate) fn operation() -> Operation {
    let source = Source::request("an-operators-command", String::new(), "").by(Actor::Operator);
    Operation { source, by: OperatedBy::CommandLine, reason: OperatorReason::parse("첫 관리자").unwrap() }
}

/// A link, as the command prints it.
async fn invite(app: &App) -> String {
    let invitations = Invitations::new(app.members().context.clone(), app.roles().clone());
    invitations.invite(&operation()).await.unwrap().address()
}

fn token(address: &str) -> &str {
    address.split_once("?token=").unwrap().1
}

async fn accepts(browser: &Browser, token: &str) -> Answer {
    browser.submit(ACCEPT, &[("token", token)]).await
}

async fn administrators(app: &App) -> usize {
    app.roles().holders(&Role::ADMIN, None, 10).await.unwrap().len()
}

fn leads_to(answer: &Answer) -> (u16, &str) {
    (answer.status.as_u16(), answer.location())
}

const DONE: (u16, &str) = (303, "/me?notice=administrator");

#[tokio::test]
async fn who_signs_in_with_the_link_becomes_an_administrator_once_within_an_hour() {
    for app in App::both().await {
        let address = invite(&app).await;
        let browser = app.browser();
        let answer = browser.visit(&address).await;
        assert_eq!(answer.status, 303);
        assert!(answer.location().starts_with("/oauth/login?return_to=%2Fadmin%2Finvite%3Ftoken%3D"));
        app.sign_in(&browser, "google", "minji").await;
        let page = browser.visit(&address).await;
        assert_eq!(page.status, 200);
        assert!(page.body.contains(token(&address)) && page.body.contains("관리자 되기"));
        assert_eq!(administrators(&app).await, 0, "opening it changes nothing");
        assert_eq!(leads_to(&accepts(&browser, token(&address)).await), DONE);
        assert_eq!(administrators(&app).await, 1);
        assert_eq!(
            leads_to(&accepts(&browser, token(&address)).await),
            DONE,
            "sent twice, answered as the first time"
        );

        let other = app.browser();
        app.sign_in(&other, "kakao", "junho").await;
        for used in [token(&address), "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
            let refused = accepts(&other, used).await;
            assert!(refused.location().starts_with("/admin/invite"), "{}", refused.location());
            let page = other.visit(refused.location()).await;
            assert!(
                page.status == 400 && page.body.contains("새 링크를 받아 주세요"),
                "{} {}",
                page.status,
                page.body
            );
        }
        let second = invite(&app).await;
        app.advance(Duration::from_mins(9));
        assert_eq!(leads_to(&accepts(&browser, token(&second)).await), DONE, "an administrator stays one");
        let spent = accepts(&other, token(&second)).await;
        assert!(spent.location().starts_with("/admin/invite"), "and has spent it: {}", spent.location());
        assert_eq!(administrators(&app).await, 1);
        assert_eq!(leads_to(&accepts(&other, &token_of(&app).await).await), DONE);
        let third = invite(&app).await;
        app.advance(Duration::from_mins(61));
        let late = app.browser();
        app.sign_in(&late, "naver", "haneul").await;
        assert!(accepts(&late, token(&third)).await.location().starts_with("/admin/invite"));
        assert_eq!(administrators(&app).await, 2);
        app.clean().await;
        assert!(!app.database.dump().await.contains("admin_invitations|"), "what is over goes");
        app.stop().await;
    }
}

#[tokio::test]
async fn s_cookie_5_who_becomes_an_administrator_gets_another_secret_and_a_copy_of_the_old_one_is_nobody() {
    for app in App::both().await {
        let (browser, thief) = (app.browser(), app.browser());
        app.sign_in(&browser, "google", "minji").await;
        thief.plant("daemun", &browser.cookie("daemun").unwrap());
        assert!(app.is_signed_in(&thief).await);
        assert_eq!(leads_to(&accepts(&browser, &token_of(&app).await).await), DONE);
        assert!(!app.is_signed_in(&thief).await);
        assert_eq!(browser.visit("/admin").await.status, 200);
        app.stop().await;
    }
}

#[tokio::test]
async fn who_has_as_many_roles_as_there_can_be_is_told_so_and_the_link_stays() {
    let names: Vec<_> = (0..16).map(|number| format!("ROLE_TEAM_{number}")).collect();
    let app = App::configured(&format!("[roles]\nnames = {names:?}\n")).await;
    let browser = app.browser();
    app.sign_in(&browser, "google", "minji").await;
    let member = id_of(&browser).await;
    let roles: Vec<_> = names.iter().map(|name| Role::parse(name).unwrap()).collect();
    for role in &roles {
        app.roles().give(member, role, &operation()).await.unwrap();
    }
    let token = token_of(&app).await;
    let refused = browser.call(ACCEPT, &json!({"token": token})).await;
    assert_eq!((refused.status.as_u16(), &refused.json()["error"]["code"]), (409, &json!("ROLE_IMPOSSIBLE")));
    app.roles().take(member, &roles[0], &operation()).await.unwrap();
    assert_eq!(leads_to(&accepts(&browser, &token).await), DONE);
    app.stop().await;
}

#[tokio::test]
async fn of_two_who_come_with_one_link_one_becomes_an_administrator() {
    for app in App::both().await {
        let (one, other) = (app.browser(), app.browser());
        app.sign_in(&one, "google", "minji").await;
        app.sign_in(&other, "kakao", "junho").await;
        for round in 1..=5 {
            let address = invite(&app).await;
            let token = token(&address);
            let (first, second) = tokio::join!(accepts(&one, token), accepts(&other, token));
            let done = [&first, &second].into_iter().filter(|answer| leads_to(answer) == DONE).count();
            assert_eq!((done, administrators(&app).await), (1, 1), "round {round}");
            let member = app.roles().holders(&Role::ADMIN, None, 1).await.unwrap()[0].member;
            app.roles().take(member, &Role::ADMIN, &operation()).await.unwrap();
            let refused =
                accepts(if leads_to(&first) == DONE { &one } else { &other }, &token_of(&app).await).await;
            assert!(
                refused.location().starts_with("/admin/invite"),
                "not back at once: {}",
                refused.location()
            );
            app.advance(Duration::from_mins(4));
            for browser in [&one, &other] {
                assert_eq!(browser.visit("/me").await.status, 200);
            }
            let (google, kakao) =
                (app.until_callback(&one, "google", "minji"), app.until_callback(&other, "kakao", "junho"));
            let (google, kakao) = tokio::join!(google, kakao);
            assert_eq!(one.visit(&google).await.status, 303);
            assert_eq!(other.visit(&kakao).await.status, 303);
        }
        app.stop().await;
    }
}

async fn token_of(app: &App) -> String {
    token(&invite(app).await).to_owned()
}

#[tokio::test]
async fn s_bff_3_nobody_else_can_have_it_taken_and_it_asks_for_a_fresh_proof() {
    let app = App::start().await;
    let address = invite(&app).await;
    let browser = app.browser();
    let nobody = accepts(&browser, token(&address)).await;
    assert!(nobody.location().starts_with("/oauth/login"), "{}", nobody.location());
    app.sign_in(&browser, "google", "minji").await;
    for origin in ["https://evil.example", "null"] {
        let form: &[_] = &[("token", token(&address))];
        let answer = browser.send(Method::POST, ACCEPT, &[("origin", origin)], Some(form)).await;
        assert_eq!(answer.status, 403, "{origin}");
    }
    app.advance(Duration::from_mins(11));
    let stale = accepts(&browser, token(&address)).await;
    assert!(stale.location().starts_with("/oauth/prove?return_to="), "{}", stale.location());
    assert_eq!(administrators(&app).await, 0);
    let fresh = app.browser();
    app.sign_in(&fresh, "google", "minji").await;
    for form in [&[][..], &[("token", "x")], &[("token", token(&address)), ("role", "ROLE_ADMIN")]] {
        let answer = fresh.submit(ACCEPT, form).await;
        assert!(answer.location().starts_with("/admin/invite"), "{form:?}: {}", answer.location());
    }
    assert_eq!(administrators(&app).await, 0);
    app.stop().await;
}

#[tokio::test]
async fn the_command_prints_a_link_beside_a_program_that_serves_and_has_members() {
    let (place, _simulators, process, browser) = place_with_member().await;
    let says = async |arguments: &[&str]| place.says(&["admin", "invite"], arguments).await;
    let (code, text) = says(&["--reason", "first administrator"]).await;
    let link = text.lines().next().unwrap().to_owned();
    assert!(code == 0 && text.contains("valid once, until "), "{text}");
    let address = link.strip_prefix(place.url().as_str().trim_end_matches('/')).unwrap();
    assert_eq!(leads_to(&accepts(&browser, token(address)).await), DONE);
    let (code, text) = says(&[]).await;
    assert!(code == 2 && text.contains("--reason"), "{text}");
    let log = process.stop().await;
    assert!(!log.contains(token(address)), "no log has what makes an administrator");
}
