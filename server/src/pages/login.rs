//! `/oauth/login`: which sign-in method was used last here, and how to open the page in another browser from inside an app.

use contract::views::LoginView;
use names::path;
use web::ReturnTo;

use super::in_app_browser::other_browser;
use super::kept_key::Key;
use super::load::Load;
use super::no_page::NoPage;
use super::visit::Visit;

impl Load for LoginView {
    async fn load(visit: &Visit<'_>) -> Result<Self, NoPage> {
        Ok(Self {
            last_used: visit.parts().last_method.read(visit.headers),
            app: visit.app.as_ref().map(|app| app.name.clone()),
            email: visit.app.as_ref().and_then(|app| app.login_hint.clone()),
            other_browser: other_browser(visit.headers, || address(visit)),
        })
    }

    fn for_all(key: &Key) -> Option<Self> {
        Some(Self { last_used: key.last_used, app: None, email: None, other_browser: None })
    }

    /// Inside an app, the page says how to open it in another browser.
    fn is_as_for_all(visit: &Visit<'_>) -> bool {
        other_browser(visit.headers, String::new).is_none()
    }
}

/// The address of the login page from outside, for somebody who goes on in another browser.
fn address(visit: &Visit<'_>) -> String {
    let origin = visit.parts().sessions.origin.as_str();
    match visit.query("return_to") {
        Some(wanted) => format!("{origin}{}", path::login(None, ReturnTo::parse(&wanted).as_str())),
        None => format!("{origin}{}", path::LOGIN),
    }
}
