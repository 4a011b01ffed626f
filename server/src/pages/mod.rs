//! The pages of the site. [`PAGES`] lists them, with [`admin::PAGES`]: it drives routes, guards, the navigation of the account area,
//! the addresses that lead to pages, and the scenes of the browser tests. What a page is about is [loaded](load) before
//! it is drawn, so that its first paint is right: one file for each page that has a view.

mod account;
mod admin;
mod answer;
mod consent;
mod device;
pub(crate) mod feed;
mod functions;
mod history;
mod in_app_browser;
mod kept;
mod kept_key;
mod kept_pages;
mod load;
mod login;
mod logout;
mod me;
mod moment;
mod no_page;
pub(crate) mod place;
pub(crate) mod profile;
mod prove;
mod qr_picture;
pub(crate) mod reading;
mod second_step;
mod security;
mod sessions;
mod state;
mod table;
pub(crate) mod viewer;
mod visit;

use app::pages::{
    Account, AdminInvitation, ChangeEmail, Consent, Device, Feed, ForgotPassword, History, Home, KeepAccount,
    KeepFactors, Login, Logout, Me, PasskeySignUp, Profile, Prove, Recover, ResetPassword, SecondStep,
    Security, Sessions, SignUp, VerifyEmail,
};
use axum::response::{IntoResponse, Response};
use http::header::LOCATION;
use http::{StatusCode, Uri};
use leptos::config::LeptosOptions;
use names::{Role, path};
use web::guard::{public, same_origin};
use web::openapi::{Answer, Operation};
use web::{PublicOrigin, Routes};

pub use state::{PageParts, Pages};
use table::PageEntry;

/// Every page but those of [operators](admin). Those of the account area are in the order of its navigation.
const PAGES: &[PageEntry] = &[
    PageEntry::of::<Home>(),
    PageEntry::of::<Login>(),
    PageEntry::of::<SecondStep>(),
    PageEntry::of::<Prove>(),
    PageEntry::of::<Recover>(),
    PageEntry::of::<Logout>(),
    PageEntry::of::<Feed>(),
    PageEntry::of::<Me>(),
    PageEntry::of::<Security>(),
    PageEntry::of::<Sessions>(),
    PageEntry::of::<History>(),
    PageEntry::of::<Account>(),
    PageEntry::of::<Profile>(),
    PageEntry::of::<Consent>(),
    PageEntry::of::<Device>(),
    PageEntry::of::<AdminInvitation>(),
    PageEntry::of::<SignUp>(),
    PageEntry::of::<PasskeySignUp>(),
    PageEntry::of::<VerifyEmail>(),
    PageEntry::of::<ChangeEmail>(),
    PageEntry::of::<KeepAccount>(),
    PageEntry::of::<KeepFactors>(),
    PageEntry::of::<ForgotPassword>(),
    PageEntry::of::<ResetPassword>(),
];

/// Those of everybody, of members and of operators.
fn pages_of_all() -> impl Iterator<Item = &'static PageEntry> {
    PAGES.iter().chain(admin::PAGES)
}

/// Where the history of an account was before.
const FORMER_HISTORY: &str = "/me/activity";

/// The routes of every page, and of the server functions. The framework's own list would answer server functions without
/// a guard.
pub fn routes(origin: PublicOrigin) -> Routes<Pages> {
    let routes = Routes::new(origin).get(FORMER_HISTORY, public(), to_history);
    // Each at its own address, so that another one is not found, whatever the method.
    let routes = functions::OF_EVERYBODY
        .into_iter()
        .fold(routes, |routes, path| routes.post(path, same_origin(), functions::call));
    let routes =
        routes.post(functions::UNATTENDED, same_origin().signed_in().unattended(), functions::call_as_member);
    let routes = functions::OF_MEMBERS
        .into_iter()
        .fold(routes, |routes, path| routes.post(path, same_origin().signed_in(), functions::call_as_member));
    let operators = || same_origin().signed_in().role(Role::ADMIN_NAME);
    let routes = functions::OF_OPERATORS
        .into_iter()
        .fold(routes, |routes, path| routes.post(path, operators().fresh(), functions::call_as_operator))
        .post(
            functions::UNATTENDED_OF_OPERATORS,
            operators().unattended().fresh(),
            functions::call_as_operator,
        );
    pages_of_all().fold(routes, |routes, page| page.declare(routes))
}

/// The pages, drawn from these parts, with the files that `options` names.
pub fn pages(parts: PageParts, options: LeptosOptions) -> Pages {
    Pages::new(parts, options, pages_of_all().map(|page| page.record))
}

/// Whether a page of the site is drawn at this path, as far as everybody may know.
pub fn is_page(path: &str) -> bool {
    pages_of_all().any(|page| !page.record.access.is_hidden() && page.record.is_at(path))
}

/// Redirects from the former address to today's, with the part of the history that was asked for.
async fn to_history(uri: Uri) -> Moved {
    let query = uri.query().map_or(String::new(), |query| format!("?{query}"));
    // Not 308, which would send on a form with all that is in it (S-AS-12).
    Moved((StatusCode::MOVED_PERMANENTLY, [(LOCATION, format!("{}{query}", path::HISTORY))]).into_response())
}

/// The answer where a page was before.
struct Moved(Response);

impl IntoResponse for Moved {
    fn into_response(self) -> Response {
        self.0
    }
}

impl Answer for Moved {
    fn describe(operation: &mut Operation) {
        operation.has_moved();
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use app::Access;
    use names::Language;
    use serde_json::json;
    use web::ReturnTo;

    use super::*;
    use crate::program::{CLEANING, SIGNING_KEYS};

    #[test]
    fn the_browser_tests_know_every_page() {
        let pages = pages_of_all().map(|page| {
            let access = match page.record.access {
                Access::Everybody => "everybody",
                Access::Members => "members",
                Access::Operators => "operators",
                Access::Moderators => "moderators",
            };
            json!({ "path": page.record.path, "access": access, "islands": page.record.islands })
        });
        let lines: Vec<_> = pages.map(|page| format!("  {page}")).collect();
        let list = format!("[\n{}\n]\n", lines.join(",\n"));
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../end2end/fixtures/pages.json");
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&file, &list).unwrap();
        }
        assert_eq!(fs::read_to_string(&file).unwrap(), list, "UPDATE=1 writes end2end/fixtures/pages.json");
    }

    #[test]
    fn what_operators_see_by_name_has_words_in_both_languages() {
        for language in Language::ALL {
            let mails = notifications::all_kinds().map(|kind| (kind, app::mail_kind_text(kind, language)));
            let leases = [SIGNING_KEYS, CLEANING].map(|lease| (lease, app::lease_text(lease, language)));
            for (name, text) in mails.chain(leases) {
                assert!(text.is_some_and(|text| text != name), "{name}");
            }
        }
    }

    #[test]
    fn nobody_returns_to_a_page_that_was_on_the_way_to_being_signed_in() {
        for PageEntry { record, .. } in pages_of_all() {
            let is_on_the_way = record.signs_in || record.needs_mail;
            let back = ReturnTo::parse(record.path);
            assert_eq!(back.as_str() == record.path, !is_on_the_way, "{}", record.path);
        }
    }
}
