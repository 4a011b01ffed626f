//! A sign-up and a forgotten password on the way to an app or a device: a person who has proven the mailbox comes out where they were going.

use std::time::Duration;

use regex::Regex;
use testkit::{Answer, Browser};

use crate::accounts::{EMAIL, PASSWORD, mail, sign_up};
use crate::app::App;
use crate::device;
use crate::portal::{CLIENTS, authorize, told};

/// A flow in which a mail is read: how it begins, how it ends, and where its mail leads.
struct Flow {
    page: &'static str,
    begins: &'static str,
    proof: &'static str,
    ends: &'static str,
    notice: &'static str,
}

const SIGN_UP: Flow = Flow {
    page: "/signup",
    begins: "/api/users/signup",
    proof: "/email/verify",
    ends: "/api/users/signup/prove",
    notice: "mailbox_proven",
};

const RESET: Flow = Flow {
    page: "/password/forgot",
    begins: "/api/users/password/forgot",
    proof: "/password/reset",
    ends: "/api/users/password/reset",
    notice: "password_changed",
};

/// The only link of a page to another one.
fn link_to(page: &Answer, path: &str) -> String {
    let link = page.body.split("href=\"").find(|link| link.starts_with(&format!("{path}?"))).unwrap();
    link.split('"').next().unwrap().replace("&amp;", "&")
}

fn hidden(page: &Answer, name: &str) -> String {
    let field = page.body.split(&format!("name=\"{name}\" value=\"")).nth(1);
    field
        .unwrap_or_else(|| panic!("no {name}: {}", page.body))
        .split('"')
        .next()
        .unwrap()
        .replace("&amp;", "&")
}

fn opener(answer: &Answer) -> &str {
    answer.header("cross-origin-opener-policy")
}

/// A pop-up of an app keeps its opener; nothing else does.
fn opener_on_the_way(return_to: &str) -> &'static str {
    if return_to.starts_with("/oauth2/") { "" } else { "same-origin" }
}

/// Link and code of the mail that leads to `page`.
async fn read_mail(app: &App, email: &str, page: &str) -> (String, String) {
    let mail = mail(app, email, page).await;
    let links = mail["links"].as_array().unwrap().iter().filter_map(|link| link.as_str());
    let link = links.filter_map(|link| link.strip_prefix("http://localhost:3000"));
    let code = Regex::new(r"\b\d{3} ?\d{3}\b").unwrap();
    let code = code.find(mail["text"].as_str().unwrap()).unwrap().as_str().replace(' ', "");
    (link.into_iter().find(|link| link.starts_with(page)).unwrap().to_owned(), code)
}

/// From the login page to the page that asks for the mail's code.
async fn begin(browser: &Browser, flow: &Flow, login: &str, email: &str) -> Answer {
    let page = browser.open(&link_to(&browser.open(login).await, flow.page)).await;
    let return_to = hidden(&page, "return_to");
    let mut form = vec![("email", email), ("return_to", return_to.as_str())];
    if flow.page == SIGN_UP.page {
        form.extend([("password", PASSWORD), ("nickname", "하늘")]);
    }
    let sent = browser.submit(flow.begins, &form).await;
    assert!(sent.location().starts_with(flow.proof), "{} {}", sent.status, sent.location());
    let page = browser.open(sent.location()).await;
    assert_eq!((page.status.as_u16(), hidden(&page, "return_to")), (200, return_to.clone()));
    assert_eq!([opener(&sent), opener(&page)], [opener_on_the_way(&return_to); 2]);
    page
}

/// Proves the mailbox on `page`. Gives the login page that follows.
async fn prove(browser: &Browser, flow: &Flow, page: &Answer, proof: &[(&str, &str)]) -> Answer {
    let return_to = hidden(page, "return_to");
    let mut form = proof.to_vec();
    form.push(("return_to", &return_to));
    if flow.ends == RESET.ends {
        form.push(("password", PASSWORD));
    }
    let proven = browser.submit(flow.ends, &form).await;
    let expected = format!("/oauth/login?notice={}&return_to=", flow.notice);
    assert!(proven.location().starts_with(&expected), "{} {}", proven.status, proven.location());
    assert_eq!(opener(&proven), opener_on_the_way(&return_to));
    let login = browser.open(proven.location()).await;
    assert_eq!(login.status, 200);
    login
}

/// Signs in by password. Gives where that leads.
async fn sign_in(browser: &Browser, login: &Answer, email: &str) -> String {
    let return_to = hidden(login, "return_to");
    let form = [("email", email), ("password", PASSWORD), ("return_to", &return_to)];
    browser.submit("/api/auth/signin/password", &form).await.location().to_owned()
}

fn query(address: &str, name: &str) -> Option<String> {
    let query = address.split_once('?')?.1;
    let (_, value) = url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name)?;
    Some(value.into_owned())
}

/// The login page to which the portal's request leads, and where it goes on.
async fn sent_by_portal(browser: &Browser) -> (String, String) {
    let login = browser.visit(&authorize(&[])).await.location().to_owned();
    let waiting = login.split_once("return_to=").unwrap().1.replace("%2F", "/");
    (login, waiting)
}

#[tokio::test]
async fn who_signs_up_or_forgot_the_password_comes_back_to_the_app_by_the_code_of_the_mail() {
    for app in App::both_configured(CLIENTS).await {
        for flow in [SIGN_UP, RESET] {
            let browser = app.browser();
            let (login, waiting) = sent_by_portal(&browser).await;
            let page = begin(&browser, &flow, &login, EMAIL).await;
            let (_, code) = read_mail(&app, EMAIL, flow.proof).await;
            let login = prove(&browser, &flow, &page, &[("email", EMAIL), ("code", &code)]).await;
            assert_eq!(sign_in(&browser, &login, EMAIL).await, waiting);
            assert!(told(&browser.open(&waiting).await).contains_key("code"));
        }
        app.stop().await;
    }
}

#[tokio::test]
async fn who_signs_up_or_forgot_the_password_comes_back_to_the_app_by_the_link_in_any_browser() {
    for app in App::both_configured(CLIENTS).await {
        for flow in [SIGN_UP, RESET] {
            for email in [EMAIL, "other@example.com"] {
                let (first, another) = (app.browser(), app.browser());
                let (login, waiting) = sent_by_portal(&first).await;
                begin(&first, &flow, &login, email).await;
                let (link, _) = read_mail(&app, email, flow.proof).await;
                let reader = if email == EMAIL { &first } else { &another };
                let page = reader.visit(&link).await;
                assert_eq!((page.status.as_u16(), opener(&page)), (200, ""));
                let token = hidden(&page, "token");
                let login = prove(reader, &flow, &page, &[("token", &token)]).await;
                assert_eq!(sign_in(reader, &login, email).await, waiting, "{email}");
                assert!(told(&reader.open(&waiting).await).contains_key("code"));
            }
        }
        app.stop().await;
    }
}

#[tokio::test]
async fn who_signs_up_at_a_device_types_its_code_again_after_a_link_in_a_mail() {
    let app = App::configured(device::CLIENTS).await;
    let (_, shown) = device::begin(&app).await;
    let complete = format!("/device?user_code={shown}");
    let browser = app.browser();
    let login = browser.visit(&complete).await.location().to_owned();
    let page = begin(&browser, &SIGN_UP, &login, EMAIL).await;
    let (link, code) = read_mail(&app, EMAIL, SIGN_UP.proof).await;
    assert!(link.ends_with("&return_to=%2Fdevice"), "no stranger's code comes by our mail: {link}");
    let login = prove(&browser, &SIGN_UP, &page, &[("email", EMAIL), ("code", &code)]).await;
    assert_eq!(sign_in(&browser, &login, EMAIL).await, complete, "in this browser nothing is lost");
    assert!(browser.open(&complete).await.body.contains("포털 TV"));
}

#[tokio::test]
async fn s_bff_5_s_mail_11_what_leads_elsewhere_is_carried_nowhere_and_a_mail_names_no_other_page() {
    let app = App::start().await;
    for (number, (return_to, carried)) in
        [("//evil.example", ""), ("https://evil.example", ""), ("/me?text=hello", "/me?text=hello")]
            .into_iter()
            .enumerate()
    {
        let (browser, email) = (app.browser(), format!("hong-{number}@example.com"));
        let wish = [("email", &*email), ("password", PASSWORD), ("nickname", "홍"), ("return_to", return_to)];
        let sent = browser.submit(SIGN_UP.begins, &wish).await;
        assert_eq!(sent.status, 303, "{}", sent.body);
        assert_eq!(query(sent.location(), "return_to").unwrap_or_default(), carried);
        let (link, _) = read_mail(&app, &email, SIGN_UP.proof).await;
        assert!(!link.contains("return_to"), "{link}");
        let again = [("email", &*email), ("return_to", return_to)];
        let sent = browser.submit("/api/users/signup/resend", &again).await;
        assert_eq!(query(sent.location(), "return_to").unwrap_or_default(), carried);
    }
}

#[tokio::test]
async fn a_form_that_is_refused_on_the_way_to_an_app_comes_back_with_its_way() {
    let app = App::configured(CLIENTS).await;
    sign_up(&app).await;
    let browser = app.browser();
    let (_, waiting) = sent_by_portal(&browser).await;
    let taken = [("email", EMAIL), ("password", PASSWORD), ("nickname", "홍"), ("return_to", &waiting)];
    let wrong = [("token", "x"), ("return_to", &waiting)];
    for (action, form) in [
        (SIGN_UP.begins, &taken[..]),
        (SIGN_UP.ends, &wrong),
        (RESET.begins, &[("email", "x"), ("return_to", &waiting)]),
        (RESET.ends, &wrong),
    ] {
        let refused = browser.submit(action, form).await;
        assert_eq!((refused.status.as_u16(), opener(&refused)), (303, ""), "{action}");
        let page = browser.open(refused.location()).await;
        assert!(page.status.is_client_error(), "{action}: {}", page.status);
        assert_eq!((hidden(&page, "return_to"), opener(&page)), (waiting.clone(), ""), "{action}");
    }
}

#[tokio::test]
async fn a_mail_that_is_read_after_the_request_is_over_still_proves() {
    let app = App::configured(CLIENTS).await;
    let browser = app.browser();
    let (login, waiting) = sent_by_portal(&browser).await;
    begin(&browser, &SIGN_UP, &login, EMAIL).await;
    let (link, _) = read_mail(&app, EMAIL, SIGN_UP.proof).await;
    app.advance(Duration::from_hours(2));
    let page = browser.visit(&link).await;
    let token = hidden(&page, "token");
    let login = prove(&browser, &SIGN_UP, &page, &[("token", &token)]).await;
    assert_eq!(sign_in(&browser, &login, EMAIL).await, waiting);
    let late = browser.open(&waiting).await;
    assert_eq!((late.status.as_u16(), late.location()), (400, ""), "a page of ours says to begin again");
    assert!(app.is_signed_in(&browser).await);
}
