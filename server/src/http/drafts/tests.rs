use axum::Router;
use axum::body::Body;
use axum::middleware::from_fn_with_state;
use axum::routing::post;
use http::header::SET_COOKIE;
use kernel::MasterKey;
use names::FieldReason;
use testkit::{HandClock, SeededRandomness};
use tower::ServiceExt as _;
use web::cookies::CookieManagerLayer;
use web::{FieldProblem, PublicOrigin, Refusal};

use super::*;

fn drafts() -> (Drafts, Arc<HandClock>) {
    let clock = Arc::new(HandClock::default());
    let ring = Arc::new(KeyRing::new(vec![MasterKey::generate(&SeededRandomness::new(7))]).unwrap());
    let browser = BrowserCookie::new(false, &ring);
    let origin = PublicOrigin::of(&"http://localhost:3000".parse().unwrap());
    let session = sessions::cookie_name(&origin);
    let table = crate::compose::table(&origin);
    let context = Context { clock: Arc::clone(&clock) as _, randomness: Arc::new(SeededRandomness::new(1)) };
    (Drafts::new(&table, ring, browser, session, context), clock)
}

async fn send(drafts: &Drafts, path: &'static str, answer: Response, body: &str, mode: &str) -> Response {
    send_from(drafts, path, answer, (body, mode, &HeaderMap::new())).await
}

/// The same from a browser that has cookies.
async fn send_from(
    drafts: &Drafts,
    path: &'static str,
    answer: Response,
    (body, mode, browser): (&str, &str, &HeaderMap),
) -> Response {
    let answer = Arc::new(std::sync::Mutex::new(Some(answer)));
    let handler = move || {
        let answer = answer.lock().unwrap().take().unwrap();
        async move { answer }
    };
    let app = Router::new()
        .route(path, post(handler))
        .layer(from_fn_with_state(Arc::new(drafts.clone()), layer))
        .layer(CookieManagerLayer::new());
    let mut request = Request::post(path)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("sec-fetch-mode", mode)
        .body(Body::from(body.to_owned()))
        .unwrap();
    request.headers_mut().extend(browser.clone());
    app.oneshot(request).await.unwrap()
}

fn location(response: &Response) -> &str {
    response.headers()[LOCATION].to_str().unwrap()
}

/// What the page to which `answer` leads finds there, in the browser that was given the answer's cookie.
async fn read(drafts: &Drafts, answer: &Response) -> Option<Draft> {
    drafts.read(&location(answer).parse().unwrap(), &browser_of(answer)).await
}

fn browser_of(answer: &Response) -> HeaderMap {
    browser_with(answer.headers()[SET_COOKIE].to_str().unwrap())
}

fn browser_with(cookie: &str) -> HeaderMap {
    let pair = cookie.split(';').next().unwrap();
    HeaderMap::from_iter([(http::header::COOKIE, HeaderValue::try_from(pair).unwrap())])
}

const TYPED: &str = "email=hong%40example.com&nickname=%ED%99%8D&password=a+secret+of+mine";

#[tokio::test]
async fn a_refused_form_comes_back_without_its_password() {
    let (drafts, clock) = drafts();
    let problem =
        FieldProblem { reason: Some(FieldReason::PasswordLength), ..FieldProblem::new("password", "long") };
    let refusal = Refusal::fields(vec![problem]).into_response();
    let answer = send(&drafts, "/api/users/signup", refusal, TYPED, "navigate").await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert!(location(&answer).starts_with("/signup?draft="));
    assert!(!location(&answer).contains("hong"), "sealed");
    let draft = read(&drafts, &answer).await.unwrap();
    assert_eq!(draft.typed.get("email").map(String::as_str), Some("hong@example.com"));
    assert!(!draft.typed.contains_key("password"));
    let error = draft.error.unwrap();
    assert_eq!((error.status, error.code), (400, Some(ErrorCode::ValidationFailed)));
    assert_eq!(error.fields[0].reason, Some(FieldReason::PasswordLength));
    clock.advance(DRAFT_LIFETIME + Duration::from_secs(1));
    assert_eq!(read(&drafts, &answer).await, None, "too old");
    let invented = "/signup?draft=AAAA".parse().unwrap();
    assert_eq!(drafts.read(&invented, &browser_of(&answer)).await, None, "not ours");
}

#[tokio::test]
async fn a_draft_is_for_its_browser_and_its_page_alone() {
    let (drafts, _) = drafts();
    let refused = || Refusal::field("email", "one").into_response();
    let stranger = send(&drafts, "/api/users/signup", refused(), TYPED, "navigate").await;
    let victim = send(&drafts, "/api/users/signup", refused(), TYPED, "navigate").await;
    let address: Uri = location(&stranger).parse().unwrap();
    assert_eq!(drafts.read(&address, &browser_of(&victim)).await, None, "another browser's");
    assert_eq!(drafts.read(&address, &HeaderMap::new()).await, None, "nobody's");
    let elsewhere = location(&stranger).replace("/signup", "/oauth/login").parse().unwrap();
    assert_eq!(drafts.read(&elsewhere, &browser_of(&stranger)).await, None, "another page's");
    assert!(read(&drafts, &stranger).await.is_some());
}

#[tokio::test]
async fn on_the_pages_of_a_member_a_draft_is_for_their_session() {
    let (drafts, _) = drafts();
    let (mine, anothers) = (browser_with("daemun=mine"), browser_with("daemun=anothers"));
    let refused = Refusal::field("nickname", "one").into_response();
    let answer = send_from(&drafts, "/api/users/me", refused, (TYPED, "navigate", &mine)).await;
    assert!(!answer.headers().contains_key(SET_COOKIE));
    let address = location(&answer).parse().unwrap();
    assert!(drafts.read(&address, &mine).await.is_some());
    assert_eq!(drafts.read(&address, &anothers).await, None);
}

#[tokio::test]
async fn the_page_that_follows_goes_on_with_what_was_typed() {
    let (drafts, _) = drafts();
    let next = (StatusCode::SEE_OTHER, [(LOCATION, "/email/verify?sent=1")]).into_response();
    let answer = send(&drafts, "/api/users/signup", next, TYPED, "navigate").await;
    assert!(location(&answer).starts_with("/email/verify?sent=1&draft="));
    let draft = read(&drafts, &answer).await.unwrap();
    assert_eq!((draft.typed.len(), draft.error), (2, None));
}

#[tokio::test]
async fn the_login_page_shows_the_address_again_and_a_sign_in_carries_nothing() {
    let (drafts, _) = drafts();
    let refused = || (StatusCode::SEE_OTHER, [(LOCATION, "/oauth/login?error=busy")]).into_response();
    let cookie = drafts.bind(&HeaderMap::new()).unwrap().to_string();
    let bound = browser_with(&cookie);
    let answer =
        send_from(&drafts, "/api/auth/signin/password", refused(), (TYPED, "navigate", &bound)).await;
    assert!(!answer.headers().contains_key(SET_COOKIE), "it is bound already");
    let draft = drafts.read(&location(&answer).parse().unwrap(), &bound).await.unwrap();
    assert!(draft.typed.contains_key("email"));
    let unbound = send(&drafts, "/api/auth/signin/password", refused(), TYPED, "navigate").await;
    assert_eq!(location(&unbound), "/oauth/login?error=busy");
    assert!(!unbound.headers().contains_key(SET_COOKIE));
    let inside = (StatusCode::SEE_OTHER, [(LOCATION, "/me")]).into_response();
    assert_eq!(
        location(&send_from(&drafts, "/api/auth/signin/password", inside, (TYPED, "navigate", &bound)).await),
        "/me"
    );
}

#[tokio::test]
async fn programs_and_foreign_posts_get_the_parts_own_answer() {
    let (drafts, _) = drafts();
    let refused = || Refusal::field("email", "one").into_response();
    let program = send(&drafts, "/api/users/signup", refused(), TYPED, "cors").await;
    assert_eq!(program.status(), StatusCode::BAD_REQUEST);
    let forbidden = Refusal::for_status(StatusCode::FORBIDDEN).into_response();
    let foreign = send(&drafts, "/api/users/signup", forbidden, TYPED, "navigate").await;
    assert_eq!(foreign.status(), StatusCode::FORBIDDEN);
    let nobody = Refusal::for_status(StatusCode::UNAUTHORIZED).into_response();
    let nobody = send(&drafts, "/api/users/me", nobody, TYPED, "navigate").await;
    assert_eq!(location(&nobody), "/oauth/login?error=session_ended&return_to=%2Fme");
    let stale = Refusal::of(ErrorCode::FreshSignInNeeded).into_response();
    let stale = send(&drafts, "/api/users/me/delete", stale, "", "navigate").await;
    assert_eq!(location(&stale), "/oauth/prove?return_to=%2Fme%2Faccount");
}

#[tokio::test]
async fn a_button_that_is_refused_gets_the_error_page_and_leads_strangers_to_the_login_page() {
    let (drafts, _) = drafts();
    let limited = || Refusal::for_status(StatusCode::TOO_MANY_REQUESTS).into_response();
    for path in ["/api/auth/signin/google", "/api/auth/signout", "/api/language"] {
        let limited = send(&drafts, path, limited(), "return_to=/", "navigate").await;
        assert_eq!(limited.status(), StatusCode::TOO_MANY_REQUESTS, "{path}");
    }
    let nobody = || Refusal::for_status(StatusCode::UNAUTHORIZED).into_response();
    for (path, page) in [
        ("/api/auth/link/kakao", "/oauth/login?error=session_ended&return_to=%2Fme%2Fsecurity"),
        ("/api/auth/sessions/end", "/oauth/login?error=session_ended&return_to=%2Fme%2Fsessions"),
    ] {
        assert_eq!(location(&send(&drafts, path, nobody(), "", "navigate").await), page);
        assert_eq!(send(&drafts, path, nobody(), "", "cors").await.status(), StatusCode::UNAUTHORIZED);
    }
}

#[test]
fn each_form_leads_to_a_notice_that_pages_know() {
    let origin = PublicOrigin::of(&"http://localhost:3000".parse().unwrap());
    let table = crate::compose::table(&origin);
    let forms = table.iter().filter_map(|entry| entry.form);
    let pages = forms.flat_map(|form| [form.leads_to, form.gone]).flatten();
    let codes: Vec<_> = pages.filter_map(|page| page.split_once("?notice=")).map(|(_, code)| code).collect();
    assert!(codes.len() >= 10, "{codes:?}");
    for code in codes {
        assert!(app::success_notice(code, names::Language::Korean).is_some(), "{code}");
    }
}

#[tokio::test]
async fn a_form_that_is_too_long_to_be_read_comes_back_to_its_page_if_our_own_page_sent_it() {
    let (drafts, _) = drafts();
    let origin = PublicOrigin::of(&"http://localhost:3000".parse().unwrap());
    let refuse = || async { Refusal::for_status(StatusCode::PAYLOAD_TOO_LARGE).into_response() };
    let path = "/api/users/me/picture";
    let state = (Arc::new(drafts.clone()), origin);
    let app = Router::new()
        .route(path, post(refuse))
        .layer(from_fn_with_state(state, unread_layer))
        .layer(CookieManagerLayer::new());
    for (site, comes_back) in [("same-origin", true), ("same-site", false), ("cross-site", false)] {
        let request = Request::post(path).header("sec-fetch-mode", "navigate").header("sec-fetch-site", site);
        let answer = app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        if comes_back {
            let draft = read(&drafts, &answer).await.unwrap();
            assert_eq!(
                (draft.action.as_str(), draft.error.unwrap().code),
                (path, Some(ErrorCode::BodyTooLarge))
            );
        } else {
            assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE, "{site}");
        }
    }
}

#[tokio::test]
async fn a_long_text_of_a_member_waits_in_the_database_for_their_session_and_page() {
    for database in testkit::TestDatabase::both().await {
        let (drafts, clock) = drafts();
        let drafts = drafts.with_store(db::Database::clone(&database));
        let (mine, anothers) = (browser_with("daemun=mine"), browser_with("daemun=anothers"));
        let text = "가".repeat(2_001);
        let body = form_urlencoded::Serializer::new(String::new()).append_pair("text", &text).finish();
        let path = "/api/activity/posts";
        for _ in 0..2 {
            let mut refused = Refusal::field("text", "1 to 2,000 characters").into_response();
            refused.extensions_mut().insert(SessionMark);
            let answer = send_from(&drafts, path, refused, (&body, "navigate", &mine)).await;
            assert_eq!(location(&answer), "/feed?draft=stored");
            let address = location(&answer).parse().unwrap();
            let draft = drafts.read(&address, &mine).await.unwrap();
            assert_eq!(draft.typed.get("text"), Some(&text));
            assert_eq!(draft.error.unwrap().fields[0].field, "text");
            for other in [&anothers, &HeaderMap::new()] {
                assert_eq!(drafts.read(&address, other).await, None, "another session's");
            }
            assert_eq!(
                drafts.read(&"/me?draft=stored".parse().unwrap(), &mine).await,
                None,
                "another page's"
            );
        }
        assert!(!database.dump().await.contains("가가가"), "sealed");
        clock.advance(DRAFT_LIFETIME + Duration::from_secs(1));
        assert_eq!(drafts.read(&"/feed?draft=stored".parse().unwrap(), &mine).await, None, "too old");
    }
}
