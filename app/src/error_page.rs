//! The error page. It has no view and no loader, so that it works even if nothing else does.

use leptos::config::LeptosOptions;
use leptos::prelude::*;
use names::{ErrorCode, Language, path};

use crate::components::frame_for;
use crate::shell::{document, head};
use crate::texts::{error_page, errors, home, navigation, security};

/// Renders error pages. The head, which all of them share, is rendered once.
#[derive(Clone, Debug)]
pub struct ErrorPage {
    head: String,
}

/// A refusal that a person sees.
#[derive(Clone, Copy, Debug)]
pub struct Refused<'a> {
    /// The status of the response.
    pub status: u16,
    /// The error; `None` for a status without an error code.
    pub code: Option<ErrorCode>,
    /// The origin of the site, if the page has to be opened there.
    pub site: Option<&'a str>,
    /// The request id, which is also in the log.
    pub request_id: &'a str,
    /// The address that the person opened, to which the choice of a language leads back; the main page after a form.
    pub here: &'a str,
}

impl ErrorPage {
    /// A page with the files that `options` names.
    pub fn new(options: &LeptosOptions) -> Self {
        Self { head: head(options) }
    }

    /// The complete document. It says what to do next and shows the request id, but not the cause.
    pub fn draw(&self, refused: Refused<'_>, language: Language) -> String {
        let Refused { status, site, here, .. } = refused;
        let (heading, lead) = texts(refused, language);
        let (next, label) = next(refused.code, language);
        let lead = site.map_or(lead.to_owned(), |site| error_page::other_origin_lead(language, site));
        let next = site.map_or(next.to_owned(), |site| format!("{site}/"));
        let request_id = refused.request_id.to_owned();
        let owner = Owner::new();
        let body = owner.with(|| {
            let content = view! {
                <section class="card">
                    <p class="status">{status}</p>
                    <h1>{heading}</h1>
                    <p class="lead">{lead}</p>
                    <p><a class="button button--main" href=next>{label}</a></p>
                    <p class="request-id">{error_page::request_id(language)} <code>{request_id}</code></p>
                </section>
            };
            frame_for(language, None, here.into(), content.into_any()).to_html()
        });
        document(language, &[&self.head], error_page::title(language), &body)
    }
}

fn texts(Refused { status, code, .. }: Refused<'_>, language: Language) -> (&'static str, &'static str) {
    match code {
        Some(ErrorCode::SignedInAlready) => {
            return (error_page::signed_in_heading(language), error_page::signed_in_lead(language));
        }
        Some(ErrorCode::LoginExpired) => {
            return (error_page::sign_in_failed_heading(language), error_page::sign_in_failed_lead(language));
        }
        Some(ErrorCode::AuthorizationRequestInvalid) => {
            return (error_page::app_request_heading(language), error_page::app_request_lead(language));
        }
        _ => {}
    }
    // The status alone does not say what happened: if a form can cause the error, it has a text of its own.
    let told = code.and_then(|code| errors::text(code.description().text?.key, language));
    match status {
        403 => {
            (error_page::forbidden_heading(language), told.unwrap_or(error_page::forbidden_lead(language)))
        }
        404 => (error_page::not_found_heading(language), error_page::not_found_lead(language)),
        409 => (error_page::conflict_heading(language), told.unwrap_or(error_page::conflict_lead(language))),
        429 => {
            (error_page::too_many_requests_heading(language), error_page::too_many_requests_lead(language))
        }
        500 => (error_page::internal_heading(language), error_page::internal_lead(language)),
        503 | 504 => (error_page::unavailable_heading(language), error_page::unavailable_lead(language)),
        _ => (error_page::other_heading(language), told.unwrap_or(error_page::other_lead(language))),
    }
}

/// The link of the page. A failed login starts over, a conflict of identities leads to the security page, what concerns other
/// members to the feed, and everything else to the main page.
fn next(code: Option<ErrorCode>, language: Language) -> (&'static str, &'static str) {
    match code {
        Some(ErrorCode::LoginExpired) => (path::LOGIN, home::sign_in(language)),
        Some(ErrorCode::IdentityTaken) => (path::SECURITY, security::heading(language)),
        Some(ErrorCode::FollowLimit | ErrorCode::FollowNotAllowed | ErrorCode::FollowSelf) => {
            (path::FEED, navigation::feed(language))
        }
        _ => ("/", home::back(language)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the page says, for each refusal with a status at which forms can be refused.
    fn said(code: ErrorCode, language: Language) -> (&'static str, &'static str, &'static str) {
        let status = code.description().status;
        let refused = Refused { status, code: Some(code), site: None, request_id: "", here: "/" };
        (texts(refused, language).0, texts(refused, language).1, next(refused.code, language).0)
    }

    #[test]
    fn a_refusal_speaks_of_signing_in_again_only_if_a_sign_in_failed() {
        for language in [Language::Korean, Language::English] {
            for code in ErrorCode::ALL.iter().copied() {
                let (heading, lead, way) = said(code, language);
                let is_sign_in = code == ErrorCode::LoginExpired;
                assert_eq!(heading == error_page::sign_in_failed_heading(language), is_sign_in, "{code:?}");
                assert_eq!(way == path::LOGIN, is_sign_in, "{code:?}");
                assert_eq!(way == path::SECURITY, code == ErrorCode::IdentityTaken, "{code:?}");
                assert!(!lead.is_empty(), "{code:?}");
            }
        }
    }

    #[test]
    fn the_language_is_chosen_for_the_address_that_was_opened() {
        let options = LeptosOptions::builder().output_name("daemun").build();
        let refused = Refused { status: 404, code: None, site: None, request_id: "", here: "/no?a=1" };
        let html = ErrorPage::new(&options).draw(refused, Language::English);
        assert!(html.contains("name=\"return_to\" value=\"/no?a=1\""), "{html}");
    }

    #[test]
    fn a_refusal_that_a_form_can_cause_is_told_in_its_own_words() {
        let language = Language::English;
        for (code, way) in [
            (ErrorCode::FollowLimit, path::FEED),
            (ErrorCode::FollowSelf, path::FEED),
            (ErrorCode::FollowNotAllowed, path::FEED),
            (ErrorCode::OtherMember, "/"),
            (ErrorCode::LastSignInMethod, "/"),
            (ErrorCode::IdentityTaken, path::SECURITY),
        ] {
            let key = code.description().text.unwrap().key;
            let (_, lead, to) = said(code, language);
            assert_eq!((Some(lead), to), (errors::text(key, language), way), "{code:?}");
        }
        let (_, lead, way) = said(ErrorCode::ValidationFailed, language);
        assert_eq!((lead, way), (error_page::other_lead(language), "/"));
    }
}
