//! Somebody can administer at all times, however accounts are deleted and disabled and roles taken away; and members are told what operators do.

use std::time::Duration;

use audit::AuditFilter;
use members::{MemberStatus, StatusChangeError};
use names::{AuditKind, MemberId, OperatedBy, Operation, Role};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::Browser;

use crate::admin_api::id_of;
use crate::admin_invitation::operation;
use crate::admin_pages::signed_in;
use crate::app::App;
use crate::linking::deliver;

const DELETE: &str = "/api/users/me/delete";

/// What this administrator does.
fn by(member: MemberId) -> Operation {
    Operation { by: OperatedBy::Member(member), ..operation() }
}

/// How many can administer.
async fn administrators(app: &App) -> usize {
    let holders = app.roles().holders(&Role::ADMIN, None, 10).await.unwrap();
    holders.iter().filter(|holder| holder.status == "active").count()
}

async fn deletes_itself(browser: &Browser) -> u16 {
    browser.call(DELETE, &json!({})).await.status.as_u16()
}

#[tokio::test]
async fn s_acc_15_the_last_administrator_is_not_deleted_and_is_told_what_to_do() {
    for app in App::both().await {
        let (admin, own) = signed_in(&app, "haneul", &[Role::ADMIN]).await;
        let refused = admin.call(DELETE, &json!({})).await;
        assert_eq!(
            (refused.status.as_u16(), &refused.json()["error"]["code"]),
            (409, &json!("LAST_ADMINISTRATOR"))
        );
        let form = admin.submit(DELETE, &[]).await;
        assert!(form.location().starts_with("/me/account?draft="), "{}", form.location());
        let page = admin.visit(form.location()).await;
        assert_eq!(page.status, 409);
        assert!(page.body.contains("ROLE_ADMIN"), "it names the cure: {}", page.body);
        assert!(app.is_signed_in(&admin).await, "nothing was ended");
        let filter = AuditFilter {
            member: Some(own.uuid()),
            kind: Some(AuditKind::DeletionRequest),
            ..AuditFilter::default()
        };
        let rows = audit::search::newest(&mut app.database.read().await.unwrap(), &filter, 5).await.unwrap();
        let reasons: Vec<_> = rows.iter().map(|row| row.reason.as_str()).collect();
        assert_eq!(reasons, ["last_administrator", "last_administrator"]);

        let (_, other) = signed_in(&app, "minji", &[Role::ADMIN]).await;
        assert_eq!(deletes_itself(&admin).await, 200, "another one is there");
        let error = app.members().deletions.order(other, &by(own)).await.unwrap_err();
        assert!(matches!(error, StatusChangeError::LastAdministrator), "{error:?}");
        app.advance(Duration::from_hours(24 * 40));
        app.clean().await;
        assert!(
            app.members().directory.one(own).await.unwrap().is_none(),
            "the account that is due is erased"
        );
        assert_eq!(administrators(&app).await, 1);
        app.stop().await;
    }
}

/// An administrator who ceases to be one, in their browser or by another one.
struct Going<'a> {
    browser: &'a Browser,
    member: MemberId,
    by: MemberId,
}

/// Whether they ceased to be one in this way.
async fn goes(app: &App, way: i32, going: Going<'_>) -> bool {
    let Going { browser, member, by: by_whom } = going;
    match way {
        0 => deletes_itself(browser).await == 200,
        1 => app.status().disable(member, &by(by_whom)).await.is_ok(),
        2 => app.roles().take(member, &Role::ADMIN, &by(by_whom)).await.is_ok(),
        _ => app.members().deletions.order(member, &by(by_whom)).await.is_ok(),
    }
}

/// Each way in which somebody ceases to administer, at once with each other way for the only other administrator.
#[tokio::test]
async fn s_acc_15_of_two_administrators_who_go_at_once_one_stays() {
    for app in App::both().await {
        for round in 0..3 {
            for (first, second) in [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (3, 0), (3, 1)] {
                let (one, a) = signed_in(&app, "minji", &[]).await;
                let (other, b) = signed_in(&app, "junho", &[]).await;
                for member in [a, b] {
                    app.status().enable(member, &operation()).await.unwrap();
                    app.roles().give(member, &Role::ADMIN, &operation()).await.unwrap();
                }
                assert_eq!(administrators(&app).await, 2);
                let one = goes(&app, first, Going { browser: &one, member: a, by: b });
                let other = goes(&app, second, Going { browser: &other, member: b, by: a });
                let went = tokio::join!(one, other);
                assert!(went.0 != went.1, "{first} {second} in round {round}: {went:?}");
                assert_eq!(administrators(&app).await, 1, "{first} {second} in round {round}");
                for member in [a, b] {
                    app.roles().take(member, &Role::ADMIN, &operation()).await.unwrap();
                    app.status().enable(member, &operation()).await.unwrap();
                }
                // Until the role can be given again; a member who is to be deleted comes back by signing in.
                app.advance(Duration::from_mins(5));
            }
        }
        app.stop().await;
    }
}

/// Signs somebody in who has Naver and nothing else.
async fn by_naver(app: &App) -> (Browser, MemberId) {
    let browser = app.browser();
    app.sign_in(&browser, "naver", "haneul").await;
    let member = id_of(&browser).await;
    (browser, member)
}

/// Naver says that they disconnected us there.
async fn is_cut(app: &App) {
    let notice = app.provider.control(Method::POST, "naver/users/haneul/cut", Value::Null).await;
    assert_eq!(deliver(app, "naver", &notice).await, 204);
}

#[tokio::test]
async fn s_acc_15_a_provider_that_cuts_the_last_administrator_off_ends_sessions_and_not_the_account() {
    for app in App::both().await {
        let (browser, own) = by_naver(&app).await;
        app.roles().give(own, &Role::ADMIN, &operation()).await.unwrap();
        is_cut(&app).await;
        assert!(!app.is_signed_in(&browser).await);
        assert_eq!(administrators(&app).await, 1);
        let filter = AuditFilter { kind: Some(AuditKind::DeletionRequest), ..AuditFilter::default() };
        let rows = audit::search::newest(&mut app.database.read().await.unwrap(), &filter, 5).await.unwrap();
        assert_eq!(rows.iter().map(|row| row.reason.as_str()).collect::<Vec<_>>(), ["last_administrator"]);
        assert_eq!(by_naver(&app).await.1, own, "they come back by it");
        signed_in(&app, "minji", &[Role::ADMIN]).await;
        is_cut(&app).await;
        let status = app.members().directory.one(own).await.unwrap().unwrap().status;
        assert_eq!((status, administrators(&app).await), (MemberStatus::Deleting, 1), "another one is there");
        app.stop().await;
    }
}

#[tokio::test]
async fn s_acc_15_of_two_administrators_one_of_whom_a_provider_cuts_off_one_stays() {
    for app in App::both().await {
        for going in 0..4 {
            let (_, a) = by_naver(&app).await;
            let (other, b) = signed_in(&app, "junho", &[]).await;
            for member in [a, b] {
                app.roles().give(member, &Role::ADMIN, &operation()).await.unwrap();
            }
            assert_eq!(administrators(&app).await, 2);
            tokio::join!(is_cut(&app), goes(&app, going, Going { browser: &other, member: b, by: a }));
            assert_eq!(administrators(&app).await, 1, "{going}");
            for member in [a, b] {
                app.roles().take(member, &Role::ADMIN, &operation()).await.unwrap();
                app.status().enable(member, &operation()).await.unwrap();
            }
            app.advance(Duration::from_mins(5));
        }
        app.stop().await;
    }
}

#[tokio::test]
async fn who_is_disabled_already_is_no_last_administrator() {
    for app in App::both().await {
        let (_, own) = signed_in(&app, "haneul", &[Role::ADMIN]).await;
        assert!(app.status().disable(own, &operation()).await.unwrap(), "at the command line");
        let again = app.status().disable(own, &by(own)).await;
        assert!(matches!(again, Ok(false)), "a form that is sent again changes nothing: {again:?}");
        app.stop().await;
    }
}

#[tokio::test]
async fn s_log_1_an_operator_deletes_with_grace_and_the_owner_is_told_and_can_keep_it() {
    for app in App::both().await {
        let (_, own) = signed_in(&app, "haneul", &[Role::ADMIN]).await;
        let (browser, member) = signed_in(&app, "minji", &[]).await;
        app.members().deletions.order(member, &by(own)).await.unwrap();
        assert!(!app.is_signed_in(&browser).await);
        let status = async || app.members().directory.one(member).await.unwrap().unwrap().status;
        assert_eq!(status().await, MemberStatus::Deleting);
        let again = app.members().deletions.order(member, &by(own)).await;
        assert!(matches!(again, Err(StatusChangeError::Deleting)), "{again:?}");
        app.sign_in(&browser, "google", "minji").await;
        assert_eq!(status().await, MemberStatus::Active);
        app.status().disable(member, &by(own)).await.unwrap();
        let disabled = app.members().deletions.order(member, &by(own)).await;
        assert!(matches!(disabled, Err(StatusChangeError::Disabled)), "{disabled:?}");
        let page = app.browser();
        let nobody = MemberId::parse("01912f3a-0000-7000-8000-000000000001").unwrap();
        let error = app.members().deletions.order(nobody, &by(own)).await;
        assert!(matches!(error, Err(StatusChangeError::NoMember)), "{error:?}");
        drop(page);
        let mails = kinds_of_mails(&app).await;
        assert!(mails.iter().any(|mail| mail.contains("deletion-ordered")), "{mails:?}");
        app.stop().await;
    }
}

/// The kinds of the mails that were queued.
async fn kinds_of_mails(app: &App) -> Vec<String> {
    let mut reader = app.database.read().await.unwrap();
    let rows = db::query("SELECT payload FROM jobs WHERE kind = 'mail' ORDER BY id");
    let rows = rows.fetch_all(&mut *reader).await.unwrap();
    rows.iter().map(|row| db::Row::get::<String, _>(row, 0)).collect()
}

#[tokio::test]
async fn a_sign_out_by_an_operator_is_told_to_the_member() {
    let app = App::start().await;
    let (_, member) = signed_in(&app, "minji", &[]).await;
    let (admin, _) = signed_in(&app, "haneul", &[Role::ADMIN]).await;
    let path = format!("/api/admin/members/{member}/sign-out");
    assert_eq!(admin.call(&path, &json!({"reason": "문의 3"})).await.status, 200);
    let mails = kinds_of_mails(&app).await;
    assert!(mails.iter().any(|kind| kind.contains("signed-out")), "{mails:?}");
    app.stop().await;
}
