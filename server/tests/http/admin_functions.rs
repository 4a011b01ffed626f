//! Server functions of the admin area: whom they answer.

use std::time::Duration;

use names::Role;
use reqwest::Method;
use server::compose;
use testkit::{Answer, Browser};
use url::Url;
use web::PublicOrigin;

use crate::admin_api::{SECRET, clients};
use crate::admin_pages::signed_in;
use crate::app::App;
use crate::oauth_clients::{basic, send};
use crate::portal::tokens;

const OURS: [(&str, &str); 2] = [("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "cors")];
/// The fields of all of them; each takes its own and passes over the others.
const FIELDS: [(&str, &str); 3] = [
    ("query", "by=nickname&value=%EB%AF%BC%EC%A7%80"),
    ("id", "01912f3a-0000-7000-8000-000000000001"),
    ("reason", "ticket 4"),
];

/// All that are for administrators.
fn functions() -> Vec<&'static str> {
    let table = compose::table(&PublicOrigin::of(&Url::parse("http://localhost:3000").unwrap()));
    let of_operators = table.iter().filter(|entry| {
        entry.path.starts_with("/api/fn/")
            && entry.guard.member.is_some_and(|member| member.role == Some("ROLE_ADMIN"))
    });
    of_operators.map(|entry| entry.path).collect()
}

async fn call(browser: &Browser, path: &str, headers: &[(&str, &str)]) -> Answer {
    browser.send(Method::POST, path, headers, Some(&FIELDS)).await
}

#[tokio::test]
async fn s_bff_7_server_functions_of_operators_answer_fresh_administrators_of_our_own_pages_alone() {
    let app = App::configured(&clients()).await;
    let (stale, _) = signed_in(&app, "nameless", &[Role::ADMIN]).await;
    app.advance(Duration::from_mins(11));
    let (member, _) = signed_in(&app, "minji", &[]).await;
    let (moderator, _) = signed_in(&app, "junho", &[Role::MODERATOR]).await;
    let (fresh, _) = signed_in(&app, "haneul", &[Role::ADMIN]).await;
    let asked = [("grant_type", "client_credentials")];
    let answer = send(&app, "/oauth2/token", &basic("helpdesk", SECRET), &asked).await;
    let bearer = format!("Bearer {}", tokens(&answer)["access_token"].as_str().unwrap());
    let functions = functions();
    assert!(functions.len() >= 3, "{functions:?}");
    for path in functions {
        let nobody = call(&app.browser(), path, &OURS).await;
        assert_eq!(nobody.status, 401, "{path}: {}", nobody.body);
        for (who, browser) in [("a member", &member), ("a moderator", &moderator), ("stale", &stale)] {
            let refused = call(browser, path, &OURS).await;
            assert_eq!(refused.status, 403, "{who}: {path}: {}", refused.body);
            assert!(!refused.body.contains("table"), "{who}: {path}: {}", refused.body);
        }
        for site in ["cross-site", "same-site"] {
            let foreign = call(&fresh, path, &[("sec-fetch-site", site), ("sec-fetch-mode", "cors")]).await;
            assert_eq!(foreign.status, 403, "{site}: {path}: {}", foreign.body);
        }
        let program = call(&app.browser(), path, &[("authorization", &bearer)]).await;
        assert!([401, 403].contains(&program.status.as_u16()), "a client: {path}: {}", program.status);
        let answered = call(&fresh, path, &OURS).await;
        // There is no mail of this id.
        let is_refused = path.ends_with("/send_mail_again");
        assert_eq!(answered.status == 200, !is_refused, "{path}: {} {}", answered.status, answered.body);
        assert!(![401, 403].contains(&answered.status.as_u16()), "{path}: {}", answered.body);
    }
    app.stop().await;
}
