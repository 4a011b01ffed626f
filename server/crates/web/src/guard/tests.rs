use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use axum::response::{IntoResponse as _, Response};
use http::header::{AUTHORIZATION, LOCATION, WWW_AUTHENTICATE};
use kernel::Timestamp;
use names::{ErrorCode, Level, LoginError, ProvenBy};
use tower::ServiceExt as _;
use url::Url;

use super::*;
use crate::identified::Identified;
use crate::page_form::PageForm;
use crate::refusal::{Refusal, RefusalMark};
use crate::routes::Routes;
use crate::same_origin::PublicOrigin;
use crate::success::Success;

/// Members are known by a word in `Authorization`; it is noon.
#[derive(Clone)]
struct Door;

#[derive(Clone, Debug)]
struct Known(&'static str);

const NOON: Timestamp = Timestamp::from_millis(12 * 60 * 60 * 1000);

const TEN_MINUTES: i64 = 10 * 60 * 1000;

impl Caller for Known {
    fn proven_at(&self) -> Option<Timestamp> {
        match self.0 {
            "token" => None,
            "stale" | "stale admin" => Some(Timestamp::from_millis(NOON.millis() - TEN_MINUTES - 1)),
            "outage" => Some(NOON),
            _ => Some(Timestamp::from_millis(NOON.millis() - TEN_MINUTES)),
        }
    }

    fn proven_by(&self) -> Option<ProvenBy> {
        match self.0 {
            "token" => None,
            "code" => Some(ProvenBy::PasswordAndCode),
            _ => Some(ProvenBy::Password),
        }
    }

    fn may(&self, scope: &str) -> bool {
        self.0 != "token" || scope == "profile"
    }

    fn has_role(&self, role: &str) -> bool {
        self.0.ends_with("admin") && role == "ROLE_ADMIN"
    }

    fn has_session(&self) -> bool {
        self.0 != "token"
    }

    fn identified(&self) -> Identified {
        Identified::client(self.0)
    }
}

impl Authenticate for Door {
    type Caller = Known;

    async fn authenticate(&self, headers: &HeaderMap) -> Result<Option<Known>, Refusal> {
        Ok(match headers.get(AUTHORIZATION).and_then(|word| word.to_str().ok()) {
            Some("token") => Some(Known("token")),
            Some("stale") => Some(Known("stale")),
            Some("fresh") => Some(Known("fresh")),
            Some("admin") => Some(Known("admin")),
            Some("stale admin") => Some(Known("stale admin")),
            Some("careful admin") => Some(Known("careful admin")),
            Some("careful") => Some(Known("careful")),
            Some("code") => Some(Known("code")),
            Some("unknown level") => Some(Known("outage")),
            Some("bad") => return Err(Refusal::of(ErrorCode::TokenInvalid)),
            Some("outage") => return Err(Refusal::unavailable()),
            _ => None,
        })
    }

    fn now(&self) -> Timestamp {
        NOON
    }

    async fn attainable(&self, caller: &Known) -> Result<Level, Refusal> {
        match caller.0 {
            "careful" | "careful admin" | "code" => Ok(Level::Two),
            "outage" => Err(Refusal::unavailable()),
            _ => Ok(Level::One),
        }
    }

    fn explain_to_stranger(&self, headers: &HeaderMap) -> Option<LoginError> {
        headers.contains_key("x-twice").then_some(LoginError::CookieTwice)
    }
}

async fn member(SignedIn { caller, .. }: SignedIn<Known>) -> &'static str {
    caller.0
}

async fn proven(Fresh { caller, .. }: Fresh<Known>) -> &'static str {
    caller.0
}

/// A proof that is in a header.
struct Word(String);

impl Proof<Door> for Word {
    async fn read(request: Unproven<'_, Door>) -> Result<Self, Response> {
        let word = request.parts.headers.get("x-word").and_then(|word| word.to_str().ok());
        let word = word.ok_or_else(|| Refusal::for_status(StatusCode::UNAUTHORIZED).into_response())?;
        Ok(Self(word.to_owned()))
    }
}

async fn word(Proven { proof: Word(word), .. }: Proven<Word>) -> String {
    word
}

async fn perhaps(member: Option<Fresh<Known>>) -> &'static str {
    member.map_or("nobody", |member| member.caller.0)
}

fn routes() -> Routes<()> {
    let origin = PublicOrigin::of(&Url::parse("https://login.example").unwrap());
    Routes::new(origin)
        .get("/open", public(), async || "open")
        .get("/me", signed_in().page(), member)
        .get("/read", signed_in().scope(&["profile"]), member)
        .get("/admin", signed_in().role("ROLE_ADMIN"), member)
        .get("/hidden", signed_in().page().role("ROLE_ADMIN").fresh().hidden(), proven)
        .post("/write", own_pages_or_programs().signed_in().scope(&["write"]), member)
        .post("/form", same_origin().signed_in().fresh(), proven)
        .post("/change", own_pages_or_programs().signed_in().strong(), member)
        .post("/delete", own_pages_or_programs().signed_in().fresh().or_repeated(), perhaps)
        .form(
            "/of/{id}/typed",
            own_pages_or_programs(),
            PageForm::on("/of/{id}").leads_to("/of/{id}?notice=done"),
            async || Success::accepted("done".to_owned()),
        )
        .form(
            "/of/{id}/gone",
            own_pages_or_programs(),
            PageForm::on("/of/{id}").gone_leads_to("/of/{id}?notice=gone"),
            async || Err::<Success<String>, _>(Refusal::not_found()),
        )
        .post("/word", credential::<Word>(), word)
        .form(
            "/typed",
            own_pages_or_programs(),
            PageForm::on("/me").leads_to("/me?notice=done"),
            async || Success::accepted("done".to_owned()),
        )
        .with_state(Door)
}

async fn ask(method: &str, path: &str, headers: &[(&str, &str)]) -> Response {
    let request = Request::builder().method(method).uri(path);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    routes().into_router().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}

async fn answer(method: &str, path: &str, headers: &[(&str, &str)]) -> (u16, String) {
    let response = ask(method, path, headers).await;
    let status = response.status().as_u16();
    let told = match (response.headers().get(LOCATION), response.extensions().get::<RefusalMark>()) {
        (Some(to), _) => to.to_str().unwrap().to_owned(),
        (_, Some(mark)) => mark.code.to_owned(),
        _ => {
            let body = axum::body::to_bytes(response.into_body(), 100).await.unwrap();
            String::from_utf8(body.to_vec()).unwrap()
        }
    };
    (status, told)
}

#[tokio::test]
async fn s_log_4_a_refusal_says_to_operators_whose_request_it_was() {
    let sender = async |path: &str, who: &str| {
        let response = ask("GET", path, &[("authorization", who)]).await;
        response.extensions().get::<RefusalMark>().unwrap().sender.clone()
    };
    assert_eq!(sender("/admin", "fresh").await, Some(Identified::client("fresh")));
    assert_eq!(sender("/admin", "nobody known").await, None);
}

#[tokio::test]
async fn s_bff_7_the_guard_refuses_before_the_handler_is_called() {
    let navigates = ("sec-fetch-mode", "navigate");
    let ours = ("sec-fetch-site", "same-origin");
    let sent = |who: &'static str| ("authorization", who);
    for (method, path, headers, status, told) in [
        ("GET", "/open", &[][..], 200, "open"),
        ("GET", "/read", &[], 401, "NOT_SIGNED_IN"),
        ("GET", "/read", &[sent("outage")], 503, "AUTH_UNAVAILABLE"),
        ("GET", "/read", &[sent("token")], 200, "token"),
        ("GET", "/admin", &[sent("fresh")], 403, "INSUFFICIENT_ROLE"),
        ("GET", "/admin", &[sent("admin")], 200, "admin"),
        ("GET", "/hidden", &[sent("admin"), navigates], 200, "admin"),
        ("GET", "/hidden", &[navigates], 404, "NOT_FOUND"),
        ("GET", "/hidden", &[], 404, "NOT_FOUND"),
        ("GET", "/hidden", &[sent("fresh"), navigates], 404, "NOT_FOUND"),
        ("GET", "/hidden", &[sent("stale"), navigates], 404, "NOT_FOUND"),
        ("GET", "/hidden", &[sent("token"), navigates], 404, "NOT_FOUND"),
        ("GET", "/hidden", &[sent("careful admin")], 403, "FRESH_SIGN_IN_NEEDED"),
        ("POST", "/hidden", &[sent("admin"), ours], 404, "NOT_FOUND"),
        (
            "GET",
            "/hidden?a=1",
            &[sent("stale admin"), navigates],
            303,
            "/oauth/prove?return_to=%2Fhidden%3Fa%3D1",
        ),
        ("GET", "/hidden", &[sent("outage"), navigates], 503, "AUTH_UNAVAILABLE"),
        ("GET", "/me?a=1", &[navigates], 303, "/oauth/login?return_to=%2Fme%3Fa%3D1"),
        ("GET", "/me", &[("accept", "text/html")], 303, "/oauth/login?return_to=%2Fme"),
        ("GET", "/me", &[("sec-fetch-mode", "cors"), ("accept", "text/html")], 401, "NOT_SIGNED_IN"),
        ("GET", "/me", &[], 401, "NOT_SIGNED_IN"),
        (
            "GET",
            "/me",
            &[("x-twice", "1"), navigates],
            303,
            "/oauth/login?error=cookie_twice&return_to=%2Fme",
        ),
        ("GET", "/me", &[sent("outage"), navigates], 503, "AUTH_UNAVAILABLE"),
        ("GET", "/me", &[sent("fresh")], 200, "fresh"),
        ("POST", "/write", &[sent("token")], 403, "INSUFFICIENT_SCOPE"),
        ("POST", "/write", &[sent("stale")], 200, "stale"),
        ("POST", "/write", &[sent("stale"), ("origin", "https://evil.example")], 403, "CROSS_ORIGIN"),
        ("POST", "/form", &[sent("fresh")], 403, "CROSS_ORIGIN"),
        ("POST", "/form", &[ours], 401, "NOT_SIGNED_IN"),
        ("POST", "/form", &[ours, navigates], 401, "NOT_SIGNED_IN"),
        ("POST", "/form", &[ours, sent("stale")], 403, "FRESH_SIGN_IN_NEEDED"),
        ("POST", "/form", &[ours, sent("fresh")], 200, "fresh"),
        ("POST", "/form", &[ours, sent("careful")], 403, "FRESH_SIGN_IN_NEEDED"),
        ("POST", "/form", &[ours, sent("code")], 200, "code"),
        ("POST", "/form", &[ours, sent("unknown level")], 503, "AUTH_UNAVAILABLE"),
        ("POST", "/delete", &[sent("careful")], 403, "FRESH_SIGN_IN_NEEDED"),
        ("POST", "/delete", &[sent("code")], 200, "code"),
        ("POST", "/change", &[sent("token")], 200, "token"),
        ("POST", "/change", &[sent("stale")], 200, "stale"),
        ("POST", "/change", &[sent("careful")], 403, "FRESH_SIGN_IN_NEEDED"),
        ("POST", "/change", &[sent("code")], 200, "code"),
        ("POST", "/change", &[], 401, "NOT_SIGNED_IN"),
        ("POST", "/delete", &[sent("token")], 403, "FRESH_SIGN_IN_NEEDED"),
        ("POST", "/delete", &[], 200, "nobody"),
        ("POST", "/delete", &[sent("outage")], 503, "AUTH_UNAVAILABLE"),
        ("POST", "/word", &[("x-word", "open sesame")], 200, "open sesame"),
        ("POST", "/word", &[], 401, "NOT_SIGNED_IN"),
        (
            "POST",
            "/word",
            &[("x-word", "open sesame"), ("origin", "https://evil.example")],
            200,
            "open sesame",
        ),
    ] {
        let expected = (status, told.to_owned());
        assert_eq!(answer(method, path, headers).await, expected, "{method} {path} {headers:?}");
    }
}

#[test]
fn the_table_says_what_each_guard_asks_for() {
    let lines: Vec<String> = routes().table().iter().map(|entry| entry.guard.to_string()).collect();
    assert_eq!(
        lines,
        [
            "public",
            "signed-in",
            "signed-in, scope profile",
            "signed-in, role ROLE_ADMIN",
            "signed-in, fresh, role ROLE_ADMIN, hidden",
            "own-pages-or-programs, signed-in, scope write",
            "same-origin, signed-in, fresh",
            "own-pages-or-programs, signed-in, strong",
            "own-pages-or-programs, signed-in, fresh, or repeated",
            "own-pages-or-programs",
            "own-pages-or-programs",
            "credential",
            "own-pages-or-programs",
        ]
    );
}

#[test]
fn s_acc_14_a_proof_is_fresh_for_ten_minutes() {
    let at = |minutes| NOON.plus(Duration::from_mins(minutes));
    assert!(Fresh::of(Known("fresh"), NOON, Level::One).is_ok());
    assert!(Fresh::of(Known("code"), NOON, Level::Two).is_ok());
    for (caller, now, attainable) in [
        ("fresh", at(1), Level::One),
        ("stale", NOON, Level::One),
        ("token", NOON, Level::One),
        ("careful", NOON, Level::Two),
        ("code", at(1), Level::Two),
    ] {
        let refused = Fresh::of(Known(caller), now, attainable).unwrap_err();
        assert_eq!((refused.status(), refused.code()), (StatusCode::FORBIDDEN, "FRESH_SIGN_IN_NEEDED"));
    }
}

#[tokio::test]
async fn a_form_that_went_well_leads_on_and_a_program_gets_the_envelope() {
    let envelope = r#"{"success":true,"data":"done"}"#;
    let (ours, navigates) = (("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "navigate"));
    for (headers, status, told) in [
        (&[][..], 202, envelope),
        (&[("content-type", "application/json")], 202, envelope),
        (&[("content-type", "application/x-www-form-urlencoded")], 303, "/me?notice=done"),
        (&[ours, navigates], 303, "/me?notice=done"),
        (&[("sec-fetch-site", "cross-site"), navigates], 403, "CROSS_ORIGIN"),
    ] {
        assert_eq!(answer("POST", "/typed", headers).await, (status, told.to_owned()), "{headers:?}");
    }
    let led = (303, "/of/a%2Fb?notice=done".to_owned());
    assert_eq!(answer("POST", "/of/a%2Fb/typed", &[ours, navigates]).await, led, "whom it is about");
}

#[tokio::test]
async fn a_form_about_what_is_gone_leads_on_and_a_program_gets_404() {
    let led = (303, "/of/1?notice=gone".to_owned());
    let form = ("content-type", "application/x-www-form-urlencoded");
    assert_eq!(answer("POST", "/of/1/gone", &[form]).await, led);
    let json = ("content-type", "application/json");
    assert_eq!(answer("POST", "/of/1/gone", &[json]).await, (404, "NOT_FOUND".to_owned()));
}

#[tokio::test]
async fn s_gw_2_s_gw_3_who_is_refused_is_told_how_to_show_who_they_are() {
    let sent = |who: &'static str| ("authorization", who);
    let bearer = "Bearer realm=\"daemun\"";
    for (method, path, headers, challenge) in [
        ("GET", "/read", &[][..], bearer.to_owned()),
        ("GET", "/me", &[], bearer.to_owned()),
        ("POST", "/change", &[], bearer.to_owned()),
        ("GET", "/read", &[sent("bad")], format!("{bearer}, error=\"invalid_token\"")),
        (
            "POST",
            "/write",
            &[sent("token")],
            format!("{bearer}, error=\"insufficient_scope\", scope=\"write\""),
        ),
        ("GET", "/admin", &[sent("token")], String::new()),
        ("GET", "/read", &[sent("outage")], String::new()),
        ("GET", "/hidden", &[], String::new()),
    ] {
        let response = ask(method, path, headers).await;
        let told = response.headers().get(WWW_AUTHENTICATE).map_or("", |told| told.to_str().unwrap());
        assert_eq!(told, challenge, "{method} {path} {headers:?}");
    }
}
