//! The pages of simulated providers.

use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, LOCATION};
use maud::{DOCTYPE, Markup, html};
use url::Url;

use crate::kind::Kind;
use crate::user::User;

const STYLE: &str = "
:root{color-scheme:light dark;font:16px/1.5 system-ui,'Noto Sans KR',sans-serif}
body{margin:0;min-height:100vh;display:grid;place-items:center;background:Canvas;color:CanvasText}
main{width:min(26rem,100% - 2rem)}
h1{font-size:1.375rem;margin:.25rem 0 1rem}
.mark{display:inline-block;font-size:.875rem;padding:.125rem .5rem;border:1px solid currentColor;border-radius:1rem}
fieldset{border:1px solid GrayText;border-radius:12px;padding:.5rem 1rem;margin:0 0 1rem}
label{display:flex;gap:.75rem;align-items:center;min-height:48px}
small{display:block}
.actions{display:flex;gap:.75rem}
button{font:inherit;min-height:48px;flex:1;border-radius:12px;border:1px solid GrayText;background:ButtonFace;color:ButtonText}
";

fn document(kind: Kind, title: &str, body: &Markup) -> String {
    html! {
        (DOCTYPE)
        html lang="ko" {
            head {
                meta charset="utf-8";
                // Browsers would ask for one, and report that there is none.
                link rel="icon" href="data:,";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " · " (kind.title()) }
                style { (maud::PreEscaped(STYLE)) }
            }
            body { main { span.mark { "시뮬레이터 · simulator" } (body) } }
        }
    }
    .into_string()
}

fn page(status: StatusCode, document: String) -> Response {
    let headers: [(HeaderName, &str); 2] =
        [(CONTENT_TYPE, "text/html; charset=utf-8"), (CACHE_CONTROL, "no-store")];
    (status, headers, document).into_response()
}

/// The consent page: a choice of person, and whether they agree.
pub(crate) fn consent<'a>(
    kind: Kind,
    action: &str,
    request: &str,
    users: impl Iterator<Item = (&'a String, &'a User)>,
) -> Response {
    let body = html! {
        h1 { (kind.title()) " 계정으로 계속하기" }
        form method="post" action=(action) {
            input type="hidden" name="request" value=(request);
            fieldset {
                legend { "누구로 로그인할까요? · Who are you?" }
                @for (index, (key, user)) in users.enumerate() {
                    label {
                        input type="radio" name="user" value=(key) data-testid={ "user-" (key) } checked[index == 0];
                        span {
                            (user.nickname.as_deref().unwrap_or("(이름 없음)"))
                            small { (user.email.as_deref().unwrap_or("이메일 없음 · no e-mail")) }
                        }
                    }
                }
            }
            p { "Daemun이 프로필 정보를 받습니다. · Daemun receives your profile." }
            div.actions {
                button type="submit" name="decision" value="cancel" data-testid="cancel" { "취소 · Cancel" }
                button type="submit" name="decision" value="agree" data-testid="agree" { "동의하고 계속 · Agree" }
            }
        }
    };
    page(StatusCode::OK, document(kind, "동의", &body))
}

/// An error that the provider shows on its own page and does not send to the client.
pub(crate) fn error(kind: Kind, status: StatusCode, code: &str, text: &str) -> Response {
    let body = html! {
        h1 { "요청을 처리할 수 없습니다" }
        p { (text) }
        p data-testid="error-code" { (code) }
    };
    page(status, document(kind, "오류", &body))
}

/// The redirect to the client; `None` if the address cannot be parsed.
pub(crate) fn back(redirect_uri: &str, pairs: &[(&str, &str)], spaces: Spaces) -> Option<Response> {
    let mut url = Url::parse(redirect_uri).ok()?;
    url.query_pairs_mut().extend_pairs(pairs);
    let mut location = url.to_string();
    if spaces == Spaces::Percent {
        // A literal plus is encoded as `%2B` at this point.
        location = location.replace('+', "%20");
    }
    Some((StatusCode::FOUND, [(LOCATION, location)]).into_response())
}

/// How a provider writes a space in a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spaces {
    Plus,
    Percent,
}
