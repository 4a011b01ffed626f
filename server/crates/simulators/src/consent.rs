//! The consent page, between a checked authorization request and the redirect to the client.
use axum::body::Bytes;
use axum::response::Response;
use http::StatusCode;

use crate::client::Fields;
use crate::grants::Asked;
use crate::kind::Kind;
use crate::page::{self, Spaces};
use crate::simulator::Simulator;
use crate::user::User;

/// The path that the consent page posts to, below the provider's base.
pub(crate) const PATH: &str = "/consent";

/// Shows the page for `asked`.
pub(crate) fn ask(simulator: &Simulator, asked: Asked) -> Response {
    let id = simulator.random_text();
    let action = format!("{}{PATH}", simulator.base.path());
    let now = simulator.now();
    simulator.with(|state| {
        state.grants.wait(id.clone(), asked, now);
        page::consent(simulator.kind, &action, &id, state.users.iter())
    })
}

/// Makes the response when the person agreed; `None` if there is no address to go back to.
pub(crate) type Agreed = fn(&Simulator, Asked, String, &User) -> Option<Response>;

/// `POST …/consent`: the person agreed or cancelled.
pub(crate) fn decide(simulator: &Simulator, body: &Bytes, agreed: Agreed) -> Response {
    let form = Fields::parse(body);
    let kind = simulator.kind;
    let stale = || page::error(kind, StatusCode::BAD_REQUEST, "stale", "이 동의 화면은 이미 사용되었습니다.");
    let now = simulator.now();
    let decided = form.get("request").and_then(|id| simulator.with(|state| state.grants.decide(id, now)));
    let Some(asked) = decided else { return stale() };
    if !form.is("decision", "agree") {
        let (description, spaces) = match kind {
            Kind::Google => (None, Spaces::Percent),
            Kind::Naver => (Some("Canceled By User"), Spaces::Plus),
            Kind::Kakao => (Some("User denied access"), Spaces::Percent),
        };
        return refuse(&asked, "access_denied", description, spaces).unwrap_or_else(stale);
    }
    let user = form.get("user").and_then(|key| {
        simulator.with(|state| state.users.get(key).map(|user| (key.to_owned(), user.clone())))
    });
    let Some((key, user)) = user else {
        return page::error(kind, StatusCode::BAD_REQUEST, "no_user", "선택한 계정이 없습니다.");
    };
    agreed(simulator, asked, key, &user).unwrap_or_else(stale)
}

/// Sends an error back to the client.
pub(crate) fn refuse(
    asked: &Asked,
    error: &str,
    description: Option<&str>,
    spaces: Spaces,
) -> Option<Response> {
    let mut pairs = vec![("error", error)];
    pairs.extend(description.map(|text| ("error_description", text)));
    pairs.extend(asked.state.as_deref().map(|state| ("state", state)));
    page::back(&asked.redirect_uri, &pairs, spaces)
}
