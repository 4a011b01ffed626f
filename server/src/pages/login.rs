//! `/oauth/login`: which sign-in method was used last here, and the way out of a browser inside an app.

use contract::views::LoginView;
use names::path;
use web::ReturnTo;

use super::kept_key::Key;
use super::load::Load;
use super::no_page::NoPage;
use super::visit::Visit;
use super::way_out::way_out;

impl Load for LoginView {
    async fn load(visit: &Visit<'_>) -> Result<Self, NoPage> {
        Ok(Self {
            last_used: visit.parts().last_method.read(visit.headers),
            app: visit.app.as_ref().map(|app| app.name.clone()),
            email: visit.app.as_ref().and_then(|app| app.login_hint.clone()),
            way_out: way_out(visit.headers, || address(visit)),
        })
    }

    fn for_all(key: &Key) -> Option<Self> {
        Some(Self { last_used: key.last_used, app: None, email: None, way_out: None })
    }

    /// In an in-app browser the page offers a way out.
    fn is_as_for_all(visit: &Visit<'_>) -> bool {
        way_out(visit.headers, String::new).is_none()
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
