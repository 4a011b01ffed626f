//! Security events: each flow of an account writes exactly its events, with their results, and there is no kind of event
//! without a flow here (S-LOG-1).

mod of_operators;
mod watched;

use std::collections::BTreeSet;
use std::time::Duration;

use names::AuditKind;
use reqwest::Method;
use serde_json::{Value, json};

use crate::accounts::{EMAIL, PASSWORD, call, log_in, mail, post, sign_up_as, token};
use crate::app::{App, ORIGIN};
use crate::authenticator::{Careful, RECOVERED, second};
use crate::consent::{allowed, clients};
use crate::portal::{code, redeem, tokens};
use crate::security_events::of_operators::{
    by_dead_letters, by_long_work, by_looking_after_members, by_looking_after_posts, by_resets_of_factors,
    by_webhooks,
};
use crate::security_events::watched::Watched;
use crate::token_actor::{MASTER_KEY, TokenActor};

const NEW_PASSWORD: &str = "이제는 다른 문장을 쓰기로 했습니다";

const NEW_EMAIL: &str = "haneul@new.example";

async fn by_password(watched: &mut Watched) {
    sign_up_as(&watched.app, EMAIL).await;
    watched.wrote("sign-up", &["sign_up success"]).await;
    let proof = token(&mail(&watched.app, EMAIL, "/email/verify").await);
    let prove = async |app: &App, token: &str| {
        post(app, "/api/users/signup/prove", json!({"token": token})).await.status
    };
    assert_eq!(prove(&watched.app, &proof).await, 200);
    watched.wrote("proof of a mailbox", &["mailbox_proof success"]).await;
    assert_eq!(prove(&watched.app, &proof).await, 400);
    watched.wrote("a proof once more", &["mailbox_proof failure"]).await;
    let wrong = json!({"email": EMAIL, "password": "wrong but long enough"});
    assert_eq!(post(&watched.app, "/auth/login", wrong).await.status, 401);
    watched.wrote("a wrong password", &["sign_in failure"]).await;

    let app = log_in(&watched.app).await;
    watched.wrote("an app signs in", &["sign_in success", "token_issue success"]).await;
    let refresh = |tokens: &Value| json!({"refresh_token": tokens["refresh_token"]});
    let second = post(&watched.app, "/auth/refresh", refresh(&app)).await.body["data"].clone();
    post(&watched.app, "/auth/refresh", refresh(&second)).await;
    assert_eq!(post(&watched.app, "/auth/refresh", refresh(&app)).await.status, 401);
    watched.wrote("reuse", &["token_reuse failure"]).await;
    let app = log_in(&watched.app).await;
    watched.wrote("an app signs in", &["sign_in success", "token_issue success"]).await;
    assert_eq!(post(&watched.app, "/auth/logout", refresh(&app)).await.status, 204);
    watched.wrote("an app signs out", &["sign_out success"]).await;

    let here = watched.signs_in_by_password(EMAIL, PASSWORD).await;
    assert_eq!(here.submit("/api/users/me", &[("nickname", "바다")]).await.status, 303);
    watched.wrote("profile", &["profile_change success"]).await;
    assert_eq!(here.fetch("/api/users/me/export").await.status, 200);
    watched.wrote("export", &["data_export success"]).await;
    let change = [("current_password", PASSWORD), ("password", NEW_PASSWORD)];
    let wrong = [("current_password", "wrong but long enough"), ("password", NEW_PASSWORD)];
    here.submit("/api/users/me/password", &wrong).await;
    watched.wrote("a change with a wrong password", &["password_change failure"]).await;
    here.submit("/api/users/me/password", &change).await;
    watched.wrote("change of password", &["password_change success"]).await;
    here.submit("/api/users/me/email", &[("email", NEW_EMAIL), ("password", NEW_PASSWORD)]).await;
    watched.wrote("another address", &["address_change_request success"]).await;
    let proof = json!({"token": token(&mail(&watched.app, NEW_EMAIL, "/email/change").await)});
    assert_eq!(post(&watched.app, "/api/users/email/prove", proof.clone()).await.status, 200);
    watched.wrote("its proof", &["address_change success"]).await;
    assert_eq!(post(&watched.app, "/api/users/email/prove", proof).await.status, 400);
    watched.wrote("its proof once more", &["address_change failure"]).await;

    assert_eq!(
        post(&watched.app, "/api/users/password/forgot", json!({"email": NEW_EMAIL})).await.status,
        202
    );
    watched.wrote("forgotten", &["password_reset_request success"]).await;
    let proof = token(&mail(&watched.app, NEW_EMAIL, "/password/reset").await);
    let reset = json!({"token": proof, "password": PASSWORD});
    assert_eq!(post(&watched.app, "/api/users/password/reset", reset.clone()).await.status, 200);
    watched.wrote("reset", &["password_reset success"]).await;
    assert_eq!(post(&watched.app, "/api/users/password/reset", reset).await.status, 400);
    watched.wrote("reset once more", &["password_reset failure"]).await;
}

async fn by_providers(watched: &mut Watched) {
    let here = watched.signs_in("google").await;
    let cancelled = watched.app.begin(&watched.app.browser(), "google", "/").await;
    watched.app.browser().visit(&watched.app.provider.cancel(&cancelled).await).await;
    let forged = watched.app.browser().visit("/api/auth/callback/google?code=x&state=y").await;
    assert_eq!(forged.status, 400);
    let failed: Vec<_> =
        watched.lines().await.into_iter().filter(|(id, _)| !watched.seen.contains(id)).collect();
    assert!(failed.iter().all(|(_, event)| event == "sign_in failure"), "{failed:?}");
    watched.seen.extend(failed.into_iter().map(|(id, _)| id));

    let begun = here.submit("/api/auth/link/kakao", &[]).await;
    let callback = watched.app.provider.agree(begun.location(), "minji").await;
    assert_eq!(here.visit(&callback).await.status, 303);
    watched.wrote("a link", &["identity_linked success"]).await;
    let ways = here.fetch("/api/users/me/identities").await.json()["data"].clone();
    let kakao = ways.as_array().unwrap().iter().find(|way| way["method"] == "kakao").unwrap();
    here.submit("/api/users/me/identities/unlink", &[("way", kakao["id"].as_str().unwrap())]).await;
    // Then a worker ends the grant at the provider.
    watched.wrote("an unlink", &["identity_unlinked success", "system: provider_unlink success"]).await;

    let _phone = watched.signs_in("google").await;
    let page = here.open("/me/sessions").await.body;
    let id = page.split("name=\"session\"").nth(1).unwrap().split("value=\"").nth(1).unwrap();
    here.submit("/api/auth/sessions/end", &[("session", id.split('"').next().unwrap())]).await;
    watched.wrote("another session ended", &["session_ended success"]).await;
    let _phone = watched.signs_in("google").await;
    here.submit("/api/auth/sessions/end", &[("session", "others")]).await;
    watched.wrote("all others ended", &["other_sessions_ended success"]).await;
    here.submit("/api/auth/signout", &[]).await;
    watched.wrote("sign-out", &["sign_out success"]).await;
    let here = watched.signs_in("google").await;
    here.submit("/api/auth/signout", &[("everywhere", "true")]).await;
    watched.wrote("sign-out everywhere", &["sign_out_everywhere success"]).await;
}

/// What operators and providers do, and how an account ends.
async fn by_others(watched: &mut Watched) {
    let here = watched.signs_in("kakao").await;
    let member = here.fetch("/api/auth/session").await.json()["user"]["id"].as_str().unwrap().to_owned();
    let actor = TokenActor::new(watched.app.database.url(), ORIGIN, watched.app.clock.clone()).await;
    actor.operator_signs_out(&member).await;
    watched.wrote("an operator", &["operator: signed_out_by_operator success"]).await;

    let here = watched.signs_in("kakao").await;
    here.submit("/api/users/me/delete", &[]).await;
    watched.wrote("deletion", &["deletion_request success"]).await;
    let browser = watched.app.browser();
    watched.app.sign_in(&browser, "kakao", "minji").await;
    watched.wrote("back again", &["deletion_cancelled success", "sign_in success"]).await;

    let cut = watched.app.provider.control(Method::POST, "kakao/users/minji/cut", Value::Null).await;
    let form: Vec<_> = cut["form"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pair| (pair[0].as_str().unwrap().to_owned(), pair[1].as_str().unwrap().to_owned()))
        .collect();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let notice = client.post(watched.app.site.join("/api/providers/kakao/unlinked").unwrap()).form(&form);
    let notice = notice.header("authorization", cut["authorization"].as_str().unwrap()).send().await.unwrap();
    assert!(notice.status().is_success());
    watched
        .wrote(
            "a provider's webhook",
            &["client: deletion_request success", "client: provider_notice success"],
        )
        .await;
    watched.app.advance(Duration::from_hours(8 * 24));
    watched.app.clean().await;
    watched
        .wrote("the grace is over", &["system: account_erased success", "system: provider_unlink success"])
        .await;
    assert_eq!(
        call(&watched.app, Method::GET, &format!("/api/users/{member}"), None, None).await.status,
        404
    );
}

/// What apps do that sign people in here, and what operators do to them.
async fn by_clients(watched: &mut Watched) {
    let here = watched.signs_in("google").await;
    allowed(&here, &[]).await;
    watched.wrote("a person allows an app of others", &["consent_given success"]).await;
    let withdrawn = here.submit("/api/auth/apps/withdraw", &[("client", "flower-shop")]).await;
    assert_eq!(withdrawn.status, 303);
    watched.wrote("and takes it back", &["consent_withdrawn success"]).await;
    let given = tokens(&redeem(&watched.app, &code(&here, &[]).await, &[]).await);
    watched.wrote("an app signs a person in", &["token_issue success"]).await;
    let form = [("client_id", "portal-client"), ("token", given["refresh_token"].as_str().unwrap())];
    let revoked = watched.app.browser().send(Method::POST, "/oauth2/revoke", &[], Some(&form)).await;
    assert_eq!(revoked.status, 200);
    watched.wrote("and gives its tokens back", &["client: token_revoke success"]).await;
    for (arguments, written) in [
        (
            &["clients", "add", "robot", "--grants", "client_credentials"][..],
            "operator: client_added success",
        ),
        (&["clients", "rotate-secret", "robot"], "operator: client_secret_rotation success"),
        (&["clients", "remove", "robot"], "operator: client_removed success"),
    ] {
        watched.commands(arguments).await;
        watched.wrote("an operator", &[written]).await;
    }
}

/// What is refused to strangers, and what operators do at the command line.
async fn by_refusals_and_commands(watched: &mut Watched) {
    let app = &watched.app;
    let foreign = [("sec-fetch-site", "cross-site")];
    let answer = app.browser().send(Method::POST, "/api/auth/signout", &foreign, Some(&[])).await;
    assert_eq!(answer.status, 403);
    watched.wrote("another site's form", &["access_denied failure"]).await;

    let forged = watched.app.site.join("/api/providers/kakao/unlinked").unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let forged = client.post(forged).form(&[("app_id", "1"), ("user_id", "1")]).send();
    assert_eq!(forged.await.unwrap().status(), 401);
    watched.wrote("a forged webhook", &["client: access_denied failure"]).await;

    let browser = watched.app.browser();
    for _ in 0..11 {
        let form =
            [("email", "nobody@example.com"), ("password", "wrong but long enough"), ("return_to", "/")];
        assert_eq!(browser.submit("/api/auth/signin/password", &form).await.status, 303);
    }
    watched.wrote("too many tries", &["sign_in failure", "limit_exceeded failure"]).await;

    watched.commands(&["keys", "rotate"]).await;
    let rotations = ["operator: signing_key_rotation success", "operator: master_key_rotation success"];
    watched.wrote("an operator rotates keys", &rotations).await;
}

/// What a member does with one-time codes.
async fn by_codes(watched: &mut Watched) {
    let here = watched.signs_in("kakao").await;
    let careful = Careful::turn_on(&watched.app, &here).await;
    watched.wrote("codes are turned on", &["codes_turned_on success"]).await;
    here.submit("/api/users/me/codes/providers", &[]).await;
    watched.wrote("no codes after providers", &["codes_not_asked_after_providers success"]).await;
    here.submit("/api/users/me/codes/providers", &[("ask", "1")]).await;
    watched.wrote("codes after providers", &["codes_asked_after_providers success"]).await;
    let there = watched.app.browser();
    let callback = watched.app.until_callback(&there, "kakao", "minji").await;
    assert_eq!(there.visit(&callback).await.location(), "/oauth/second");
    assert_eq!(second(&there, &careful.recovery_codes[0]).await.location(), RECOVERED);
    watched.wrote("a recovery code", &["sign_in success", "recovery_code_used success"]).await;
    here.submit("/api/users/me/codes/recovery", &[]).await;
    watched.wrote("other recovery codes", &["recovery_codes_made success"]).await;
    by_resets_of_factors(watched, &careful).await;
    here.submit("/api/users/me/codes/remove", &[]).await;
    watched.wrote("codes are turned off", &["codes_turned_off success"]).await;
    // What was ordered is off already.
    watched.app.advance(Duration::from_hours(24));
    watched.wrote("an order comes to nothing", &["system: factors_reset failure"]).await;
}

#[tokio::test]
async fn s_log_1_each_flow_writes_exactly_its_event_and_no_kind_is_without_a_flow() {
    let app = App::configured(&format!("master_keys = [\"{MASTER_KEY}\"]\n{}", clients())).await;
    let mut watched = Watched { app, seen: BTreeSet::new(), kinds: BTreeSet::new() };
    by_password(&mut watched).await;
    by_providers(&mut watched).await;
    by_others(&mut watched).await;
    by_clients(&mut watched).await;
    by_refusals_and_commands(&mut watched).await;
    by_codes(&mut watched).await;
    by_looking_after_posts(&mut watched).await;
    by_dead_letters(&mut watched).await;
    by_looking_after_members(&mut watched).await;
    by_webhooks(&mut watched).await;
    by_long_work(&mut watched).await;
    let all: BTreeSet<_> = AuditKind::ALL.iter().map(|kind| kind.as_str().to_owned()).collect();
    let missing: Vec<_> = all.difference(&watched.kinds).collect();
    // backchannel.rs lets the hour pass in which an app is not reached, and device.rs has a device that is allowed something.
    assert_eq!(missing, ["backchannel_logout", "device_allowed"], "what no flow here writes");
}
