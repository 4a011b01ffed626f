//! The routes of one-time codes.

use names::path;
use web::guard::own_pages_or_programs;
use web::{PageForm, Routes};

use crate::api::MembersApi;
use crate::caller::WRITE;
use crate::totp::{set_up, turn_off};

/// Where a member sees their codes.
const CODES: &str = "/me/security#codes";

/// Adds the endpoints below `/api/users/me/codes`.
pub(crate) fn add(routes: Routes<MembersApi>) -> Routes<MembersApi> {
    let change = own_pages_or_programs().signed_in().scope(WRITE);
    let security = PageForm::on(path::SECURITY);
    routes
        .form("/api/users/me/codes/begin", change.fresh(), security.leads_to(CODES), set_up::begin)
        .form("/api/users/me/codes", change.fresh(), security.leads_to(CODES), set_up::confirm)
        .form("/api/users/me/codes/put-away", change, security.leads_to(CODES), set_up::put_away)
        .form(
            "/api/users/me/codes/remove",
            change.fresh(),
            security.leads_to("/me/security?notice=codes_off"),
            turn_off::remove,
        )
        .form(
            "/api/users/me/codes/recovery",
            change.fresh(),
            security.leads_to(CODES),
            turn_off::renew_recovery_codes,
        )
        .form(
            "/api/users/me/codes/providers",
            change.fresh(),
            security.leads_to(CODES),
            turn_off::ask_after_providers,
        )
}
