use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::post;
use kernel::MasterKey;
use testkit::{HandClock, SeededRandomness};
use tower::ServiceExt as _;
use web::FieldProblem;

use super::*;

fn drafts() -> (Drafts, Arc<HandClock>) {
    let clock = Arc::new(HandClock::default());
    let ring = Arc::new(KeyRing::new(vec![MasterKey::generate(&SeededRandomness::new(7))]).unwrap());
    (Drafts::new(ring, Arc::clone(&clock) as _, Arc::new(SeededRandomness::new(1))), clock)
}

async fn send(drafts: &Drafts, path: &'static str, answer: Response, body: &str, mode: &str) -> Response {
    let answer = Arc::new(std::sync::Mutex::new(Some(answer)));
    let handler = move || {
        let answer = answer.lock().unwrap().take().unwrap();
        async move { answer }
    };
    let app = Router::new().route(path, post(handler)).layer(from_fn_with_state(drafts.clone(), layer));
    let request = Request::post(path)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("sec-fetch-mode", mode)
        .body(Body::from(body.to_owned()))
        .unwrap();
    app.oneshot(request).await.unwrap()
}

fn location(response: &Response) -> &str {
    response.headers()[LOCATION].to_str().unwrap()
}

fn query(response: &Response) -> &str {
    location(response).split_once('?').unwrap().1
}

const TYPED: &str = "email=hong%40example.com&nickname=%ED%99%8D&password=a+secret+of+mine";

#[tokio::test]
async fn a_refused_form_comes_back_without_its_password() {
    let (drafts, clock) = drafts();
    let problem = FieldProblem { reason: Some("PASSWORD_LENGTH"), ..FieldProblem::new("password", "long") };
    let refusal = Refusal::fields(vec![problem]).into_response();
    let answer = send(&drafts, "/api/users/signup", refusal, TYPED, "navigate").await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert!(location(&answer).starts_with("/signup?draft="));
    assert!(!location(&answer).contains("hong"), "sealed");
    let draft = drafts.read(query(&answer)).unwrap();
    assert_eq!(draft.typed.get("email").map(String::as_str), Some("hong@example.com"));
    assert!(!draft.typed.contains_key("password"));
    let fault = draft.fault.unwrap();
    assert_eq!((fault.status, fault.problem), (400, Problem::Fields));
    assert_eq!(fault.fields[0].reason.as_deref(), Some("PASSWORD_LENGTH"));
    clock.advance(LIFE + Duration::from_secs(1));
    assert_eq!(drafts.read(query(&answer)), None, "too old");
    assert_eq!(drafts.read("draft=AAAA"), None, "not ours");
}

#[tokio::test]
async fn the_page_that_follows_goes_on_with_what_was_typed() {
    let (drafts, _) = drafts();
    let next = (StatusCode::SEE_OTHER, [(LOCATION, "/email/verify?sent=1")]).into_response();
    let answer = send(&drafts, "/api/users/signup", next, TYPED, "navigate").await;
    assert!(location(&answer).starts_with("/email/verify?sent=1&draft="));
    let draft = drafts.read(query(&answer)).unwrap();
    assert_eq!((draft.typed.len(), draft.fault), (2, None));
}

#[tokio::test]
async fn the_login_page_shows_the_address_again_and_a_sign_in_carries_nothing() {
    let (drafts, _) = drafts();
    let refused = (StatusCode::SEE_OTHER, [(LOCATION, "/oauth/login?error=busy")]).into_response();
    let answer = send(&drafts, SIGN_IN, refused, TYPED, "navigate").await;
    assert!(drafts.read(query(&answer)).unwrap().typed.contains_key("email"));
    let inside = (StatusCode::SEE_OTHER, [(LOCATION, "/me")]).into_response();
    assert_eq!(location(&send(&drafts, SIGN_IN, inside, TYPED, "navigate").await), "/me");
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
    assert_eq!(location(&nobody), "/oauth/login?error=session_ended&return_to=/me");
    let stale = Refusal::new(StatusCode::FORBIDDEN, "FRESH_SIGN_IN_NEEDED", "").into_response();
    let stale = send(&drafts, "/api/users/me/delete", stale, "", "navigate").await;
    assert_eq!(location(&stale), "/oauth/login?error=sign_in_again&return_to=/me/account");
}
