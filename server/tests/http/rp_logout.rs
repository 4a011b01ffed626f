//! `/oauth2/logout`: apps have people signed out, and nobody is led to where they do not belong.

use std::time::Duration;

use reqwest::Method;
use testkit::{Answer, Browser, TestDatabase};

use crate::app::{App, ORIGIN, configuration_of};
use crate::portal::{clients_with, code, redeem, tokens};

const BYE: &str = "http://localhost:3999/bye";

fn clients() -> String {
    clients_with(
        &format!("post_logout_redirect_uris = [\"{BYE}\", \"http://127.0.0.1/bye?from=portal\"]"),
        "post_logout_redirect_uris = [\"http://localhost:3998/other\"]",
    )
}

fn logout(parameters: &[(&str, &str)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(parameters);
    format!("/oauth2/logout?{}", query.finish())
}

/// Somebody who is signed in, and the ID token that the portal got.
async fn signed_in(app: &App, user: &str) -> (Browser, String) {
    let browser = app.browser();
    app.sign_in(&browser, "google", user).await;
    let given = tokens(&redeem(app, &code(&browser, &[]).await, &[]).await);
    (browser, given["id_token"].as_str().unwrap().to_owned())
}

/// The hidden fields of the page's form.
fn fields(page: &Answer) -> Vec<(String, String)> {
    let form =
        page.body.split(r#"action="/oauth2/logout""#).nth(1).unwrap_or_else(|| panic!("{}", page.body));
    let form = form.split("</form>").next().unwrap();
    let value = |text: &str, name: &str| {
        let start = text.split(&format!("{name}=\"")).nth(1).unwrap_or_default();
        start
            .split('"')
            .next()
            .unwrap_or_default()
            .replace("&lt;", "<")
            .replace("&quot;", "\"")
            .replace("&amp;", "&")
    };
    form.split("<input").skip(1).map(|input| (value(input, "name"), value(input, "value"))).collect()
}

/// Presses the button.
async fn press(browser: &Browser, page: &Answer) -> Answer {
    let fields = fields(page);
    let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.submit("/oauth2/logout", &fields).await
}

#[tokio::test]
async fn s_as_32_a_good_hint_of_this_session_signs_out_at_once_and_goes_back_with_the_state() {
    for app in App::both_configured(&clients()).await {
        for state in [Some("af0 &+%/\"ö"), None] {
            let (browser, hint) = signed_in(&app, "minji").await;
            // Long expired.
            app.advance(Duration::from_hours(5));
            let mut asked = vec![("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", BYE)];
            asked.extend(state.map(|state| ("state", state)));
            let answer = browser.visit(&logout(&asked)).await;
            let expected = match state {
                Some(_) => format!("{BYE}?state=af0%20%26%2B%25%2F%22%C3%B6"),
                None => BYE.to_owned(),
            };
            assert_eq!(
                (answer.status.as_u16(), answer.location()),
                (303, expected.as_str()),
                "{}",
                answer.body
            );
            assert!(!app.is_signed_in(&browser).await);
            assert_eq!(browser.cookie("daemun"), None, "the cookie is taken");
            // Once more, with nobody there: straight back.
            assert_eq!(browser.visit(&logout(&asked)).await.location(), expected);
        }
        let (browser, hint) = signed_in(&app, "minji").await;
        let answer = browser.visit(&logout(&[("id_token_hint", &hint)])).await;
        assert_eq!((answer.status.as_u16(), answer.location()), (303, "/"), "no address, our main page");
        assert!(!app.is_signed_in(&browser).await);
        app.stop().await;
    }
}

#[tokio::test]
async fn s_as_32_without_a_hint_the_person_decides_and_the_button_leads_back() {
    for app in App::both_configured(&clients()).await {
        let (browser, _) = signed_in(&app, "minji").await;
        let address = "http://127.0.0.1/bye?from=portal";
        let asked =
            [("client_id", "portal-client"), ("post_logout_redirect_uri", address), ("state", "<\"&x")];
        let page = browser.visit(&logout(&asked)).await;
        assert_eq!((page.status.as_u16(), page.location()), (200, ""), "{}", page.body);
        assert!(page.body.contains("포털") && page.body.contains("로그아웃할까요?"), "{}", page.body);
        assert!(
            page.header("content-security-policy").contains("form-action 'self' http://127.0.0.1;"),
            "S-HDR-3"
        );
        assert_eq!(page.header("cache-control"), "no-store");
        assert!(app.is_signed_in(&browser).await, "a link changes nothing");
        let english = browser.visit(&logout(&[asked[0], ("ui_locales", "fr en-GB")])).await;
        assert!(
            english.body.contains("Sign out?") && english.body.contains("lang=\"en\""),
            "{}",
            english.body
        );

        let answer = press(&browser, &page).await;
        let expected = format!("{address}&state=%3C%22%26x");
        assert_eq!((answer.status.as_u16(), answer.location()), (303, expected.as_str()), "{}", answer.body);
        assert!(!app.is_signed_in(&browser).await);
        let page = browser.visit(&logout(&asked)).await;
        assert!(page.body.contains("이미 로그아웃되어 있어요"), "{}", page.body);
        assert_eq!(press(&browser, &page).await.location(), expected);
        app.stop().await;
    }
}

#[tokio::test]
async fn s_as_32_whatever_is_wrong_the_person_decides_and_is_led_nowhere() {
    let app = App::configured(&clients()).await;
    let (browser, hint) = signed_in(&app, "minji").await;
    let (_, foreign) = signed_in(&app, "junho").await;
    let (head, signature) = hint.rsplit_once('.').unwrap();
    let forged = format!("{head}.{}", signature.chars().rev().collect::<String>());
    // Who issues them has another key.
    let (database, config) = (TestDatabase::sqlite().await, configuration_of(&clients(), &[]).unwrap());
    let stranger = App::launch(database.url().clone(), database, config, 8).await;
    let (_, elsewhere) = signed_in(&stranger, "minji").await;
    for asked in [
        &[][..],
        &[("post_logout_redirect_uri", BYE)],
        &[("client_id", "nobody"), ("post_logout_redirect_uri", BYE)],
        &[("client_id", "portal-client"), ("post_logout_redirect_uri", "https://evil.example/")],
        &[("client_id", "portal-client"), ("post_logout_redirect_uri", "http://localhost:3999/bye/")],
        &[("client_id", "portal-client"), ("post_logout_redirect_uri", "http://localhost:3999/bye?x")],
        &[
            ("client_id", "portal-client"),
            ("post_logout_redirect_uri", "http://127.0.0.1:99/bye?from=portal"),
        ],
        &[("client_id", "portal-client"), ("post_logout_redirect_uri", "http://localhost:3998/other")],
        &[("client_id", "portal-client"), ("post_logout_redirect_uri", "http://localhost:3999/callback")],
        &[
            ("client_id", "portal-client"),
            ("post_logout_redirect_uri", BYE),
            ("post_logout_redirect_uri", BYE),
        ],
        &[("id_token_hint", &hint), ("post_logout_redirect_uri", "https://evil.example/")],
        &[("id_token_hint", &hint), ("client_id", "other-client"), ("post_logout_redirect_uri", BYE)],
        &[("id_token_hint", &hint), ("id_token_hint", &hint), ("post_logout_redirect_uri", BYE)],
        &[("id_token_hint", &foreign), ("post_logout_redirect_uri", BYE)],
        &[("id_token_hint", &forged), ("client_id", "portal-client"), ("post_logout_redirect_uri", BYE)],
        &[("id_token_hint", &elsewhere), ("client_id", "portal-client"), ("post_logout_redirect_uri", BYE)],
        &[("id_token_hint", "x"), ("client_id", "portal-client"), ("post_logout_redirect_uri", BYE)],
    ] {
        let page = browser.visit(&logout(asked)).await;
        assert_eq!((page.status.as_u16(), page.location()), (200, ""), "{asked:?}");
        assert!(app.is_signed_in(&browser).await, "{asked:?}");
        let leads =
            page.body.contains("\"https://evil.example") || page.body.contains("\"http://localhost:39");
        assert!(!leads && fields(&page).is_empty(), "{asked:?}: {}", page.body);
        let policy = page.header("content-security-policy");
        assert!(policy.contains("form-action 'self';"), "{asked:?}: {policy}");
    }
    let answer = press(&browser, &browser.visit(&logout(&[])).await).await;
    assert_eq!((answer.status.as_u16(), answer.location()), (303, "/"));
    assert!(!app.is_signed_in(&browser).await);
}

#[tokio::test]
async fn s_as_32_an_older_session_of_the_same_person_is_no_reason_to_end_this_one_unasked() {
    let app = App::configured(&clients()).await;
    let (_, older) = signed_in(&app, "minji").await;
    let (browser, _) = signed_in(&app, "minji").await;
    let asked = [("id_token_hint", older.as_str()), ("post_logout_redirect_uri", BYE), ("state", "s")];
    let page = browser.visit(&logout(&asked)).await;
    assert_eq!(page.status, 200);
    assert!(app.is_signed_in(&browser).await);
    assert_eq!(press(&browser, &page).await.location(), format!("{BYE}?state=s"));
}

#[tokio::test]
async fn s_as_32_another_sites_post_presses_no_button_and_is_served_as_a_get() {
    let app = App::configured(&clients()).await;
    let (browser, hint) = signed_in(&app, "minji").await;
    let form = [("client_id", "portal-client"), ("post_logout_redirect_uri", BYE), ("state", "a b")];
    for foreign in [
        &[
            ("origin", "http://localhost:3999"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-mode", "navigate"),
        ][..],
        &[("origin", "null")],
        &[],
    ] {
        // With the cookie, as a browser would send it that does not know SameSite.
        let answer = browser.send(Method::POST, "/oauth2/logout", foreign, Some(&form)).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        assert!(answer.location().starts_with("/oauth2/logout?"), "{}", answer.location());
        assert!(app.is_signed_in(&browser).await, "{foreign:?}");
        assert_eq!(browser.visit(answer.location()).await.status, 200, "it asks");
    }
    let form = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", BYE)];
    let foreign = [("origin", "http://localhost:3999"), ("sec-fetch-site", "cross-site")];
    let answer = app.browser().send(Method::POST, "/oauth2/logout", &foreign, Some(&form)).await;
    assert_eq!(browser.visit(answer.location()).await.location(), BYE);
    assert!(!app.is_signed_in(&browser).await);
    let json = [("content-type", "application/json"), ("origin", ORIGIN)];
    assert_eq!(browser.send(Method::POST, "/oauth2/logout", &json, None).await.status, 400);
    let metadata = app.browser().fetch("/.well-known/openid-configuration").await.json();
    assert_eq!(metadata["end_session_endpoint"], "http://localhost:3000/oauth2/logout");
    assert_eq!(metadata["backchannel_logout_supported"], true);
    assert_eq!(metadata["backchannel_logout_session_supported"], true);
}
